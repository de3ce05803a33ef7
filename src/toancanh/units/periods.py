"""Periods: the days, months, quarters, halves and years that figures speak of, by calendar or by reporting rule.

By the rule `reporting` a month runs from the 15th of the month before to its 14th, a quarter from the 15th of the month
before it to the 14th of its last month, a year from 15/12 to 14/12 (NĐ 09/2019/NĐ-CP).
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from toancanh.base import clock
from toancanh.base.problems import Problem, Words, register

CALENDAR, REPORTING = "calendar", "reporting"
RULES = (CALENDAR, REPORTING)
GRAINS = ("day", "month", "quarter", "half", "year", "other")
_MONTHS = {"month": 1, "quarter": 3, "half": 6, "year": 12}
_FINER = {"year": "quarter", "half": "quarter", "quarter": "month", "month": "day", "other": "day"}
_DAY = timedelta(days=1)
_ROMAN = ("I", "II", "III", "IV")
_WRITTEN = re.compile(r"^(\d{4})(?:-(?:(\d{2})(?:-(\d{2}))?|Q([1-4])|H([12])))?$", re.IGNORECASE)

register(
    {
        "period.unreadable": Words(
            _("Không hiểu kỳ “{value}”."), _("Viết 2026, 2026-H1, 2026-Q3, 2026-10 hoặc 2026-10-15.")
        )
    }
)


@dataclass(frozen=True, order=True)
class Period:
    """A stretch of days, first and last included."""

    grain: str
    start: date
    end: date
    rule: str = CALENDAR

    @classmethod
    def containing(cls, day: date, grain: str, rule: str = CALENDAR) -> "Period":
        """The period of that grain and rule in which the day lies. Raises KeyError for the grain `other`."""
        if grain == "day":
            return cls(grain, day, day)
        year, month = day.year, day.month
        if rule == REPORTING and day.day >= 15:
            year, month = _month(year, month + 1)
        return cls._numbered(grain, year, (month - 1) // _MONTHS[grain], rule)

    @classmethod
    def of(cls, start: date, end: date) -> "Period":
        """The period of exactly these days, of grain `other` where they make no whole one."""
        if start == end:
            return cls("day", start, end)
        for grain in _MONTHS:
            for rule in RULES if date.min.year < start.year < date.max.year else ():
                found = cls.containing(start, grain, rule)
                if (found.start, found.end) == (start, end):
                    return found
        return cls("other", start, end)

    @classmethod
    def parse(cls, text: str, rule: str = CALENDAR) -> "Period":
        """`2026`, `2026-H1`, `2026-Q3`, `2026-10` or `2026-10-15`. Raises period.unreadable."""
        found = _WRITTEN.match(text.strip())
        if not found:
            raise Problem("period.unreadable", value=text)
        year, month, day, quarter, half = (int(each) if each else 0 for each in found.groups())
        try:
            if day:
                return cls.containing(date(year, month, day), "day")
            if found[2]:
                return cls._numbered("month", date(year, month, 1).year, month - 1, rule)
            if quarter:
                return cls._numbered("quarter", year, quarter - 1, rule)
            return cls._numbered("half", year, half - 1, rule) if half else cls._numbered("year", year, 0, rule)
        except ValueError:
            raise Problem("period.unreadable", value=text) from None

    @classmethod
    def _numbered(cls, grain: str, year: int, place: int, rule: str) -> "Period":
        """The period at that place (from 0) in the year; places before 0 and past the last lie in other years."""
        months = _MONTHS[grain]
        first = date(*_month(year, place * months + 1), 1)
        last = date(*_month(year, place * months + months), 1)
        if rule == REPORTING:
            return cls(grain, (first - _DAY).replace(day=15), last.replace(day=14), rule)
        return cls(grain, first, last.replace(day=calendar.monthrange(last.year, last.month)[1]), rule)

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.end - self.start).days + 1

    @property
    def year(self) -> int:
        """The year it is named after: that of its last day."""
        return self.end.year

    @property
    def place(self) -> int:
        """Its place in that year, from 0; 0 for days and other stretches."""
        return (self.end.month - 1) // _MONTHS[self.grain] if self.grain in _MONTHS else 0

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end

    def __str__(self) -> str:
        """As `parse` reads it; other stretches as two days."""
        match self.grain:
            case "day":
                return self.start.isoformat()
            case "month":
                return f"{self.year}-{self.place + 1:02}"
            case "quarter":
                return f"{self.year}-Q{self.place + 1}"
            case "half":
                return f"{self.year}-H{self.place + 1}"
            case "year":
                return str(self.year)
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    def previous(self) -> "Period":
        """The period of the same kind that ends the day before this one starts."""
        if self.grain in _MONTHS:
            return self._numbered(self.grain, self.year, self.place - 1, self.rule)
        return Period(self.grain, self.start - timedelta(days=self.days), self.start - _DAY, self.rule)

    def next(self) -> "Period":
        """The period of the same kind that starts the day after this one ends."""
        if self.grain in _MONTHS:
            return self._numbered(self.grain, self.year, self.place + 1, self.rule)
        return Period(self.grain, self.end + _DAY, self.end + timedelta(days=self.days), self.rule)

    def year_before(self) -> "Period":
        """The same period a year earlier; 29/2 becomes 28/2."""
        if self.grain in _MONTHS:
            return self._numbered(self.grain, self.year - 1, self.place, self.rule)
        return Period(self.grain, _last_year(self.start), _last_year(self.end), self.rule)

    def parts(self, grain: str = "") -> list["Period"]:
        """The periods of a finer grain that make it up, the next finer one if none is named; itself for a day."""
        grain = grain or _FINER.get(self.grain, "day")
        part, found = Period.containing(self.start, grain, self.rule), []
        while part.start <= self.end:
            found.append(part)
            part = part.next()
        if found[0].start != self.start or found[-1].end != self.end:
            raise ValueError(f"{self} is not made of whole periods of grain {grain}")
        return found

    def complete(self, today: date | None = None) -> bool:
        """True when its last day is over."""
        return self.end < (today or clock.today())

    def label(self, language: str = "") -> str:
        """Its name as readers write it, in the language given or active: "Quý III/2026", "Q3 2026"."""
        english = (language or get_language() or "vi").startswith("en")
        name = self._english() if english else self._vietnamese()
        if self.rule == REPORTING and self.grain in _MONTHS:
            start = f"{self.start:%d/%m/%Y}" if self.grain == "year" else f"{self.start:%d/%m}"
            return (
                f"{name} ({start}–{self.end:%d/%m/%Y})"
                if self.grain == "year"
                else f"{name} ({start}–{self.end:%d/%m})"
            )
        return name

    def _vietnamese(self) -> str:
        match self.grain:
            case "month":
                return f"Tháng {self.place + 1}/{self.year}"
            case "quarter":
                return f"Quý {_ROMAN[self.place]}/{self.year}"
            case "half":
                return f"6 tháng {('đầu', 'cuối')[self.place]} năm {self.year}"
            case "year":
                return f"Năm {self.year}"
        return self._plain()

    def _english(self) -> str:
        match self.grain:
            case "month":
                return f"{calendar.month_name[self.place + 1]} {self.year}"
            case "quarter":
                return f"Q{self.place + 1} {self.year}"
            case "half":
                return f"{('First', 'Second')[self.place]} half of {self.year}"
            case "year":
                return str(self.year)
        return self._plain()

    def _plain(self) -> str:
        first, last = f"{self.start:%d/%m/%Y}", f"{self.end:%d/%m/%Y}"
        return first if first == last else f"{first}–{last}"


def grain_of(start: date, end: date) -> str:
    """The grain of exactly these days, by either rule; `other` where they make no whole period."""
    return Period.of(start, end).grain


def _month(year: int, month: int) -> tuple[int, int]:
    """Year and month with the month brought into 1 to 12."""
    years, place = divmod(month - 1, 12)
    return year + years, place + 1


def _last_year(day: date) -> date:
    leap = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap else day.day)
