"""The simulated dossiers of the sample province."""

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa

from toancanh.domains.dossiers import offices, simulator
from toancanh.units.calendar import WorkingCalendar

# Systems that the sample runs and is connected to, as files of `sample/`.
CONNECTED = ("one-stop.toml", "portal.toml")


def history(first: date, last: date, seed: int, province: str) -> Iterator[tuple[str, str, pa.Table]]:
    """Deliveries of a province's offices from `first` to `last`: source, name, rows; newest month first."""
    month = last
    for table in simulator.events(first, last, seed, offices.within(province, last), WorkingCalendar.load()):
        yield "dossiers", f"mo-phong-{month:%Y-%m}", table
        month = month.replace(day=1) - timedelta(1)


def happened(first: date, last: date, seed: int, province: str) -> pa.Table:
    """What happened in a province's offices from `first` to `last`, by time: rows of the same history."""
    return simulator.happened(first, last, seed, offices.within(province, last), WorkingCalendar.load())
