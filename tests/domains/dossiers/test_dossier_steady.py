"""A steady stream: so many events a second, each row as the record type wants it, late as often as in reality."""

from collections import Counter, defaultdict
from datetime import datetime, time, timedelta

import pyarrow as pa
import pytest

from toancanh.base.clock import VIETNAM
from toancanh.domains.dossiers import simulator
from toancanh.domains.dossiers.records import CHANNELS, DOSSIER, STATES, check
from toancanh.domains.dossiers.steady import Steady
from toancanh.domains.dossiers.tally import LAST, Tally

NIGHT = datetime(2025, 10, 18, 2, 30, tzinfo=VIETNAM)  # a Saturday


class Stream:
    """A steady stream whose clock the test moves."""

    def __init__(self, rate, offices, calendar, start=NIGHT, seed=1):
        self.moment = start
        self.steady = Steady(rate, seed, offices, calendar, lambda: self.moment)

    def after(self, seconds):
        self.moment += timedelta(seconds=seconds)
        return [row for rows in self.steady.due() for row in rows]


@pytest.fixture(scope="module")
def rows(offices, calendar):
    """Ten minutes at a hundred a second, in the night."""
    stream = Stream(100, offices, calendar)
    return [row for _second in range(600) for row in stream.after(1)]


@pytest.fixture(scope="module")
def lives(rows):
    found = defaultdict(list)
    for row in rows:
        found[row["dossier_id"]].append(row)
    return list(found.values())


@pytest.mark.parametrize(("rate", "seconds", "count"), [(0.05, 600, 30), (3, 100, 300), (5000, 2, 10_000)])
def test_there_are_as_many_events_a_second_as_asked_for(offices, calendar, rate, seconds, count):
    stream = Stream(rate, offices, calendar)
    assert sum(len(stream.after(1)) for _ in range(seconds)) == pytest.approx(count, abs=1)


def test_a_computer_that_slept_does_not_tell_of_the_night_in_a_burst(offices, calendar):
    assert len(Stream(10, offices, calendar).after(8 * 3600)) == 100


def test_events_are_stamped_with_the_moments_that_have_passed(rows):
    moments = [row["at"] for row in rows]
    assert moments == sorted(moments)
    assert moments[0] > NIGHT
    assert moments[-1] == NIGHT + timedelta(minutes=10)


def test_every_row_is_one_that_the_record_type_takes(rows):
    assert pa.Table.from_pylist(rows, schema=DOSSIER.arrow).num_rows == len(rows)
    required = [field.name for field in DOSSIER.fields if field.required]
    assert all(row[name] is not None for row in rows for name in required)
    assert all(check(row) is None for row in rows)
    assert {row["state"] for row in rows} <= set(STATES)
    assert {row["channel"] for row in rows} == set(CHANNELS)
    assert all(row["simulated"] for row in rows)
    assert min(row["fee"] for row in rows) == 0


def test_events_of_a_dossier_follow_each_other(lives):
    for life in lives:
        assert [row["seq"] for row in life] == list(range(life[0]["seq"], life[0]["seq"] + len(life)))
        assert len({(row["received_at"], row["procedure"], row["unit"], row["channel"]) for row in life}) == 1
        assert all(row["state"] not in LAST for row in life[:-1])


def test_the_rows_hold_what_the_simulator_tells_in_each_state(rows):
    for row in rows:
        decided = row["state"] not in (1, 3)
        assert (row["due_at"] is not None) == decided
        assert (row["finished_at"] is not None) == (row["state"] in (9, 10))
        assert (row["paid_online"] is not None) == (decided and row["fee"] > 0)


def test_a_deadline_is_the_term_in_working_days_after_acceptance(rows, calendar):
    terms = {procedure.code: procedure.term_days for procedure in simulator.catalogue()}
    accepted = [row for row in rows if row["state"] == 2]
    assert accepted
    for row in accepted[:50]:
        opening = datetime.combine(calendar.add_working_days(NIGHT.date(), 0), time(7, 30), VIETNAM)
        assert row["due_at"] == calendar.add_days(opening, terms[row["procedure"]])


def test_dossiers_end_late_as_often_as_was_reported_and_those_came_in_earlier(rows):
    finished = [row for row in rows if row["state"] == 9]
    late = [row for row in finished if row["finished_at"] > row["due_at"]]
    assert len(late) / len(finished) == pytest.approx(simulator.LATE, abs=0.01)
    assert all(row["received_at"] < NIGHT - timedelta(hours=8) for row in late)
    today = sum(row["received_at"] > NIGHT for row in finished) / len(finished)
    assert 0.1 < today < 0.4


def test_all_that_can_become_of_a_dossier_does(lives):
    seen = {tuple(row["state"] for row in life) for life in lives}
    assert {(4, 9, 10), (1, 2, 4, 9, 10), (2, 4, 9, 10), (1, 3), (8,)} <= seen
    assert any(5 in life for life in seen)
    assert any(7 in life for life in seen)


def test_online_dossiers_are_as_frequent_as_in_the_simulated_month(lives, offices, calendar):
    month = simulator.lives(NIGHT.date(), 1, offices, calendar, 0.1)
    expected = Counter(row["channel"] for row in month.to_pylist() if row["seq"] == 0)
    shares = Counter(life[0]["channel"] for life in lives)
    assert shares[2] / shares.total() == pytest.approx(expected[2] / expected.total(), abs=0.03)


def test_two_starts_have_no_dossier_in_common(offices, calendar):
    first, second = (
        {row["dossier_id"] for row in Stream(100, offices, calendar, start).after(5)}
        for start in (NIGHT, NIGHT + timedelta(milliseconds=1))
    )
    assert not first & second


def test_the_number_of_open_dossiers_is_bounded(rows):
    tally = Tally()
    for row in rows:
        tally.add(row)
    states = tally.counts()["by_state"]
    assert sum(number for state, number in states.items() if int(state) not in LAST) <= 1000
