"""Working time counted minute by minute beside the arithmetic, one moment at a time and many at once."""

import csv
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toancanh.base.clock import VIETNAM
from toancanh.units import worktime
from toancanh.units.calendar import Span, Stretch, WorkingCalendar
from toancanh.units.worktime import WorkTime

GOLDEN = Path(__file__).parents[1] / "golden" / "terms.csv"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MICROSECOND = timedelta(microseconds=1)
# Summer hours, from 25/8/2026 on other ones with a Saturday morning that only counts when a Saturday is worked.
SUMMER = ((time(7, 30), time(11, 30)), (time(13, 30), time(17, 30)))
WINTER = ((time(8), time(12)), (time(13), time(16, 45)))
CHANGE = date(2026, 8, 25)
HOURS = [
    *(Stretch(date(2000, 1, 1), day, *each) for day in range(5) for each in SUMMER),
    *(Stretch(CHANGE, day, *each) for day in range(4) for each in WINTER),
    Stretch(CHANGE, 4, time(8), time(12)),
    Stretch(CHANGE, 5, time(9), time(11)),
]
# The swap of 2026, and a Saturday under the newer hours.
DECIDED = {date(2026, 8, 31): False, date(2026, 8, 22): True, date(2026, 9, 12): True}
HOLIDAYS = {date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2)}
CALENDAR = WorkingCalendar(HOURS, DECIDED)
LINE = WorkTime(CALENDAR, date(2026, 1, 1), date(2027, 12, 31))
FIRST = datetime(2026, 8, 15, tzinfo=VIETNAM)

moments = st.integers(0, 35 * 24 * 60).map(lambda minutes: FIRST + minutes * MINUTE)


def open_on(day: date) -> bool:
    return day in (date(2026, 8, 22), date(2026, 9, 12)) or (day.weekday() < 5 and day not in HOLIDAYS)


def worked(moment: datetime) -> bool:
    """Whether this minute is worked."""
    day, clock = moment.date(), moment.time()
    if not open_on(day):
        return False
    if day < CHANGE:
        return any(start <= clock < end for start, end in SUMMER)
    if day.weekday() == 4:
        return time(8) <= clock < time(12)
    if day.weekday() == 5:
        return time(9) <= clock < time(11)
    return any(start <= clock < end for start, end in WINTER)


def minutes_worked(start: datetime, end: datetime) -> int:
    return sum(worked(start + number * MINUTE) for number in range((end - start) // MINUTE))


def days_after(day: date, number: int) -> date:
    """The working day that many after it, counted one by one."""
    while number:
        day += DAY
        number -= open_on(day)
    return day


def whole(*told: datetime) -> worktime.Whole:
    return np.array([each.astimezone(UTC).timestamp() * 1_000_000 for each in told]).round().astype(np.int64)


def end_of(day: date) -> datetime:
    return datetime.combine(day + DAY, time(), VIETNAM) - MICROSECOND


@settings(max_examples=60, deadline=None)
@given(moments, moments)
def test_hours_between_two_moments_are_the_minutes_worked_between_them(one, other):
    start, end = sorted((one, other))
    minutes = minutes_worked(start, end)
    assert CALENDAR.worked(start, end) == minutes * MINUTE
    assert CALENDAR.hours_between(end, start) == pytest.approx(-minutes / 60)
    before, after = LINE.worked(whole(start, end))
    assert (after - before) / 60e6 == minutes


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(1, 60 * 60))
def test_hours_added_are_over_with_the_minute_that_completes_them(start, minutes):
    end, left = start, minutes
    while left:
        left -= worked(end)
        end += MINUTE
    assert CALENDAR.add_hours(start, minutes / 60) == CALENDAR.add_worked(start, minutes * MINUTE) == end
    assert list(LINE.add_worked(whole(start), np.array([minutes * 60_000_000]))) == list(whole(end))


@settings(max_examples=60, deadline=None)
@given(moments)
def test_no_hours_lead_to_the_first_minute_that_is_worked(start):
    end = next(start + number * MINUTE for number in count() if worked(start + number * MINUTE))
    assert CALENDAR.add_hours(start, 0) == end


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(-20, 20))
def test_working_days_are_counted_one_by_one(moment, number):
    day, step = moment.date(), DAY if number > 0 else -DAY
    left = abs(number)
    while left:
        day += step
        left -= open_on(day)
    if number:
        assert CALENDAR.add_working_days(moment.date(), number) == day
        assert CALENDAR.add_days(moment, number) == datetime.combine(day, moment.timetz())
    else:
        assert CALENDAR.add_working_days(day, 0) == (day if open_on(day) else days_after(day, 1))


@settings(max_examples=100, deadline=None)
@given(moments, st.integers(0, 30), st.sampled_from([Span.DAY, Span.WORKING_DAY, Span.MONTH]))
def test_a_term_of_days_ends_with_the_working_day_that_is_its_last_or_follows_it(moment, amount, span):
    day = moment.date()
    if span is Span.WORKING_DAY and amount:
        last = days_after(day, amount)
    else:
        amount = min(amount, 4) if span is Span.MONTH else amount
        last = day + amount * DAY if span is Span.DAY else day
        for _month in range(amount if span is Span.MONTH else 0):
            last = last.replace(day=1) + 32 * DAY
            last = last.replace(day=1)
        if span is Span.MONTH:
            last = next(last.replace(day=number) for number in range(day.day, 0, -1) if valid(last, number))
        while not CALENDAR.is_working_day(last):
            last += DAY
    assert CALENDAR.add_term(moment, amount, span) == end_of(last)
    assert list(LINE.add_term(whole(moment), np.array([amount]), span)) == list(whole(end_of(last)))


def valid(day: date, number: int) -> bool:
    try:
        day.replace(day=number)
    except ValueError:
        return False
    return True


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(1, 100))
def test_a_term_of_hours_runs_in_working_time(moment, amount):
    end = CALENDAR.add_term(moment, amount, Span.HOUR)
    assert minutes_worked(moment, end) == amount * 60
    assert list(LINE.add_term(whole(moment), np.array([amount]), Span.HOUR)) == list(whole(end))


@settings(max_examples=60, deadline=None)
@given(moments)
def test_a_position_is_the_first_working_second_from_a_moment_on(moment):
    first = CALENDAR.add_hours(moment, 0)
    assert list(LINE.moment(LINE.reached(whole(moment)))) == list(whole(first))


def golden() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def end_told(text: str) -> datetime:
    day, _t, clock = text.partition("T")
    if clock == "24:00":
        return end_of(date.fromisoformat(day))
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


@pytest.mark.parametrize("case", golden(), ids=lambda case: f"{case['start']} {case['amount']} {case['span']}")
def test_terms_end_as_the_law_says(units, case):
    start, amount = datetime.fromisoformat(case["start"]).replace(tzinfo=VIETNAM), int(case["amount"])
    calendar = WorkingCalendar.load()
    assert calendar.add_term(start, amount, case["span"]) == end_told(case["end"]), f"{case['law']}: {case['why']}"
    line = worktime.of_years(calendar, 2024, 2027)
    assert list(line.add_term(whole(start), np.array([amount]), Span(case["span"]))) == list(
        whole(end_told(case["end"]))
    )


def test_a_term_is_never_negative():
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_term(FIRST, -1, Span.DAY)


def test_what_leads_past_the_line_is_no_moment():
    line = WorkTime(CALENDAR, date(2026, 8, 17), date(2026, 8, 21))
    with pytest.raises(IndexError):
        line.moment(np.array([5 * 8 * worktime.HOUR]))
    with pytest.raises(IndexError):
        line.reached(whole(datetime(2026, 8, 24, tzinfo=VIETNAM)))
    with pytest.raises(IndexError):
        WorkTime(WorkingCalendar([], {}), date(2026, 8, 17), date(2026, 8, 21)).moment(np.array([0]))


def test_another_calendar_has_another_digest():
    assert CALENDAR.digest == WorkingCalendar(HOURS[::-1], DECIDED).digest
    assert CALENDAR.digest != WorkingCalendar(HOURS, {}).digest
    assert CALENDAR.digest != WorkingCalendar(HOURS[1:], DECIDED).digest
