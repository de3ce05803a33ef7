"""Beats: how the days of connected sources went, one beat each: good, failing, refused, silent, or nothing promised."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from django.db.models import F, Max

from toancanh.base import clock
from toancanh.base.models import AuditEntry
from toancanh.sources import hours
from toancanh.sources.models import Beat, Flow, Source

DAYS = 30
_MINUTE, _DAY = timedelta(minutes=1), timedelta(days=1)
_MUCH = 0.1  # of the rows of a day refused
_NOTABLE = 60  # minutes of silence beyond the promise; a source that promised more often is held to its promise
_LONGEST = 92  # days of silence that are noted at most
_BEGUN = ("source.added", "source.resumed")  # the acts after which a source is heard


class State(StrEnum):
    """How a day of a source went; where several hold, the first."""

    SILENT = "silent"
    REJECTED = "rejected"
    FAILING = "failing"
    GOOD = "good"
    REST = "rest"
    NONE = "none"


class Day(NamedTuple):
    """One day of a source: what was asked, in vain, told and refused; the minutes of silence beyond its promise."""

    day: date
    state: State
    looks: int = 0
    failures: int = 0
    read: int = 0
    rejected: int = 0
    silent: int = 0


def strip(source: Source, days: int = DAYS, at: datetime | None = None) -> list[Day]:
    """The last days of a source, today as the last one."""
    return strips([source], days, at)[source.pk]


def strips(sources: Sequence[Source], days: int = DAYS, at: datetime | None = None) -> dict[int, list[Day]]:
    """The last days of each source by its key; three questions for all of them."""
    at = at or clock.now()
    last = clock.local(at).date()
    first = last - (days - 1) * _DAY
    kept: dict[int, dict[date, Beat]] = {source.pk: {} for source in sources}
    for beat in Beat.objects.filter(source__in=sources, day__range=(first, last)):
        kept[beat.source_id][beat.day] = beat
    spoke = dict(Flow.objects.filter(source__in=sources).values_list("source", "spoke_at"))
    begun = heard_since(sources)
    found = {}
    for source in sources:
        going = _going(source, spoke.get(source.pk), begun.get(source.name), at)
        span = [first + offset * _DAY for offset in range(days)]
        found[source.pk] = [_day(source, day, kept[source.pk].get(day), going.get(day, 0)) for day in span]
    return found


def heard_since(sources: Sequence[Source]) -> dict[str, datetime]:
    """When each source was last added or resumed, by its name."""
    acts = AuditEntry.objects.filter(object_kind="source", object_id__in=[each.name for each in sources])
    return dict(acts.filter(act__in=_BEGUN).order_by().values_list("object_id").annotate(at=Max("at")))


def settle(source: Source, spoke: datetime | None, at: datetime) -> None:
    """Note on its days the silence of a running source that ends now: it spoke again, or is to be heard no longer."""
    promise = source.expected_every
    if not promise or (spoke and at - spoke <= promise * _MINUTE):
        return  # the usual case asks nothing
    for day, minutes in _going(source, spoke, heard_since([source]).get(source.name), at).items():
        beat, _made = Beat.objects.get_or_create(source=source, day=day)
        Beat.objects.filter(pk=beat.pk).update(silent=F("silent") + minutes)


def silence(source: Source, since: datetime, until: datetime) -> dict[date, int]:
    """The minutes of each day, within the source's hours, in which it owed a word: nothing came since that moment."""
    left = timedelta(minutes=source.expected_every or 0)
    found: dict[date, int] = {}
    if not left:
        return found
    for start, end in hours.stretches(source, since, until):
        waited = min(left, end - start)
        left -= waited
        if minutes := round((end - start - waited) / _MINUTE):
            day = start.date()
            found[day] = found.get(day, 0) + minutes
    return found


def _going(source: Source, spoke: datetime | None, begun: datetime | None, at: datetime) -> dict[date, int]:
    """The silence that goes on at a moment: since a running source last spoke, or was last begun to be heard."""
    since = max((each for each in (spoke, begun) if each), default=None)
    if not source.running or since is None:
        return {}
    return silence(source, max(since, at - _LONGEST * _DAY), at)


def _day(source: Source, day: date, beat: Beat | None, going: int) -> Day:
    if beat is None and not going:
        return Day(day, State.NONE if day < clock.local(source.created_at).date() else State.REST)
    beat = beat or Beat(source=source, day=day)
    silent = beat.silent + going
    if silent >= min(source.expected_every or _NOTABLE, _NOTABLE):
        state = State.SILENT
    elif beat.read and beat.rejected >= beat.read * _MUCH:
        state = State.REJECTED
    else:
        state = State.FAILING if beat.failures else State.GOOD
    return Day(day, state, beat.looks, beat.failures, beat.read, beat.rejected, silent)
