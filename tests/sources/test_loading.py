"""A file goes in once, completely, and what cannot go in is told."""

from pathlib import Path

import pytest
import samples
from samples import csv_text, good

from toancanh.base.problems import Problem
from toancanh.sources import actions, loading, readers, storage, stuck
from toancanh.sources.models import Load, Reject
from toancanh.warehouse import reading, writing


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
