"""What boards count: received, finished, late, in process and overdue, from current states."""

from datetime import UTC, date, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest

from toancanh.domains.dossiers import procedures, reckoning, rollups
from toancanh.domains.dossiers.records import DOSSIER
from toancanh.warehouse.rollups import sql

NINE = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # 09:00 in Vietnam, a Monday


def moment(day, hour=9):
    return NINE + timedelta(days=day, hours=hour - 9)


def dossier(state=4, *, at=None, due=5.0, finished=None, **more):
    row = dict.fromkeys(DOSSIER.arrow.names) | {
        "dossier_id": "H1",
        "seq": 0,
        "procedure": "tc.ho-tich.001",
        "unit": "gso:24133",
        "channel": 1,
        "state": state,
        "received_at": moment(0),
        "due_at": None if due is None else moment(due),
        "finished_at": finished,
    }
    return row | {"at": at or finished or moment(0)} | more


def reckoned(states, calendar):
    """States with their deadlines, as the warehouse reckons them."""
    (reckon,) = DOSSIER.reckons
    deadlines = reckoning.deadlines(calendar, *(states[name] for name in reckon.of))
    return states.set_column(states.schema.get_field_index(reckon.name), reckon.name, deadlines)


@pytest.fixture
def count(calendar):
    """The sum of a measure formula over days 0 to `day` of some states."""

    def _count(formula, *rows, day=30):
        states = reckoned(pa.Table.from_pylist(list(rows), DOSSIER.states), calendar)
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.register("states", states)
            last = date(2026, 3, 2) + timedelta(days=day)
            asked = f"SELECT sum({formula}) FROM ({sql(rollups.UNIT_DAY, 'states')}) WHERE day <= DATE '{last}'"
            return connection.execute(asked).fetchone()[0] or 0

    return _count


STOCK = "received - finished - closed"
OVERDUE = "overdue_in - late - overdue_dropped"


def test_a_finished_dossier_is_received_then_finished_then_gone(count):
    done = dossier(9, finished=moment(3))
    assert [count(STOCK, done, day=day) for day in (-1, 0, 2, 3)] == [0, 1, 1, 0]
    assert count("on_time", done) == count("finished", done) == 1


def test_a_dossier_without_deadline_and_without_known_term_is_on_time(count):
    unknown = dossier(9, due=None, finished=moment(90), procedure="not in any catalogue")
    assert count("on_time", unknown, day=99) == 1


def test_a_dossier_without_deadline_has_the_longest_term_of_its_procedure(count):
    term = procedures.terms()["tc.ho-tich.001"].amount
    in_time, late = (dossier(9, due=None, finished=moment(day)) for day in (term, 90))
    assert count("on_time", in_time, late, day=99) == count("late", in_time, late, day=99) == 1


def test_the_time_an_applicant_took_for_papers_moves_the_deadline(count):
    asked = {"supplements": 1, "supplement_at": moment(1), "resumed_at": moment(3), "supplement_due_at": moment(4)}
    assert count("on_time", dossier(9, due=4, finished=moment(6 + 2), **asked)) == 1  # two days, and a weekend
    assert count("late", dossier(9, due=4, finished=moment(6 + 2, hour=10), **asked)) == 1
    told_anew = dossier(9, due=5, finished=moment(6 + 2), **asked)
    assert count("late", told_anew) == 1


def test_a_late_dossier_is_overdue_from_its_deadline_until_it_is_finished(count):
    late = dossier(10, finished=moment(8))
    assert [count(OVERDUE, late, day=day) for day in (4, 5, 7, 8)] == [0, 1, 1, 0]
    assert count("late", late) == 1


def test_late_by_hours_is_late_but_in_no_evening_overdue(count):
    late = dossier(10, finished=moment(5, hour=15))
    assert count("late", late) == 1
    assert [count(OVERDUE, late, day=day) for day in (4, 5, 6)] == [0, 0, 0]


def test_an_open_dossier_is_overdue_from_the_day_of_its_deadline_on(count):
    assert [count(OVERDUE, dossier(4), day=day) for day in (4, 5, 20)] == [0, 1, 1]


def test_a_deadline_at_midnight_lasts_the_whole_day(count):
    midnight = (5 * 24 - 9) / 24
    assert count("on_time", dossier(9, due=midnight, finished=moment(5, hour=16))) == 1
    assert count("late", dossier(9, due=midnight, finished=moment(6, hour=1))) == 1


@pytest.mark.parametrize("state", [7, 8, 9, 10])
def test_a_closing_state_without_finish_takes_the_dossier_out_at_its_own_time(count, state):
    closed = dossier(state, at=moment(3))
    assert [count(STOCK, closed, day=day) for day in (2, 3)] == [1, 0]
    assert count("finished", closed) == 0
    assert count(OVERDUE, closed) == 0


def test_closing_after_the_deadline_ends_an_overdue(count):
    closed = dossier(7, at=moment(9))
    assert [count(OVERDUE, closed, day=day) for day in (4, 5, 8, 9)] == [0, 1, 1, 0]
    assert count("closed_late", closed) == 1


def test_a_dossier_stopped_for_want_of_papers_is_never_late(count):
    stopped = dossier(8, at=moment(20))
    assert count("closed_late", stopped) == count("overdue_in", stopped) == 0


def test_waiting_for_papers_stays_in_process_but_is_not_overdue(count):
    paused = dossier(5, at=moment(2))
    assert count(STOCK, paused) == count("paused", paused) == 1
    assert count(OVERDUE, paused) == 0


def test_papers_asked_for_after_the_deadline_leave_the_days_before_overdue(count):
    paused = dossier(5, at=moment(8))
    assert [count(OVERDUE, paused, day=day) for day in (5, 7, 8)] == [1, 1, 0]


def test_refused_and_waiting_dossiers_are_not_received(count):
    refused, waiting = dossier(3, at=moment(1)), dossier(1, due=None)
    assert count("received", refused, waiting) == count(STOCK, refused, waiting) == 0
    assert count("refused", refused, waiting) == count("waiting", refused, waiting) == 1


def test_online_paid_and_simulated_dossiers_are_counted(count):
    rows = [dossier(channel=2, fee=4000.0, paid_online=True, simulated=True), dossier(channel=None, fee=0.0)]
    assert [count(name, *rows) for name in ("received", "online", "payable", "paid_online", "simulated")] == [
        2,
        1,
        1,
        1,
        1,
    ]


def test_every_rollup_keeps_the_unit():
    for rollup in (rollups.UNIT_DAY, rollups.CHANNEL_DAY, rollups.PROCEDURE_DAY):
        assert "unit" in rollup.by
