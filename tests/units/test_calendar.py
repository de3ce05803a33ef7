"""Working time: the decreed days of 2024 to 2026, and arithmetic that agrees with counting minutes."""

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from toancanh.base.clock import VIETNAM
from toancanh.units import actions
from toancanh.units.calendar import Stretch, WorkingCalendar
from toancanh.units.models import CalendarDay

GOLDEN = Path(__file__).parents[1] / "golden" / "calendar.csv"
MORNING, AFTERNOON = (time(7, 30), time(11, 30)), (time(13, 30), time(17, 30))
OFFICE = [Stretch(date(2000, 1, 1), day, a, b) for day in range(5) for a, b in (MORNING, AFTERNOON)]
SWAPS = {date(2026, 8, 31): False, date(2026, 8, 22): True}
FIRST = datetime(2026, 8, 15, tzinfo=VIETNAM)
CALENDAR = WorkingCalendar(OFFICE, SWAPS)

moments = st.integers(0, 31 * 24 * 60).map(lambda minutes: FIRST + timedelta(minutes=minutes))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


def golden() -> list[tuple[date, bool, str]]:
    with GOLDEN.open(encoding="utf-8") as handle:
        return [(date.fromisoformat(r["day"]), r["kind"] == "work", r["why"]) for r in csv.DictReader(handle)]


@pytest.mark.parametrize(("day", "worked", "why"), golden(), ids=lambda value: str(value))
def test_decreed_days_are_known(units, day, worked, why):
    assert WorkingCalendar.load().is_working_day(day) is worked, why


def working(moment: datetime) -> bool:
    """The slow way: is this minute worked?"""
    day, clock = moment.date(), moment.time()
    holiday = day in {date(2026, 8, 31), date(2026, 9, 1), date(2026, 9, 2)}
    worked = day == date(2026, 8, 22) or (day.weekday() < 5 and not holiday)
    return worked and any(start <= clock < end for start, end in (MORNING, AFTERNOON))


@settings(max_examples=60, deadline=None)
@given(moments, moments)
def test_hours_between_are_the_minutes_worked(start, end):
    start, end = min(start, end), max(start, end)
    minutes = int((end - start) / timedelta(minutes=1))
    slow = sum(working(start + timedelta(minutes=each)) for each in range(minutes)) / 60
    assert CALENDAR.hours_between(start, end) == pytest.approx(slow)


@settings(max_examples=60, deadline=None)
@given(moments, st.integers(1, 60 * 60))
def test_added_hours_end_at_the_minute_that_completes_them(start, minutes):
    end, left = start, minutes
    while left:
        left -= working(end)
        end += timedelta(minutes=1)
    assert CALENDAR.add_hours(start, minutes / 60) == end


@given(moments, st.integers(0, 6000))
def test_hours_added_are_the_hours_between(start, minutes):
    end = CALENDAR.add_hours(start, minutes / 60)
    assert CALENDAR.hours_between(start, end) == pytest.approx(minutes / 60)
    assert CALENDAR.hours_between(end, start) == pytest.approx(-minutes / 60)


@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)), st.integers(1, 60))
def test_working_days_added_are_the_working_days_counted(day, count):
    later = CALENDAR.add_working_days(day, count)
    assert CALENDAR.is_working_day(later)
    assert CALENDAR.working_days(day + timedelta(1), later) == count
    earlier = CALENDAR.add_working_days(day, -count)
    assert CALENDAR.working_days(earlier, day - timedelta(1)) == count


@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-10-16T16:30", 8, "2026-10-19T16:30"),  # a Friday afternoon
        ("2026-10-17T09:00", 8, "2026-10-19T17:30"),  # a Saturday
        ("2026-10-16T07:30", 4, "2026-10-16T11:30"),
        ("2026-08-21T17:00", 1, "2026-08-22T08:00"),  # the Saturday worked for 31/8
        ("2026-08-28T17:00", 1, "2026-09-03T08:00"),
        ("2026-10-16T12:00", 0, "2026-10-16T13:30"),
    ],
)
def test_eight_working_hours_skip_nights_weekends_and_holidays(start, hours, end):
    assert CALENDAR.add_hours(at(start), hours) == at(end)


def test_a_moment_in_another_zone_is_read_on_a_vietnamese_clock():
    utc = datetime.fromisoformat("2026-10-16T09:30:00+00:00")
    assert CALENDAR.add_hours(utc, 1) == at("2026-10-16T17:30")
    assert CALENDAR.add_days(utc, 1) == at("2026-10-19T16:30")


def test_new_hours_count_from_their_first_day(units):
    actions.set_hours(
        date(2026, 11, 1), {day: [(time(7), time(11)), (time(13), time(17))] for day in range(5)}, actor=("user", "an")
    )
    calendar = WorkingCalendar.load()
    assert calendar.add_hours(at("2026-10-30T17:00"), 1) == at("2026-11-02T07:30")


def test_a_decided_day_counts_at_once_and_until_the_decision_is_lifted(units):
    day = date(2026, 11, 23)
    assert WorkingCalendar.load().is_working_day(day)
    actions.decide_day(day, CalendarDay.Kind.OFF, note="nghỉ bù", actor=("user", "an"))
    assert not WorkingCalendar.load().is_working_day(day)
    actions.undecide_day(day, actor=("user", "an"))
    assert WorkingCalendar.load().is_working_day(day)


def test_a_calendar_without_any_hours_says_so_instead_of_running_for_ever():
    with pytest.raises(OverflowError):
        WorkingCalendar([], {}).add_hours(at("2026-10-16T12:00"), 1)


def test_negative_hours_are_refused():
    with pytest.raises(ValueError, match="negative"):
        CALENDAR.add_hours(at("2026-10-16T12:00"), -1)
