"""Faults: whatever is killed, cut, locked or filled while things flow, afterwards every event is there exactly once."""

import os
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from centre import PROCESSES, equal, flowing, seeded, until

from bench import flow
from bench.common import environment

pytestmark = pytest.mark.slow
FAKETIME = next(map(str, Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), "")
MINUTES = float(os.environ.get("TOANCANH_TEST_MINUTES", "10"))


def test_every_process_is_killed_again_and_again_and_nothing_is_lost_or_doubled(tmp_path):
    chance, killed = seeded(), dict.fromkeys(PROCESSES, 0)
    with flowing(tmp_path, "--rate", 40) as (centre, system):
        end = time.monotonic() + MINUTES * 60
        while time.monotonic() < end:
            for name in chance.sample(PROCESSES, len(PROCESSES)):
                time.sleep(chance.uniform(0.5, 6.0))
                killed[name] += centre.kill(name)
        published = system.hold()
        told = centre.settled(published)
        time.sleep(5)
        equal(centre.told(), published)
        print(f"killed {killed}; {told} of {published}")
        assert all(killed.values())
        assert centre("doctor") is not None


def test_a_locked_operational_database_holds_things_up_and_loses_nothing(tmp_path):
    with flowing(tmp_path, "--rate", 20) as (centre, system):
        until(lambda: centre.told().records > 50, 60)
        locker = sqlite3.connect(centre.home / "toancanh.sqlite3", isolation_level=None)
        locker.execute("BEGIN EXCLUSIVE")
        time.sleep(30)
        locker.execute("ROLLBACK")
        locker.close()
        published = system.hold()
        centre.settled(published)
        equal(centre.told(), published)


@contextmanager
def mounted(place: Path, *words: str):
    """Mount something for so long; root may."""
    if os.geteuid() or subprocess.run(["mount", *words, str(place)], check=False).returncode:
        pytest.skip("this machine does not allow mounting")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def test_a_read_only_warehouse_holds_rows_back_until_it_can_be_written(tmp_path):
    with flowing(tmp_path, "--rate", 20) as (centre, system):
        until(lambda: centre.told().records > 50, 60)
        warehouse = centre.home / "warehouse"
        with mounted(warehouse, "--bind", str(warehouse)):
            subprocess.run(["mount", "-o", "remount,bind,ro", str(warehouse)], check=True)
            with pytest.raises(OSError, match="Read-only"):
                (warehouse / "probe").touch()
            before = centre.told().records
            time.sleep(15)
            assert centre.told().waiting > 0
            assert centre.told().records == before
        published = system.hold()
        centre.settled(published)
        equal(centre.told(), published)


def test_a_full_disk_holds_rows_back_until_there_is_room(tmp_path):
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    with mounted(home, "-t", "tmpfs", "-o", "size=64m,mode=700", "tmpfs"), flowing(tmp_path, "--rate", 20) as both:
        centre, system = both
        until(lambda: centre.told().records > 50, 60)
        filler = home / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        before = system.counts()["distinct"]
        time.sleep(20)
        assert system.counts()["distinct"] > before + 200
        filler.unlink()
        published = system.hold()
        centre.settled(published)
        equal(centre.told(), published)
        assert centre.processes.keys() == {*PROCESSES, "run"}


def test_two_flushers_write_every_row_once(tmp_path):
    with flowing(tmp_path, "--rate", 50) as (centre, system):
        second = subprocess.Popen([sys.executable, "-m", "toancanh.cli.flusher"], env=environment(centre.home))
        try:
            time.sleep(8)
            centre.kill("flusher")  # the second takes over, and the supervisor's next one waits
            time.sleep(8)
            published = system.hold()
            centre.settled(published)
            equal(centre.told(), published)
            assert second.poll() is None
        finally:
            second.terminate()
            second.wait(15)


FAULTS = ("slow", "error", "half", "repeat", "disorder", "nonsense", "down", "late", "silent")


def test_a_system_with_every_fault_in_turn_is_read_whole(tmp_path):
    with flowing(tmp_path, "--rate", 30) as (centre, system):
        for kind in FAULTS:
            system.fault(kind, 8)
            time.sleep(10)
        published = system.hold()
        centre.settled(published, 180)
        equal(centre.told(), published)


def test_a_changed_schema_stops_the_source_until_it_is_changed_back(tmp_path):
    with flowing(tmp_path, "--rate", 20) as (centre, system):
        until(lambda: centre.told().records > 20, 60)
        system.fault("schema", 12)
        time.sleep(14)
        published = system.hold()
        centre.settled(published)
        assert centre.told().records == published["distinct"]


def test_a_source_that_answers_nonsense_does_not_slow_the_others(tmp_path):
    with (
        flowing(tmp_path, "--rate", 20) as (centre, system),
        flow.System(centre.home, "dossiers", ("--rate", 50, "--fault", "nonsense")) as mad,
    ):
        centre.hear(mad, every=0.2, name="dien-loan")
        time.sleep(20)
        published = system.hold()
        begun = time.monotonic()
        centre.settled(published, 30)
        assert time.monotonic() - begun < 20


@pytest.mark.skipif(not FAKETIME, reason="Debian's faketime, which sets the clock of a process back, is not installed")
def test_a_clock_that_is_set_back_reorders_and_loses_nothing(tmp_path):
    with flowing(tmp_path, "--rate", 20) as (centre, system):
        until(lambda: centre.told().records > 50, 60)
        centre.stop()
        centre.more |= {"LD_PRELOAD": FAKETIME, "FAKETIME": "-1h", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        centre.start()
        time.sleep(15)
        published = system.hold()
        centre.settled(published)
        equal(centre.told(), published)
