"""What the tests of indicators share: a centre with units and an empty warehouse, files written on the spot."""

from itertools import count

import pytest
from events import CLAIMS, EVENTS

from toancanh.indicators import figures
from toancanh.indicators.figures import Query
from toancanh.sources import actions, loading


@pytest.fixture
def centre(units, tmp_path, monkeypatch):
    """All units of Vietnam, nothing delivered yet."""
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path / "home"))
    return tmp_path


@pytest.fixture
def load(centre):
    """Load rows of text into a source, or a file."""
    numbers = count(1)

    def _load(source, rows):
        file = rows
        if isinstance(rows, list):
            file = centre / f"{source}-{next(numbers)}.csv"
            head = EVENTS if source == "dossiers" else CLAIMS
            file.write_text("\n".join([head, *(",".join(str(c) for c in row) for row in rows)]) + "\n")
        return loading.run(actions.deliver(source, file, actor=("user", "lan")))

    return _load


@pytest.fixture
def ask():
    def _ask(indicator="", **more):
        return figures.ask(Query(indicator, **more))

    return _ask
