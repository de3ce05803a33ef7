"""Working time as a number line, so that many moments can be moved by working time at once."""

from datetime import date, datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from toancanh.units.calendar import Span, WorkingCalendar

Whole = NDArray[np.int64]
Marks = NDArray[np.bool_]

SECOND = 1_000_000
HOUR = 3600
_DAY = 86_400
_OFFSET = 7 * HOUR  # Vietnam is ahead of UTC by seven hours the whole year
_EPOCH = date(1970, 1, 1)


def day_number(day: date) -> int:
    """Days since 1/1/1970."""
    return (day - _EPOCH).days


def day(number: int) -> date:
    """The day of that number."""
    return _EPOCH + timedelta(days=number)


def utc(days: Whole, seconds: Whole) -> Whole:
    """Local days and clock times as microseconds since 1/1/1970 UTC."""
    return (days * _DAY + seconds - _OFFSET) * SECOND


def day_of(moments: Whole) -> Whole:
    """The local days, as day numbers, of moments in microseconds since 1/1/1970 UTC."""
    return (moments // SECOND + _OFFSET) // _DAY


def end_of(days: Whole) -> Whole:
    """The last microseconds of local days."""
    return utc(days + 1, np.zeros_like(days)) - 1


class WorkTime:
    """The working time of a calendar from `first` to `last` laid end to end; moments are microseconds since 1970 UTC.

    A position is a count of working seconds. What leads past `last` raises IndexError.
    """

    def __init__(self, calendar: WorkingCalendar, first: date, last: date) -> None:
        wanted = [first + timedelta(days=number) for number in range((last - first).days + 1)]
        worked = [day for day in wanted if calendar.is_working_day(day)]
        self.days: Whole = np.array([day_number(day) for day in worked], dtype=np.int64)
        stretches = [each for day in worked for each in calendar.stretches(day)]
        self._starts = np.array([_micros(start) for start, _end in stretches], dtype=np.int64)
        lengths = np.array([_micros(end) - _micros(start) for start, end in stretches], dtype=np.int64)
        self._before = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        self._end = int(end_of(np.array([day_number(last)]))[0])

    @property
    def has_hours(self) -> bool:
        """Whether anything is worked at all."""
        return len(self._starts) > 0

    def is_open(self, days: Whole) -> Marks:
        """Which of these days (as day numbers) are working days."""
        return np.isin(days, self.days)

    def position(self, days: Whole, seconds: Whole) -> Whole:
        """The first working second at or after a local day and clock time."""
        return self.reached(utc(days, seconds))

    def reached(self, moments: Whole) -> Whole:
        """The first working second at or after moments."""
        return self.worked(moments) // SECOND

    def moment(self, positions: Whole) -> Whole:
        """Positions as moments."""
        return self._at(positions * SECOND, "right")

    def worked(self, moments: Whole) -> Whole:
        """Microseconds worked from the first day on until each of these moments."""
        if np.any(moments > self._end):
            raise IndexError("a moment after the last day")
        place = np.searchsorted(self._starts, moments, side="right") - 1
        known = np.maximum(place, 0)
        length = self._before[known + 1] - self._before[known] if len(self._starts) else 0
        since = moments - self._starts[known] if len(self._starts) else 0
        return np.where(place < 0, 0, self._before[known] + np.clip(since, 0, length))

    def add_worked(self, moments: Whole, micros: Whole) -> Whole:
        """When so many working microseconds, not none, have passed since these moments.

        Negative ones lead to the first moment since which, until these, no more than that is worked.
        """
        return self._at(self.worked(moments) + micros, "left")

    def add_term(self, moments: Whole, amounts: Whole, span: Span) -> Whole:
        """When terms that start at these moments are over: `WorkingCalendar.add_term` of many."""
        if span is Span.HOUR:
            return self.add_worked(moments, amounts * HOUR * SECOND)
        days = day_of(moments)
        if span is Span.WORKING_DAY:
            # With none it is the first working day from the day itself on.
            return end_of(self.days[np.searchsorted(self.days, days + (amounts > 0)) + np.maximum(amounts - 1, 0)])
        last = days + amounts if span is Span.DAY else _months_after(days, amounts)
        return end_of(self.days[np.searchsorted(self.days, last)])

    def _at(self, worked: Whole, side: str) -> Whole:
        """Where so much is worked: on the left the end of a stretch, on the right the start of the next one."""
        if not len(self._starts):
            raise IndexError("no working hours")
        place = np.searchsorted(self._before, worked, side="right" if side == "right" else "left") - 1
        if np.any(place >= len(self._starts)):
            raise IndexError("more working time than there is")
        known = np.maximum(place, 0)
        return self._starts[known] + worked - self._before[known]


@lru_cache(maxsize=8)
def of_years(calendar: WorkingCalendar, first: int, last: int) -> WorkTime:
    """The working time of whole years, remembered."""
    return WorkTime(calendar, date(first, 1, 1), date(last, 12, 31))


def _micros(moment: datetime) -> int:
    return int(moment.timestamp()) * SECOND


def _months_after(days: Whole, amounts: Whole) -> Whole:
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    offset = (dates - months.astype("datetime64[D]")).astype(np.int64)
    wanted = months + amounts.astype("timedelta64[M]")
    first = wanted.astype("datetime64[D]").astype(np.int64)
    after = (wanted + np.timedelta64(1, "M")).astype("datetime64[D]").astype(np.int64)
    return np.minimum(first + offset, after - 1)
