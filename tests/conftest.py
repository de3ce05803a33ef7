"""What every test stands on: a home of its own, a database, the units of Vietnam where they are wanted."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Settings read the home when they are imported; the tests' own home keeps clear of anybody's data.
os.environ["TOANCANH_HOME"] = tempfile.mkdtemp(prefix="toancanh-tests-")

import pytest
from django.core.management import call_command
from django.db import connections
from pytest_django import DjangoDbBlocker

from toancanh.base.home import Home, current

SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None) -> Iterator[None]:
    """A real file of SQLite, in memory where there is room: threads meet in it as they do in an installation."""
    settings = connections["default"].settings_dict
    if connections["default"].vendor != "sqlite":
        yield
        return
    with tempfile.TemporaryDirectory(prefix="toancanh-database-", dir=_quick()) as folder:
        settings["TEST"]["NAME"] = str(Path(folder) / "test.sqlite3")
        yield


def _quick() -> str | None:
    memory = Path("/dev/shm")
    return str(memory) if memory.is_dir() and shutil.disk_usage(memory).free > 1 << 30 else None


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that a test opens shows what is true now, not two seconds ago; tests of that set it themselves."""
    from toancanh.base import memory

    monkeypatch.setattr(memory, "PATIENCE", 0.0)


@pytest.fixture
def shared() -> Path:
    """Real documents and data, beside a developer's checkout."""
    if not SHARED.exists():
        pytest.skip("the real data (../shared/data) is not beside this checkout")
    return SHARED


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, transactional_db: None) -> Home:
    """An empty home and an empty database that commits for real."""
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path / "home"))
    current().path.mkdir()
    call_command("flush", interactive=False, verbosity=0)
    return current()


@pytest.fixture(scope="session")
def seeded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> None:
    """The units of Vietnam, seeded once; tests that commit run later and start from an empty database."""
    from toancanh.units.seed import seed

    with django_db_blocker.unblock():
        call_command("flush", interactive=False, verbosity=0)
        seed()


@pytest.fixture
def units(seeded: None, db: None) -> None:
    """The official units, agencies and calendar, in the database; what a test changes is undone."""


@pytest.fixture
def province(home: Home) -> Home:
    """A home as a new installation finds it: all units seeded, warehouse empty."""
    from toancanh.units.seed import seed

    seed()
    return home
