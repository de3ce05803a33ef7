"""Flow: how a connected source fares, kept up to date by whoever hears from it; and the load that is open for a day."""

import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Sum, Value

from toancanh.base import audit, clock, events, news
from toancanh.base.models import OutboxEntry
from toancanh.base.problems import Problem
from toancanh.sources import beats
from toancanh.sources.connectors.connector import Cursor
from toancanh.sources.mappings import Mapping
from toancanh.sources.models import Beat, Flow, Load, Receipt, Source
from toancanh.warehouse.models import Batch

_REMEMBERED = timedelta(days=7)  # how long a pushed message is known by its name
_QUIET = timedelta(seconds=15)  # an answer without news is noted this often
_LONGEST = 300.0  # seconds between two tries of a source that fails
_OFTEN = 4.0  # seconds between two pieces of news about a source that goes on as before
_told: dict[str, float] = {}  # when this process last told news of a source


def of(source: Source) -> Flow:
    """How a source fares."""
    found, _made = Flow.objects.get_or_create(source=source)
    return found


def spoke(
    source: Source, cursor: Cursor | None, *, turn: int | None = None, newest: datetime | None = None, rows: int = 0
) -> None:
    """Note that a source answered, how far it is read now, and whether it told anything.

    The cursor counts only in the `turn` in which it was asked: somebody may have set another since.
    """
    now = clock.now()
    found = of(source)
    changed: dict[str, Any] = {"tried_at": now, "answered_at": now}
    if found.failures or found.problem:
        changed |= {"failures": 0, "failing_since": None, "retry_at": None, "problem": "", "problem_params": {}}
    if cursor is not None and cursor != found.cursor and turn in (None, found.turn):
        changed["cursor"] = cursor
    if rows:
        changed["spoke_at"] = now
        newest = newest and min(newest, now)  # a clock that is ahead over there must not hide what is late later
        if newest and (found.newest_at is None or newest > found.newest_at):
            changed["newest_at"] = newest
    elif len(changed) == 2 and found.answered_at and now - found.answered_at < _QUIET:
        return
    with transaction.atomic():
        if rows:
            beats.settle(source, found.spoke_at, now)
        Flow.objects.filter(pk=found.pk).update(**changed)
        _look(source)
        if found.failures:
            audit.record("source.back", actor=audit.SYSTEM, target=("source", source.name), failures=found.failures)
        tell(source, at_once=bool(found.problem))


def failed(source: Source, problem: Problem) -> float:
    """Note that a source could not be read; how many seconds to wait before the next try. Told in the log once."""
    now, params = clock.now(), {key: str(value) for key, value in problem.params.items()}
    with transaction.atomic():
        found = of(source)
        wait = min(_LONGEST, max(source.every, 1.0) * 2 ** min(found.failures, 8))
        Flow.objects.filter(pk=found.pk).update(
            tried_at=now,
            failures=F("failures") + 1,
            failing_since=found.failing_since or now,
            retry_at=now + timedelta(seconds=wait),
            problem=problem.code,
            problem_params=params,
        )
        _look(source, failures=1)
        if not found.failures or found.problem != problem.code:
            target = ("source", source.name)
            audit.record("source.failed", actor=audit.SYSTEM, target=target, problem=problem.code, params=params)
            events.emit("source.failed", source=source.name, problem=problem.code)
        tell(source, at_once=found.problem != problem.code)
    return wait


def tell(source: Source, *, at_once: bool = True) -> None:
    """Tell open pages that a source changed: at once, or at most every few seconds where all goes on as before."""
    now = time.monotonic()
    if at_once or now - _told.get(source.name, -_OFTEN) >= _OFTEN:
        _told[source.name] = now
        news.tell("sources.changed", source=source.name, units=[source.owner or str(settings.PROVINCE)])


def _look(source: Source, failures: int = 0) -> None:
    beat, _made = Beat.objects.get_or_create(source=source, day=clock.today())
    Beat.objects.filter(pk=beat.pk).update(looks=F("looks") + 1, failures=F("failures") + failures)


def open_load(source: Source, mapping: Mapping) -> Load:
    """The load that a source's rows of today belong to, made at the first; locked until the transaction ends."""
    day = clock.today()
    load = Load.objects.select_for_update().filter(source=source, state=Load.State.OPEN).first()
    if load and (clock.local(load.created_at).date() != day or load.mapping_text != mapping.text):
        close(load)
        load = None
    if load is None:
        now = clock.now()
        load = Load.objects.create(
            source=source,
            filename=f"{day:%d/%m/%Y}",
            sha256="",
            size=0,
            mapping=mapping.name,
            mapping_text=mapping.text,
            state=Load.State.OPEN,
            by=":".join(audit.SYSTEM),
            started_at=now,
            known_at=now,
        )
    return load


def close(load: Load) -> None:
    """End an open load; what is still on its way to the warehouse belongs to it all the same."""
    with transaction.atomic():
        load.state, load.finished_at = Load.State.DONE, clock.now()
        load.save(update_fields=["state", "finished_at"])
        count(load)


def close_old() -> int:
    """End the open loads of days that are over; returns how many."""
    day = clock.today()
    old = [each for each in Load.objects.filter(state=Load.State.OPEN) if clock.local(each.created_at).date() < day]
    for load in old:
        close(load)
    return len(old)


def count(load: Load) -> None:
    """Count anew what became of a load's rows, from the batches that brought them and what waits in the outbox."""
    known = Batch.objects.filter(load=str(load.pk)).exclude(state=Batch.State.LOST)
    accepted = known.aggregate(sum=Sum("accepted"))["sum"] or 0
    waiting = OutboxEntry.objects.filter(load=str(load.pk)).aggregate(sum=Sum("rows"))["sum"] or 0
    Load.objects.filter(pk=load.pk).update(
        accepted=accepted, duplicates=F("read") - F("rejected") - Value(accepted + waiting)
    )


def appended(loads: list[str]) -> None:
    """Count the loads anew of which rows have entered the warehouse."""
    for load in Load.objects.filter(pk__in=[int(each) for each in loads if each.isdigit()]):
        count(load)


events.listen("outbox.appended", appended)


def receipt(source: Source, message: str, answer: dict[str, Any]) -> None:
    """Remember that a pushed message was taken, and what was answered."""
    Receipt.objects.create(source=source, message=message, at=clock.now(), answer=answer)


def known(source: Source, message: str) -> dict[str, Any] | None:
    """What was answered to a pushed message before; None for one that is new."""
    return Receipt.objects.filter(source=source, message=message).values_list("answer", flat=True).first()


def forget() -> int:
    """Forget the names of old messages; returns how many."""
    return Receipt.objects.filter(at__lt=clock.now() - _REMEMBERED).delete()[0]
