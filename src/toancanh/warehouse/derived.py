"""Derived tables: the current state of every subject and the rollups, plain Parquet by month, always rebuildable."""

import hashlib
import os
import secrets
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa

from toancanh.base import home
from toancanh.warehouse import errors, outbox, reading, rollups, straddling, withdrawal
from toancanh.warehouse.models import Batch, Dirty
from toancanh.warehouse.reading import fetch, names, quote, text
from toancanh.warehouse.rollups import Rollup, get_rollup
from toancanh.warehouse.store import fsync, store
from toancanh.warehouse.types import RecordType, all_types, get

_FINGERPRINT = b"toancanh.fingerprint"
DAYS = "days"


class Torn(NamedTuple):
    """A derived file that is missing, unreadable or made by another definition."""

    record_type: str
    table: str
    month: str
    reason: str


def folder(record_type: str, table: str = "current") -> Path:
    """Where a derived table's months lie."""
    return home.current().warehouse / "derived" / record_type / table


def current(record_type: str, as_of: datetime | None = None) -> str:
    """Parenthesised SQL of each subject's last state; with `as_of`, as it was known then, from the records."""
    kind = get(record_type)
    if _nothing_since(record_type, as_of):
        return _read(folder(record_type), reading.sql_columns(kind))
    return reading.states(kind, reading.records(record_type, as_of))


def rollup(name: str, as_of: datetime | None = None) -> str:
    """Parenthesised SQL of a rollup: its fields, `day`, and one count per measure, in partial sums that add up."""
    found = get_rollup(name)
    if _nothing_since(found.record_type, as_of):
        return _read(folder(found.record_type, found.name), found.columns)
    return f"({rollups.sql(found, current(found.record_type, as_of))})"


def days(record_type: str, as_of: datetime | None = None) -> str:
    """Parenthesised SQL of the days that records speak of: `day`, `newest` moment told on it, `known_at`, `simulated`.

    A day may come more than once.
    """
    kind = get(record_type)
    if not _nothing_since(record_type, as_of):
        return _days(kind, reading.records(record_type, as_of))
    at = reading.sql_columns(kind)[kind.at]
    columns = {"day": "DATE", "newest": at, "known_at": "TIMESTAMPTZ", "simulated": "BOOLEAN"}
    return _read(folder(record_type, DAYS), columns)


def _nothing_since(record_type: str, as_of: datetime | None) -> bool:
    """Whether what was known then is what is known now: nothing came, and nothing was taken back, after it."""
    if as_of is None:
        return True
    later = Batch.objects.filter(record_type=record_type, known_at__gt=as_of).exclude(state=Batch.State.LOST)
    return not later.exists() and not any(row["known_at"] > as_of for row in reading.withdrawn())


def refresh(record_type: str | None = None) -> int:
    """Rebuild the derived months that are behind, of one record type or of all; returns how many were rebuilt."""
    kinds = [get(record_type)] if record_type else [each for each in all_types() if each is not withdrawal.RECORD]
    return sum(_refresh(kind) for kind in kinds)


def torn(record_type: str) -> Iterator[Torn]:
    """Derived files that are not as they should be, except those known to be behind."""
    kind = get(record_type)
    behind = set(Dirty.objects.filter(record_type=record_type).values_list("month", flat=True))
    for month in store(kind).snapshot().months:
        if month in behind:
            continue
        if reason := _unreadable(straddling.path(kind)):
            yield Torn(record_type, "straddling", month, reason)
        for table, fingerprint in _tables(kind).items():
            if reason := _flaw(folder(record_type, table) / f"{month}.parquet", fingerprint):
                yield Torn(record_type, table, month, reason)


def check_derived() -> list[Torn]:
    """Find derived files that are torn, missing or outdated, of every record type, and rebuild them."""
    found = [flaw for kind in all_types() if kind is not withdrawal.RECORD for flaw in torn(kind.name)]
    months = sorted({(flaw.record_type, flaw.month) for flaw in found})
    Dirty.objects.bulk_create(Dirty(record_type=name, month=month) for name, month in months)
    for flaw in found:
        if flaw.table == "straddling" or (flaw.table, flaw.reason) == ("current", "outdated"):
            straddling.path(get(flaw.record_type)).unlink(missing_ok=True)  # found again while all months are rebuilt
        # An unreadable file would fail the reading of the whole table until its month's turn comes.
        (folder(flaw.record_type, flaw.table) / f"{flaw.month}.parquet").unlink(missing_ok=True)
    for name in sorted({name for name, _month in months}):
        refresh(name)
    return found


def _refresh(kind: RecordType) -> int:
    done = 0
    with home.current().lock(f"derived-{kind.name}"):
        for draft in (home.current().warehouse / "derived" / kind.name).glob("*/.*"):
            draft.unlink()  # of a process that was killed; whoever writes holds this lock
        while marks := list(Dirty.objects.filter(record_type=kind.name).values_list("id", "month")):
            # A withdrawal marks its months before it is in the warehouse.
            if outbox.waiting(withdrawal.SOURCE):
                outbox.flush_source(withdrawal.SOURCE)
            for month in sorted({month for _pk, month in marks}):
                _build(kind, month)
                Dirty.objects.filter(id__in=[pk for pk, marked in marks if marked == month]).delete()
                done += 1
    return done


def _build(kind: RecordType, month: str) -> None:
    cursor = reading.cursor()
    rows = reading.records(kind.name, months=[month])
    told = fetch(f"SELECT * FROM {_days(kind, rows)} ORDER BY day", on=cursor)
    _write(folder(kind.name, DAYS) / f"{month}.parquet", told, _fingerprint(kind))
    states = reading.states(kind, rows)
    fetch(f"CREATE TEMP TABLE states AS SELECT * FROM {states}", on=cursor)
    others = straddling.settle(kind, month, cursor, folder(kind.name)) if straddling.possible(kind) else []
    for each in [*others, month]:
        source = "states" if each == month else straddling.moved(each)
        rows = fetch(f"SELECT * FROM {source} ORDER BY {names(kind.subject)}", on=cursor)
        _write(folder(kind.name) / f"{each}.parquet", rows.cast(kind.stored), _fingerprint(kind))
        for rollup in rollups.of(kind.name):
            found = fetch(f"{rollups.sql(rollup, source)} ORDER BY ALL", on=cursor)
            _write(folder(kind.name, rollup.name) / f"{each}.parquet", found, _fingerprint(kind, rollup))
    cursor.close()


def _days(kind: RecordType, rows: str) -> str:
    """SQL of the days these records speak of: those they began on and those on which something happened."""
    marked = any(each.name == "simulated" for each in kind.fields)
    simulated = "coalesce(simulated, false)" if marked else "false"
    told = [
        f"SELECT {rollups.day(kind, field)} AS day, {newest} AS newest, known_at, {simulated} AS simulated FROM r"
        for field, newest in ((kind.month, "NULL"), (kind.at, quote(kind.at)))
    ]
    return (
        f"(WITH r AS (SELECT * FROM {rows}) SELECT day, max(newest) AS newest, max(known_at) AS known_at, "
        f"bool_or(simulated) AS simulated FROM ({' UNION ALL '.join(told)}) t WHERE day IS NOT NULL GROUP BY day)"
    )


def _tables(kind: RecordType) -> dict[str, bytes]:
    """The derived tables of a record type with the fingerprints of their definitions."""
    plain = {"current": _fingerprint(kind), DAYS: _fingerprint(kind)}
    return plain | {each.name: _fingerprint(kind, each) for each in rollups.of(kind.name)}


def _fingerprint(kind: RecordType, rollup: Rollup | None = None) -> bytes:
    definition: list[Any] = [str(kind.stored), kind.key, kind.subject, kind.order, kind.month, kind.at, kind.inherits]
    if rollup:
        definition.append(rollups.sql(rollup, "states"))
    return hashlib.sha256(repr(definition).encode()).hexdigest().encode()


def _write(file: Path, rows: pa.Table, fingerprint: bytes) -> None:
    """Replace a derived file in one step; what is seen under its name is always whole."""
    import pyarrow.parquet as pq

    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.stem}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        pq.write_table(rows.replace_schema_metadata({_FINGERPRINT: fingerprint}), draft, compression="zstd")
        fsync(draft)
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        if errors.is_full(error):
            raise errors.full(file.parent) from error
        raise
    fsync(file.parent)


def _unreadable(file: Path) -> str:
    import pyarrow.parquet as pq

    try:
        pq.read_schema(file)
    except FileNotFoundError:
        return ""
    except (OSError, pa.ArrowException):
        return "torn"
    return ""


def _flaw(file: Path, fingerprint: bytes) -> str:
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(file).metadata or {}
    except FileNotFoundError:
        return "missing"
    except (OSError, pa.ArrowException):
        return "torn"
    return "" if metadata.get(_FINGERPRINT) == fingerprint else "outdated"


def months(place: Path) -> dict[str, Path]:
    """The months of a derived table that are there, with their files."""
    try:
        entries = sorted(place.iterdir())
    except FileNotFoundError:
        return {}
    return {file.stem: file for file in entries if file.suffix == ".parquet" and not file.name.startswith(".")}


def _read(place: Path, columns: dict[str, str]) -> str:
    files = months(place).values()
    if not files:
        return reading.empty(columns)
    paths = ", ".join(text(str(file)) for file in files)
    wanted = ", ".join(quote(name) for name in columns)
    return f"(SELECT {wanted} FROM read_parquet([{paths}], union_by_name = true))"
