"""The real permit cases of the CoSeLoG log through mapping, clock and sums, beside the log's own dates."""

import csv
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta

import pytest

from toancanh.domains.dossiers import deadlines, procedures
from toancanh.domains.dossiers.clock import Verdict, standing
from toancanh.sources import actions, loading, registry
from toancanh.sources.registry import SourceSpec
from toancanh.units.calendar import WorkingCalendar
from toancanh.warehouse import building, derived, reading

AFTER = datetime(2012, 2, 1, tzinfo=UTC)  # everything in the log has happened


@pytest.fixture
def log(shared):
    """Of each case its deadline and its end, where it has one, as the file tells them."""
    with (shared / "dossiers" / "receipt.csv").open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    moments = {row["case:concept:name"]: (row["case:deadline"], row["case:enddate"]) for row in rows}
    return {case: tuple(text and datetime.fromisoformat(text) for text in told) for case, told in moments.items()}


@pytest.fixture
def loaded(province, shared, log):
    """The file in the warehouse by the product's own mapping."""
    if not any(spec.name == "dossiers" for spec in registry.declared()):
        registry.register(SourceSpec("dossiers", "Hồ sơ", "dossier"))
    load = actions.deliver("dossiers", shared / "dossiers" / "receipt.csv", "coselog", actor=("user", "lan"))
    assert loading.run(load).counts["accepted"] == 6528
    building.refresh()


def sums(last):
    """The measures of the index up to the end of a day."""
    names = ("received", "on_time", "on_time_closed", "on_time_asked", "overdue", "overdue_closed", "overdue_asked")
    told = ", ".join(f"sum(index_{name})::INT AS {name}" for name in (*names, "late", "late_asked"))
    rows = f"{derived.rollup('dossiers_unit_day').all} WHERE day <= DATE '{last}'"
    return reading.fetch(f"SELECT {told} FROM {rows}").to_pylist()[0]


def test_every_case_is_judged_as_the_log_has_it(loaded, log):
    events = defaultdict(list)
    for row in reading.fetch(f"SELECT * FROM {reading.records('dossier')} ORDER BY dossier_id, seq").to_pylist():
        events[row["dossier_id"]].append(row)
    calendar = WorkingCalendar.load()
    assert len(events) == len(log) == 1075
    wrong = []
    for case, (deadline, end) in log.items():
        found = standing(events[case], procedures.terms().get(events[case][0]["procedure"]), calendar, AFTER)
        in_time = Verdict.ON_TIME if end else Verdict.RUNNING
        expected = Verdict.OVERDUE if (end or AFTER) > deadline else in_time
        if (found.verdict, found.due_at, found.ended_at) != (expected, deadline, end or None):
            wrong.append((case, found, deadline, end))
    assert wrong == []


def test_the_sums_are_the_counts_of_the_log_at_the_end_of_every_month(loaded, log):
    for month in [(2010, 12), (2011, 3), (2011, 6), (2011, 9), (2011, 12), (2012, 1)]:
        last = (date(*month, 1) + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        after = datetime(last.year, last.month, last.day, 17, tzinfo=UTC)  # midnight in Vietnam
        ended = [(deadline, end) for deadline, end in log.values() if end and end < after]
        found = sums(last)
        assert found["on_time"] == sum(end <= deadline for deadline, end in ended)
        assert found["overdue"] == sum(end > deadline for deadline, end in ended)
        unfinished_late = found["late"] + found["late_asked"] - found["overdue"]
        assert unfinished_late == sum(deadline < after for deadline, end in log.values() if not end or end >= after)
    assert (found["received"], found["on_time"] + found["overdue"]) == (1075, 1055)


def test_the_cases_without_an_end_are_overdue_once_their_deadlines_have_passed(loaded, log):
    found = deadlines.waiting("overdue", AFTER, {})
    late = {case for case, (deadline, end) in log.items() if not end and deadline < AFTER}
    assert set(found["record"].to_pylist()) == late
    assert len(late) == 18
    assert found["due_at"].to_pylist() == [log[case][0] for case in found["record"].to_pylist()]
    assert found["since"].to_pylist() == sorted(found["since"].to_pylist())
    eve = datetime(2012, 2, 27, tzinfo=UTC)
    assert set(deadlines.waiting("near_deadline", eve, {})["record"].to_pylist()) == {"case-8770"}
