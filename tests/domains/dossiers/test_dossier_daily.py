"""By the clock: the events of the demo's history, each when its moment has come."""

from concurrent.futures import Executor, Future
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pyarrow as pa
import pytest

from toancanh.base.clock import VIETNAM
from toancanh.domains.dossiers import simulator
from toancanh.domains.dossiers.daily import Daily
from toancanh.domains.dossiers.faults import KINDS
from toancanh.domains.dossiers.onestop import OneStop
from toancanh.domains.dossiers.records import DOSSIER
from toancanh.domains.simulation.clock import Clock
from toancanh.domains.simulation.faults import Faults

SEED, SCALE, DAY = 2026, 0.02, date(2025, 10, 15)


class Hands:
    """The hands of all clocks, moved by the test."""

    def __init__(self, moment):
        self.start, self.passed = moment, 0.0

    def real(self):
        return self.start + timedelta(seconds=self.passed)

    def ticks(self):
        return self.passed

    def clock(self, start, speed=1.0):
        return Clock(start, speed, self.real, self.ticks)


def at(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), VIETNAM)


@pytest.fixture(scope="module")
def happened(offices, calendar):
    """What happened from a day to a day, made once."""
    kept = {}

    def made(first, last):
        if (first, last) not in kept:
            kept[first, last] = simulator.happened(first, last, SEED, offices, calendar, SCALE)
        return kept[first, last]

    return made


class AtOnce(Executor):
    """Makes the next days while the test waits."""

    def submit(self, made, /, *words):
        done = Future()
        done.set_result(made(*words))
        return done


def told(stream):
    return [row for rows in stream.due() for row in rows]


def test_what_is_told_of_a_day_is_what_the_history_delivers_for_it(offices, calendar, happened):
    hands = Hands(at(DAY, 23, 59))
    rows = pa.Table.from_pylist(told(Daily(hands.clock(hands.start), happened)), schema=DOSSIER.arrow)
    history = pl.from_arrow(
        pa.concat_tables(simulator.events(DAY - timedelta(89), DAY, SEED, offices, calendar, SCALE))
    )
    local = pl.col("at").dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.date()
    key = ["dossier_id", "seq"]
    known = pl.from_arrow(rows).filter(pl.col("received_at") >= history["received_at"].min())
    assert known.sort(key).equals(history.filter(local == DAY).sort(key))
    assert len(known) > 100


def test_all_of_today_up_to_now_is_told_at_once_and_the_rest_as_it_comes(happened):
    hands = Hands(at(DAY, 10))
    stream = Daily(hands.clock(hands.start), happened)
    first = told(stream)
    assert first
    assert max(row["at"] for row in first) <= at(DAY, 10)
    assert told(stream) == []
    hands.passed += 3600
    then = told(stream)
    assert all(at(DAY, 10) < row["at"] <= at(DAY, 11) for row in then)
    assert [*first, *then] == [row for row in happened(DAY, DAY).to_pylist() if row["at"] <= at(DAY, 11)]


def test_nothing_is_told_of_a_day_before_it_begins(happened):
    hands = Hands(at(DAY, 10))
    assert told(Daily(hands.clock(at(DAY, 0)), happened)) == []


def test_days_follow_each_other_without_a_gap(happened):
    hands = Hands(at(DAY, 12))
    first = DAY - timedelta(9)
    stream = Daily(hands.clock(at(first, 0), speed=86_400), happened, AtOnce())
    rows = []
    for hands.passed in range(11):
        rows += told(stream)
    assert rows == happened(first, DAY).to_pylist()


def test_the_clock_waits_for_the_end_of_the_real_day_and_goes_on_from_there():
    hands = Hands(at(DAY, 12))
    clock = hands.clock(at(DAY, 12), speed=3600)
    hands.passed = 6
    assert clock.now() == at(DAY, 18)
    hands.passed = 100
    assert clock.now() == datetime.combine(DAY, time.max, VIETNAM)
    hands.passed = 12 * 3600 - 1
    clock.now()
    hands.passed += 7
    assert clock.now() == at(DAY + timedelta(1), 7) - timedelta(microseconds=1)


def test_two_runs_of_the_same_seed_publish_the_same_rows_however_time_is_cut(happened):
    pages = []
    for steps in ([3], [1, 2, 3]):
        hands = Hands(at(DAY, 20))
        stream = Daily(hands.clock(at(DAY, 0), speed=6 * 3600), happened)
        system = OneStop(stream, SEED, 0.05, Faults(KINDS))
        for hands.passed in steps:
            system.publish()
        pages.append(system.page(0, 100_000))
    assert pages[0] == pages[1]
    assert len(pages[0][0]) > 200


def test_volume_and_late_share_are_those_that_were_reported(happened):
    first, last = date(2025, 9, 1), date(2025, 10, 31)
    hands = Hands(at(last, 23, 59))
    stream = Daily(hands.clock(at(first, 0), speed=86_400), happened, AtOnce())
    hands.passed = 61
    rows = told(stream)
    working_days = {row["at"].astimezone(VIETNAM).date() for row in rows if row["state"] == 9}
    received = sum(row["seq"] == 0 for row in rows) / SCALE
    # 250 working days a year; on the others only what is sent online comes in.
    assert received == pytest.approx(simulator.DOSSIERS_A_YEAR / 250 * len(working_days), rel=0.07)
    finished = [row for row in rows if row["state"] == 9]
    late = sum(row["finished_at"] > row["due_at"] for row in finished) / len(finished)
    assert late == pytest.approx(simulator.LATE, abs=0.008)


def test_moments_are_in_utc_order(happened):
    moments = [row["at"] for row in happened(DAY, DAY).to_pylist()]
    assert moments == sorted(moments)
    assert moments[0].utcoffset() == UTC.utcoffset(None)
