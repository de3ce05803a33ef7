"""Rows enter exactly once; duplicates are dropped, corrections are kept, wherever a delivery was cut."""

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from letters import LETTER, letter, table

from toancanh.base import clock
from toancanh.base.home import Home
from toancanh.base.models import OutboxEntry
from toancanh.base.problems import Problem
from toancanh.warehouse import appending, building, derived, outbox, reading, types, writing
from toancanh.warehouse.models import Batch, Dirty
from toancanh.warehouse.store import store

pytestmark = pytest.mark.usefixtures("home")


def load(name: str, rows: list[dict[str, object]], chunk: int = 0, source: str = "s") -> writing.Written:
    return writing.write(writing.seal(source, "letter", name, chunk), table(rows))


def live(**more: object) -> list[dict[str, object]]:
    sql = f"SELECT * FROM {reading.records('letter', **more)} ORDER BY code, step, known_at, batch, row"
    return reading.fetch(sql).to_pylist()


def test_an_empty_table_reads_as_no_rows() -> None:
    assert reading.count("letter") == (0, 0)
    assert live() == []
    assert reading.events("letter", "L1") == []


def test_rows_enter_with_what_tells_where_they_came_from() -> None:
    before = clock.now()
    assert load("one", [letter(1), letter(2, day=40)]) == (2, 0)
    first, second = live()
    assert (first["source"], first["batch"], first["row"], first["month"]) == ("s", 1, 1, "2026-01")
    assert (second["row"], second["month"]) == (2, "2026-02")
    assert before <= first["known_at"] <= clock.now()


def test_the_month_is_that_of_vietnam() -> None:
    load("one", [letter(1) | {"received_at": datetime(2026, 1, 31, 17, tzinfo=UTC)}])
    assert live()[0]["month"] == "2026-02"


def test_the_same_chunk_is_sealed_once_and_written_once() -> None:
    first = writing.seal("s", "letter", "one", 0)
    assert writing.seal("s", "letter", "one", 0) == first
    assert writing.write(first, table([letter(1)])) == (1, 0)
    assert writing.write(first, table([letter(1)])) == (1, 0)
    assert writing.seal("s", "letter", "one", 1).number == 2
    assert reading.count("letter") == (1, 1)


def test_the_same_content_again_is_a_duplicate_even_with_empty_fields() -> None:
    load("one", [letter(1), letter(2, unit=None)])
    assert load("two", [letter(1), letter(2, unit=None), letter(3), letter(3)]) == (1, 3)


def test_a_duplicate_is_found_by_a_process_that_has_not_read_the_table() -> None:
    load("one", [letter(1), letter(2, unit=None, score=0.5)])
    from toancanh.warehouse import digests

    digests._DIGESTS.clear()
    assert load("two", [letter(1), letter(2, unit=None, score=0.5)]) == (0, 2)


def test_new_content_under_a_known_key_is_a_correction_and_both_are_kept() -> None:
    load("one", [letter(1, unit="A")])
    assert load("two", [letter(1, unit="B")]) == (1, 0)
    assert [row["unit"] for row in live()] == ["B"]
    assert [row["unit"] for row in live(history=True)] == ["A", "B"]


def test_a_correction_can_be_taken_back_by_the_first_content() -> None:
    for name, unit in (("one", "A"), ("two", "B"), ("three", "A")):
        assert load(name, [letter(1, unit=unit)]) == (1, 0)
    assert [row["unit"] for row in live()] == ["A"]


def test_as_of_shows_what_was_known_then() -> None:
    load("one", [letter(1, unit="A")])
    then = clock.now()
    load("two", [letter(1, unit="B"), letter(2)])
    assert [row["unit"] for row in live(as_of=then)] == ["A"]
    assert reading.count("letter", then) == (1, 1)
    assert reading.inputs("letter", then) == {"s": 1}


def test_known_at_never_goes_back_with_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    load("one", [letter(1, unit="A")])
    early = clock.now() - timedelta(hours=1)
    monkeypatch.setattr(clock, "now", lambda: early)
    load("two", [letter(1, unit="B")])
    assert [row["unit"] for row in live()] == ["B"]


def test_events_of_a_subject_come_in_their_order() -> None:
    load("one", [letter(1, 3), letter(1, 1), letter(2, 1)])
    load("two", [letter(1, 2)])
    assert [row["step"] for row in reading.events("letter", "L1")] == [1, 2, 3]


def test_a_row_without_month_or_with_wrong_columns_is_refused_whole() -> None:
    with pytest.raises(Problem) as caught:
        load("one", [letter(1), letter(2) | {"received_at": None}])
    assert caught.value.code == "warehouse.month"
    with pytest.raises(Problem) as caught:
        writing.write(writing.seal("s", "letter", "one", 0), pa.table({"code": ["x"]}))
    assert caught.value.code == "warehouse.rows"
    assert reading.count("letter") == (0, 0)


def test_an_earlier_batch_of_the_source_must_be_finished_first() -> None:
    first, second = (writing.seal("s", "letter", "one", chunk) for chunk in (0, 1))
    with pytest.raises(Problem) as caught:
        writing.write(second, table([letter(1)]))
    assert caught.value.code == "warehouse.order"
    assert writing.unfinished("s") == [first, second]


def test_a_batch_appended_but_not_marked_is_only_counted() -> None:
    load("zero", [letter(0)])
    batch = writing.seal("s", "letter", "one", 0)
    rows = table([letter(0), letter(1), letter(2, day=40)])
    writing.write(batch, rows)
    done = Batch.objects.values("accepted", "duplicates", "months", "known_at", "rows").get(pk=batch.pk)
    Batch.objects.filter(pk=batch.pk).update(state="sealed", accepted=0, duplicates=0, months=[], rows=0)
    Dirty.objects.all().delete()
    assert writing.write(batch, rows) == (2, 1)
    assert Batch.objects.values("accepted", "duplicates", "months", "known_at", "rows").get(pk=batch.pk) == done
    assert set(Dirty.objects.values_list("month", flat=True)) == {"2026-01", "2026-02"}
    assert reading.count("letter") == (3, 3)


KEYS = st.tuples(st.integers(1, 3), st.integers(1, 2), st.sampled_from(["A", "B", None]), st.sampled_from([0, 40]))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(KEYS, min_size=1, max_size=12), cuts=st.sets(st.integers(1, 11)))
def test_any_cut_of_a_delivery_gives_the_same_table(
    rows: list[tuple[int, int, str | None, int]],
    cuts: set[int],
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    letters = [letter(code, step, unit=unit, day=day) for code, step, unit, day in rows]

    def outcome(pieces: list[list[dict[str, object]]]) -> tuple[object, ...]:
        monkeypatch.setenv("TOANCANH_HOME", str(tmp_path_factory.mktemp("home")))
        Batch.objects.all().delete()
        written = [load("one", piece, chunk) for chunk, piece in enumerate(pieces)]
        names = LETTER.arrow.names
        stays = [tuple(row[name] for name in names) for row in live(history=True)]
        last = [tuple(row[name] for name in names) for row in live()]
        return sum(each.accepted for each in written), sum(each.duplicates for each in written), stays, last

    edges = [0, *sorted(cut for cut in cuts if cut < len(letters)), len(letters)]
    pieces = [letters[start:end] for start, end in pairwise(edges)]
    assert outcome(pieces) == outcome([letters])


def test_a_withdrawn_load_is_gone_now_and_still_there_before() -> None:
    load("good", [letter(1, unit="A")])
    load("bad", [letter(1, unit="B"), letter(2)])
    then = clock.now()
    Dirty.objects.all().delete()
    assert writing.withdraw("s", "bad", "sai tệp", ("user", "7")) == 1
    assert [(row["code"], row["unit"]) for row in live()] == [("L1", "A")]
    assert len(live(as_of=then)) == 2
    assert Dirty.objects.filter(record_type="letter", month="2026-01").exists()
    event = reading.fetch(f"SELECT * FROM {reading.records('withdrawal')}").to_pylist()[0]
    assert (event["reason"], event["actor"], event["batches"]) == ("sai tệp", "user:7", "2")


def test_a_withdrawn_load_can_be_loaded_again() -> None:
    rows = [letter(1), letter(2)]
    load("file", rows)
    writing.withdraw("s", "file", "thử", "user:7")
    assert load("file", rows) == (2, 0)
    assert reading.count("letter") == (2, 2)


def test_a_load_that_brought_nothing_cannot_be_withdrawn() -> None:
    with pytest.raises(Problem) as caught:
        writing.withdraw("s", "never", "thử", "user:7")
    assert caught.value.code == "warehouse.no_load"


def test_the_withdrawal_of_an_interrupted_load_clears_the_way() -> None:
    load("file", [letter(1)])
    writing.seal("s", "letter", "file", 1)
    writing.withdraw("s", "file", "thử", "user:7")
    assert writing.unfinished("s") == []
    assert load("next", [letter(1)]) == (1, 0)


def test_the_outbox_is_moved_in_one_batch_per_source() -> None:
    writing.put("a", "letter", [letter(1), letter(2, closed_at=clock.now(), score=1.5)])
    writing.put("b", "letter", [letter(3)])
    assert writing.flush() == 3
    assert not OutboxEntry.objects.exists()
    assert reading.inputs("letter") == {"a": 1, "b": 1}
    assert [row["row"] for row in live()] == [1, 2, 1]
    assert store(LETTER).snapshot().version == 1  # one commit for both sources
    assert writing.flush() == 0


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        ({"step": "two"}, "warehouse.rows"),
        ({"closed_at": "tomorrow"}, "warehouse.rows"),
        ({"received_at": None}, "warehouse.month"),
    ],
)
def test_the_outbox_refuses_what_could_not_be_stored(harm: dict[str, object], code: str) -> None:
    with pytest.raises(Problem) as caught:
        writing.put("a", "letter", [letter(1) | harm])
    assert caught.value.code == code
    assert not OutboxEntry.objects.exists()


def test_a_source_whose_lock_is_held_waits(home: Home) -> None:
    writing.put("a", "letter", [letter(1)])
    with home.lock("source-a"):
        assert writing.flush() == 0
    assert writing.flush() == 1


def test_a_flush_cut_short_repeats_the_same_rows_though_new_ones_have_come(monkeypatch: pytest.MonkeyPatch) -> None:
    writing.put("a", "letter", [letter(1), letter(2)])

    def crash(_batches: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(appending, "_mark_done", crash)  # the process ends between append and mark
        with pytest.raises(KeyboardInterrupt):
            writing.flush()
    writing.put("a", "letter", [letter(3)])
    assert writing.flush() == 3
    assert [(row["code"], row["batch"]) for row in live()] == [("L1", 1), ("L2", 1), ("L3", 2)]


def test_a_load_finishes_what_a_flush_left_sealed() -> None:
    writing.put("a", "letter", [letter(1)])
    outbox._seal("a")
    assert load("file", [letter(2)], source="a") == (1, 0)
    assert [(row["code"], row["batch"]) for row in live()] == [("L1", 1), ("L2", 2)]


def test_a_flush_waits_for_a_load_that_was_cut_short() -> None:
    batch = writing.seal("a", "letter", "file", 0)
    writing.put("a", "letter", [letter(1)])
    assert writing.flush() == 0
    writing.write(batch, table([letter(2)]))
    assert writing.flush() == 1


def test_a_record_type_may_get_a_new_field(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    load("one", [letter(1)])
    wider = replace(LETTER, fields=(*LETTER.fields, types.Field("note", types.Kind.TEXT, "Ghi chú")))
    monkeypatch.setitem(types._TYPES, "letter", wider)
    assert live()[0]["note"] is None
    rows = pa.Table.from_pylist(
        [letter(2) | {"note": "mới", "row": 1}], wider.arrow.append(pa.field("row", pa.int64()))
    )
    writing.write(writing.seal("s", "letter", "two", 0), rows)
    assert [row["note"] for row in live()] == [None, "mới"]
    monkeypatch.setitem(types._TYPES, "letter", LETTER)
    assert load("three", [letter(1), letter(3)]) == (1, 1)
    assert reading.count("letter") == (3, 3)


def test_a_field_cannot_change_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    load("one", [letter(1)])
    fields = tuple(replace(f, kind=types.Kind.TEXT) if f.name == "score" else f for f in LETTER.fields)
    monkeypatch.setitem(types._TYPES, "letter", replace(LETTER, fields=fields))
    batch = writing.seal("s", "letter", "two", 0)
    with pytest.raises(Problem) as caught:
        writing.write(batch, table([letter(2)]))
    assert caught.value.code == "warehouse.schema"


def test_a_forked_child_reads_the_warehouse() -> None:
    load("one", [letter(1)])
    reading.count("letter")
    code = (
        "import os, django; django.setup(); import letters\n"
        "from toancanh.warehouse import reading\n"
        "before = reading.count('letter')\n"
        "pid = os.fork()\n"
        "if pid == 0: os._exit(0 if reading.count('letter') == before == (1, 1) else 1)\n"
        "raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    )
    here = str(Path(__file__).parent)
    env = os.environ | {"DJANGO_SETTINGS_MODULE": "warehouse_settings", "PYTHONPATH": here}
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], env=env, check=True, timeout=60)


def test_a_correction_back_to_what_was_first_said_counts_though_another_month_was_said_between() -> None:
    first, moved = letter(1), letter(1, day=40)
    assert [load(str(number), [row]) for number, row in enumerate((first, moved, first, first, moved))] == [
        (1, 0),
        (1, 0),
        (1, 0),
        (0, 1),
        (1, 0),
    ]
    assert load("together", [first, moved, first, moved, moved, letter(2)]) == (5, 1)
    building.refresh()
    assert {row["code"]: row["month"] for row in live()} == {"L1": "2026-02", "L2": "2026-01"}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    said=st.lists(st.tuples(st.integers(1, 3), st.sampled_from([0, 3, 40, 80]), st.sampled_from("AB")), max_size=24),
    cuts=st.sets(st.integers(1, 23)),
    settled=st.sets(st.integers(0, 24)),
)
def test_whatever_months_a_key_goes_through_its_last_word_counts(
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    said: list[tuple[int, int, str]],
    cuts: set[int],
    settled: set[int],
) -> None:
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path_factory.mktemp("home")))
    Batch.objects.all().delete()
    Dirty.objects.all().delete()
    rows = [letter(code, day=day, unit=unit) for code, day, unit in said]
    edges = [0, *sorted(cut for cut in cuts if cut < len(rows)), len(rows)]
    latest: dict[object, dict[str, object]] = {}
    for start, end in pairwise(edges):
        new = 0
        for row in rows[start:end]:
            new += latest.get(row["code"]) != row
            latest[row["code"]] = row
        assert load(f"{start}", rows[start:end]) == (new, end - start - new)
        if start in settled:
            building.refresh()
    building.refresh()
    shown = {row["code"]: {name: row[name] for name in LETTER.arrow.names} for row in live()}
    assert shown == latest
    assert reading.count("letter") == (len(latest), len(latest))
    sums = derived.rollup("letter_unit_day").all
    counted = f"SELECT unit, day, sum(received)::INT AS n FROM {sums} r GROUP BY ALL HAVING n <> 0"
    days = Counter((row["unit"], row["received_at"].date()) for row in latest.values())
    assert {(row["unit"], row["day"]): row["n"] for row in reading.fetch(counted).to_pylist()} == days
