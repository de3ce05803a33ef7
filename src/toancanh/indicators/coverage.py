"""Coverage: on which days a source is complete, so that a count of nothing is a zero there and missing elsewhere."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from toancanh.base import clock, home
from toancanh.base.clock import VIETNAM, today
from toancanh.base.memory import Memory
from toancanh.units.calendar import WorkingCalendar
from toancanh.warehouse import derived, reading, rollups
from toancanh.warehouse.types import get as get_type


@dataclass(frozen=True)
class Coverage:
    """What is known of a rollup's source: its covered days, the moment it speaks of, when that was known.

    `begun` is the first day on which anything happened. Of what began before only a part is known, what was not over
    by then: it counts, but where there is none of it nothing is known.
    """

    days: frozenset[date]
    begun: date
    as_of: datetime
    known_at: datetime
    simulated: bool
    inputs: dict[str, int]

    @cached_property
    def first(self) -> date:
        """The first covered day."""
        return min(self.days)

    @cached_property
    def last(self) -> date:
        """The last covered day."""
        return max(self.days)

    def any(self, start: date, end: date) -> bool:
        """Whether any day from `start` to `end` is covered, and not before anything happened."""
        start, end = max(start, self.begun), min(end, self.last)
        return any(start + timedelta(n) in self.days for n in range((end - start).days + 1))


_KNOWN = Memory()


def coverage(rollup: str, as_of: datetime | None = None, patience: float = 0.0) -> Coverage | None:
    """The coverage of a rollup; None where its source never delivered.

    A day is covered if the source told of anything that began or happened on it, or if nobody worked on it, it follows
    a covered day and lies before the newest event; of records that come round the clock only the former. No day to come
    is covered, whatever a record says of it; of a register every day is from its first on. `patience`: see Memory.
    """
    return of_records(rollups.get_rollup(rollup).record_type, as_of, patience)


def of_records(record_type: str, as_of: datetime | None = None, patience: float = 0.0) -> Coverage | None:
    """The coverage of whatever is counted of a record type, as `coverage` tells it."""
    # Between now and an `as_of` still to come more may arrive.
    version = (today(), derived.version(record_type))
    return _KNOWN.get(
        (home.current().path, record_type, as_of), version, lambda: _coverage(record_type, as_of), patience
    )


def _coverage(record_type: str, as_of: datetime | None) -> Coverage | None:
    kind = get_type(record_type)
    told = reading.fetch(
        "SELECT day, max(newest) AS newest, max(known_at) AS known_at, bool_or(simulated) AS simulated"
        f" FROM {derived.days(kind.name, as_of)} d WHERE day <= DATE '{today()}' GROUP BY day"
    ).to_pylist()
    days: set[date] = {row["day"] for row in told}
    if not days:
        return None
    last = max(days)
    begun = min((row["day"] for row in told if row["newest"] is not None), default=min(days))
    newest = max(filter(None, map(_newest, told)), default=datetime.combine(last, time.max, VIETNAM))
    if kind.standing:
        days = {min(days) + timedelta(n) for n in range((today() - min(days)).days + 1)}
        newest = clock.now()
    elif not kind.round_the_clock:
        days |= _rest(days)
    inputs = reading.inputs(kind.name, as_of)
    # What was taken back changed what is known as well.
    taken = [each["known_at"] for each in reading.withdrawn(as_of) if each["source_withdrawn"] in inputs]
    return Coverage(
        days=frozenset(days),
        begun=begun,
        as_of=newest,
        known_at=max([*(row["known_at"] for row in told), *taken]),
        simulated=any(row["simulated"] for row in told),
        inputs=inputs,
    )


def _newest(told: dict[str, Any]) -> datetime | None:
    """The latest moment that what came of a day speaks of: none that was still to come when it came."""
    newest = told["newest"]
    if newest is None or isinstance(newest, datetime):
        return min(newest, told["known_at"]) if newest else None
    return datetime.combine(newest, time.max, VIETNAM)  # a record type that knows the day only speaks of all of it


def _rest(days: set[date]) -> set[date]:
    """The days off that follow one of these days, up to the last of them."""
    calendar, day, last = WorkingCalendar.load(), min(days), max(days)
    found: set[date] = set()
    while day < last:
        day += timedelta(1)
        before = day - timedelta(1)
        if day not in days and (before in days or before in found) and not calendar.is_working_day(day):
            found.add(day)
    return found
