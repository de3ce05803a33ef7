"""Freshness: the age of a source's newest delivery against what the source promised."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from django.db.models import Max

from toancanh.base import clock
from toancanh.sources.models import Flow, Load, Source

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
    return of_all([source], at)[source.pk]


def of_all(sources: Sequence[Source], at: datetime | None = None) -> dict[int, Freshness]:
    """How fresh each source is, by its key; one question for all of them."""
    at = at or clock.now()
    done = Load.objects.filter(source__in=sources, state=Load.State.DONE, known_at__lte=at).exclude(sha256="")
    newest: dict[int, datetime] = dict(done.order_by().values_list("source").annotate(newest=Max("known_at")))
    flows = Flow.objects.filter(source__in=sources, spoke_at__isnull=False, spoke_at__lte=at)
    for source, spoke in flows.values_list("source", "spoke_at"):
        assert spoke is not None  # noqa: S101 - the filter says so
        newest[source] = max(spoke, newest.get(source, spoke))
    return {source.pk: _judge(source, newest.get(source.pk), at) for source in sources}


def _judge(source: Source, newest: datetime | None, at: datetime) -> Freshness:
    promise = timedelta(minutes=source.expected_every) if source.expected_every else None
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
