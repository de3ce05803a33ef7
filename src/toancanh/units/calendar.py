"""The working calendar: working days and hours in Vietnam, holidays and decreed swaps included.

Holidays are those of the Labour Code 2019, article 112, as the library `holidays` knows them; `CalendarDay` rows decide
over them, since swaps are decreed each year. A day worked on a weekend has the hours of a Monday.

Terms are those of the Civil Code 2015 (91/2015/QH13), articles 146 to 148: the day on which one starts is not counted
(147.2), it ends when its last day does, at 24:00 (148.6), and where that is a day off, with the next working day
(148.5).
"""

import calendar
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cached_property
from importlib.metadata import version
from typing import NamedTuple

from toancanh.base.clock import VIETNAM, local
from toancanh.units import revision
from toancanh.units.models import CalendarDay, WorkingHours

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_HORIZON = 3660


class Span(StrEnum):
    """What a term is counted in: working hours, calendar days, working days, calendar months."""

    HOUR = "hour"
    DAY = "day"
    WORKING_DAY = "working_day"
    MONTH = "month"


class Stretch(NamedTuple):
    """Hours of work on one weekday (Monday is 0), from a first day on."""

    valid_from: date
    weekday: int
    start: time
    end: time


class WorkingCalendar:
    """Which days and hours are worked. Without arguments it is the calendar of the database as it stands."""

    _kept: tuple[str, "WorkingCalendar"] | None = None

    def __init__(self, hours: Iterable[Stretch] | None = None, days: Mapping[date, bool] | None = None) -> None:
        if hours is None:
            rows = WorkingHours.objects.values_list("valid_from", "weekday", "start", "end")
            hours = [Stretch(*row) for row in rows]
        if days is None:
            kinds = CalendarDay.objects.values_list("day", "kind")
            days = {day: kind == CalendarDay.Kind.WORK for day, kind in kinds}
        self._hours = sorted(hours)
        self._decided = dict(days)
        self._holidays: dict[int, tuple[frozenset[date], frozenset[date]]] = {}
        self._stretches: dict[date, list[tuple[datetime, datetime]]] = {}

    @classmethod
    def load(cls) -> "WorkingCalendar":
        """The calendar of the database, remembered until it changes."""
        token = revision.current()
        if WorkingCalendar._kept is None or WorkingCalendar._kept[0] != token:
            WorkingCalendar._kept = token, WorkingCalendar()
        return WorkingCalendar._kept[1]

    def is_working_day(self, day: date) -> bool:
        """True when offices work on that day."""
        if day in self._decided:
            return self._decided[day]
        off, worked = self._year(day.year)
        return day in worked or (day.weekday() < 5 and day not in off)

    def add_working_days(self, day: date, count: int) -> date:
        """The working day that many after it, before it if negative; with 0 the first one from the day itself on."""
        if count == 0:
            return next(each for each in _onwards(day, _DAY) if self.is_working_day(each))
        step = _DAY if count > 0 else -_DAY
        for each in _onwards(day + step, step):
            count -= self.is_working_day(each) * (1 if step > timedelta() else -1)
            if count == 0:
                return each
        raise AssertionError

    def add_days(self, moment: datetime, count: int) -> datetime:
        """The same time of day that many working days later (earlier, if negative)."""
        moment = local(moment)
        return datetime.combine(self.add_working_days(moment.date(), count), moment.timetz())

    def working_days(self, first: date, last: date) -> int:
        """How many working days there are from the first to the last day, both included."""
        return sum(self.is_working_day(first + offset * _DAY) for offset in range((last - first).days + 1))

    def hours_on(self, day: date) -> float:
        """How many hours are worked on that day."""
        return sum((end - start) / _HOUR for start, end in self.stretches(day))

    def stretches(self, day: date) -> list[tuple[datetime, datetime]]:
        """The stretches of work of a day, in order."""
        if day not in self._stretches:
            rules = [one for one in self._hours if one.valid_from <= day] if self.is_working_day(day) else []
            newest = max((one.valid_from for one in rules), default=None)
            rules = [one for one in rules if one.valid_from == newest]
            own = [one for one in rules if one.weekday == day.weekday()] or [one for one in rules if one.weekday == 0]
            self._stretches[day] = [
                (datetime.combine(day, one.start, VIETNAM), datetime.combine(day, one.end, VIETNAM)) for one in own
            ]
        return self._stretches[day]

    def add_hours(self, moment: datetime, hours: float) -> datetime:
        """The moment when that many working hours have passed, in Vietnamese time; hours must not be negative.

        Time outside working hours does not count. No hours at all give the first working moment from then on.
        """
        if hours < 0:
            raise ValueError("hours must not be negative")
        return self.add_worked(moment, hours * _HOUR)

    def add_worked(self, moment: datetime, left: timedelta) -> datetime:
        """The same as `add_hours`, by an exact time."""
        moment = local(moment)
        for day in _onwards(moment.date(), _DAY):
            for start, end in self.stretches(day):
                start = max(start, moment)
                if start < end and left <= end - start:
                    return start + left
                left -= max(end - start, timedelta())
        raise AssertionError

    def take_hours(self, moment: datetime, hours: float) -> datetime:
        """The latest moment from which that many working hours pass until this one; hours must not be negative."""
        if hours < 0:
            raise ValueError("hours must not be negative")
        moment, left = local(moment), hours * _HOUR
        for day in _onwards(moment.date(), -_DAY):
            for start, end in reversed(self.stretches(day)):
                end = min(end, moment)
                if start < end and left <= end - start:
                    return end - left
                left -= max(end - start, timedelta())
        raise AssertionError

    def hours_between(self, start: datetime, end: datetime) -> float:
        """Working hours from one moment to the other; negative when the second comes first."""
        return self.worked(start, end) / _HOUR

    def worked(self, start: datetime, end: datetime) -> timedelta:
        """The same as `hours_between`, as an exact time."""
        start, end = local(start), local(end)
        if end < start:
            return -self.worked(end, start)
        total, day = timedelta(), start.date()
        while day <= end.date():
            for first, last in self.stretches(day):
                total += max(min(last, end) - max(first, start), timedelta())
            day += _DAY
        return total

    def add_term(self, moment: datetime, amount: int, span: Span | str) -> datetime:
        """When a term that starts at a moment is over, in Vietnamese time: the last microsecond that is in time.

        Hours are worked ones and run from the moment on; of days and months the last one counts until its end. A month
        without such a day ends the term with its last day (148.3). A day off moves the end to the next working day.
        """
        if amount < 0:
            raise ValueError("a term must not be negative")
        if span == Span.HOUR:
            return self.add_hours(moment, amount)
        day = local(moment).date()
        if span == Span.WORKING_DAY:
            last = self.add_working_days(day, amount)
        else:
            last = self.add_working_days(day + amount * _DAY if span == Span.DAY else _months_after(day, amount), 0)
        return end_of(last)

    @cached_property
    def digest(self) -> str:
        """What differs once other days or hours are worked."""
        told = repr((self._hours, sorted(self._decided.items()), version("holidays")))
        return hashlib.sha256(told.encode()).hexdigest()[:16]

    def _year(self, year: int) -> tuple[frozenset[date], frozenset[date]]:
        """Holidays of the year, and weekend days worked in exchange."""
        if year not in self._holidays:
            import holidays  # heavy, and most commands never ask

            known = holidays.country_holidays("VN", years=year)
            self._holidays[year] = frozenset(known), frozenset(known.weekend_workdays)
        return self._holidays[year]


def end_of(day: date) -> datetime:
    """The last microsecond of a day in Vietnam."""
    return datetime.combine(day, time.max, VIETNAM)


def _months_after(day: date, count: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _onwards(day: date, step: timedelta) -> Iterator[date]:
    """The days from that one on; stops with OverflowError when nothing is worked for ten years."""
    for _ in range(_HORIZON):
        yield day
        day += step
    raise OverflowError("no working day in ten years")
