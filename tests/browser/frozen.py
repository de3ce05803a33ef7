"""A centre whose clock a test sets: it stands at a morning of work, and is moved on to the next day at will.

Every process of the centre is started under libfaketime, which reads from a file how far its clock is from the real
one. So deadlines, working hours left and escalation are the same whenever the tests run.
"""

import csv
import io
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from conftest import Centre, locked, running

VIETNAM = timezone(timedelta(hours=7))
THURSDAY = datetime(2026, 11, 26, 9, 0, tzinfo=VIETNAM)
SENT = datetime(2026, 11, 26, 8, 30, tzinfo=VIETNAM)  # the slips
PASSWORD = "mat-khau-rat-dai-77"
WARD, OTHER = "gso:24133", "gso:24163"
ACCOUNTS = (
    ("hoa", "officer", WARD),
    ("lan", "officer", WARD),
    ("tan", "officer", OTHER),
    ("truc", "operator", ""),
    ("ca-sau", "operator", ""),
    ("lanhdao", "leader", ""),
    ("kho", "steward", ""),
)
LIBRARY = next(map(str, Path("/usr/lib").glob("*/faketime/libfaketime.so.1")), "")
COLUMNS = ("dossier_id", "seq", "procedure", "unit", "channel", "state", "at", "received_at", "due_at", "finished_at")
REGISTERED, RECEIVED, WORKED_ON, ASKED, PROCESSED = 1, 2, 4, 5, 9
DIRECT, ONLINE = 1, 2


@dataclass
class Frozen(Centre):
    """A running centre with a clock of its own."""

    clock: Path = field(default=Path())

    def set(self, moment: datetime) -> None:
        """Let it be this moment at the centre; from there on its clock goes as clocks do."""
        other = self.clock.with_suffix(".new")
        other.write_text(f"{moment.timestamp() - time.time():+.0f}\n")
        other.replace(self.clock)

    def now(self) -> datetime:
        """The moment that it is at the centre."""
        return datetime.fromtimestamp(time.time() + float(self.clock.read_text()), VIETNAM)

    def load(self, name: str, rows: list[dict[str, Any]]) -> None:
        """Load a file of dossiers."""
        file = self.home.parent / f"{self.home.name}-{name}.csv"
        file.write_text(dossiers(rows))
        self.command("load", "dossiers", str(file))

    def slips(self, number: int, **wanted: str) -> list[dict[str, Any]]:
        """The slips, once there are as many of them that are as they are wanted: state, unit, reason."""
        end = time.monotonic() + 90
        query = "&".join(f"{name}={value}" for name, value in ({"state": "open"} | wanted).items())
        while True:
            found = self.api(f"/api/v1/cases?{query}", user="truc")["items"]
            if len(found) >= number:
                return found
            assert time.monotonic() < end, f"{len(found)} slips instead of {number}: {found}"
            time.sleep(0.5)

    def act(self, user: str, number: int, action: str, **fields: Any) -> dict[str, Any]:
        """What somebody does with a case elsewhere."""
        return self.api(f"/api/v1/cases/{number}/actions/{action}", user, {"fields": fields})

    def until(self, condition: Any, within: float = 60) -> Any:
        """The first true answer of a condition."""
        end = time.monotonic() + within
        while not (found := condition()):
            assert time.monotonic() < end, "it did not come"
            time.sleep(0.5)
        return found


def dossier(
    record: str, unit: str = WARD, received: str = "2026-11-09T08:00", due: str = "", **more: Any
) -> dict[str, Any]:
    """An event of a dossier, taken in and worked on unless it says otherwise; moments are Vietnamese."""
    told = {"seq": 0, "procedure": "tc.ho-tich.001", "channel": DIRECT, "state": WORKED_ON, "at": received}
    row = told | {"dossier_id": record, "unit": unit, "received_at": received, "due_at": due, "finished_at": ""} | more
    return row | {name: f"{row[name]}:00+07:00" for name in ("at", "received_at", "due_at", "finished_at") if row[name]}


def finished(row: dict[str, Any], moment: datetime) -> dict[str, Any]:
    """The same dossier, processed."""
    told = f"{moment:%Y-%m-%dT%H:%M}:00+07:00"
    return row | {"seq": row["seq"] + 1, "state": PROCESSED, "at": told, "finished_at": told}


def dossiers(rows: list[dict[str, Any]]) -> str:
    """A file of dossiers."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def environment(clock: Path) -> dict[str, str]:
    """What a process is started with to live by the clock of a file."""
    return {
        "LD_PRELOAD": LIBRARY,
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # what waits, waits as long as it says
        "PYTHONPATH": str(Path(__file__).with_name("clock")),
    }


OVERDUE = [
    dossier("HS-Q1", due="2026-11-24T17:00"),
    dossier("HS-Q2", due="2026-11-25T10:00"),
    dossier("HS-Q3", due="2026-11-20T16:00"),
]
NEAR = [dossier("HS-G1", due="2026-11-27T16:00"), dossier("HS-G2", due="2026-11-26T16:30")]
LATER = [dossier("HS-S1", due="2026-11-30T10:00")]
UNSEEN = [dossier("HS-T1", received="2026-11-23T08:00", channel=ONLINE, state=REGISTERED)]
PAPERS = [dossier("HS-B1", received="2026-10-12T08:00", at="2026-10-20T09:00", state=ASKED, due="2026-10-30T17:00")]
OF_OTHER = [dossier("HS-K1", unit=OTHER, due="2026-11-23T17:00")]


@contextmanager
def frozen(root: Path, name: str) -> Iterator[Frozen]:
    """A centre at nine on a Thursday morning: people, the dossiers above, and slips sent at half past eight.

    One is made as a pattern, the others are copies of it.
    """
    if not LIBRARY:
        pytest.skip("no libfaketime here, which sets the clock of the centre: `apt-get install faketime` brings it")
    with locked(root / "frozen.lock"):
        if not (root / "frozen-pattern").exists():
            _prepare(root).rename(root / "frozen-pattern")
    centre = _at(root / f"frozen-{name}-{os.getpid()}", THURSDAY)
    shutil.copytree(root / "frozen-pattern", centre.home)
    try:
        with running(centre):
            yield centre
    finally:
        shutil.rmtree(centre.home, ignore_errors=True)


def _prepare(root: Path) -> Path:
    centre = _at(root / "frozen-making", SENT)
    shutil.rmtree(centre.home, ignore_errors=True)
    centre.home.mkdir()
    for user, role, unit in ACCOUNTS:
        centre.command("user", "create", user, "--role", role, "--unit", unit, given=f"{PASSWORD}\n")
    centre.load("first", [*OVERDUE, *NEAR, *LATER, *UNSEEN, *PAPERS, *OF_OTHER])
    centre.set(SENT)
    with running(centre):
        centre.slips(5)
    return centre.home


def _at(home: Path, moment: datetime) -> Frozen:
    clock = home.with_suffix(".clock")
    centre = Frozen("", home, PASSWORD, environment(clock), clock)
    centre.set(moment)
    return centre
