"""A file goes in once, completely, and what cannot go in is told."""

from datetime import timedelta
from pathlib import Path

import pytest
import samples
from samples import csv_text, good

from toancanh.base import clock
from toancanh.base.problems import Problem
from toancanh.sources import actions, loading, readers, storage, stuck
from toancanh.sources.models import Load, Reject
from toancanh.sources.preview import preview
from toancanh.units.models import Unit
from toancanh.warehouse import reading, writing
from toancanh.warehouse.models import Batch


def stored(record_type="parcel"):
    return reading.cursor().sql(f"select * from {reading.records(record_type)}").to_arrow_table().to_pylist()


def test_a_canonical_file_needs_no_mapping(load):
    done = load(csv_text(good("A"), good("B")))
    assert done.state == "done"
    assert done.counts == {"read": 2, "accepted": 2, "rejected": 0, "duplicates": 0}
    assert len(stored()) == 2


def test_a_bad_row_stays_out_and_the_rest_goes_in(load):
    done = load(csv_text(good("A"), good("B", at="hôm qua"), good("C")))
    assert done.counts == {"read": 3, "accepted": 2, "rejected": 1, "duplicates": 0}
    reject = done.rejects.get()
    assert (reject.row, reject.column, reject.value, reject.code) == (3, "at", "hôm qua", "time.malformed")


def test_the_same_file_again_adds_nothing_and_says_so(load):
    text = csv_text(good("A"), good("B", seq="x"))
    first, second = load(text), load(text)
    assert second.counts == {"read": 2, "accepted": 0, "rejected": 1, "duplicates": 1}
    assert ["load.again", {"earlier": first.pk}] in second.notes
    assert list(Reject.objects.filter(state="open").values_list("load", flat=True)) == [second.pk]
    assert len(stored()) == 1


def correct(load, code="A", state="9"):
    return load(csv_text(good(code, state=state)), name="sua.csv")


def test_the_same_file_again_never_undoes_a_correction(load):
    text = csv_text(good("A", state="2"), good("B"))
    first = load(text)
    assert correct(load).accepted == 1
    for _ in range(2):
        again = load(text)
        assert again.counts == {"read": 2, "accepted": 0, "rejected": 0, "duplicates": 2}
        assert again.notes == [["load.again", {"earlier": first.pk}]]
    assert {row["code"]: row["state"] for row in stored()} == {"A": 9, "B": 2}


def test_the_same_file_under_another_mapping_is_judged_anew(load):
    text = csv_text(good("A", state="2"))
    load(text)
    other = load(text, 'record_type = "parcel"\n[fields]\nstate = { value = 4 }\n')
    assert (other.accepted, other.notes) == (1, [["file.columns_ignored", {"names": "“state”"}]])


def test_only_the_rows_that_were_refused_are_tried_again(load):
    text = csv_text(good("A", state="2"), good("B", unit="agency:moi"), good("C", seq="x"))
    first = load(text)
    assert first.counts == {"read": 3, "accepted": 1, "rejected": 2, "duplicates": 0}
    correct(load)
    Unit.objects.create(scheme="agency", code="moi", name="Mới", kind="agency", name_key="mới", search_key="moi")
    assert load(text).counts == {"read": 3, "accepted": 1, "rejected": 1, "duplicates": 1}
    third = load(text)
    assert third.counts == {"read": 3, "accepted": 0, "rejected": 1, "duplicates": 2}
    assert ["load.again", {"earlier": first.pk}] in third.notes
    assert {row["code"]: row["state"] for row in stored()} == {"A": 9, "B": 2}
    assert [(r.load_id, r.row) for r in Reject.objects.filter(state="open")] == [(third.pk, 4)]


def test_a_file_after_a_failed_load_of_it_goes_in_without_a_word(load, monkeypatch):
    text = csv_text(good("A"))

    def full(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(readers, "open_file", full)
        with pytest.raises(Problem):
            load(text)
    second = load(text)
    assert (second.accepted, second.notes) == (1, [])
    assert load(text).notes == [["load.again", {"earlier": second.pk}]]


def test_rows_that_left_with_another_load_are_back_before_the_file_comes_again(load):
    text = csv_text(good("A"), good("B"))
    whole = load(csv_text(good("A")), name="mot-phan.csv")
    assert load(text).counts == {"read": 2, "accepted": 1, "rejected": 0, "duplicates": 1}
    actions.withdraw(whole, "nhầm tệp", samples.ACTOR)
    assert sorted(row["code"] for row in stored()) == ["A", "B"]
    again = load(text)
    assert (again.accepted, again.duplicates) == (0, 2)
    assert load(text).accepted == 0


def test_a_file_whose_rows_were_lost_is_judged_anew(load):
    text = csv_text(good("A"))
    load(text)
    Batch.objects.update(state=Batch.State.LOST)
    assert load(text).notes == []


def test_a_file_comes_back_whole_after_the_load_that_took_it_was_withdrawn(load):
    text = csv_text(good("A"), good("B"))
    first = load(text)
    load(text)
    actions.withdraw(first, "nhầm tệp", samples.ACTOR)
    assert load(text).counts == {"read": 2, "accepted": 2, "rejected": 0, "duplicates": 0}
    assert len(stored()) == 2


def test_a_later_withdrawal_of_something_else_does_not_let_the_same_file_undo_a_correction(load):
    text = csv_text(good("A", state="2"), good("A", state="2"))
    load(text)
    correct(load)
    actions.withdraw(load(csv_text(good("Z"))), "nhầm tệp", samples.ACTOR)
    assert load(text).duplicates == 2
    assert [row["state"] for row in stored()] == [9]


@pytest.mark.parametrize("killed", ["before writing", "after writing", "after keeping"])
def test_the_same_file_again_killed_and_resumed_ends_with_exact_counts(load, monkeypatch, killed):
    monkeypatch.setattr("toancanh.sources.delimited.CHUNK", 2)
    text = csv_text(good("A", state="2"), good("B", unit="agency:moi"), good("C", seq="x"), good("D"), good("E"))
    load(text)
    correct(load)
    Unit.objects.create(scheme="agency", code="moi", name="Mới", kind="agency", name_key="mới", search_key="moi")
    write = writing.write

    def die(batch, rows):
        if killed == "after writing":
            write(batch, rows)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if killed == "after keeping":
            patch.setattr(loading, "_mend", die)
        else:
            patch.setattr(writing, "write", die)
        with pytest.raises(KeyboardInterrupt):
            load(text)
    resumed = Load.objects.get(state="running")
    load(csv_text(good("Z")))
    resumed.refresh_from_db()
    assert resumed.counts == {"read": 5, "accepted": 1, "rejected": 1, "duplicates": 3}
    assert {row["code"]: row["state"] for row in stored()} == {"A": 9, "B": 2, "D": 2, "E": 2, "Z": 2}


def test_a_load_that_failed_before_the_same_file_went_in_adds_nothing_when_it_is_run_again(load, monkeypatch):
    text = csv_text(good("A", state="2"))

    def full(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(readers, "open_file", full)
        with pytest.raises(Problem):
            load(text)
    failed = Load.objects.get()
    load(text)
    correct(load)
    assert loading.run(failed).counts == {"read": 1, "accepted": 0, "rejected": 0, "duplicates": 1}
    assert [row["state"] for row in stored()] == [9]


FUTURE = clock.now() + timedelta(days=400)
SOON = clock.now() + timedelta(minutes=5)


def test_rows_of_the_future_go_in_and_the_load_says_so(load, tmp_path):
    text = csv_text(good("A"), good("B", at=FUTURE.isoformat()), good("C", at=SOON.isoformat()), good("D", seq="x"))
    done = load(text.replace("D,x", f"D,1,,,{FUTURE.isoformat()},,,,\nE,x"))
    assert done.accepted == 4
    local = f"{clock.local(FUTURE):%d/%m/%Y %H:%M}"
    assert done.notes == [["rows.future", {"rows": 2, "row": 3, "field": "at", "value": local}]]
    assert local in samples.told(*done.notes[0])
    path = tmp_path / "tep.csv"
    assert preview(path, "", record_type="parcel").notes == [tuple(done.notes[0])]


def test_what_was_told_of_the_future_before_a_kill_is_told_at_the_end(load, monkeypatch):
    monkeypatch.setattr("toancanh.sources.delimited.CHUNK", 2)
    rows = [good("A"), good("B", at=FUTURE.isoformat()), good("C", at=FUTURE.isoformat()), good("D"), good("E")]
    with monkeypatch.context() as patch:
        patch.setattr(loading, "_mend", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            load(csv_text(*rows))
    killed = Load.objects.get()
    assert [note[1]["rows"] for note in killed.notes] == [1]
    done = loading.run(killed)
    assert [(code, params["rows"], params["row"]) for code, params in done.notes] == [("rows.future", 2, 3)]


def test_a_withdrawn_file_may_be_loaded_again(load):
    text = csv_text(good("A"))
    first = load(text)
    actions.withdraw(first, "nhầm tệp", samples.ACTOR)
    assert stored() == []
    assert load(text).accepted == 1
    assert len(stored()) == 1


def test_a_load_killed_between_chunks_ends_with_exact_counts(load, monkeypatch):
    monkeypatch.setattr("toancanh.sources.delimited.CHUNK", 2)
    write = writing.write

    def die_after_writing(batch, rows):
        written = write(batch, rows)
        if batch.chunk == 1:
            raise KeyboardInterrupt
        return written

    text = csv_text(good("A"), good("B"), good("C"), good("D", seq="x"), good("A"))
    monkeypatch.setattr(writing, "write", die_after_writing)
    with pytest.raises(KeyboardInterrupt):
        load(text)
    monkeypatch.setattr(writing, "write", write)
    killed = Load.objects.get()
    assert killed.state == "running"
    other = load(csv_text(good("Z")))
    killed.refresh_from_db()
    assert killed.state == "done"
    assert killed.counts == {"read": 5, "accepted": 3, "rejected": 1, "duplicates": 1}
    assert other.accepted == 1
    assert len(stored()) == 4


def test_a_full_disk_refuses_the_delivery_and_leaves_nothing(load, home, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(Problem) as refused:
        load(csv_text(good("A")))
    assert refused.value.code == "disk.full"
    assert list(home.files.iterdir()) == []
    assert not Load.objects.exists()


def test_a_disk_that_fills_while_loading_fails_the_load_and_it_goes_on_later(load, monkeypatch):
    def full(*_args):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write", full)
        with pytest.raises(Problem, match="đĩa"):
            load(csv_text(good("A")))
    failed = Load.objects.get()
    assert (failed.state, failed.problem, failed.read) == ("failed", "disk.full", 0)
    assert loading.run(failed).counts == {"read": 1, "accepted": 1, "rejected": 0, "duplicates": 0}


def test_row_numbers_are_those_a_person_sees(load):
    text = f'{samples.HEADER}\n"A\nB",1,,,2026-01-01,,,,\n\nC,x,,,2026-01-01,,,,\nD,1,,,2026-01-01\n'
    done = load(text)
    assert [(r.row, r.code) for r in done.rejects.order_by("row")] == [(4, "number.malformed"), (5, "row.columns")]


def test_chunks_are_the_same_wherever_the_blocks_of_the_file_end(tmp_path, monkeypatch):
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "".join(f'"x{n}\n""y""",{n}\n' for n in range(1000)))
    monkeypatch.setattr("toancanh.sources.delimited.CHUNK", 64)
    whole = [(c.rows.rows(), c.numbers.to_list()) for c in readers.open_file(path, "a.csv").chunks()]
    monkeypatch.setattr("toancanh.sources.delimited._BLOCK", 37)
    assert [(c.rows.rows(), c.numbers.to_list()) for c in readers.open_file(path, "a.csv").chunks()] == whole
    assert sum(len(rows) for rows, _ in whole) == 1000
    assert whole[-1][1][-1] == 1001


def test_unknown_columns_are_named_and_ignored(load):
    done = load("code,seq,at,ghi chú\nA,1,2026-01-01,x\n")
    assert done.accepted == 1
    assert done.notes == [["file.columns_ignored", {"names": "“ghi chú”"}]]


def test_an_unknown_source_is_refused(home):
    with pytest.raises(Problem, match="parcels"):
        actions.deliver("parcel", Path("x.csv"), actor=samples.ACTOR)


def test_a_delivery_nobody_worked_on_is_told_and_finished_before_the_next(load, tmp_path):
    path = tmp_path / "quen.csv"
    path.write_text(csv_text(good("Q")))
    forgotten = actions.deliver("parcels", path, actor=samples.ACTOR)
    assert list(stuck.loads()) == []  # its turn may come yet
    Load.objects.filter(pk=forgotten.pk).update(created_at=clock.now() - timedelta(minutes=11))
    assert [finding.params["load"] for finding in stuck.loads()] == [forgotten.pk]
    assert load(csv_text(good("A"))).accepted == 1
    forgotten.refresh_from_db()
    assert (forgotten.state, forgotten.accepted) == ("done", 1)
    assert list(stuck.loads()) == []


def test_an_earlier_file_that_cannot_be_read_does_not_stop_the_next(load, tmp_path):
    path = tmp_path / "hong.csv"
    path.write_text("")
    broken = actions.deliver("parcels", path, actor=samples.ACTOR)
    assert load(csv_text(good("A"))).accepted == 1
    broken.refresh_from_db()
    assert (broken.state, broken.problem) == ("failed", "file.empty")
