"""Telling: a notice is put down for a person, in the transaction of what it is about."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from toancanh.access.models import User
from toancanh.alerts.notices import bundling, sight
from toancanh.alerts.notices.bundling import Quiet
from toancanh.alerts.notices.models import Delivery, Notice, Reason, Wishes
from toancanh.base import clock, rows
from toancanh.base.words import Bilingual


def tell(
    person: User,
    *,
    key: str,
    thread: str,
    subject: Bilingual,
    text: Bilingual,
    link: str,
    severity: int,
    about: tuple[str, str],
    unit: str,
    at: datetime | None = None,
) -> Notice | None:
    """Tell a person something once; it goes where he wants to be told when the caller's transaction is committed.

    The same `key` again adds nothing and gives the notice that is there. None where he may not see a record of that
    unit, which is kept. `thread` puts the messages of one case together; `link` is an address of the product.
    """
    draft = _Draft(key, thread, subject, text, link, severity, about, unit, at or clock.now())
    found = _tell([person], draft, None)
    notice = found[0] if found else Notice.objects.get(person=person, key=key)
    return None if notice.state == Notice.State.SUPPRESSED else notice


def tell_all(
    people: Iterable[User],
    *,
    key: str,
    thread: str,
    subject: Bilingual,
    text: Bilingual,
    link: str,
    severity: int,
    about: tuple[str, str],
    unit: str,
    at: datetime | None = None,
    may: Callable[[User], bool] | None = None,
) -> None:
    """Tell people the same, as `tell` does each of them, with no more questions of many than of one.

    `may` answers for the guard of the kind, where the caller holds the object; it is asked again before it is sent.
    """
    _tell(list(people), _Draft(key, thread, subject, text, link, severity, about, unit, at or clock.now()), may)


_USED = (
    "SELECT a.person_id, a.id FROM alerts_address a JOIN alerts_channel c ON c.id = a.channel_id "
    'WHERE a."on" AND c."on" '
    "AND a.removed_at IS NULL AND a.verified_at IS NOT NULL AND a.severity_from <= %s"
)


@dataclass(frozen=True)
class _Draft:
    """What is to be told, to whomever."""

    key: str
    thread: str
    subject: Bilingual
    text: Bilingual
    link: str
    severity: int
    about: tuple[str, str]
    unit: str
    at: datetime

    def to(self, person: User, reason: Reason | None, waits: bool) -> Notice:
        """The notice of one person."""
        inside = Notice.State.WAITING if waits else Notice.State.INSIDE
        return Notice(
            person=person,
            key=self.key,
            thread=self.thread,
            subject={"vi": self.subject.vi, "en": self.subject.en},
            text={"vi": self.text.vi, "en": self.text.en},
            link=self.link,
            severity=self.severity,
            about_kind=self.about[0],
            about_id=self.about[1],
            unit=self.unit,
            at=self.at,
            state=Notice.State.SUPPRESSED if reason else inside,
            reason=reason or "",
        )


def _tell(people: Sequence[User], draft: _Draft, may: Callable[[User], bool] | None) -> list[Notice]:
    """Put down what is new to people, on its way to every address that they want it at; returns that."""
    if not people:
        return []
    with transaction.atomic(savepoint=False):
        reasons = {person: sight.hidden(person, *draft.about, draft.unit, may=may and may(person)) for person in people}
        seeing = [person for person, reason in reasons.items() if reason is None]
        addresses = _addresses([person.pk for person in seeing], draft.severity)
        drafts = [draft.to(person, reason, person.pk in addresses) for person, reason in reasons.items()]
        made = rows.insert(drafts, unless=("person", "key"))
        deliveries = [each for notice in made for each in _deliveries(notice, addresses[notice.person_id])]
        rows.insert(deliveries)
    return made


def _deliveries(notice: Notice, addresses: Sequence[int]) -> Iterator[Delivery]:
    if notice.state == Notice.State.WAITING:
        due = bundling.due_at(notice.at, notice.severity, quiet_of(notice.person_id))
        for address in addresses:
            yield Delivery(
                notice=notice,
                address_id=address,
                state=Delivery.State.WAITING,
                severity=notice.severity,
                at=notice.at,
                due_at=due,
            )


def _addresses(people: Sequence[int], severity: int) -> Mapping[int, list[int]]:
    """Where people want to hear of what is so severe: at addresses that are theirs, switched on as the channel is."""
    found: dict[int, list[int]] = defaultdict(list)
    if people:
        marks = ", ".join(["%s"] * len(people))
        for person, address in rows.ask(f"{_USED} AND a.person_id IN ({marks})", [severity, *people]):
            found[person].append(address)
    return found


def quiet_of(person: int) -> Quiet | None:
    """The quiet hours of a person; None where he has none."""
    wishes = Wishes.objects.filter(person=person).exclude(quiet_from=None).first()
    if wishes is None or wishes.quiet_from is None or wishes.quiet_until is None:
        return None
    return Quiet(wishes.quiet_from, wishes.quiet_until)
