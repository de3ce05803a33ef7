"""The outbox's way to the warehouse: small arrivals are sealed in the database first, then appended together."""

from collections import defaultdict
from contextlib import ExitStack
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from django.db import transaction

from toancanh.base import clock, home
from toancanh.base.models import OutboxRow
from toancanh.base.problems import Problem
from toancanh.warehouse import withdrawal
from toancanh.warehouse.appending import Sealed, append, months_of
from toancanh.warehouse.models import Batch
from toancanh.warehouse.numbering import next_number
from toancanh.warehouse.types import Kind, RecordType, get

_MOST = 50_000  # rows of one source sealed at a time


def put(source: str, record_type: str, rows: list[dict[str, Any]]) -> None:
    """Add rows to the outbox; they are safe when the caller's transaction commits.

    Raises warehouse.rows or warehouse.month for rows that could not be stored, and KeyError for a bad record type.
    """
    kind = get(record_type)
    payloads = [_plain(row) for row in rows]
    months_of(kind, _table(kind, payloads))  # a row that fails later would hold up every flush
    now = clock.now()
    OutboxRow.objects.bulk_create(
        (OutboxRow(source=source, record_type=record_type, payload=payload, arrived_at=now) for payload in payloads),
        batch_size=1000,
    )


def waiting(source: str) -> bool:
    """Whether the source has rows in the outbox."""
    return OutboxRow.objects.filter(source=source).exists()


def flush() -> int:
    """Move the outbox to the warehouse; returns how many rows. A source whose lock is held waits for the next time.

    Withdrawals go first, so that what is loaded again after one is not taken for a duplicate.
    """
    moved = flush_source(withdrawal.SOURCE) if waiting(withdrawal.SOURCE) else 0
    sources = OutboxRow.objects.exclude(source=withdrawal.SOURCE).order_by().values_list("source", flat=True).distinct()
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
        return _move([source])


def finish(source: str, below: int) -> int:
    """Append the outbox batches of a source that a crash left sealed under lower numbers. The caller holds its lock."""
    return _append(list(_sealed(source).filter(load="", number__lt=below)))


def _move(sources: list[str]) -> int:
    moved = 0
    while True:
        batches: list[Batch] = []
        for source in sources:
            # Batch numbers of a source enter a table in order: a load that was cut short must be finished first.
            cut_short = _sealed(source).exclude(load="").order_by("number").first()
            if not cut_short:
                _seal(source)
            ready = _sealed(source).filter(load="")
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
    """Give the waiting rows of a source their batch numbers, one per record type, in one transaction."""
    with transaction.atomic():
        waiting = OutboxRow.objects.filter(source=source, batch=None).order_by("id")
        kinds: dict[str, list[int]] = defaultdict(list)
        for pk, kind in waiting.values_list("id", "record_type")[:_MOST]:
            kinds[kind].append(pk)
        if not kinds:
            return
        number = next_number(source)
        for kind, pks in kinds.items():
            # Chosen by their ids, one by one: under PostgreSQL ids are committed out of order.
            for start in range(0, len(pks), 1000):
                OutboxRow.objects.filter(id__in=pks[start : start + 1000]).update(batch=number)
            Batch.objects.create(source=source, number=number, record_type=kind, known_at=clock.now(), rows=len(pks))
            number += 1


def _rows(batch: Batch) -> pa.Table:
    payloads = OutboxRow.objects.filter(source=batch.source, batch=batch.number).order_by("id")
    return _table(get(batch.record_type), list(payloads.values_list("payload", flat=True)))


def _table(kind: RecordType, payloads: list[dict[str, Any]]) -> pa.Table:
    try:
        columns = {
            field.name: pa.array([_value(row.get(field.name), field.kind) for row in payloads], field.arrow)
            for field in kind.fields
        }
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise Problem("warehouse.rows", record_type=kind.name, reason=str(error)) from error
    return pa.table({**columns, "row": pa.array(range(1, len(payloads) + 1), pa.int64())})


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
