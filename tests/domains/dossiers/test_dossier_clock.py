"""The clock of a dossier, rule by rule as 766/QĐ-TTg has them, and all dossiers at once beside one at a time."""

from datetime import UTC, date, datetime, time, timedelta

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toancanh.base.clock import VIETNAM
from toancanh.domains.dossiers import procedures, reckoning, rollups
from toancanh.domains.dossiers.clock import Verdict, last_moment, standing
from toancanh.domains.dossiers.procedures import Term
from toancanh.domains.dossiers.records import DOSSIER
from toancanh.indicators import catalogue, computing
from toancanh.units.calendar import Span, WorkingCalendar, end_of
from toancanh.warehouse import reading
from toancanh.warehouse.rollups import sql

WEEK = Term(5, Span.WORKING_DAY)
ON_TIME, OVERDUE, RUNNING, NOT_COUNTED = Verdict


def at(day, hour=9, minute=0):
    """A moment of March 2026, of which the second is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=VIETNAM)


def life(*steps, due=None, received=None):
    """Events from (state, moment), with what a step tells anew."""
    told, events = due, []
    for state, moment, *more in steps:
        fields = dict(*more)
        told = fields.get("due_at", told)
        events.append(
            {"state": state, "at": moment, "received_at": received or steps[0][1], "finished_at": None}
            | fields
            | {"due_at": told}
        )
    return events


def judged(calendar, events, moment, term=WEEK):
    return standing(events, term, calendar, moment).verdict


def test_processed_by_the_deadline_is_on_time_and_a_minute_later_is_not(calendar):
    for minute, verdict in ((0, ON_TIME), (1, OVERDUE)):
        events = life((2, at(2)), (9, at(6, 9, minute)), due=at(6))
        assert judged(calendar, events, at(31)) is verdict


def test_a_dossier_ends_when_it_is_processed_not_when_its_result_is_handed_out(calendar):
    events = life((2, at(2)), (9, at(5)), (10, at(20)), due=at(6))
    assert standing(events, WEEK, calendar, at(31)).ended_at == at(5)
    assert judged(calendar, events, at(31)) is ON_TIME


def test_a_result_handed_out_is_the_end_where_nothing_else_is_told(calendar):
    assert judged(calendar, life((2, at(2)), (10, at(6, 10)), due=at(6)), at(31)) is OVERDUE


@pytest.mark.parametrize("state", [3, 7, 8])
def test_refused_withdrawn_and_stopped_are_ends(calendar, state):
    assert judged(calendar, life((2, at(2)), (state, at(5)), due=at(6)), at(31)) is ON_TIME
    assert judged(calendar, life((2, at(2)), (state, at(9)), due=at(6)), at(31)) is OVERDUE


def test_a_first_request_for_papers_that_is_open_counts_as_an_end(calendar):
    events = life((2, at(2)), (5, at(5)), due=at(6))
    found = standing(events, WEEK, calendar, at(31))
    assert (found.verdict, found.ended_at, found.stands, found.overdue) == (ON_TIME, None, True, False)
    assert judged(calendar, life((2, at(2)), (5, at(9)), due=at(6)), at(31)) is OVERDUE


def test_a_second_request_for_papers_counts_as_overdue(calendar):
    events = life((2, at(2)), (5, at(3)), (4, at(4)), (5, at(5)), (4, at(5, 10)), (9, at(5, 11)), due=at(6))
    assert judged(calendar, events, at(31)) is OVERDUE
    assert judged(calendar, events, at(4, 12)) is RUNNING


def test_the_time_for_papers_is_taken_off_in_working_time(calendar):
    # From Thursday 15:00 to Monday 9:00 twelve working hours pass: 2.5, 8 and 1.5.
    asked = ((2, at(2)), (5, at(5, 15)), (4, at(9, 9)))
    assert standing(life(*asked, due=at(10, 8)), WEEK, calendar, at(31)).due_at == at(11, 14)
    assert judged(calendar, life(*asked, (9, at(11, 9)), due=at(10, 8)), at(31)) is ON_TIME


def test_a_deadline_told_after_the_papers_came_is_not_moved_again(calendar):
    events = life((2, at(2)), (5, at(3)), (4, at(5), {"due_at": at(12)}), due=at(6))
    assert standing(events, WEEK, calendar, at(31)).due_at == at(12)


def test_papers_asked_for_after_the_deadline_move_nothing(calendar):
    events = life((2, at(2)), (5, at(9)), (4, at(12)), due=at(6))
    assert standing(events, WEEK, calendar, at(31)).due_at == at(6)


def test_a_day_without_clock_time_lasts_until_its_end_and_stays_a_day_when_moved(calendar):
    assert last_moment(at(6, 0)) == end_of(at(6).date())
    assert judged(calendar, life((2, at(2)), (9, at(6, 17)), due=at(6, 0)), at(31)) is ON_TIME
    events = life((2, at(2)), (5, at(3, 9)), (4, at(4, 9)), due=at(5, 0))
    assert standing(events, WEEK, calendar, at(31)).due_at == end_of(at(6).date())


@pytest.mark.parametrize(
    ("term", "last"),
    [
        (Term(5, Span.WORKING_DAY), end_of(at(9).date())),
        (Term(6, Span.DAY), end_of(at(9).date())),  # the sixth day is a Sunday
        (Term(8, Span.HOUR), at(3)),
        (Term(1, Span.MONTH), end_of(date(2026, 4, 2))),
    ],
)
def test_without_a_deadline_the_longest_term_of_the_procedure_counts(calendar, term, last):
    events = life((2, at(2)), (4, at(2, 10)))
    assert standing(events, term, calendar, at(2, 11)).due_at == last
    assert judged(calendar, events, last, term) is RUNNING
    assert judged(calendar, events, last + timedelta(microseconds=1), term) is OVERDUE


def test_without_any_term_and_when_only_registered_it_is_not_counted(calendar):
    assert judged(calendar, life((2, at(2)), (9, at(3))), at(31), None) is NOT_COUNTED
    assert judged(calendar, life((1, at(2)), due=at(3)), at(31)) is NOT_COUNTED
    assert standing(life((1, at(2))), WEEK, calendar, at(31)).due_at is None


def test_an_unfinished_dossier_is_measured_at_the_moment(calendar):
    events = life((2, at(2)), (4, at(3)), due=at(6))
    early, late = (standing(events, WEEK, calendar, moment) for moment in (at(6), at(9, 10)))
    assert (early.verdict, early.hours, early.overdue) == (RUNNING, 0, False)
    assert (late.verdict, late.hours, late.overdue) == (OVERDUE, -9, True)


def test_while_payment_is_awaited_the_clock_stands(calendar):
    found = standing(life((2, at(2)), (6, at(5)), due=at(6)), WEEK, calendar, at(31))
    assert (found.stands, found.verdict, found.hours) == (True, RUNNING, 8)
    assert judged(calendar, life((2, at(2)), (6, at(9)), due=at(6)), at(31)) is OVERDUE


def test_before_its_first_event_a_dossier_does_not_stand(calendar):
    assert standing(life((2, at(2))), WEEK, calendar, at(1)) is None


# All at once beside one at a time.

TERMS = {
    "hours": Term(12, Span.HOUR),
    "days": Term(6, Span.DAY),
    "working": Term(4, Span.WORKING_DAY),
    "month": Term(1, Span.MONTH),
}
FOLLOWS = {
    1: (2, 2, 3, 5),
    2: (4, 4, 5, 6, 7, 9),
    4: (4, 5, 6, 7, 8, 9, 10),
    5: (4, 4, 5, 6, 8, 7),
    6: (4, 9, 8),
    9: (10, 10, 8),
}


@st.composite
def lives(draw):
    state = draw(st.sampled_from([1, 2, 2, 4]))
    moment = datetime(2026, 8, 17, 1, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 20 * 24 * 60)))
    received = moment - timedelta(minutes=draw(st.sampled_from([0, 0, 50])))
    days = st.none() | st.tuples(st.integers(-1, 15), st.sampled_from([0, 10, 17]))
    due, events = draw(days), []
    while True:
        told = due and moment_of(received, *due)
        finished = moment if state in (9, 10) and draw(st.booleans()) else None
        events.append({"state": state, "at": moment, "received_at": received, "due_at": told, "finished_at": finished})
        if state not in FOLLOWS or not draw(st.integers(0, 4)):
            break
        state = draw(st.sampled_from(FOLLOWS[state]))
        moment += timedelta(seconds=draw(st.integers(1, 6 * 24 * 3600)))
        due = draw(st.just(due) | st.just(due) | days)
    return draw(st.sampled_from([*TERMS, "unknown"])), events


def moment_of(received, days, hour):
    day = (received + timedelta(days=days)).astimezone(VIETNAM)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0).astimezone(UTC)


@pytest.fixture
def terms(monkeypatch):
    monkeypatch.setattr(procedures, "terms", lambda: TERMS)
    reckoning._catalogue.cache_clear()
    yield
    reckoning._catalogue.cache_clear()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lives(), min_size=1, max_size=25), st.integers(0, 70))
def test_summed_over_all_dossiers_the_index_is_what_each_of_them_counts_for(units, terms, told, day):
    last = (datetime(2026, 8, 17, tzinfo=VIETNAM) + timedelta(days=day)).date()
    moment, calendar = datetime.combine(last + timedelta(days=1), time(), VIETNAM), WorkingCalendar.load()
    rows = []
    for number, (procedure, events) in enumerate(told):
        for seq, event in enumerate(events):
            if event["at"] < moment:
                more = {"dossier_id": f"H{number}", "unit": f"{number}", "seq": seq, "procedure": procedure}
                rows.append(dict.fromkeys(DOSSIER.stored.names) | more | event | {"batch": 1, "row": 1})
    with reading.cursor() as on:
        on.register("events", pa.Table.from_pylist(rows, DOSSIER.stored.remove_metadata()))
        states = reading.states(DOSSIER, "events")
        names = [measure.name for measure in rollups.INDEX]
        sums = ", ".join(f"sum({name})::INT AS {name}" for name in names)
        found = reading.fetch(f"SELECT * FROM {states} ORDER BY unit", on=on).to_pylist()
        counted = reading.fetch(
            f"SELECT unit, {sums} FROM ({sql(rollups.UNIT_DAY, states)}) WHERE day <= DATE '{last}' GROUP BY unit",
            on=on,
        ).to_pylist()
    by_unit = {row["unit"]: row for row in counted}
    expected = {}
    for number, (procedure, events) in enumerate(told):
        known = [event for event in events if event["at"] < moment]
        one = standing(known, TERMS.get(procedure), calendar, moment)
        if one is not None:
            expected[f"{number}"] = (one.verdict, one.due_at)
    deadlines = {row["unit"]: row["deadline_at"] for row in found}
    assert {
        unit: (bulk(by_unit.get(unit, dict.fromkeys(names, 0))), due) for unit, due in deadlines.items()
    } == expected


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lives(), min_size=1, max_size=25), st.integers(0, 70), st.integers(0, 40))
def test_the_rate_of_a_period_is_that_of_the_dossiers_that_ended_in_it_or_are_unfinished(
    units, terms, told, day, length
):
    last = (datetime(2026, 8, 17, tzinfo=VIETNAM) + timedelta(days=day)).date()
    first, moment = last - timedelta(days=length), datetime.combine(last + timedelta(days=1), time(), VIETNAM)
    calendar, rows, expected = WorkingCalendar.load(), [], {}
    for number, (procedure, events) in enumerate(told):
        known = [event for event in events if event["at"] < moment]
        for seq, event in enumerate(known):
            more = {"dossier_id": f"H{number}", "unit": f"{number}", "seq": seq, "procedure": procedure}
            rows.append(dict.fromkeys(DOSSIER.stored.names) | more | event | {"batch": 1, "row": 1})
        one = standing(known, TERMS.get(procedure), calendar, moment)
        if one is not None:
            expected[f"{number}"] = share(one, known, first)
    formula = catalogue.get("dossiers.index_on_time_rate").computation
    with reading.cursor() as on:
        on.register("events", pa.Table.from_pylist(rows, DOSSIER.stored.remove_metadata()))
        counted = f"({sql(rollups.UNIT_DAY, reading.states(DOSSIER, 'events'))})"
        sums = ", ".join(
            f"sum({m}) FILTER (day >= DATE '{first}')::INT AS {m}, sum({m})::INT AS level_{m}" for m in formula.measures
        )
        found = reading.fetch(
            f"SELECT unit, {sums} FROM {counted} c WHERE day <= DATE '{last}' GROUP BY unit", on=on
        ).to_pylist()
    values = {row["unit"]: computing.evaluate(formula, row) for row in found}
    got = {unit: (value.part or 0, value.whole or 0) for unit, value in values.items()}
    assert {unit: got.get(unit, (0, 0)) for unit in expected} == expected


def share(one, known, first):
    """Part and whole of one dossier in a period from a day on, to the end of which the events are known."""
    if one.verdict is NOT_COUNTED:
        return 0, 0
    asked = one.stands and known[-1]["state"] == 5 and sum(event["state"] == 5 for event in known) == 1
    end = one.ended_at or (known[-1]["at"] if asked else None)
    if end is not None and max(end, known[-1]["received_at"]).astimezone(VIETNAM).date() < first:
        return 0, 0
    return int(one.verdict is not OVERDUE), 1


def bulk(sums):
    """What the sums of one dossier say it counts for."""
    on_time = sums["index_on_time"] + sums["index_on_time_closed"] + sums["index_on_time_asked"]
    overdue = sums["index_overdue"] + sums["index_overdue_closed"] + sums["index_overdue_asked"]
    late = sums["index_late"] + sums["index_late_asked"] - overdue
    assert {on_time, overdue, late, sums["index_received"]} <= {0, 1}
    assert on_time + overdue + late <= sums["index_received"]
    if not sums["index_received"]:
        return NOT_COUNTED
    return ON_TIME if on_time else OVERDUE if overdue or late else RUNNING
