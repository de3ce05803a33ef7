"""The examples of the documents work as printed."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "docs" / "how-to" / "example-domain"
Run = Callable[..., str]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home, of a process of its own."""
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    return folder


@pytest.fixture
def run(home: Path) -> Run:
    """Runs a command in the home, on SQLite, and gives what it printed."""
    variables = {key: value for key, value in os.environ.items() if not key.startswith("TOANCANH_")}

    def call(program: str, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", program, *words],
            env=variables | {"TOANCANH_HOME": str(home)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return call


TOANCANH = "from toancanh.cli import main; main()"
# The board as a visitor without a unit would see it.
BOARD = """
from toancanh.cli import output
output.start()
from toancanh.access.scope import EVERYTHING
from toancanh.screens import boards
shown = boards.recent(boards.find("rain"), "gso:66", EVERYTHING)
output.as_json([[card.figure.value for card in panel.cards] or panel.table.rows for panel in shown.panels])
"""


def test_the_first_file_of_the_readme_goes_in_and_its_rate_is_found(run: Run, tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    file = tmp_path / "my.csv"
    file.write_text(re.findall(r"```csv\n(.*?)```", text, re.DOTALL)[0], encoding="utf-8")
    loaded = json.loads(run(TOANCANH, "load", "dossiers", str(file), "--json"))
    assert loaded == {"load": 1, "read": 4, "accepted": 3, "rejected": 1, "duplicates": 0}
    rate = ("figures", "--indicator", "dossiers.on_time_rate", "--unit", "gso:24133", "--json")
    found = json.loads(run(TOANCANH, *rate))["items"]
    assert [(each["value"], each["part"], each["whole"]) for each in found] == [(100.0, 1, 1)]
    assert found[0]["provenance"] in text
    file.write_text(file.read_text(encoding="utf-8").replace("2026-15-09", "2026-11-09"), encoding="utf-8")
    again = json.loads(run(TOANCANH, "load", "dossiers", str(file), "--json"))
    assert again == {"load": 2, "read": 4, "accepted": 1, "rejected": 0, "duplicates": 3}


def test_the_example_domain_loads_computes_and_has_a_board(run: Run, home: Path) -> None:
    shutil.copytree(EXAMPLE / "rain", home / "domains" / "rain")
    loaded = json.loads(run(TOANCANH, "load", "rain", str(EXAMPLE / "rain.csv"), "--json"))
    assert loaded == {"load": 1, "read": 5, "accepted": 4, "rejected": 1, "duplicates": 0}
    rates = json.loads(run(TOANCANH, "figures", "--indicator", "rain.wet_rate", "--json"))["items"]
    assert {each["unit"]: (each["part"], each["whole"]) for each in rates} == {
        "gso:24133": (2, 3),
        "gso:24154": (1, 1),
        "gso:66": (3, 4),
    }
    cards, _series, ranking = json.loads(run(BOARD))
    assert cards == [1, 75.0]
    assert [row["code"] for row in ranking] == ["gso:24133", "gso:24154"]


def test_the_example_domain_is_about_a_hundred_lines() -> None:
    files = [file for file in (EXAMPLE / "rain").iterdir() if file.suffix in (".py", ".toml")]
    assert sum(len(file.read_text(encoding="utf-8").splitlines()) for file in files) <= 120
