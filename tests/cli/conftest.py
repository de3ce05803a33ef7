"""What the tests of the command line share: the real command in a process of its own, in an empty home."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = Path(sys.executable).with_name("toancanh")
EVENTS = "dossier_id,seq,procedure,unit,channel,state,at,received_at,due_at,finished_at,fee,paid_online,simulated"


class Line:
    """One installation, spoken to by commands."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.command = COMMAND
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("TOANCANH_", "DJANGO_"))}
        self.environment = kept | {"TOANCANH_HOME": str(home), "TOANCANH_LANGUAGE": "vi"}

    def __call__(self, *words, typed="", language="vi", seconds=120, **environment):
        """Run a command to its end."""
        return subprocess.run(
            [COMMAND, *map(str, words)],
            input=typed,
            capture_output=True,
            text=True,
            timeout=seconds,
            env=self.environment | {"TOANCANH_LANGUAGE": language} | environment,
            check=False,
        )

    def json(self, *words):
        """What a command that succeeds prints as JSON."""
        done = self(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def toancanh(tmp_path):
    return Line(tmp_path / "home")


@pytest.fixture(scope="session")
def loaded(tmp_path_factory):
    """A home whose very first command was a load; for reading only."""
    folder = tmp_path_factory.mktemp("loaded")
    line = Line(folder / "home")
    line.file = write(folder / "ho-so.csv")
    line.first = line("load", "dossiers", line.file, "--json")
    return line


def write(file, rows=None):
    """A small file of dossiers: A with three events out of order, B with one."""
    rows = rows or [
        "A,2,1.000001,gso:24133,1,4,2026-03-03T09:00:00+07:00,2026-03-02T09:00:00+07:00,2026-03-09T09:00:00+07:00,,,,",
        "A,1,1.000001,gso:24133,1,2,2026-03-02T09:00:00+07:00,2026-03-02T09:00:00+07:00,2026-03-09T09:00:00+07:00,,,,",
        "A,3,1.000001,gso:24133,1,9,2026-03-04T09:00:00+07:00,2026-03-02T09:00:00+07:00,2026-03-09T09:00:00+07:00,"
        "2026-03-04T09:00:00+07:00,,,",
        "B,1,1.000002,gso:24121,2,2,2026-03-04T10:00:00+07:00,2026-03-04T10:00:00+07:00,,,,,",
    ]
    file.write_text("\n".join([EVENTS, *rows]) + "\n")
    return file


@pytest.fixture
def dossiers(tmp_path):
    return write(tmp_path / "ho-so.csv")
