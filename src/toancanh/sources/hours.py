"""Hours: when a source promised to speak."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from toancanh.base import clock
from toancanh.sources.models import Source

_DAY = timedelta(days=1)
_DAILY = 24 * 60  # minutes


def stretches(source: Source, since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of its hours between two moments; a promise of a day or more rests when nobody works."""
    from toancanh.units.calendar import WorkingCalendar

    calendar = WorkingCalendar.load()
    start, end = clock.local(since), clock.local(until)
    daily = (source.expected_every or 0) >= _DAILY
    day = start.date()
    while day <= end.date():
        if source.hours == Source.Hours.WORKING:
            stretches = calendar.stretches(day)
        elif (source.hours == Source.Hours.WORKING_DAYS or daily) and not calendar.is_working_day(day):
            stretches = []
        else:
            midnight = datetime.combine(day, time(), clock.VIETNAM)
            stretches = [(midnight, midnight + _DAY)]
        for first, last in stretches:
            if max(first, start) < min(last, end):
                yield max(first, start), min(last, end)
        day += _DAY


def passed(source: Source, since: datetime, until: datetime) -> timedelta:
    """How much of its hours passed between two moments."""
    return sum((end - start for start, end in stretches(source, since, until)), timedelta())
