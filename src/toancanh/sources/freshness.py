"""Freshness: the age of a source's newest delivery against what the source promised."""

from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from toancanh.base import clock
from toancanh.sources.models import Load, Source

State = Literal["fresh", "stale", "silent", "never"]
# A source that has missed this many promises in a row is silent rather than late.
SILENT_AFTER = 3


class Freshness(NamedTuple):
    """When the source last spoke, how long ago, how it stands to its promise, and the promise."""

    newest_at: datetime | None
    age: timedelta | None
    state: State
    promise: timedelta | None


def freshness(source: Source, at: datetime | None = None) -> Freshness:
    """How fresh a source is. A promise of a day or more counts working days only; no promise is never broken."""
    at = at or clock.now()
    promise = timedelta(minutes=source.expected_every) if source.expected_every else None
    newest = (
        Load.objects.filter(source=source, state=Load.State.DONE, known_at__lte=at)
        .order_by("-known_at")
        .values_list("known_at", flat=True)
        .first()
    )
    if newest is None:
        return Freshness(None, None, "never", promise)
    age = at - newest
    if promise is None:
        return Freshness(newest, age, "fresh", None)
    due = age - _rest(newest, at) if promise >= timedelta(days=1) else age
    state: State = "fresh" if due <= promise else "stale" if due <= promise * SILENT_AFTER else "silent"
    return Freshness(newest, age, state, promise)


def _rest(start: datetime, end: datetime) -> timedelta:
    """The days between that nobody works."""
    from toancanh.units.calendar import WorkingCalendar

    calendar = WorkingCalendar.load()
    first, last = clock.local(start).date(), clock.local(end).date()
    days = (first + timedelta(days=offset) for offset in range(1, (last - first).days + 1))
    return timedelta(days=sum(not calendar.is_working_day(day) for day in days))
