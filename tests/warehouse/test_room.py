"""A full disk is a clear problem, leaves nothing half-written, and is over once there is room."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from letters import letter, table

from toancanh.base import checks
from toancanh.base.home import Home, current
from toancanh.base.problems import Problem
from toancanh.warehouse import building, maintenance, reading, store, writing


@pytest.fixture
def small(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A home whose warehouse lies on a disk of 2 MB."""
    if os.geteuid():
        pytest.skip("only root can mount a small disk")
    disk = home.path / "small"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=False).returncode:
        pytest.skip("this machine does not allow mounting")
    monkeypatch.setenv("TOANCANH_HOME", str(disk))
    yield current()
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(home: Home, leave: int) -> Path:
    """Take the room of a disk but for some bytes."""
    filler = home.path / "filler"
    disk = os.statvfs(home.path)
    filler.write_bytes(os.urandom(max(0, disk.f_bavail * disk.f_frsize - leave)))
    return filler


def load(name: str, rows: list[dict[str, object]]) -> writing.Written:
    return writing.write(writing.seal("s", "letter", name, 0), table(rows))


@pytest.mark.parametrize("leave", [0, 4096, 8192, 12288, 16384])
def test_a_full_disk_is_told_and_nothing_is_half_written(small: Home, leave: int) -> None:
    load("one", [letter(1)])
    building.refresh()
    rows = [letter(f"{number:040d}", unit=os.urandom(20).hex(), day=31 * (number % 2)) for number in range(2, 300)]
    filler = fill(small, leave)
    with pytest.raises(Problem) as caught:
        load("two", rows)
    assert caught.value.code == "warehouse.full"
    assert caught.value.status == 507
    assert reading.count("letter") == (1, 1)
    filler.unlink()
    store._STORES.clear()
    assert load("two", rows) == (298, 0)
    assert reading.count("letter") == (299, 299)
    building.refresh()
    assert [finding for found in checks.run().values() for finding in found] == []


def test_derived_tables_and_maintenance_tell_a_full_disk_too(small: Home) -> None:
    load("one", [letter(f"{number:040d}", unit=os.urandom(20).hex()) for number in range(300)])
    load("two", [letter(f"{number:040d}", unit=os.urandom(20).hex()) for number in range(300, 600)])
    filler = fill(small, 4096)
    for act in (building.refresh, lambda: maintenance.maintain(force=True)):
        with pytest.raises(Problem) as caught:
            act()
        assert caught.value.code == "warehouse.full"
    filler.unlink()
    assert building.refresh() == 1
    assert maintenance.maintain(force=True)
    assert reading.count("letter") == (600, 600)
