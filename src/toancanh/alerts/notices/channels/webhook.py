"""Webhooks: a signed message (Standard Webhooks) to a system of the administrator's, which knows people by id."""

import json
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from toancanh.alerts.notices import outcomes
from toancanh.alerts.notices.channels import posting
from toancanh.alerts.notices.outcomes import Outcome
from toancanh.alerts.notices.parcels import Parcel
from toancanh.base import clock
from toancanh.base.problems import Problem

_GONE, _LATER = 410, (408, 425, 429)


def settings(url: str, secret: str) -> None:
    """An http(s) address and a key to sign with. Raises notices.url."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Problem("notices.url", reason=str(_("cần một địa chỉ http:// hoặc https://")))
    try:
        _sign(secret, "probe", clock.now(), b"{}")
    except ValueError:
        raise Problem("notices.url", reason=str(_("khoá ký phải là ít nhất 24 ký tự base64"))) from None


def address(text: str) -> str:
    """The id by which the receiving system knows the person."""
    if not 0 < len(text) <= 200:
        raise Problem("notices.address", reason=str(_("cần từ 1 đến 200 ký tự")))
    return text


def send(told: Mapping[str, str], address: str, parcel: Parcel) -> Outcome:
    """Post it as JSON; `webhook-id` stays the same however often it is tried."""
    content = {
        "type": "notices.message",
        "to": address,
        "subject": parcel.subject,
        "text": parcel.text,
        "severity": parcel.severity,
        "link": parcel.link,
        "items": list(parcel.items),
    }
    body = json.dumps(content, ensure_ascii=False).encode()
    now = clock.now()
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "toancanh",
        "webhook-id": parcel.identity,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": _sign(told["secret"], parcel.identity, now, body),
        "idempotency-key": parcel.identity,
    }
    answer = posting.post(told["url"], body, headers)
    return answer if isinstance(answer, Outcome) else judged(answer)


def judged(answer: posting.Answer) -> Outcome:
    """What a plain HTTP answer says: only 2xx means that it was taken."""
    if 200 <= answer.status < 300:
        return outcomes.SENT
    if answer.status == _GONE:
        return outcomes.gone(f"HTTP {answer.status}")
    if answer.status in _LATER or answer.status >= 500:
        return outcomes.again(f"HTTP {answer.status}")
    return outcomes.never(f"HTTP {answer.status}")


def _sign(secret: str, identity: str, at: datetime, body: bytes) -> str:
    """Raises ValueError for a key that is none."""
    from standardwebhooks.webhooks import EmptyWebhookSecretError, Webhook

    if len(secret.removeprefix("whsec_")) < 24:
        raise ValueError(secret)
    try:
        return Webhook(secret).sign(identity, at, body.decode())
    except EmptyWebhookSecretError:
        raise ValueError(secret) from None
