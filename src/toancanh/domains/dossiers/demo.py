"""The simulated dossiers of the sample province."""

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa

from toancanh.domains.dossiers import offices, simulator
from toancanh.domains.dossiers.hearsay import Hearsay
from toancanh.units.calendar import WorkingCalendar

# Systems that the sample runs and is connected to, as files of `sample/`.
# The National Portal reads the two before it.
CONNECTED = ("one-stop.toml", "portal.toml", "national.toml")


def history(first: date, last: date, seed: int, province: str) -> Iterator[tuple[str, str, pa.Table]]:
    """Deliveries of a province's offices from `first` to `last`: source, name, rows; newest month first.

    What the National Portal knows of the same dossiers comes last: their states only, nobody waits for it.
    """
    there = offices.within(province, last)
    hearsay, month, states = Hearsay(seed, there), last, []
    for table in simulator.events(first, last, seed, there, WorkingCalendar.load()):
        yield "dossiers", f"mo-phong-{month:%Y-%m}", table
        states.append((month, hearsay.states(table)))
        month = month.replace(day=1) - timedelta(1)
    for month, table in states:
        yield "portal-dossiers", f"mo-phong-dvcqg-{month:%Y-%m}", table


def happened(first: date, last: date, seed: int, province: str) -> pa.Table:
    """What happened in a province's offices from `first` to `last`, by time: rows of the same history."""
    return simulator.happened(first, last, seed, offices.within(province, last), WorkingCalendar.load())
