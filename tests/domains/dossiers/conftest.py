"""What the tests of dossiers share: a home of their own, some offices, a calendar without decrees."""

from datetime import date
from pathlib import Path

import pytest

from toancanh.base.home import Home, current
from toancanh.domains.dossiers.offices import Office
from toancanh.units.calendar import WorkingCalendar

DAY_FROM, DAY_TO = date(2025, 7, 1), date(2025, 10, 31)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Home:
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path / "home"))
    current().path.mkdir()
    return current()


@pytest.fixture(scope="session")
def calendar() -> WorkingCalendar:
    return WorkingCalendar(hours=(), days={})


@pytest.fixture(scope="session")
def offices() -> list[Office]:
    communes = [Office(f"gso:{code}", "commune") for code in range(24000, 24040)]
    return [*communes, *(Office(f"agency:so{number}", "province", 3.0) for number in range(8))]
