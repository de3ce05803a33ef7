"""The outbox's way to the warehouse: small arrivals are sealed in the database first, then appended together."""

from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from django.db import transaction

from toancanh.base import clock, home
from toancanh.base.models import OutboxEntry
from toancanh.base.problems import Problem
from toancanh.warehouse import withdrawal
from toancanh.warehouse.appending import Sealed, append, months_of
from toancanh.warehouse.models import Batch
from toancanh.warehouse.numbering import next_number
from toancanh.warehouse.types import Kind, RecordType, get

_MOST = 50_000  # rows of one source sealed at a time
_ENTRIES = 500  # and the entries they come in


def put(source: str, record_type: str, rows: list[dict[str, Any]], load: str = "") -> None:
    """Add rows to the outbox; they are safe when the caller's transaction commits.

    `row` of a row is its number in the load; where it is not told, rows are counted within their batch. Raises
    warehouse.rows or warehouse.month for rows that could not be stored, and KeyError for a bad record type.
    """
    kind = get(record_type)
    payload = [_plain(row) for row in rows]
    if payload:
        months_of(kind, _table(kind, payload))  # a row that fails later would hold up every flush
        told = {"source": source, "record_type": record_type, "load": load, "rows": len(rows)}
        OutboxEntry.objects.create(**told, payload=payload, arrived_at=clock.now())


def waiting(source: str) -> bool:
    """Whether the source has rows in the outbox."""
    return OutboxEntry.objects.filter(source=source).exists()


def flush() -> int:
    """Move the outbox to the warehouse; returns how many rows. A source whose lock is held waits for the next time.

    Withdrawals go first, so that what is loaded again after one is not taken for a duplicate.
    """
    moved = flush_source(withdrawal.SOURCE) if waiting(withdrawal.SOURCE) else 0
    sources = (
        OutboxEntry.objects.exclude(source=withdrawal.SOURCE).order_by().values_list("source", flat=True).distinct()
    )
    with ExitStack() as locks:
        held = []
        for source in sorted(sources):
            try:
                locks.enter_context(home.current().lock(f"source-{source}", wait=False))
            except Problem:
                continue
            held.append(source)
        return moved + _move(held)


def flush_source(source: str) -> int:
    """Move the outbox rows of one source, waiting for its lock."""
    with home.current().lock(f"source-{source}"):
        return drain(source)


def drain(source: str) -> int:
    """Move the outbox rows of one source. The caller holds its lock."""
    return _move([source])


def finish(source: str, below: int) -> int:
    """Append the outbox batches of a source that a crash left sealed under lower numbers. The caller holds its lock."""
    return _append(list(_sealed(source).filter(outbox=True, number__lt=below)))


def _move(sources: list[str]) -> int:
    moved = 0
    while True:
        batches: list[Batch] = []
        for source in sources:
            # Batch numbers of a source enter a table in order: a load that was cut short must be finished first.
            cut_short = _sealed(source).filter(outbox=False).order_by("number").first()
            if not cut_short:
                _seal(source)
            ready = _sealed(source).filter(outbox=True)
            batches += ready.filter(number__lt=cut_short.number) if cut_short else ready
        if not batches:
            return moved
        moved += _append(batches)


def _append(batches: list[Batch]) -> int:
    tables: dict[str, list[Sealed]] = defaultdict(list)
    for batch in sorted(batches, key=lambda each: (each.source, each.number)):
        tables[batch.record_type].append(Sealed(batch, _rows(batch)))
    for record_type, sealed in tables.items():
        append(record_type, sealed)
    return sum(rows.num_rows for sealed in tables.values() for _batch, rows in sealed)


def _sealed(source: str) -> Any:
    return Batch.objects.filter(source=source, state=Batch.State.SEALED)


def _seal(source: str) -> None:
    """Give the waiting rows of a source their batch numbers, one for each delivery, in one transaction."""
    with transaction.atomic():
        entries: dict[tuple[str, str], list[int]] = defaultdict(list)
        rows: dict[tuple[str, str], int] = defaultdict(int)
        waiting = OutboxEntry.objects.filter(source=source, batch=None).order_by("id")
        for pk, kind, load, count in waiting.values_list("id", "record_type", "load", "rows")[:_ENTRIES]:
            if rows and sum(rows.values()) + count > _MOST:
                break
            entries[kind, load].append(pk)
            rows[kind, load] += count
        if not entries:
            return
        number = next_number(source)
        for (kind, load), pks in entries.items():
            # Chosen by their ids, one by one: under PostgreSQL ids are committed out of order.
            OutboxEntry.objects.filter(id__in=pks).update(batch=number)
            told = {"record_type": kind, "load": load, "rows": rows[kind, load]}
            Batch.objects.create(source=source, number=number, first=number, outbox=True, known_at=clock.now(), **told)
            number += 1


def _rows(batch: Batch) -> pa.Table:
    entries = OutboxEntry.objects.filter(source=batch.source, batch=batch.number).order_by("id")
    payloads = [row for payload in entries.values_list("payload", flat=True) for row in payload]
    return _table(get(batch.record_type), payloads)


def _table(kind: RecordType, payloads: list[dict[str, Any]]) -> pa.Table:
    try:
        columns = {
            field.name: pa.array([_value(row.get(field.name), field.kind) for row in payloads], field.arrow)
            for field in kind.fields
        }
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise Problem("warehouse.rows", record_type=kind.name, reason=str(error)) from error
    numbers = [row.get("row") or place for place, row in enumerate(payloads, 1)]
    return pa.table({**columns, "row": pa.array(numbers, pa.int64())})


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON holds it: dates and times in ISO 8601, times in UTC."""
    return {name: _iso(value) if isinstance(value, date) else value for name, value in row.items()}


def _iso(value: date) -> str:
    if isinstance(value, datetime):
        return clock.local(value).astimezone(UTC).isoformat()
    return value.isoformat()


def _value(value: Any, kind: Kind) -> Any:
    if isinstance(value, str) and kind is Kind.TIME:
        return clock.local(datetime.fromisoformat(value)).astimezone(UTC)
    if isinstance(value, str) and kind is Kind.DATE:
        return date.fromisoformat(value[:10])
    return value
