"""Lists of notices as people and programs read them."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import get_language

from toancanh.access import scope as scopes
from toancanh.access.models import User
from toancanh.access.scope import Scope
from toancanh.alerts.notices import sight
from toancanh.alerts.notices.models import Delivery, Notice
from toancanh.base import clock
from toancanh.base.problems import explain

LAST = 100  # notices that a person reads in the product


@dataclass(frozen=True)
class Told:
    """A notice in words of the active language, with what became of it at each address."""

    notice: Notice
    subject: str
    text: str
    ways: tuple["Way", ...] = ()

    @property
    def again(self) -> bool:
        """Whether there is anything to send again."""
        return any(way.again for way in self.ways)


@dataclass(frozen=True)
class Way:
    """What became of a notice at one address."""

    delivery: Delivery
    channel: str
    state: str
    words: str  # the state
    problem: str
    tries: int

    @property
    def again(self) -> bool:
        """Whether it can be sent again."""
        return self.delivery.state in (Delivery.State.DEAD, Delivery.State.UNKNOWN) or self.state == "failed"


def own(person: User) -> list[Told]:
    """The last notices of a person that he may see now, newest first."""
    scope = scopes.of_user(person)
    found = Notice.objects.filter(person=person).exclude(state=Notice.State.SUPPRESSED).order_by("-at", "-pk")[:LAST]
    return [_told(each) for each in found if _seen(person, each, scope)]


def unread(person: User, scope: Scope) -> int:
    """How many of a person's last notices he has not read, of those within what he sees now."""
    found = Notice.objects.filter(person=person, read_at=None).exclude(state=Notice.State.SUPPRESSED)
    units = found.order_by("-at").values_list("unit", flat=True)[:LAST]
    return sum(sight.covers(scope, unit) for unit in units)


def opened(person: User, number: int) -> Notice | None:
    """A notice of a person's own that he may see now; None where there is none."""
    found = Notice.objects.filter(person=person, pk=number).exclude(state=Notice.State.SUPPRESSED).first()
    return found if found and _seen(person, found, scopes.of_user(person)) else None


def notices(state: str = "", scope: Scope = scopes.EVERYTHING) -> QuerySet[Notice]:
    """Notices about units in a scope, newest first."""
    found = Notice.objects.select_related("person").prefetch_related(
        "deliveries__message", "deliveries__address__channel"
    )
    if state:
        found = found.filter(state=state)
    codes = scope.codes
    if codes is not None:
        found = found.filter(unit__in=codes | {""} if sight.covers(scope, "") else codes)
    return found.order_by("-at", "-pk")


def told(notice: Notice, viewer: User | None = None) -> Told:
    """A notice in words; its words are kept from a viewer who may not see what it is about."""
    if viewer is not None and not _seen(viewer, notice, scopes.of_user(viewer)):
        return Told(notice, "", "", tuple(_way(each) for each in notice.deliveries.all()))
    return _told(notice, tuple(_way(each) for each in notice.deliveries.all()))


def as_dict(notice: Notice) -> dict[str, Any]:
    """A notice as programs read it."""
    words = told(notice)
    return {
        "notice": notice.pk,
        "person": notice.person.username,
        "state": notice.state,
        "reason": notice.reason,
        "severity": notice.severity,
        "subject": words.subject,
        "thread": notice.thread,
        "about": {"kind": notice.about_kind, "id": notice.about_id},
        "unit": notice.unit,
        "at": clock.stamp(notice.at),
        "read_at": clock.stamp(notice.read_at) if notice.read_at else None,
        "ways": [
            {
                "channel": way.channel,
                "state": way.state,
                "tries": way.tries,
                "problem": way.delivery.message.problem if way.delivery.message else "",
                "what": way.problem,
            }
            for way in words.ways
        ],
    }


def _seen(person: User, notice: Notice, scope: Scope) -> bool:
    return sight.hidden(person, notice.about_kind, notice.about_id, notice.unit, scope) is None


def _told(notice: Notice, ways: tuple[Way, ...] = ()) -> Told:
    language = "en" if (get_language() or "vi").startswith("en") else "vi"
    subject, text = (words.get(language) or words["vi"] for words in (notice.subject, notice.text))
    return Told(notice, subject, text, ways)


def _way(delivery: Delivery) -> Way:
    message = delivery.message
    failed = message is not None and message.state == "failed" and delivery.state == Delivery.State.BUNDLED
    problem = explain(message.problem, message.params).what if message and message.problem else ""
    if delivery.state == Delivery.State.SUPPRESSED:
        problem = str(delivery.get_reason_display())
    elif delivery.state == Delivery.State.SENT:
        problem = ""
    state = "failed" if failed else delivery.state
    words = str(Notice.State.FAILED.label if failed else delivery.get_state_display())
    return Way(delivery, delivery.address.channel.title, state, words, problem, message.tries if message else 0)
