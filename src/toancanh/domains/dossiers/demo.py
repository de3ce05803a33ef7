"""The simulated dossiers of the sample province."""

from collections.abc import Iterator
from datetime import date, timedelta

import pyarrow as pa

from toancanh.domains.dossiers import offices, procedures, simulator
from toancanh.domains.dossiers.hearsay import Hearsay
from toancanh.domains.dossiers.services import PROCEDURE
from toancanh.units.calendar import WorkingCalendar

# Systems that the sample runs and is connected to, as files of `sample/`. The National Portal reads the two before it.
CONNECTED = ("one-stop.toml", "portal.toml", "national.toml")
_BEGUN = date(2025, 7, 1)  # of the province as it is now


def history(first: date, last: date, seed: int, province: str) -> Iterator[tuple[str, str, pa.Table]]:
    """Deliveries of a province's offices from `first` to `last`: source, name, rows; newest month first.

    What the National Portal knows of the same dossiers comes last: their states only, nobody waits for it.
    """
    yield "procedures", "mo-phong-danh-muc-thu-tuc", _catalogue(province)
    there = offices.within(province, last)
    hearsay, month, states = Hearsay(seed, there), last, []
    for table in simulator.events(first, last, seed, there, WorkingCalendar.load()):
        yield "dossiers", f"mo-phong-{month:%Y-%m}", table
        states.append((month, hearsay.states(table)))
        month = month.replace(day=1) - timedelta(1)
    for month, table in states:
        yield "portal-dossiers", f"mo-phong-dvcqg-{month:%Y-%m}", table


def _catalogue(province: str) -> pa.Table:
    """The catalogue that the simulator draws from, as the records of its province."""
    rows = [
        {
            "procedure": each.code,
            "title": each.name,
            "field": each.field,
            "unit": province,
            "since": _BEGUN,
            "level": each.online,
            "fee": float(each.fee),
            "simulated": True,
        }
        for each in procedures.catalogue()
    ]
    return pa.Table.from_pylist(rows, PROCEDURE.arrow)


def happened(first: date, last: date, seed: int, province: str) -> pa.Table:
    """What happened in a province's offices from `first` to `last`, by time: rows of the same history."""
    return simulator.happened(first, last, seed, offices.within(province, last), WorkingCalendar.load())
