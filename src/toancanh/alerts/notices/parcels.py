"""Parcels: what is handed to a channel, in the words of the person who gets it."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from toancanh.alerts.notices.models import Notice
from toancanh.base import clock

MOST = 20  # notices told in full in one message
_LONGEST = 3500  # characters of a message: what every channel takes


@dataclass(frozen=True)
class Parcel:
    """One message. `thread` is the case it is about, empty where it tells of several; `items` are its parts."""

    identity: str
    subject: str
    text: str
    link: str = ""
    thread: str = ""
    severity: int = 1
    items: tuple[dict[str, Any], ...] = ()
    path: str = "/me/notices"  # what it is about, within the product


def made(identity: str, notices: Sequence[Notice], language: str) -> Parcel:
    """A message of some notices: by thread, the newest state of a thread last, the worst and newest thread first."""
    with override(language):
        threads = _threads(notices)
        one = threads[0][0].thread if len(threads) == 1 else ""
        listed = [notice for thread in threads for notice in thread]
        shown = listed[-MOST:] if one else listed[:MOST]
        subject = _first_subject(listed[0], language) if one else _many(listed, language)
        return Parcel(
            identity,
            subject,
            _text(threads, shown, language),
            absolute(listed[-1].link if one else "/me/notices"),
            one,
            max(notice.severity for notice in listed),
            tuple(_item(notice, language) for notice in listed),
            (one and listed[-1].link) or "/me/notices",
        )


def trial(identity: str, language: str, code: str = "") -> Parcel:
    """A message that only shows that messages arrive; with a code, that they arrive with whom they should."""
    with override(language):
        text = _("Tin thử từ Toàn Cảnh: kênh này hoạt động.")
        if code:
            text = _("Mã xác nhận địa chỉ nhận thông báo của bạn: {code}").format(code=code)
            text += "\n" + _("Nếu bạn không yêu cầu mã này, hãy bỏ qua tin.")
        return Parcel(identity, _("[Toàn Cảnh] Tin thử"), text, absolute("/me/notices"))


def absolute(link: str) -> str:
    """An address of the product as it is asked for from outside; empty where that is not known."""
    base = str(settings.PUBLIC_URL).rstrip("/")
    return f"{base}{link}" if base and link.startswith("/") else ""


def thread_mark(thread: str) -> str:
    """A short name of a thread that tells nothing of it."""
    return hashlib.sha256(thread.encode()).hexdigest()[:24]


def _threads(notices: Sequence[Notice]) -> list[list[Notice]]:
    found: dict[str, list[Notice]] = {}
    for notice in sorted(notices, key=lambda each: (each.at, each.pk)):
        found.setdefault(notice.thread, []).append(notice)
    return sorted(found.values(), key=lambda some: (max(n.severity for n in some), some[-1].at), reverse=True)


def _first_subject(notice: Notice, language: str) -> str:
    """The subject of a thread stays what it first was, by which mail programs keep it together."""
    first = Notice.objects.filter(person=notice.person_id, thread=notice.thread).order_by("at", "pk").first() or notice
    return f"[Toàn Cảnh] {_of(first.subject, language)}"


def _many(listed: Sequence[Notice], language: str) -> str:
    worst = _of(listed[0].subject, language)
    return f"[Toàn Cảnh] {_('{count} thông báo').format(count=len(listed))}: {worst}"[:200]


def _text(threads: list[list[Notice]], shown: list[Notice], language: str) -> str:
    told = {notice.pk for notice in shown}
    blocks = []
    for thread in threads:
        lines = [_of(thread[-1].subject, language)]
        for notice in thread:
            if notice.pk in told:
                lines.append(f"- {clock.local(notice.at):%H:%M %d/%m}: {_of(notice.text, language)}")
        if len(lines) > 1:
            blocks.append("\n".join([*lines, *filter(None, [absolute(thread[-1].link)])]))
    left = sum(len(thread) for thread in threads) - len(shown)
    if left:
        blocks.append(_("… và {count} thông báo khác, xem trong hệ thống.").format(count=left))
    text = "\n\n".join(blocks)
    if len(text) <= _LONGEST:
        return text
    return text[:_LONGEST].rstrip() + "\n" + _("… Xem đủ trong hệ thống.")


def _item(notice: Notice, language: str) -> dict[str, Any]:
    return {
        "id": notice.pk,
        "thread": notice.thread,
        "subject": _of(notice.subject, language),
        "text": _of(notice.text, language),
        "severity": notice.severity,
        "about": {"kind": notice.about_kind, "id": notice.about_id},
        "unit": notice.unit,
        "at": clock.stamp(notice.at),
        "link": absolute(notice.link) or notice.link,
    }


def _of(words: dict[str, str], language: str) -> str:
    return (words.get("en") if language.startswith("en") else "") or words.get("vi", "")
