"""Telling: a notice is put down for a person, in the transaction of what it is about."""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from toancanh.access.models import User
from toancanh.alerts.notices import bundling, sight
from toancanh.alerts.notices.bundling import Quiet
from toancanh.alerts.notices.models import Address, Delivery, Notice, Wishes
from toancanh.base import clock
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
    now = at or clock.now()
    reason = sight.hidden(person, *about, unit)
    told = {
        "thread": thread,
        "subject": {"vi": subject.vi, "en": subject.en},
        "text": {"vi": text.vi, "en": text.en},
        "link": link,
        "severity": severity,
        "about_kind": about[0],
        "about_id": about[1],
        "unit": unit,
        "at": now,
        "state": Notice.State.SUPPRESSED if reason else Notice.State.INSIDE,
        "reason": reason or "",
    }
    with transaction.atomic(savepoint=False):
        notice, made = Notice.objects.get_or_create(person=person, key=key, defaults=told)
        if made and not reason:
            _address(notice)
    return None if notice.state == Notice.State.SUPPRESSED else notice


def _address(notice: Notice) -> None:
    """Put a notice on its way to every address that its person wants it at."""
    wanted = list(used().filter(person=notice.person_id, severity_from__lte=notice.severity))
    if not wanted:
        return
    quiet = quiet_of(notice.person_id)
    due = bundling.due_at(notice.at, notice.severity, quiet)
    Delivery.objects.bulk_create(
        Delivery(
            notice=notice,
            address=address,
            state=Delivery.State.WAITING,
            severity=notice.severity,
            at=notice.at,
            due_at=due,
        )
        for address in wanted
    )
    notice.state = Notice.State.WAITING
    notice.save(update_fields=["state"])


def used() -> QuerySet[Address]:
    """The addresses that are used now: shown to be his, switched on, of a channel that is."""
    return Address.objects.filter(on=True, removed_at=None, verified_at__isnull=False, channel__on=True)


def quiet_of(person: int) -> Quiet | None:
    """The quiet hours of a person; None where he has none."""
    wishes = Wishes.objects.filter(person=person).exclude(quiet_from=None).first()
    if wishes is None or wishes.quiet_from is None or wishes.quiet_until is None:
        return None
    return Quiet(wishes.quiet_from, wishes.quiet_until)
