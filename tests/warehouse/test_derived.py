"""Derived tables: the last state of each subject and the rollups, the same as recomputed from the records."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import letters
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from letters import BY_UNIT, LETTER, START, letter, table

from toancanh.base import checks, clock, news
from toancanh.base.home import Home
from toancanh.warehouse import building, derived, live, maintenance, reading, rollups, tables, types, writing
from toancanh.warehouse.models import Batch, Dirty

pytestmark = pytest.mark.usefixtures("home")
NAME = "letter_unit_day"


def load(name: str, rows: list[dict[str, object]]) -> writing.Written:
    return writing.write(writing.seal("s", "letter", name, 0), table(rows))


def states(**more: object) -> list[dict[str, object]]:
    return reading.fetch(f"SELECT * FROM {derived.current('letter', **more)} ORDER BY code").to_pylist()


def sums(**more: object) -> list[tuple[object, ...]]:
    sql = (
        "SELECT unit, day, sum(received)::BIGINT r, sum(closed)::BIGINT c, sum(good)::BIGINT g "
        f"FROM {derived.rollup(NAME, **more).all} GROUP BY ALL HAVING r <> 0 OR c <> 0 OR g <> 0 ORDER BY ALL"
    )
    return [tuple(row.values()) for row in reading.fetch(sql).to_pylist()]


def carried(**more: object) -> list[dict[str, object]]:
    """What rollups sum of the columns that earlier records and reckoning have told."""
    sql = f"SELECT unit, day, sum(late) late, sum(asked) asked FROM {derived.rollup(NAME, **more).all} GROUP BY ALL"
    return reading.fetch(f"FROM ({sql}) WHERE late <> 0 OR asked <> 0 ORDER BY ALL").to_pylist()


def test_nothing_derived_yet_reads_as_no_rows() -> None:
    assert states() == []
    assert sums() == []
    assert building.refresh() == 0


def test_the_current_state_is_the_last_step_with_its_correction() -> None:
    load("one", [letter(1, 2, unit="A"), letter(1, 1, unit="B"), letter(2)])
    load("two", [letter(1, 2, unit="C")])
    assert building.refresh("letter") == 1
    assert [(row["code"], row["step"], row["unit"]) for row in states()] == [("L1", 2, "C"), ("L2", 1, "A")]
    assert not Dirty.objects.exists()


def test_a_rollup_counts_subjects_by_vietnamese_day() -> None:
    late = START.replace(hour=18)  # one o'clock of the next day in Vietnam
    load("one", [letter(1, closed_at=late, score=7.0), letter(2, closed_at=late, score=1.0), letter(3, unit=None)])
    building.refresh()
    first, second = START.date(), START.date().replace(day=6)
    assert sums() == [("A", first, 2, 0, 0), ("A", second, 0, 2, 1), (None, first, 1, 0, 0)]


def test_only_touched_months_are_rebuilt(home: Home) -> None:
    load("one", [letter(1), letter(2, day=40)])
    building.refresh()
    before = tables.months(derived.folder("letter"))
    load("two", [letter(3, day=40)])
    assert building.refresh() == 1
    after = tables.months(derived.folder("letter"))
    assert [after[month] == before[month] for month in sorted(before)] == [True, False]


def test_as_of_gives_the_states_and_rollups_known_then() -> None:
    load("one", [letter(1, unit="A")])
    then = clock.now()
    load("two", [letter(1, unit="B", closed_at=START, score=9.0), letter(2)])
    building.refresh()
    assert [row["unit"] for row in states(as_of=then)] == ["A"]
    assert sums(as_of=then) == [("A", START.date(), 1, 0, 0)]
    assert sums(as_of=clock.now()) == sums()


def told(steps: object) -> list[dict[str, object]]:
    return [
        letter(code, step, unit=unit, day=day, closed_at=START if closed else None, score=6.0)
        for code, step, unit, day, closed in steps  # type: ignore[attr-defined]
    ]


STEPS = st.tuples(
    st.integers(1, 4), st.integers(1, 3), st.sampled_from(["A", "B"]), st.sampled_from([0, 40, 80]), st.booleans()
)
ACTS = st.lists(
    st.one_of(
        st.lists(STEPS, min_size=1, max_size=6),
        st.tuples(st.just("arrive"), st.lists(STEPS, min_size=1, max_size=4)),
        st.just("refresh"),
        st.just("withdraw"),
        st.just("maintain"),
        st.just("gather"),
    ),
    min_size=1,
    max_size=8,
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_refreshing_step_by_step_equals_recomputing_from_the_records(
    acts: list[object], tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setattr(maintenance, "_CROWD", 2)
    Batch.objects.all().delete()
    Dirty.objects.all().delete()
    loads: list[str] = []
    for number, act in enumerate(acts):
        if act == "refresh":
            building.refresh("letter")
        elif act == "maintain":
            maintenance.maintain(force=True)
        elif act == "gather":
            maintenance.gather()
        elif act == "withdraw":
            if loads:
                writing.withdraw("s", loads.pop(), "thử", "user:1")
        elif isinstance(act, tuple):  # in small pieces, part of a load of their own
            writing.put("s", "letter", told(act[1]), f"load {number}")
            writing.flush()
            building.refresh("letter")
            loads.append(f"load {number}")
        else:
            load(f"load {number}", told(act))
            loads.append(f"load {number}")
    building.refresh("letter")
    now = clock.now()
    assert states() == states(as_of=now)
    assert sums() == sums(as_of=now)
    assert carried() == carried(as_of=now)


def cut(path: object) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])  # type: ignore[attr-defined]


def drop(path: object) -> None:
    path.unlink()  # type: ignore[attr-defined]


@pytest.mark.parametrize("harm", [cut, drop])
@pytest.mark.parametrize("name", ["current", NAME])
def test_a_torn_or_missing_file_is_found_and_rebuilt(home: Home, harm: Callable[[object], None], name: str) -> None:
    load("one", [letter(1), letter(2, day=40)])
    building.refresh()
    before = (states(), sums())
    harm(tables.months(derived.folder("letter", name))["2026-01"].whole)
    assert [finding.code for finding in checks.run()["warehouse.derived"]] == ["warehouse.derived"]
    (flaw,) = building.check_derived()
    assert (flaw.table, flaw.month) == (name, "2026-01")
    assert (states(), sums()) == before
    assert building.check_derived() == []


def test_a_new_definition_of_a_rollup_rebuilds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    load("one", [letter(1, closed_at=START, score=7.0)])
    building.refresh()
    stricter = rollups.Measure("good", "closed_at", lambda t: t.score > 9)
    monkeypatch.setitem(rollups._ROLLUPS, NAME, replace(BY_UNIT, measures=(*BY_UNIT.measures[:2], stricter)))
    assert [flaw.reason for flaw in building.check_derived()] == ["outdated"]
    assert sums() == [("A", START.date(), 1, 1, 0)]


def test_a_new_measure_is_not_known_before_every_month_is_counted_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    load("one", [letter(1), letter(2, day=40)])
    building.refresh()
    more = rollups.Measure("scored", "received_at", lambda t: t.score > 0)
    monkeypatch.setitem(rollups._ROLLUPS, NAME, replace(BY_UNIT, measures=(*BY_UNIT.measures, more)))
    before = derived.rollup(NAME)
    assert before.uncounted == {"scored"}
    told = reading.fetch(f"SELECT sum(received) AS n, sum(scored) AS s FROM {before.all}").to_pylist()
    assert told == [{"n": 2, "s": None}]
    arrive(letter(3))  # of the month of the first
    building.refresh()
    assert derived.rollup(NAME).uncounted == {"scored"}  # the other month is as it was
    assert {flaw.reason for flaw in building.check_derived()} == {"outdated"}
    assert derived.rollup(NAME).uncounted == frozenset()
    assert sums() == sums(as_of=clock.now())


def test_while_months_are_counted_anew_the_old_counts_stand(monkeypatch: pytest.MonkeyPatch) -> None:
    load("one", [letter(1), letter(2, day=40)])
    building.refresh()
    before = sums()
    stricter = rollups.Measure("good", "closed_at", lambda t: t.score > 9)
    monkeypatch.setitem(rollups._ROLLUPS, NAME, replace(BY_UNIT, measures=(*BY_UNIT.measures[:2], stricter)))
    told: list[object] = []
    monkeypatch.setattr(building, "refresh", lambda _name: told.append(sums()) or 0)
    building.check_derived()
    assert told == [before]


def test_a_state_tells_how_often_and_when_earlier_records_asked_for_papers() -> None:
    def on(day: int) -> dict[str, object]:
        return {"received_at": START + timedelta(days=day)}

    load("one", [letter(1, 1), letter(1, 2, score=4.0) | on(1), letter(1, 3) | on(2), letter(1, 4) | on(3), letter(2)])
    load("two", [letter(3, 3) | on(1)])
    building.refresh()
    told = ("asks", "asked_at", "asked_again_at", "answered_at", "asked_score")
    assert [tuple(row[name] for name in told) for row in states()] == [
        (2, START + timedelta(days=1), START + timedelta(days=2), START + timedelta(days=2), 4.0),
        (0, None, None, None, None),
        (1, START + timedelta(days=1), None, None, None),
    ]
    assert states() == states(as_of=clock.now())
    arrive(letter(2, 2) | on(4), letter(3, 4) | on(5))
    building.refresh()
    assert [(row["asks"], row["answered_at"]) for row in states()][1:] == [(1, None), (1, START + timedelta(days=5))]
    assert states() == states(as_of=clock.now())


def test_what_is_reckoned_otherwise_now_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    load("one", [letter(1), letter(2, 2)])
    building.refresh()
    assert [(row["late_at"] - START).days for row in states()] == [3, 2]
    assert building.outdate("letter") == 0
    monkeypatch.setattr(letters, "VERSION", ["3"])
    assert building.outdate("letter") == 1
    arrive(letter(3))  # nothing may lie beside a month of the definition before
    building.refresh()
    assert [(row["late_at"] - START).days for row in states()] == [5, 2, 5]
    assert carried() == carried(as_of=clock.now())
    assert building.check_derived() == []


def test_small_arrivals_make_a_month_of_an_older_definition_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as before:
        before.setitem(types._TYPES, "letter", replace(LETTER, carries=(), reckons=()))
        before.setitem(rollups._ROLLUPS, NAME, replace(BY_UNIT, measures=BY_UNIT.measures[:3]))
        load("one", [letter(1), letter(2, 2)])
        building.refresh()
    arrive(letter(3, 2))
    building.refresh()
    assert [row["asks"] for row in states()] == [0, 1, 1]
    assert states() == states(as_of=clock.now())


def arrive(*rows: dict[str, object]) -> None:
    writing.put("s", "letter", list(rows), "flow")
    writing.flush()


def test_small_arrivals_are_worked_in_beside_the_month_they_belong_to() -> None:
    load("one", [letter(1, unit="A"), letter(2, unit="A"), letter(3, unit="B")])
    building.refresh()
    whole = tables.months(derived.folder("letter"))["2026-01"].whole
    made = whole.stat().st_mtime_ns
    arrive(letter(1, 2, unit="B", closed_at=START, score=9.0), letter(4, unit="C"))
    building.refresh()
    assert whole.stat().st_mtime_ns == made  # nothing was made anew
    assert [(row["code"], row["unit"]) for row in states()] == [("L1", "B"), ("L2", "A"), ("L3", "B"), ("L4", "C")]
    assert states() == states(as_of=clock.now())
    assert sums() == sums(as_of=clock.now())


def test_what_changed_is_told_with_the_units_it_touches() -> None:
    load("one", [letter(1, unit="A"), letter(2, unit="B")])
    building.refresh()
    follower = news.Follower(news.newest())
    arrive(letter(1, 2, unit="C"))
    building.refresh()
    assert [(item.name, item.facts) for item in follower.read()] == [
        (building.CHANGED, {"record_type": "letter", "units": ["A", "C"]})
    ]
    load("two", [letter(3)])
    building.refresh()
    assert [item.facts["units"] for item in follower.read()] == [None]
    assert follower.read() == []


def test_a_subject_that_turns_up_in_another_month_makes_its_months_anew() -> None:
    load("one", [letter(1, unit="A", day=0), letter(2, day=40)])
    building.refresh()
    arrive(letter(1, 2, unit="B", day=40))
    building.refresh()
    assert [(row["code"], row["unit"]) for row in states()] == [("L1", "B"), ("L2", "A")]
    assert sums() == sums(as_of=clock.now())


def test_a_month_is_made_anew_once_much_lies_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    load("one", [letter(0)])
    building.refresh()
    first = tables.months(derived.folder("letter"))["2026-01"]
    monkeypatch.setattr(live, "MOST", 5)
    for number in range(1, 9):
        arrive(letter(number))
        building.refresh()
    month = tables.months(derived.folder("letter"))["2026-01"]
    assert month.generation == first.generation + 1
    assert sums() == sums(as_of=clock.now())
    assert len(states()) == 9


def test_who_reads_the_month_before_still_finds_it_when_it_is_made_anew() -> None:
    load("one", [letter(1)])
    building.refresh()
    begun = derived.rollup(NAME).all
    load("two", [letter(2)])
    building.refresh()
    assert reading.fetch(f"SELECT sum(received) AS n FROM {begun}")["n"][0].as_py() == 1


def test_a_month_that_was_torn_is_made_anew_under_a_name_that_nobody_reads() -> None:
    load("one", [letter(1)])
    building.refresh()
    (torn,) = tables.months(derived.folder("letter")).values()
    torn.whole.write_bytes(b"torn")
    building.check_derived()
    (mended,) = tables.months(derived.folder("letter")).values()
    assert mended.whole.name != torn.whole.name
    assert len(states()) == 1


def test_what_lay_beside_a_month_is_read_again_by_a_process_that_did_not_write_it() -> None:
    load("one", [letter(1), letter(2)])
    building.refresh()
    arrive(letter(1, 2, unit="B"))
    building.refresh()
    live._BESIDE.clear()  # as after a restart
    arrive(letter(2, 2, unit="C"))
    building.refresh()
    live._BESIDE.clear()
    arrive(letter(1, 3, unit="D"), letter(3, unit="D"))
    building.refresh()
    assert states() == states(as_of=clock.now())
    assert sums() == sums(as_of=clock.now())
    assert [row["unit"] for row in states()] == ["D", "C", "D"]


class Killed(BaseException):
    """As if the process ended here."""


@pytest.mark.parametrize("after", range(1, 12))
def test_killed_between_two_tables_it_is_made_good(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    load("one", [letter(1, unit="A"), letter(2, day=40)])
    building.refresh()
    arrive(letter(1, 2, unit="B"))
    building.refresh()
    write, count = tables._write, iter(range(1, 100))

    def cut_short(*told: object) -> None:
        if next(count) == after:
            raise Killed
        write(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(tables, "_write", cut_short)
    with suppress(Killed):
        arrive(letter(1, 3, unit="C", day=40), letter(3))  # a subject astray: both months are made anew
        building.refresh()
    monkeypatch.setattr(tables, "_write", write)
    arrive(letter(4))
    building.refresh()
    assert states() == states(as_of=clock.now())
    assert sums() == sums(as_of=clock.now())
