"""Building: the derived tables are brought up to date with the records, month by month, and torn ones made anew."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa
from django.db import transaction

from toancanh.base import home, news
from toancanh.warehouse import live, outbox, reading, rollups, straddling, tables, withdrawal
from toancanh.warehouse.derived import CURRENT, DAYS, by_month, days_of, fingerprint, folder, made_by
from toancanh.warehouse.models import Dirty
from toancanh.warehouse.reading import fetch
from toancanh.warehouse.sql import names
from toancanh.warehouse.store import store
from toancanh.warehouse.types import RecordType, all_types, get

CHANGED = "records.changed"  # news of a record type: its `units` whose counts may differ now, all of them where None
_NAMED = 200  # units that one piece of news names


class Torn(NamedTuple):
    """A derived file that is missing, unreadable or made by another definition."""

    record_type: str
    table: str
    month: str
    reason: str


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
        for table, definition in made_by(kind).items():
            found = tables.months(folder(record_type, table)).get(month)
            reasons = [tables.flaw(file, definition) for file in found.files] if found else ["missing"]
            if reason := next(filter(None, reasons), ""):
                yield Torn(record_type, table, month, reason)


def check_derived() -> list[Torn]:
    """Find derived files that are torn, missing or outdated, of every record type, and rebuild them."""
    found = [flaw for kind in all_types() if kind is not withdrawal.RECORD for flaw in torn(kind.name)]
    months = sorted({(flaw.record_type, flaw.month) for flaw in found})
    Dirty.objects.bulk_create(Dirty(record_type=name, month=month) for name, month in months)
    for flaw in found:
        if flaw.table == "straddling" or (flaw.table, flaw.reason) == (CURRENT, "outdated"):
            straddling.path(get(flaw.record_type)).unlink(missing_ok=True)  # found again while all months are rebuilt
        # An unreadable file would fail the reading of the whole table until its month's turn comes; without one that
        # counted by another definition there would seem to be nothing in that month.
        if flaw.reason != "outdated" or flaw.table in (CURRENT, DAYS):
            tables.remove(folder(flaw.record_type, flaw.table), flaw.month)
    for name in sorted({name for name, _month in months}):
        refresh(name)
    return found


def outdate(record_type: str) -> int:
    """Mark the months whose states would be reckoned otherwise now as behind; how many."""
    kind = get(record_type)
    definition = fingerprint(kind)
    known = tables.months(folder(record_type))
    months = [month for month, each in known.items() if tables.flaw(each.whole, definition) == "outdated"]
    Dirty.objects.bulk_create(Dirty(record_type=record_type, month=month) for month in months)
    return len(months)


def _refresh(kind: RecordType) -> int:
    done = 0
    with home.current().lock(f"derived-{kind.name}"):
        while marks := list(Dirty.objects.filter(record_type=kind.name)):
            for table in made_by(kind):
                tables.sweep(folder(kind.name, table))
            # A withdrawal marks its months before it is in the warehouse.
            if outbox.waiting(withdrawal.SOURCE):
                outbox.flush_source(withdrawal.SOURCE)
            units = _work_in(kind, marks)
            done += len({mark.month for mark in marks})
            with transaction.atomic():
                Dirty.objects.filter(id__in=[mark.pk for mark in marks]).delete()
                if units is None or units:
                    named = None if units is None or len(units) > _NAMED else sorted(units)
                    news.tell(CHANGED, record_type=kind.name, units=named)
    return done


def _work_in(kind: RecordType, marks: Iterable[Dirty]) -> frozenset[str] | None:
    """Bring months up to date; the units whose counts may change, None for any."""
    batches: dict[str, set[tuple[str, int]]] = {}
    for mark in marks:
        batches.setdefault(mark.month, set()).add((mark.source, mark.batch))
    # A batch 0 asks for all of the month anew.
    small = {month: numbers for month, numbers in batches.items() if all(number for _source, number in numbers)}
    worked = live.update(kind, small) if small else live.Update(frozenset(), [])
    anew = sorted({*batches.keys() - small.keys(), *worked.anew})
    # Whoever is killed between two tables of a month leaves it to be made anew, whatever is missing of it.
    with _behind(kind, anew):
        for month in anew:
            _build(kind, month)
    return None if anew else worked.units


@contextmanager
def _behind(kind: RecordType, months: Iterable[str]) -> Iterator[None]:
    """Mark months as behind until the block has ended well."""
    marks = [Dirty.objects.create(record_type=kind.name, month=month) for month in months]
    yield
    Dirty.objects.filter(id__in=[mark.pk for mark in marks]).delete()


def _build(kind: RecordType, month: str) -> None:
    cursor = reading.cursor()
    rows = reading.records(kind.name, months=[month])
    told = fetch(f"SELECT * EXCLUDE (month) FROM {days_of(kind, rows)} ORDER BY day", on=cursor)
    tables.replace(folder(kind.name, DAYS), month, told, fingerprint(kind))
    states = reading.states(kind, rows)
    fetch(f"CREATE TEMP TABLE states AS SELECT * FROM {states}", on=cursor)
    others = straddling.settle(kind, month, cursor, by_month(kind)) if straddling.possible(kind) else []
    with _behind(kind, others):
        for each in [*others, month]:
            source = "states" if each == month else straddling.moved(each)
            rows = fetch(f"SELECT * FROM {source} ORDER BY {names(kind.subject)}", on=cursor)
            tables.replace(folder(kind.name), each, rows.cast(kind.states), fingerprint(kind))
            for rollup in rollups.of(kind.name):
                found = fetch(f"{rollups.sql(rollup, source)} ORDER BY ALL", on=cursor)
                tables.replace(folder(kind.name, rollup.name), each, found, fingerprint(kind, rollup))
    cursor.close()


def _unreadable(file: Path) -> str:
    import pyarrow.parquet as pq

    try:
        pq.read_schema(file)
    except FileNotFoundError:
        return ""
    except (OSError, pa.ArrowException):
        return "torn"
    return ""
