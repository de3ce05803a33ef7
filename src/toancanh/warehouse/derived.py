"""Derived tables: the current state of every subject and the rollups, plain Parquet by month, always rebuildable."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
from django.db import transaction

from toancanh.base import home, news
from toancanh.warehouse import live, outbox, reading, rollups, straddling, tables, withdrawal
from toancanh.warehouse.live import Layout
from toancanh.warehouse.models import Batch, Dirty
from toancanh.warehouse.reading import fetch, names, quote, text
from toancanh.warehouse.rollups import Rollup, get_rollup
from toancanh.warehouse.store import store
from toancanh.warehouse.types import RecordType, all_types, get

DAYS = "days"
CHANGED = "records.changed"  # news of a record type: its `units` whose counts may differ now, all of them where None
_NAMED = 200  # units that one piece of news names


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
        return _states(kind)
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
            found = tables.months(folder(record_type, table)).get(month)
            reasons = [tables.flaw(file, fingerprint) for file in found.files] if found else ["missing"]
            if reason := next(filter(None, reasons), ""):
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
        tables.remove(folder(flaw.record_type, flaw.table), flaw.month)
    for name in sorted({name for name, _month in months}):
        refresh(name)
    return found


def _refresh(kind: RecordType) -> int:
    done = 0
    with home.current().lock(f"derived-{kind.name}"):
        for place in (home.current().warehouse / "derived" / kind.name).glob("*/"):
            tables.sweep(place)
        while marks := list(Dirty.objects.filter(record_type=kind.name)):
            # A withdrawal marks its months before it is in the warehouse.
            if outbox.waiting(withdrawal.SOURCE):
                outbox.flush_source(withdrawal.SOURCE)
            units: set[str] | None = set()
            for month in sorted({mark.month for mark in marks}):
                mine = [(mark.source, mark.batch) for mark in marks if mark.month == month]
                touched = _work_in(kind, month, mine)
                units = None if units is None or touched is None else units | touched
                done += 1
            with transaction.atomic():
                Dirty.objects.filter(id__in=[mark.pk for mark in marks]).delete()
                if units is None or units:
                    named = None if units is None or len(units) > _NAMED else sorted(units)
                    news.tell(CHANGED, record_type=kind.name, units=named)
    return done


def _work_in(kind: RecordType, month: str, batches: list[tuple[str, int]]) -> frozenset[str] | None:
    """Bring a month up to date; the units whose counts may change, None for any. A batch 0 asks for all of it anew."""
    if all(number for _source, number in batches):
        layout = Layout(
            folder(kind.name),
            folder(kind.name, DAYS),
            lambda rollup=None: _fingerprint(kind, rollup),
            lambda rows: _days(kind, rows),
            lambda rollup: folder(kind.name, rollup.name),
        )
        units = live.update(kind, month, batches, layout)
        if units is not None:
            return units
    # Whoever is killed between two tables of a month leaves it to be made anew, whatever is missing of it.
    with _behind(kind, [month]):
        _build(kind, month)
    return None


@contextmanager
def _behind(kind: RecordType, months: Iterable[str]) -> Iterator[None]:
    """Mark months as behind until the block has ended well."""
    marks = [Dirty.objects.create(record_type=kind.name, month=month) for month in months]
    yield
    Dirty.objects.filter(id__in=[mark.pk for mark in marks]).delete()


def _build(kind: RecordType, month: str) -> None:
    cursor = reading.cursor()
    rows = reading.records(kind.name, months=[month])
    told = fetch(f"SELECT * FROM {_days(kind, rows)} ORDER BY day", on=cursor)
    tables.replace(folder(kind.name, DAYS), month, told, _fingerprint(kind))
    states = reading.states(kind, rows)
    fetch(f"CREATE TEMP TABLE states AS SELECT * FROM {states}", on=cursor)
    others = straddling.settle(kind, month, cursor, _by_month(kind)) if straddling.possible(kind) else []
    with _behind(kind, others):
        for each in [*others, month]:
            source = "states" if each == month else straddling.moved(each)
            rows = fetch(f"SELECT * FROM {source} ORDER BY {names(kind.subject)}", on=cursor)
            tables.replace(folder(kind.name), each, rows.cast(kind.stored), _fingerprint(kind))
            for rollup in rollups.of(kind.name):
                found = fetch(f"{rollups.sql(rollup, source)} ORDER BY ALL", on=cursor)
                tables.replace(folder(kind.name, rollup.name), each, found, _fingerprint(kind, rollup))
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


# By identity: see rollups.
_FINGERPRINTS: dict[tuple[int, int], tuple[RecordType, Rollup | None, bytes]] = {}


def _fingerprint(kind: RecordType, rollup: Rollup | None = None) -> bytes:
    key = (id(kind), id(rollup))
    known = _FINGERPRINTS.get(key)
    if known is None or known[0] is not kind or known[1] is not rollup:
        definition: list[Any] = [
            str(kind.stored),
            kind.key,
            kind.subject,
            kind.order,
            kind.month,
            kind.at,
            kind.inherits,
        ]
        if rollup:
            definition.append(rollups.sql(rollup, "states"))
        digest = hashlib.sha256(repr(definition).encode()).hexdigest().encode()
        known = _FINGERPRINTS[key] = (kind, rollup, digest)
    return known[2]


def _unreadable(file: Path) -> str:
    import pyarrow.parquet as pq

    try:
        pq.read_schema(file)
    except FileNotFoundError:
        return ""
    except (OSError, pa.ArrowException):
        return "torn"
    return ""


def _by_month(kind: RecordType) -> dict[str, str]:
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
    wanted = names(reading.sql_columns(kind))
    plain = [str(known.whole) for known in tables.months(folder(kind.name)).values() if not known.live]
    parts = (
        [f"SELECT {wanted} FROM read_parquet([{', '.join(map(text, plain))}], union_by_name = true)"] if plain else []
    )
    changed = {month for month, known in tables.months(folder(kind.name)).items() if known.live}
    parts += [f"SELECT {wanted} FROM {states}" for month, states in _by_month(kind).items() if month in changed]
    return f"({' UNION ALL '.join(parts)})" if parts else reading.empty(reading.sql_columns(kind))


def _read(place: Path, columns: dict[str, str]) -> str:
    """SQL in parentheses of a table whose months and changes add up."""
    files = [file for known in tables.months(place).values() for file in known.files]
    if not files:
        return reading.empty(columns)
    paths = ", ".join(text(str(file)) for file in files)
    wanted = ", ".join(quote(name) for name in columns)
    return f"(SELECT {wanted} FROM read_parquet([{paths}], union_by_name = true))"


def version(record_type: str) -> object:
    """What differs once the derived tables of a record type do."""
    known = tables.months(folder(record_type, DAYS)).values()
    return tuple((str(file), file.stat().st_mtime_ns) for each in known for file in each.files)
