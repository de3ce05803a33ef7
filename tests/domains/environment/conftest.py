"""What the tests of the environment share: a centre with units, files of readings written on the spot."""

from itertools import count

import pytest
from measured import HEADER

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
    """Load readings."""
    numbers = count(1)

    def _load(*rows):
        file = centre / f"tram-{next(numbers)}.csv"
        lines = [",".join("" if row[name] is None else str(row[name]) for name in HEADER) for row in rows]
        file.write_text("\n".join([",".join(HEADER), *lines]) + "\n")
        return loading.run(actions.deliver("air-stations", file, actor=("user", "lan")))

    return _load


@pytest.fixture
def ask():
    """The figures of an indicator of a unit: value, part and whole by first day."""

    def _ask(code, unit="gso:24133", grain="day", **more):
        found = figures.ask(Query(f"environment.{code}", unit=unit, grain=grain, **more))
        return {f.start: (f.value, f.part, f.whole) if f.whole else f.value for f in found if f.unit == unit}

    return _ask
