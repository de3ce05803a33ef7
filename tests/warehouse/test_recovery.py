"""A torn log opens again: what cannot be read is set aside, and what was acknowledged before it stays."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from letters import LETTER, letter, table

from toancanh.base import checks
from toancanh.base.home import Home
from toancanh.warehouse import maintenance, reading, recovery, store, writing
from toancanh.warehouse.log import entry_path
from toancanh.warehouse.models import Batch

pytestmark = pytest.mark.usefixtures("home")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def blank(path: Path) -> None:
    path.write_bytes(b"")


def zero(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


TEARS = pytest.mark.parametrize("tear", [cut, blank, zero])
Tear = Callable[[Path], None]


def load(number: int) -> writing.Written:
    return writing.write(writing.seal("s", "letter", f"load {number}", 0), table([letter(number)]))


def log(home: Home) -> Path:
    return home.warehouse / "letter" / "_delta_log"


def restart() -> None:
    """Forget what this process knows of the tables, as a new process would."""
    store._STORES.clear()


def codes() -> list[str]:
    return reading.fetch(f"SELECT code FROM {reading.records('letter')} ORDER BY code").column(0).to_pylist()


def not_acknowledged(number: int) -> Batch:
    """A batch whose append reached the log and whose mark did not reach the database."""
    load(number)
    Batch.objects.filter(load=f"load {number}").update(state="sealed", accepted=0)
    return writing.seal("s", "letter", f"load {number}", 0)


@TEARS
def test_a_torn_tail_goes_and_its_batch_is_written_again(home: Home, tear: Tear) -> None:
    load(1)
    batch = not_acknowledged(2)
    tear(entry_path(log(home), 2))
    restart()
    (aside,) = recovery.recover_all()
    assert aside.files == (entry_path(log(home), 2).name,)
    assert aside.lost == ()
    assert codes() == ["L1"]
    assert writing.write(batch, table([letter(2)])) == (1, 0)
    assert codes() == ["L1", "L2"]


@TEARS
def test_a_reader_that_meets_a_torn_tail_recovers_by_itself(home: Home, tear: Tear) -> None:
    load(1)
    not_acknowledged(2)
    tear(entry_path(log(home), 2))
    restart()
    assert codes() == ["L1"]
    found = [finding.code for finding in checks.run()["warehouse.tables"]]
    assert found == ["warehouse.set_aside", "warehouse.unfinished"]


@TEARS
def test_a_process_that_runs_on_notices_that_the_log_was_set_aside(home: Home, tear: Tear) -> None:
    load(1)
    batch = not_acknowledged(2)
    tear(entry_path(log(home), 2))
    assert codes() == ["L1"]
    assert writing.write(batch, table([letter(2)])) == (1, 0)
    assert codes() == ["L1", "L2"]


@TEARS
def test_a_torn_middle_entry_takes_all_after_it_and_doctor_names_the_lost_batches(home: Home, tear: Tear) -> None:
    for number in (1, 2, 3):
        load(number)
    tear(entry_path(log(home), 2))
    restart()
    (aside,) = recovery.recover_all()
    assert aside.lost == (("s", 2), ("s", 3))
    assert codes() == ["L1"]
    found = checks.run()["warehouse.tables"]
    assert sorted(finding.code for finding in found) == ["warehouse.lost", "warehouse.lost", "warehouse.set_aside"]
    assert load(2) == (1, 0)  # the same load again is a new batch
    assert load(3) == (1, 0)
    assert codes() == ["L1", "L2", "L3"]


@TEARS
@pytest.mark.parametrize("also_pointer", [False, True])
def test_a_torn_checkpoint_goes_with_its_pointer_and_nothing_is_lost(
    home: Home, tear: Tear, also_pointer: bool
) -> None:
    for number in (1, 2):
        load(number)
    maintenance.maintain(force=True)
    load(3)
    (checkpoint,) = log(home).glob("*.checkpoint*.parquet")
    tear(checkpoint)
    if also_pointer:
        tear(log(home) / "_last_checkpoint")
    restart()
    (aside,) = recovery.recover_all()
    assert set(aside.files) == {checkpoint.name, "_last_checkpoint"}
    assert codes() == ["L1", "L2", "L3"]
    assert load(4) == (1, 0)


@pytest.mark.parametrize("content", [b"", b"{", b"\0" * 40, b'{"version": 99}', b"[]", b'"x"'])
def test_a_torn_pointer_to_the_checkpoint_goes_alone(home: Home, content: bytes) -> None:
    for number in (1, 2):
        load(number)
    maintenance.maintain(force=True)
    (log(home) / "_last_checkpoint").write_bytes(content)
    restart()
    assert [aside.files for aside in recovery.recover_all()] == [("_last_checkpoint",)]
    load(3)
    assert codes() == ["L1", "L2", "L3"]


@TEARS
def test_an_entry_torn_before_the_checkpoint_is_not_needed(home: Home, tear: Tear) -> None:
    for number in (1, 2):
        load(number)
    maintenance.maintain(force=True)
    tear(entry_path(log(home), 1))
    restart()
    assert recovery.recover_all() == []
    load(3)
    assert codes() == ["L1", "L2", "L3"]


@TEARS
def test_a_table_torn_while_it_was_made_is_made_again(home: Home, tear: Tear) -> None:
    batch = not_acknowledged(1)
    entry_path(log(home), 1).unlink()
    tear(entry_path(log(home), 0))
    restart()
    assert codes() == []
    assert writing.write(batch, table([letter(1)])) == (1, 0)
    assert codes() == ["L1"]


def test_a_whole_log_is_left_alone(home: Home) -> None:
    load(1)
    assert recovery.recover_all() == []
    assert not (home.warehouse / "set-aside").exists()


def test_a_database_older_than_the_warehouse_is_found(home: Home) -> None:
    load(1)
    Batch.objects.all().delete()
    assert [finding.code for finding in checks.run()["warehouse.tables"]] == ["warehouse.ahead"]


def test_a_load_cut_short_is_told_when_nobody_goes_on_with_it(home: Home) -> None:
    writing.seal("s", "letter", "file", 0)
    with home.lock("source-s"):
        assert checks.run()["warehouse.tables"] == []
    (found,) = checks.run()["warehouse.tables"]
    assert (found.code, found.params) == ("warehouse.unfinished", {"source": "s", "load": "file", "count": 1})


def test_a_missing_data_file_is_found(home: Home) -> None:
    load(1)
    next((home.warehouse / "letter").glob("month=*/*.parquet")).unlink()
    assert [finding.code for finding in checks.run()["warehouse.tables"]] == ["warehouse.missing_file"]


def test_every_finding_explains_itself(home: Home) -> None:
    for number in (1, 2):
        load(number)
    cut(entry_path(log(home), 1))
    restart()
    codes()
    for finding in checks.run()["warehouse.tables"]:
        assert "?" not in finding.explain().what
        assert "{" not in json.dumps(finding.explain())


def test_the_log_is_read_as_deltalake_reads_it(home: Home) -> None:
    from deltalake import DeltaTable

    for number in range(5):
        load(number)
    maintenance.maintain(force=True)
    load(9)
    restart()
    theirs = DeltaTable(home.warehouse / "letter")
    ours = store.store(LETTER).snapshot()
    assert ours.version == theirs.version()
    assert {str(home.warehouse / "letter" / path) for path in ours.files} == set(theirs.file_uris())
