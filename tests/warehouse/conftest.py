"""What every test of the warehouse needs: a home of its own and the record types of the tests."""

from pathlib import Path

import letters  # noqa: F401 - makes the record types known
import pytest

from toancanh.base.home import Home, current


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Home:
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path))
    return current()
