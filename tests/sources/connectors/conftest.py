"""What the tests of connectors need: a home without a database, a clock that is set by hand."""

from datetime import UTC, datetime, timedelta

import pytest

from toancanh.base import clock
from toancanh.base.home import current


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path / "home"))
    current().path.mkdir()
    return current()


class Hands:
    """Stand still until they are moved."""

    def __init__(self):
        self.moment = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)

    def pass_by(self, seconds):
        self.moment += timedelta(seconds=seconds)


@pytest.fixture
def hands(monkeypatch):
    hands = Hands()
    monkeypatch.setattr(clock, "now", lambda: hands.moment)
    return hands
