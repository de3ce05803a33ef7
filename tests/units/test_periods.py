"""Periods are whole, follow each other without gap, and read as Vietnamese officers write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toancanh.base.problems import Problem
from toancanh.units.periods import CALENDAR, REPORTING, Period, grain_of

days = st.dates(date(1990, 1, 1), date(2090, 12, 31))
grains = st.sampled_from(["day", "month", "quarter", "half", "year"])
rules = st.sampled_from([CALENDAR, REPORTING])


@given(days, grains, rules)
def test_a_period_contains_its_day_and_is_found_from_each_of_its_ends(day, grain, rule):
    period = Period.containing(day, grain, rule)
    assert day in period
    assert Period.containing(period.start, grain, rule) == Period.containing(period.end, grain, rule) == period


@given(days, grains, rules)
def test_periods_follow_each_other_without_gap(day, grain, rule):
    period = Period.containing(day, grain, rule)
    assert period.previous().end + timedelta(1) == period.start
    assert period.previous().next() == period == period.next().previous()


@given(days, grains.filter(lambda grain: grain != "day"), rules)
def test_parts_make_up_the_whole(day, grain, rule):
    period = Period.containing(day, grain, rule)
    parts = period.parts()
    assert (parts[0].start, parts[-1].end) == (period.start, period.end)
    assert sum(part.days for part in parts) == period.days


@given(days, grains, rules)
def test_a_period_is_recognised_from_its_days_and_from_its_writing(day, grain, rule):
    period = Period.containing(day, grain, rule)
    assert Period.of(period.start, period.end) == period
    assert grain_of(period.start, period.end) == grain
    assert Period.parse(str(period), period.rule) == period


@given(days, grains, rules)
def test_the_same_period_a_year_earlier_is_of_the_same_kind(day, grain, rule):
    period = Period.containing(day, grain, rule)
    before = period.year_before()
    assert (before.grain, before.rule, before.year) == (grain, period.rule, period.year - 1)


@pytest.mark.parametrize(
    ("grain", "start", "end"),
    [
        ("month", date(2026, 9, 15), date(2026, 10, 14)),
        ("quarter", date(2026, 9, 15), date(2026, 12, 14)),
        ("half", date(2026, 6, 15), date(2026, 12, 14)),
        ("year", date(2025, 12, 15), date(2026, 12, 14)),
    ],
)
def test_reporting_periods_run_from_the_15th_to_the_14th(grain, start, end):
    assert Period.containing(date(2026, 10, 14), grain, REPORTING) == Period(grain, start, end, REPORTING)


def test_the_year_of_the_department_report_runs_from_15_12_2021_to_14_12_2022():
    period = Period.parse("2022", REPORTING)
    assert (period.start, period.end) == (date(2021, 12, 15), date(2022, 12, 14))
    assert period.label("vi") == "Năm 2022 (15/12/2021–14/12/2022)"


@pytest.mark.parametrize(
    ("text", "vi", "en"),
    [
        ("2026-10", "Tháng 10/2026", "October 2026"),
        ("2026-Q3", "Quý III/2026", "Q3 2026"),
        ("2024-H1", "6 tháng đầu năm 2024", "First half of 2024"),
        ("2024-H2", "6 tháng cuối năm 2024", "Second half of 2024"),
        ("2026", "Năm 2026", "2026"),
        ("2026-10-15", "15/10/2026", "15/10/2026"),
    ],
)
def test_labels_are_what_readers_write(text, vi, en):
    assert Period.parse(text).label("vi") == vi
    assert Period.parse(text).label("en") == en


def test_days_that_make_no_whole_period_are_of_another_grain():
    period = Period.of(date(2026, 10, 1), date(2026, 10, 20))
    assert period.grain == "other"
    assert period.label("vi") == "01/10/2026–20/10/2026"
    assert period.previous() == Period("other", date(2026, 9, 11), date(2026, 9, 30))


def test_a_leap_day_has_a_year_before():
    assert Period.parse("2024-02-29").year_before().start == date(2023, 2, 28)


@pytest.mark.parametrize("text", ["", "2026-13", "2026-Q5", "2026-02-30", "tháng 10", "26-10", "0000"])
def test_an_unreadable_period_is_refused(text):
    with pytest.raises(Problem) as refused:
        Period.parse(text)
    assert refused.value.code == "period.unreadable"


def test_a_period_is_complete_once_its_last_day_is_over():
    period = Period.parse("2026-10")
    assert not period.complete(date(2026, 10, 31))
    assert period.complete(date(2026, 11, 1))
