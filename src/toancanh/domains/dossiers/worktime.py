"""Working time as a number line, so that many moments can be moved by working days at once."""

from datetime import date, timedelta
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]

HOUR = 3600
# Office hours on a Vietnamese clock, eight a day, as a new installation has them.
OPEN, NOON, AFTERNOON, CLOSE = 15 * HOUR // 2, 23 * HOUR // 2, 27 * HOUR // 2, 35 * HOUR // 2
_MORNING = NOON - OPEN
DAY = _MORNING + CLOSE - AFTERNOON
_OFFSET = 7 * HOUR  # Vietnam is ahead of UTC by seven hours the whole year
_EPOCH = date(1970, 1, 1)


class Calendar(Protocol):
    """What is asked of a working calendar."""

    def is_working_day(self, day: date) -> bool:
        """Whether offices are open on that day."""
        ...


def day_number(day: date) -> int:
    """Days since 1/1/1970."""
    return (day - _EPOCH).days


class WorkTime:
    """The working days from `first` to `last` laid end to end: a position is a count of working seconds.

    Moving by n working days is adding n * DAY, which keeps the hour; positions past `last` raise IndexError.
    """

    def __init__(self, calendar: Calendar, first: date, last: date) -> None:
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        self.days: Whole = np.array([day_number(day) for day in days if calendar.is_working_day(day)], dtype=np.int64)

    def is_open(self, days: Whole) -> NDArray[np.bool_]:
        """Which of these days (as day numbers) are working days."""
        return np.isin(days, self.days)

    def position(self, days: Whole, seconds: Whole) -> Whole:
        """The first working second at or after a local day and clock time."""
        index = np.searchsorted(self.days, days)
        worked = np.clip(seconds - OPEN, 0, _MORNING) + np.clip(seconds - AFTERNOON, 0, DAY - _MORNING)
        return index * DAY + np.where(self.days[index] == days, worked, 0)

    def reached(self, moments: Whole) -> Whole:
        """The first working second at or after moments in microseconds since 1/1/1970 UTC."""
        days, seconds = np.divmod(moments // 1_000_000 + _OFFSET, 86_400)
        return self.position(days, seconds)

    def moment(self, positions: Whole) -> Whole:
        """Positions as microseconds since 1/1/1970 UTC."""
        index, worked = np.divmod(positions, DAY)
        clock = worked + np.where(worked < _MORNING, OPEN, AFTERNOON - _MORNING)
        return utc(self.days[index], clock)


def utc(days: Whole, seconds: Whole) -> Whole:
    """Local days and clock times as microseconds since 1/1/1970 UTC."""
    return (days * 86_400 + seconds - _OFFSET) * 1_000_000
