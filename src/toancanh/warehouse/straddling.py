"""Straddling subjects: those with records in more than one month, whose last state only all months together tell.

A correction may move a dossier to another month, and a sensor reports in every month. Each subject's state lies in
one month only, so that counts add up over months.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from toancanh.base import home
from toancanh.warehouse import reading
from toancanh.warehouse.reading import ARRIVAL, fetch, latest_by
from toancanh.warehouse.sql import names, text
from toancanh.warehouse.store import fsync
from toancanh.warehouse.types import RecordType

if TYPE_CHECKING:  # a process that only puts into the outbox does without the engine
    import duckdb


def path(record_type: RecordType) -> Path:
    """The derived file that lists them; absent while there are none."""
    return home.current().warehouse / "derived" / record_type.name / "straddling.parquet"


def possible(record_type: RecordType) -> bool:
    """Whether a subject can have records in several months at all."""
    return record_type.month not in record_type.subject


def subjects(record_type: RecordType) -> str:
    """SQL of those whose versions of one key may lie in several months, to be joined; empty when there are none.

    It knows of the months worked off so far.
    """
    if record_type.month in record_type.key or not path(record_type).exists():
        return ""
    return f"{_files([path(record_type)])} USING ({names(record_type.subject)})"


def listed(record_type: RecordType, rows: pa.Table) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    """Which rows are of a subject that is known to have records in several months."""
    flags = np.zeros(rows.num_rows, bool)
    if path(record_type).exists():
        on = reading.cursor()
        on.register("asked", rows.select(record_type.subject).append_column("place_", pa.array(range(rows.num_rows))))
        known = f"{_files([path(record_type)])} USING ({names(record_type.subject)})"
        flags[fetch(f"SELECT place_ FROM asked SEMI JOIN {known}", on=on)["place_"].to_numpy()] = True
    return flags


def moved(month: str) -> str:
    """The name of the temporary table with the states of another month as they change."""
    return f"moved_{month.replace('-', '_')}"


def settle(kind: RecordType, month: str, cursor: "duckdb.DuckDBPyConnection", current: dict[str, str]) -> list[str]:
    """Leave in the temporary table `states` only subjects whose last state is of this month.

    `current` is SQL of the states of each month. Returns the other months whose states change by that, each prepared
    in the temporary table `moved(month)`.
    """
    others = {other: states for other, states in current.items() if other != month}
    subject = names(kind.subject)
    there = " UNION ALL ".join(f"SELECT {subject} FROM {states}" for states in others.values())
    found = [f"SELECT {subject} FROM states SEMI JOIN ({there}) USING ({subject})"] if others else []
    if path(kind).exists():
        mine = [f"SELECT {subject} FROM states"]
        if month in current:
            mine.append(f"SELECT {subject} FROM {current[month]}")
        found.append(
            f"SELECT {subject} FROM {_files([path(kind)])} SEMI JOIN ({' UNION ALL '.join(mine)}) USING ({subject})"
        )
    if not found:
        return []
    fetch(f"CREATE TEMP TABLE astray AS SELECT DISTINCT {subject} FROM ({' UNION ALL '.join(found)})", on=cursor)
    if not fetch("SELECT 1 FROM astray LIMIT 1", on=cursor).num_rows:
        return []
    _remember(kind, cursor)
    versions = f"SELECT * FROM {reading.records(kind.name, history=True)} SEMI JOIN astray USING ({subject})"
    records = f"(SELECT * FROM ({versions}) {latest_by(kind.key, ARRIVAL)})"
    fetch(f"CREATE TEMP TABLE truth AS SELECT * FROM {reading.states(kind, records)}", on=cursor)
    touched = []
    for other, here in others.items():
        there = f"(SELECT * FROM truth WHERE month = '{other}')"
        before = f"(SELECT * FROM {here} SEMI JOIN astray USING ({subject}))"
        gone, come = (f"SELECT * FROM {x} EXCEPT SELECT * FROM {y}" for x, y in ((before, there), (there, before)))
        if fetch(f"SELECT 1 FROM (({gone}) UNION ALL ({come})) LIMIT 1", on=cursor).num_rows:
            rest = f"SELECT * FROM {here} ANTI JOIN astray USING ({subject})"
            fetch(f"CREATE TEMP TABLE {moved(other)} AS {rest} UNION ALL SELECT * FROM {there}", on=cursor)
            touched.append(other)
    fetch(f"DELETE FROM states WHERE ({subject}) IN (SELECT ({subject}) FROM astray)", on=cursor)
    fetch(f"INSERT INTO states SELECT * FROM truth WHERE month = '{month}'", on=cursor)
    return touched


def _remember(kind: RecordType, cursor: "duckdb.DuckDBPyConnection") -> None:
    """Add to the list, on disk before any month is rewritten by it."""
    import pyarrow.parquet as pq

    known = f" UNION SELECT * FROM {_files([path(kind)])}" if path(kind).exists() else ""
    rows = fetch(f"SELECT * FROM astray{known}", on=cursor)
    draft = path(kind).with_name(f".straddling.{os.getpid()}")
    draft.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    pq.write_table(rows, draft, compression="zstd")
    fsync(draft)
    draft.replace(path(kind))
    fsync(draft.parent)


def _files(files: Iterable[Path]) -> str:
    paths = ", ".join(text(str(file)) for file in files)
    return f"read_parquet([{paths}], union_by_name = true)"
