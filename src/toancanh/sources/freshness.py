"""Freshness: the age of a source's newest delivery against what the source promised."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from django.db.models import Max

from toancanh.base import clock
from toancanh.sources import hours
from toancanh.sources.models import Flow, Load, Source

State = Literal["fresh", "stale", "silent", "never", "paused"]
# A source that has missed this many promises in a row is silent rather than late.
SILENT_AFTER = 3


class Freshness(NamedTuple):
    """When the source last spoke, how long ago, how it stands to its promise, the promise, and how far it is broken."""

    newest_at: datetime | None
    age: timedelta | None
    state: State
    promise: timedelta | None
    overdue: timedelta = timedelta()


def freshness(source: Source, at: datetime | None = None) -> Freshness:
    """How fresh a source is, counting the hours in which it promised to speak; no promise is never broken.

    A promise of a day or more counts working days only.
    """
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
    if source.connector and not source.running:  # somebody wants to hear nothing of it
        return Freshness(newest, at - newest if newest else None, "paused", promise)
    if newest is None:
        # Nobody waits for a source that was never connected.
        due = hours.passed(source, source.created_at, at) if source.running else timedelta()
        overdue = max(due - promise, timedelta()) if promise else timedelta()
        return Freshness(None, None, "never", promise, overdue)
    age = at - newest
    if promise is None:
        return Freshness(newest, age, "fresh", None)
    due = hours.passed(source, newest, at)
    state: State = "fresh" if due <= promise else "stale" if due <= promise * SILENT_AFTER else "silent"
    return Freshness(newest, age, state, promise, max(due - promise, timedelta()))
