"""Seeded units for every test of this floor: a database seeded once, and a home of the test's own."""

from pathlib import Path

import pytest
from pytest_django import DjangoDbBlocker


@pytest.fixture(scope="session")
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    from toancanh.units.seed import seed

    with django_db_blocker.unblock():
        seed()


@pytest.fixture
def units(seeded: None, db: None) -> None:
    """The official units, agencies and calendar, in the database; what a test changes is undone."""


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
