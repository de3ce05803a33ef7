"""One clock: UTC inside, Vietnam's calendar outside."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toancanh.base import clock
from toancanh.base.clock import parse_day, parse_moment, stamp


def test_a_bare_date_means_the_end_of_that_day_in_vietnam():
    assert parse_moment("2026-11-15") == datetime(2026, 11, 15, 16, 59, 59, 999999, UTC)


def test_a_time_without_offset_is_vietnamese():
    assert parse_moment("2026-11-15T08:00:00") == datetime(2026, 11, 15, 1, 0, tzinfo=UTC)


def test_an_offset_is_kept_to():
    assert parse_moment("2026-11-15T08:00:00+00:00") == datetime(2026, 11, 15, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["15/11/2026", " 15/11/2026 ", "2026-11-15"])
def test_a_day_may_be_written_as_people_write_it(text):
    assert parse_day(text) == date(2026, 11, 15)
    assert parse_moment(text) == parse_moment("2026-11-15")


@pytest.mark.parametrize("text", ["15/11/2026 08:30", "15/11/2026 8:30", "15/11/2026 08:30:00", "2026-11-15 08:30"])
def test_a_time_may_be_written_as_people_write_it(text):
    assert parse_moment(text) == datetime(2026, 11, 15, 1, 30, tzinfo=UTC)


def test_the_day_comes_before_the_month():
    assert parse_day("1/7/2025") == date(2025, 7, 1)


IMPOSSIBLE = ["", "31/02/2026", "11/15/2026", "15/11/26", "15/11/2026 25:00", "2026-02-30", "mai", "0001-01-01T00:00"]


@pytest.mark.parametrize("text", [*IMPOSSIBLE, "9999-12-31T23:59-12:00"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_moment(text)


@pytest.mark.parametrize("text", ["", "31/02/2026", "15/11/2026 08:30", "2026-11-15T08:00", "mai"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_day(text)


@pytest.mark.parametrize("text", ["2026-11-15T08:00:00+07:00", "2026-11-15T01:00:00+00:00", "2026-11-15T08:00:00"])
def test_programs_read_every_moment_in_one_zone(text):
    assert stamp(datetime.fromisoformat(text)) == "2026-11-15T01:00:00+00:00"


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_written_moment_reads_back_as_itself(moment):
    assert parse_moment(moment.isoformat()) == moment
    assert parse_moment(clock.local(moment).isoformat()) == moment


def test_today_is_tomorrow_already_when_utc_is_late_in_the_evening(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 6, 30, 17, 30, tzinfo=UTC))
    assert clock.today().isoformat() == "2026-07-01"
