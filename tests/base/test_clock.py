"""One clock: UTC inside, Vietnam's calendar outside."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toancanh.base import clock
from toancanh.base.clock import parse_moment


def test_a_bare_date_means_the_end_of_that_day_in_vietnam():
    assert parse_moment("2026-11-15") == datetime(2026, 11, 15, 16, 59, 59, 999999, UTC)


def test_a_time_without_offset_is_vietnamese():
    assert parse_moment("2026-11-15T08:00:00") == datetime(2026, 11, 15, 1, 0, tzinfo=UTC)


def test_an_offset_is_kept_to():
    assert parse_moment("2026-11-15T08:00:00+00:00") == datetime(2026, 11, 15, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "15/11/2026", "2026-02-30", "mai"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r".*"):
        parse_moment(text)


@given(st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)))  # noqa: DTZ001
def test_a_written_moment_reads_back_as_itself(moment):
    assert parse_moment(moment.isoformat()) == moment
    assert parse_moment(clock.local(moment).isoformat()) == moment


def test_today_is_tomorrow_already_when_utc_is_late_in_the_evening(monkeypatch):
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 6, 30, 17, 30, tzinfo=UTC))
    assert clock.today().isoformat() == "2026-07-01"
