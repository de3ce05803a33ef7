"""Telegram: through apprise's plugin; a bot of the administrator's writes to the chats of people who opened it."""

import logging
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from apprise.asset import AppriseAsset
from apprise.common import NotifyFormat
from apprise.exception import AppriseImproperlyConfigured
from apprise.plugins.telegram import NotifyTelegram
from django.utils.translation import gettext_lazy as _

from toancanh.alerts.notices import channels, outcomes
from toancanh.alerts.notices.outcomes import Outcome
from toancanh.alerts.notices.parcels import Parcel
from toancanh.base.problems import Problem

_CHAT = re.compile(r"-?\d{1,20}")
_STATUS = re.compile(r"error=(\d{3})")
# What requests says once a request has left and nothing, or nothing whole, came back.
_LEFT = ("read timed out", "connection aborted", "remote end closed", "connection broken", "incompleteread")


def settings(url: str, secret: str) -> None:
    """`tgram://TOKEN/`; with `?api=https://…` a Bot API server of one's own. Raises notices.url."""
    _plugin(url, "1")


def address(text: str) -> str:
    """The number of a chat. Raises notices.address."""
    if not _CHAT.fullmatch(text):
        raise Problem("notices.address", reason=str(_("cần số của cuộc trò chuyện (chat id)")))
    return text


def send(told: Mapping[str, str], address: str, parcel: Parcel) -> Outcome:
    """Write to a chat. Telegram knows no key by which it would drop a double."""
    plugin = _plugin(told["url"], address)
    text = f"{parcel.text}\n{parcel.link}" if parcel.link and parcel.link not in parcel.text else parcel.text
    with _overheard() as said:
        if plugin.notify(body=text, title=parcel.subject, body_format=NotifyFormat.TEXT):
            return outcomes.SENT
    words = " ".join(said)
    status = _STATUS.search(words)
    if status:
        reason = f"HTTP {status[1]}"
        return outcomes.never(reason) if status[1] in ("400", "403", "404") else outcomes.again(reason)
    if any(each in words.lower() for each in _LEFT):
        return outcomes.unknown(_("không có câu trả lời trọn vẹn"))
    return outcomes.again(_("không kết nối được"))


def _plugin(url: str, chat: str) -> NotifyTelegram:
    told: dict[str, Any] | None = NotifyTelegram.parse_url(url) if url.startswith("tgram://") else None
    if not told:
        raise Problem("notices.url", reason=str(_("cần dạng tgram://TOKEN/")))
    told |= {"targets": [chat], "detect_owner": False, "asset": AppriseAsset(app_id="toancanh", secure_logging=True)}
    try:
        plugin = NotifyTelegram(**told)
    except (AppriseImproperlyConfigured, TypeError) as error:
        raise Problem("notices.url", reason=outcomes.short(error)) from None
    plugin.socket_read_timeout, plugin.socket_connect_timeout = channels.TIMEOUT, channels.TIMEOUT / 2
    plugin.redirects = False
    api = parse_qs(urlsplit(url).query).get("api", [""])[0]
    if api:
        plugin.notify_url = f"{api.rstrip('/')}/bot"
    return plugin


class _Ear(logging.Handler):
    """Keeps what apprise writes to its log in each thread: it answers with yes or no, and says there why."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.mine = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        said = getattr(self.mine, "said", None)
        if said is not None:
            said.append(record.getMessage())


_EAR = _Ear()
_LOG = logging.getLogger("apprise")
_LOG.addHandler(_EAR)
_LOG.setLevel(logging.DEBUG)
_LOG.propagate = False  # its lines bear passwords


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """What apprise says in this thread meanwhile."""
    said: list[str] = []
    _EAR.mine.said = said
    try:
        yield said
    finally:
        _EAR.mine.said = None
