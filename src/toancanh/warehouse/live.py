"""Live: small arrivals worked into the derived tables of a month without making it anew.

What changed lies beside the whole month: the states of the subjects that were touched, in place of those they had, and
for each rollup the difference that makes to its sums.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from toancanh.warehouse import reading, rollups, straddling, tables
from toancanh.warehouse.digests import Hashes
from toancanh.warehouse.reading import fetch
from toancanh.warehouse.sql import names, quote, sql_columns, text
from toancanh.warehouse.store import store
from toancanh.warehouse.types import RecordType

MOST = 10_000  # subjects that may lie beside a month before it is made anew

Numbers = Iterable[tuple[str, int]]  # batches, by source and number


def update(kind: RecordType, month: str, batches: Numbers, layout: "Layout") -> frozenset[str] | None:
    """Work the rows of these batches in; the units whose counts may change by it.

    None where the month must be made anew: it is not there yet, too much lies beside it, or a subject has records in
    another month.
    """
    known = tables.months(layout.current).get(month)
    if known is None or any(not field.required for field in kind.fields if field.name in kind.subject):
        return None
    with reading.cursor() as on:
        if not _touch(kind, month, batches, known, on):
            return frozenset()
        if _count(on, "overlay_subjects") > MOST or _astray(kind, month, layout, on):
            return None
        _states(kind, month, known, on)
        for rollup in rollups.of(kind.name):
            place = layout.rollup(rollup)
            if month not in tables.months(place):
                return None
            found = fetch(f"{rollups.difference(rollup, 'marked')} ORDER BY ALL", on=on)
            tables.update(place, month, found, layout.fingerprint(rollup))
        states = fetch(f"SELECT * FROM overlay ORDER BY {names(kind.subject)}", on=on).cast(kind.stored)
        tables.update(layout.current, month, states, layout.fingerprint())
        days = tables.months(layout.days).get(month)
        if days is None:
            return None
        tables.update(layout.days, month, _days(layout, days, on), layout.fingerprint())
        return _units(kind, on)


class Layout:
    """Where the derived tables of a record type lie, and how they are made."""

    def __init__(self, current: Path, days: Path, made: Any, told: Any, rollup: Any) -> None:
        self.current, self.days = current, days
        self.fingerprint = made  # of the states and days, or of a rollup
        self.told = told  # SQL of the days that rows speak of
        self.rollup = rollup  # where a rollup lies


def _touch(kind: RecordType, month: str, batches: Numbers, known: tables.Month, on: duckdb.DuckDBPyConnection) -> bool:
    """Note in temporary tables the new rows, the subjects they touch, and all subjects beside the month with them."""
    table = store(kind)
    snapshot = table.snapshot()
    by_source: dict[str, list[int]] = {}
    for source, number in batches:
        by_source.setdefault(source, []).append(number)
    mine = " OR ".join(
        f"(source = {text(source)} AND batch IN ({', '.join(map(str, numbers))}))"
        for source, numbers in by_source.items()
    )
    low = min(number for numbers in by_source.values() for number in numbers)
    files = snapshot.in_months(frozenset([month]))
    rows = reading.rows_of(table, snapshot, files, [f"batch >= {low}", mine])
    subject = names(kind.subject)
    fetch(f"CREATE TEMP TABLE arrived AS SELECT * FROM {rows}", on=on)
    fetch(f"CREATE TEMP TABLE touched AS SELECT DISTINCT {subject} FROM arrived", on=on)
    beside = f" UNION SELECT {subject} FROM {_file(known.live)}" if known.live else ""
    fetch(f"CREATE TEMP TABLE overlay_subjects AS SELECT {subject} FROM touched{beside}", on=on)
    return _count(on, "touched") > 0


def _states(kind: RecordType, month: str, known: tables.Month, on: duckdb.DuckDBPyConnection) -> None:
    """Note the states of all subjects beside the month, `overlay`, those they have in the whole, `whole`, and `marked`.

    In the last the former count once, and the latter are taken off.
    """
    subject = names(kind.subject)
    own = subject if len(kind.subject) == 1 else f"({subject})"
    rows = reading.records(kind.name, months=[month], where=f"{own} IN (SELECT {own} FROM touched)")
    beside = (
        f" UNION ALL BY NAME SELECT * FROM {_file(known.live)} ANTI JOIN touched USING ({subject})"
        if known.live
        else ""
    )
    fetch(f"CREATE TEMP TABLE overlay AS SELECT * FROM {reading.states(kind, rows)}{beside}", on=on)
    fetch(
        f"CREATE TEMP TABLE whole AS SELECT * FROM {_file(known.whole)} SEMI JOIN overlay_subjects USING ({subject})",
        on=on,
    )
    columns = names(sql_columns(kind))
    weighed = " UNION ALL ".join(
        f"SELECT {columns}, {weight} AS {rollups.WEIGHT} FROM {table}"
        for table, weight in (("overlay", 1), ("whole", -1))
    )
    fetch(f"CREATE TEMP TABLE marked AS {rollups.marked(kind, f'({weighed})')}", on=on)


def _days(layout: Layout, known: tables.Month, on: duckdb.DuckDBPyConnection) -> pa.Table:
    before = f" UNION ALL BY NAME SELECT * FROM {_file(known.live)}" if known.live else ""
    return fetch(
        "SELECT day, max(newest) AS newest, max(known_at) AS known_at, bool_or(simulated) AS simulated"
        f" FROM (SELECT * FROM {layout.told('arrived')}{before}) GROUP BY day ORDER BY day",
        on=on,
    )


def _units(kind: RecordType, on: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The units that the touched subjects were counted at, and are now."""
    if not kind.unit:
        return frozenset()
    unit, subject = quote(kind.unit), names(kind.subject)
    parts = [f"SELECT {unit} FROM {table} SEMI JOIN touched USING ({subject})" for table in ("overlay", "whole")]
    found = fetch(" UNION ".join(parts), on=on)[kind.unit].to_pylist()
    return frozenset(each or "" for each in found)


# Of each record type and month the hashes of its subjects, sorted, with what they were read from.
_SUBJECTS: dict[tuple[str, str], tuple[Any, Hashes]] = {}


def _astray(kind: RecordType, month: str, layout: Layout, on: duckdb.DuckDBPyConnection) -> bool:
    """Whether any touched subject has records in another month, as far as is known or found now."""
    if not straddling.possible(kind):
        return False
    touched = fetch("SELECT * FROM touched", on=on)
    if straddling.listed(kind, touched).any():
        return True
    hashes = _hashed(kind, touched)
    for other, known in tables.months(layout.current).items():
        if other != month:
            there = _subjects(kind, other, known)
            at = np.searchsorted(there, hashes)
            at[at == len(there)] = 0
            if len(there) and bool((there[at] == hashes).any()):
                return True
    return False


def _subjects(kind: RecordType, month: str, known: tables.Month) -> Hashes:
    stamp = tuple((str(file), file.stat().st_mtime_ns) for file in known.files)
    found = _SUBJECTS.get((kind.name, month))
    if found is None or found[0] != stamp:
        files = ", ".join(text(str(file)) for file in known.files)
        rows = fetch(f"SELECT {names(kind.subject)} FROM read_parquet([{files}], union_by_name = true)")
        found = _SUBJECTS[kind.name, month] = (stamp, np.sort(_hashed(kind, rows)))
    return found[1]


def _hashed(kind: RecordType, rows: pa.Table) -> Hashes:
    import polars as pl

    frame = pl.DataFrame(pl.from_arrow(rows.select(kind.subject)))
    return frame.hash_rows(seed=3).to_numpy()


def _count(on: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(fetch(f"SELECT count(*) AS n FROM {table}", on=on)["n"][0].as_py())


def _file(path: Path | None) -> str:
    return f"read_parquet({text(str(path))})"
