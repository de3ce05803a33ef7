"""Mail: through apprise's e-mail plugin, with headers by which mail programs thread, and what the server said."""

import smtplib
from collections.abc import Mapping
from email import message_from_string
from email.policy import SMTP
from typing import Any

from apprise.asset import AppriseAsset
from apprise.common import NotifyFormat
from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins.email.base import NotifyEmail
from apprise.plugins.email.smtp import AppriseSMTPController
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _

from toancanh.alerts.notices import channels, outcomes
from toancanh.alerts.notices.outcomes import Outcome
from toancanh.alerts.notices.parcels import Parcel, thread_mark
from toancanh.base.problems import Problem


def settings(url: str, secret: str) -> None:
    """A `mailto://` or `mailtos://` address of apprise, without receivers. Raises notices.url."""
    _plugin(url, "probe@example.org", {})


def address(text: str) -> str:
    """A mail address. Raises notices.address."""
    try:
        validate_email(text)
    except ValidationError:
        raise Problem("notices.address", reason=str(_("không phải địa chỉ thư điện tử"))) from None
    return text.lower()


def send(told: Mapping[str, str], address: str, parcel: Parcel) -> Outcome:
    """Hand one mail to the server; its Message-ID stays the same however often it is tried."""
    plugin = _plugin(told["url"], address, headers(parcel))
    domain = plugin.from_addr[1].rpartition("@")[2]
    told_text = f"{parcel.text}\n\n{parcel.link}" if parcel.link and parcel.link not in parcel.text else parcel.text
    (letter,) = NotifyEmail.prepare_emails(
        subject=parcel.subject,
        body=told_text,
        notify_format=NotifyFormat.TEXT,
        from_addr=plugin.from_addr,
        to=plugin.targets,
        reply_to=plugin.reply_to,
        smtp_host=domain,
        headers={key: value.replace("{domain}", domain) for key, value in plugin.headers.items()},
        names=plugin.names,
    )
    text = message_from_string(letter.body, policy=SMTP)
    # Apprise folds a long subject so that a space comes before it.
    for name, value in (("Subject", " ".join(parcel.subject.split())), ("Message-ID", f"<{parcel.identity}@{domain}>")):
        del text[name]
        text[name] = value
    return _hand(plugin, letter.recipient, text.as_bytes())


def headers(parcel: Parcel) -> dict[str, str]:
    """By which mail programs keep the messages of one case together, and answer none of them by themselves."""
    found = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}
    if parcel.thread:
        root = f"<thread.{thread_mark(parcel.thread)}@{{domain}}>"
        found |= {"References": root, "In-Reply-To": root}
    if parcel.severity >= 4:
        found |= {"Importance": "high", "X-Priority": "2"}
    return found


def _plugin(url: str, target: str, more: Mapping[str, str]) -> NotifyEmail:
    told: dict[str, Any] | None = NotifyEmail.parse_url(url) if url.startswith(("mailto://", "mailtos://")) else None
    if not told:
        raise Problem("notices.url", reason=str(_("cần dạng mailtos://tài-khoản:mật-khẩu@máy-chủ?from=…")))
    told |= {"targets": [target], "cc": None, "bcc": None, "headers": {**told.get("headers", {}), **more}}
    asset = AppriseAsset(app_id="Toàn Cảnh", secure_logging=True)
    try:
        return NotifyEmail(**told | {"asset": asset})
    except (AppriseImproperlyConfigured, TypeError) as error:
        raise Problem("notices.url", reason=outcomes.short(error)) from None


def _hand(plugin: NotifyEmail, target: str, letter: bytes) -> Outcome:
    server = _Server(
        host=plugin.smtp_host,
        port=plugin.port,
        secure_mode=plugin.secure_mode,
        user=plugin.user,
        password=plugin.password,
        verify_certificate=plugin.verify_certificate,
        socket_connect_timeout=channels.TIMEOUT,
    )
    try:
        with server:
            server.hand(plugin.from_addr[1], target, letter)
            return outcomes.SENT
    except smtplib.SMTPResponseException as error:
        said = f"{error.smtp_code} {_said(error.smtp_error)}"
        # A password that is refused is the administrator's to mend: the message can still go then.
        lasting = error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
        return outcomes.never(said) if lasting else outcomes.again(said)
    except (OSError, smtplib.SMTPException, RuntimeError, AppriseImproperlyConfigured) as error:
        if server.taken:
            return outcomes.SENT  # only the farewell failed
        return outcomes.unknown(outcomes.why(error)) if server.handed else outcomes.again(outcomes.why(error))


class _Server(AppriseSMTPController):
    """A conversation with a mail server that tells how far it came."""

    handed = False  # the letter was given, unless the server says otherwise
    taken = False

    def hand(self, sender: str, target: str, letter: bytes) -> None:
        """Give it one letter. Raises what smtplib raises."""
        server = self._socket
        server.ehlo_or_helo_if_needed()
        for said in (server.mail(sender), server.rcpt(target)):
            if said[0] // 100 != 2:
                raise smtplib.SMTPResponseException(*said)
        self.handed = True
        said = server.data(letter)
        if said[0] // 100 != 2:
            raise smtplib.SMTPResponseException(*said)
        self.taken = True


def _said(answer: bytes | str) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else answer
