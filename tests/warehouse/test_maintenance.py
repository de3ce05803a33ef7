"""Maintenance makes many files few and changes nothing that is read."""

import os
import threading
import time

import pytest
from letters import LETTER, letter, table

from toancanh.base import clock
from toancanh.base.home import Home
from toancanh.warehouse import digests, maintenance, reading, store, writing

pytestmark = pytest.mark.usefixtures("home")


def load(number: int, **more: object) -> writing.Written:
    batch = writing.seal("s", "letter", f"load {number} {more}", 0)
    return writing.write(batch, table([letter(number, **more)]))  # type: ignore[arg-type]


def everything() -> list[dict[str, object]]:
    sql = f"SELECT * FROM {reading.records('letter', history=True)} ORDER BY code, known_at"
    return reading.fetch(sql).to_pylist()


def test_compaction_keeps_every_row_and_every_version(home: Home) -> None:
    for number in range(12):
        load(number)
    load(3, unit="B")
    then = clock.now()
    load(3, unit="C")
    before, early = everything(), reading.count("letter", then)
    (done, *_rest) = maintenance.maintain(force=True)
    assert done.record_type == "letter"
    assert everything() == before
    assert reading.count("letter", then) == early
    assert len(store.store(LETTER).snapshot().files) == 1
    assert [row["unit"] for row in reading.events("letter", "L3")] == ["C"]
    assert load(5, score=None) == (0, 1)  # duplicates are found in the new file
    assert load(3, unit="C", score=None) == (0, 1)


def test_young_files_are_left_alone_unless_forced() -> None:
    for number in range(12):
        load(number)
    assert maintenance.maintain() == []
    assert len(store.store(LETTER).snapshot().files) == 12


def test_what_flows_in_is_gathered_by_itself(home: Home) -> None:
    for number in range(16):
        load(number)
    before = everything()
    assert maintenance.gather() == 16
    assert everything() == before
    assert len(store.store(LETTER).snapshot().files) == 1
    assert maintenance.gather() == 0
    with home.lock("maintenance"):  # beside maintenance it waits for the next time
        for number in range(16, 32):
            load(number)
        assert maintenance.gather() == 0
    assert maintenance.gather() == 17


def test_the_log_tells_which_batches_a_file_may_hold_and_every_row_is_among_them(home: Home) -> None:
    for number in range(16):
        batch = writing.seal("s" if number % 2 else "other", "letter", f"load {number}", 0)
        writing.write(batch, table([letter(number), letter(f"{number}a")]))
        if number == 12:
            assert maintenance.maintain(force=True)  # what a checkpoint tells counts, too
    files = store.store(LETTER).snapshot().files
    assert len(files) == 4
    for path, place in files.items():
        rows = reading.fetch(f"SELECT source, batch FROM read_parquet('{home.warehouse / 'letter' / path}')")
        assert all(place.may_hold(row["source"], row["batch"]) for row in rows.to_pylist())
        assert not place.may_hold("s", 99)
        assert not place.may_hold("t", 1)


def test_what_is_gathered_is_not_read_again_to_find_duplicates(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(16):
        load(number)
    maintenance.gather()
    with monkeypatch.context() as patch:
        patch.setattr(digests.Digests, "_read", lambda *_told: pytest.fail("read again"))
        assert load(5, score=None) == (0, 1)
        assert load(16) == (1, 0)
    # Another process gathers also what this one has not seen.
    monkeypatch.setattr(maintenance, "_CROWD", 2)
    known = digests._DIGESTS.copy()
    digests._DIGESTS.clear()
    assert load(17) == (1, 0)
    maintenance.gather()
    digests._DIGESTS.clear()
    digests._DIGESTS.update(known)
    assert load(17, score=None) == (0, 1)


def test_files_that_others_took_the_place_of_go_after_an_hour(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = home.warehouse / "letter" / "month=2026-01"
    for number in range(3):
        load(number)
    with monkeypatch.context() as patch:
        patch.setattr(store.time, "time_ns", lambda: int((time.time() - 3700) * 1e9))
        maintenance.maintain(force=True)
    load(4)
    maintenance.maintain(force=True)
    assert len(list(folder.glob("*.parquet"))) == 3  # one for all, and the two that it took the place of just now
    assert reading.count("letter") == (4, 4)


def test_files_of_no_use_for_a_day_go(home: Home) -> None:
    for number in range(3):
        load(number)
    maintenance.maintain(force=True)
    folder = home.warehouse / "letter" / "month=2026-01"
    orphan = folder / "rows-never-committed.parquet"
    orphan.write_bytes(b"x")
    long_ago = time.time() - 2 * 86400
    os.utime(orphan, (long_ago, long_ago))
    maintenance.maintain(force=True)
    assert not orphan.exists()
    assert len(list(folder.glob("*.parquet"))) == 4  # the three old ones may still be read for a day
    assert reading.count("letter") == (3, 3)


def test_writers_readers_and_maintenance_work_side_by_side() -> None:
    wrong: list[BaseException] = []
    stop = threading.Event()

    def read() -> None:
        last = 0
        while not stop.is_set():
            try:
                rows = reading.count("letter")[0]
                assert rows >= last
                last = rows
                maintenance.maintain(force=True)
            except BaseException as error:
                wrong.append(error)
                return

    threads = [threading.Thread(target=read) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(30):
        assert load(number) == (1, 0)
    stop.set()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert reading.count("letter") == (30, 30)
