"""Deadlines: all four reasons asked of 300,000 open dossiers in a store of 1.5 million, beside bare counts by DuckDB.

The dossiers are those of the simulated one-stop system. Of those that ended only the last event is written; those of
the newest four months were never finished, so that most of them are overdue: the answer is as long as it can be.
"""

from collections.abc import Iterator
from datetime import timedelta

import duckdb
import numpy as np
import pyarrow as pa

from bench.common import Result, ready, repeat, spread, temporary

MONTHS, OPEN_MONTHS, SEED, BATCH = 17, 4, 2026, 300_000
OPEN, STORED, LIMIT = 300_000, 1_500_000, 2.0
REASONS = ("near_deadline", "overdue", "online_not_accepted", "supplement_expired")
UNFINISHED = (1, 2, 4, 5)
PROVINCE = "gso:66"


def measure() -> Iterator[Result]:
    with temporary() as folder:
        ready(folder / "home")
        _write()
        yield from _asked()


def _write() -> None:
    """Write the dossiers through the warehouse's own door, and derive their states."""
    from toancanh.base.clock import today
    from toancanh.base.home import current
    from toancanh.config import demo
    from toancanh.domains.dossiers import offices, simulator
    from toancanh.units.calendar import WorkingCalendar
    from toancanh.warehouse import building, writing

    demo.prepare()
    last = today()
    first = last - timedelta(days=30 * MONTHS)
    months = simulator.events(first, last, SEED, offices.within(PROVINCE, last), WorkingCalendar.load())
    with current().lock("source-dossiers"):
        for number, month in enumerate(months):
            rows = month.filter(pa.array(_open(month) if number < OPEN_MONTHS else _last(month)))
            for place, start in enumerate(range(0, rows.num_rows, BATCH)):
                part = rows.slice(start, BATCH)
                part = part.append_column("row", pa.array(range(1, part.num_rows + 1), pa.int64()))
                writing.write(writing.seal("dossiers", "dossier", f"{number}", place), part)
    building.refresh()


def _last(month: pa.Table) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which rows are the last of their dossier."""
    first = month["seq"].to_numpy() == 0
    return np.append(first[1:], True)


def _open(month: pa.Table) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which rows tell of a dossier that has not ended."""
    return np.isin(month["state"].to_numpy(), UNFINISHED)


def _asked() -> Iterator[Result]:
    from toancanh.base.clock import now
    from toancanh.domains.dossiers import deadlines
    from toancanh.warehouse import derived, reading, tables

    moment = now()
    counted = reading.fetch(
        "SELECT count(*) AS stored, count(*) FILTER (finished_at IS NULL AND state IN (1, 2, 4, 5)) AS open "
        f"FROM {derived.current('dossier')}"
    ).to_pylist()[0]
    if counted["stored"] < STORED or counted["open"] < OPEN:
        raise RuntimeError(f"{counted} dossiers are too few")
    found = {reason: deadlines.waiting(reason, moment, {}).num_rows for reason in REASONS}
    times = repeat(lambda: [deadlines.waiting(reason, moment, {}) for reason in REASONS])
    files = [str(month.whole) for month in tables.months(derived.folder("dossier")).values()]
    with duckdb.connect(config={"threads": 2}) as bare:
        sql = f"SELECT count(*) FROM read_parquet({files}) WHERE finished_at IS NULL AND state IN (1, 2, 4, 5)"
        floor = repeat(lambda: [bare.execute(sql).fetchone() for _reason in REASONS])
    told = ", ".join(f"{reason} {number:,}" for reason, number in found.items())
    note = (
        f"{counted['open']:,} open of {counted['stored']:,} dossiers; {told}; p50 {spread(times)[0] / 1e3:.2f} s; "
        "floor: four counts of the open ones over the same files"
    )
    yield Result(
        "all deadline rules, p95", spread(times)[1] / 1e3, "s", spread(floor)[1] / 1e3, target=LIMIT, note=note
    )
