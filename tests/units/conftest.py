"""A home of its own for every test of this floor, and the official lists."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def official() -> Path:
    """The official lists, which are not part of the project."""
    folder = Path(__file__).parents[3] / "shared" / "data" / "units"
    if not folder.exists():
        pytest.skip("the official lists (../shared/data/units) are not here")
    return folder
