"""Derived tables: the current state of every subject and the rollups, plain Parquet by month, always rebuildable."""

import hashlib
from collections.abc import Collection, Hashable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from toancanh.base import home
from toancanh.warehouse import reading, rollups, tables
from toancanh.warehouse.models import Batch
from toancanh.warehouse.rollups import Rollup, get_rollup
from toancanh.warehouse.sql import empty, names, quote, sql_columns, state_columns, text
from toancanh.warehouse.types import RecordType, get

CURRENT, DAYS = "current", "days"


def folder(record_type: str, table: str = CURRENT) -> Path:
    """Where a derived table's months lie."""
    return home.current().warehouse / "derived" / record_type / table


def current(record_type: str, as_of: datetime | None = None) -> str:
    """Parenthesised SQL of each subject's last state; with `as_of`, as it was known then, from the records."""
    kind = get(record_type)
    if _nothing_since(record_type, as_of):
        return _states(kind)
    return reading.states(kind, reading.records(record_type, as_of))


class Sums(NamedTuple):
    """A rollup in two parts that add up, each parenthesised SQL: its fields, `day`, and one count per measure.

    `settled` differs only where `version` does, `rest` with every arrival; without a version all is in the rest.
    `uncounted` are measures that some month was counted without: their sums are not known before it is made anew.
    """

    settled: str
    rest: str
    version: Hashable
    uncounted: frozenset[str] = frozenset()

    @property
    def all(self) -> str:
        """Parenthesised SQL of both."""
        return f"(SELECT * FROM {self.settled} UNION ALL SELECT * FROM {self.rest})"


def rollup(name: str, as_of: datetime | None = None) -> Sums:
    """The partial sums of a rollup; with `as_of`, as they were known then, from the records."""
    found = get_rollup(name)
    if not _nothing_since(found.record_type, as_of):
        rows = f"({rollups.sql(found, current(found.record_type, as_of))})"
        return Sums(empty(found.columns), rows, None)
    months = tables.months(folder(found.record_type, found.name))
    wholes = [month.whole for month in months.values()]
    columns = found.columns
    lacking = {name for file in wholes for name in tables.lacking(file, columns)}
    return Sums(
        _read(wholes, columns, lacking),
        _read([month.live for month in months.values() if month.live], columns, lacking),
        tuple((month, each.generation) for month, each in months.items()),
        frozenset(lacking),
    )


def days(record_type: str, as_of: datetime | None = None) -> str:
    """Parenthesised SQL of the days that records speak of: `day`, `newest` moment told on it, `known_at`, `simulated`.

    A day may come more than once.
    """
    kind = get(record_type)
    if not _nothing_since(record_type, as_of):
        return days_of(kind, reading.records(record_type, as_of))
    at = sql_columns(kind)[kind.at]
    columns = {"day": "DATE", "newest": at, "known_at": "TIMESTAMPTZ", "simulated": "BOOLEAN"}
    months = tables.months(folder(record_type, DAYS))
    return _read([file for month in months.values() for file in month.files], columns)


def _nothing_since(record_type: str, as_of: datetime | None) -> bool:
    """Whether what was known then is what is known now: nothing came, and nothing was taken back, after it."""
    if as_of is None:
        return True
    later = Batch.objects.filter(record_type=record_type, known_at__gt=as_of).exclude(state=Batch.State.LOST)
    return not later.exists() and not any(row["known_at"] > as_of for row in reading.withdrawn())


def days_of(kind: RecordType, rows: str) -> str:
    """SQL of the days these records speak of, by `month`: those they began on and those on which something happened."""
    marked = any(each.name == "simulated" for each in kind.fields)
    simulated = "coalesce(simulated, false)" if marked else "false"
    told = [
        f"SELECT month, {rollups.day(kind, field)} AS day, {newest} AS newest, known_at, {simulated} AS simulated"
        " FROM r"
        for field, newest in ((kind.month, "NULL"), (kind.at, quote(kind.at)))
    ]
    return (
        f"(WITH r AS (SELECT * FROM {rows}) SELECT month, day, max(newest) AS newest, max(known_at) AS known_at, "
        f"bool_or(simulated) AS simulated FROM ({' UNION ALL '.join(told)}) t "
        "WHERE day IS NOT NULL GROUP BY month, day)"
    )


def by_month(kind: RecordType) -> dict[str, str]:
    """SQL in parentheses of the states of each month that is there."""
    subject = names(kind.subject)
    found = {}
    for month, known in tables.months(folder(kind.name)).items():
        whole = f"read_parquet({text(str(known.whole))})"
        found[month] = f"(SELECT * FROM {whole})"
        if known.live:
            beside = f"read_parquet({text(str(known.live))})"
            kept = f"SELECT w.* FROM {whole} w ANTI JOIN {beside} b USING ({subject})"
            found[month] = f"({kept} UNION ALL BY NAME SELECT * FROM {beside})"
    return found


def _states(kind: RecordType) -> str:
    """SQL in parentheses of the states of all months."""
    wanted = names(state_columns(kind))
    plain = [str(known.whole) for known in tables.months(folder(kind.name)).values() if not known.live]
    parts = (
        [f"SELECT {wanted} FROM read_parquet([{', '.join(map(text, plain))}], union_by_name = true)"] if plain else []
    )
    changed = {month for month, known in tables.months(folder(kind.name)).items() if known.live}
    parts += [f"SELECT {wanted} FROM {states}" for month, states in by_month(kind).items() if month in changed]
    return f"({' UNION ALL '.join(parts)})" if parts else empty(state_columns(kind))


def _read(files: Sequence[Path], columns: dict[str, str], lacking: Collection[str] = ()) -> str:
    """SQL in parentheses of derived files; null for columns that are lacking in some of them."""
    if not files:
        return empty(columns)
    paths = ", ".join(text(str(file)) for file in files)
    wanted = ", ".join(
        f"NULL::{kind} AS {quote(name)}" if name in lacking else quote(name) for name, kind in columns.items()
    )
    return f"(SELECT {wanted} FROM read_parquet([{paths}], union_by_name = true))"


def version(record_type: str) -> object:
    """What differs once the derived tables of a record type do; no file of theirs is replaced under its name."""
    known = tables.months(folder(record_type, DAYS))
    return tuple((month, each.generation, each.changes) for month, each in known.items())


def made_by(kind: RecordType) -> dict[str, bytes]:
    """The derived tables of a record type with the fingerprints of their definitions."""
    plain = {CURRENT: fingerprint(kind), DAYS: fingerprint(kind)}
    return plain | {each.name: fingerprint(kind, each) for each in rollups.of(kind.name)}


# By identity: see rollups.
_FINGERPRINTS: dict[tuple[int, int], tuple[RecordType, Rollup | None, tuple[str, ...], bytes]] = {}


def fingerprint(kind: RecordType, rollup: Rollup | None = None) -> bytes:
    """What differs once the definition of the states and days of a type, or of a rollup, does."""
    key, reckoned = (id(kind), id(rollup)), tuple(each.version() for each in kind.reckons)
    known = _FINGERPRINTS.get(key)
    if known is None or known[0] is not kind or known[1] is not rollup or known[2] != reckoned:
        definition: list[Any] = [
            str(kind.states),
            kind.key,
            kind.subject,
            kind.order,
            kind.month,
            kind.at,
            kind.inherits,
            [(each.name, each.tells, each.by, each.codes, each.field) for each in kind.carries],
            [(each.name, each.of) for each in kind.reckons],
            reckoned,
        ]
        if rollup:
            definition.append(rollups.sql(rollup, "states"))
        digest = hashlib.sha256(repr(definition).encode()).hexdigest().encode()
        known = _FINGERPRINTS[key] = (kind, rollup, reckoned, digest)
    return known[3]
