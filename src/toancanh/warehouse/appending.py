"""Appending: sealed rows enter their table exactly once, and their batches are marked done."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from django.db import transaction
from django.db.models import Max

from toancanh.base import clock, events, home
from toancanh.base.models import OutboxEntry
from toancanh.base.problems import Problem
from toancanh.warehouse import digests, reading, straddling
from toancanh.warehouse.digests import Digests, Flags, Hashes, Month
from toancanh.warehouse.log import Place, Snapshot
from toancanh.warehouse.models import Batch, Dirty
from toancanh.warehouse.sql import text
from toancanh.warehouse.store import Part, Store, store
from toancanh.warehouse.types import Kind, RecordType, get

_SMALL = 5_000  # rows of a batch that are worked into a month without making it anew
_VIETNAM_HOURS = np.timedelta64(7, "h")


class Written(NamedTuple):
    """How many rows of a batch entered, and how many were already there."""

    accepted: int
    duplicates: int


class Sealed(NamedTuple):
    """A batch with its rows: the record type's own fields and `row`, the row's number in the delivery."""

    batch: Batch
    rows: pa.Table


def months_of(record_type: RecordType, rows: pa.Table) -> Any:
    """The month in Vietnam of each row, as numpy months. Raises warehouse.month where there is none."""
    column = rows.column(record_type.month)
    if column.null_count:
        raise Problem("warehouse.month", rows=column.null_count, record_type=record_type.name, field=record_type.month)
    if record_type.field(record_type.month).kind is Kind.TIME:
        micros = column.cast(pa.int64()).to_numpy().view("datetime64[us]")
        return (micros + _VIETNAM_HOURS).astype("datetime64[M]")
    return column.cast(pa.int32()).to_numpy().astype("datetime64[D]").astype("datetime64[M]")


def typed(record_type: RecordType, rows: pa.Table) -> pa.Table:
    """The rows with exactly the record type's fields and `row`. Raises warehouse.rows."""
    schema = record_type.arrow.append(pa.field("row", pa.int64()))
    try:
        return rows.select(schema.names).cast(schema).combine_chunks()
    except (KeyError, pa.ArrowException) as error:
        raise Problem("warehouse.rows", record_type=record_type.name, reason=str(error)) from error


def append(record_type: str, sealed: Sequence[Sealed]) -> list[Written]:
    """Append sealed batches of one table in one commit and mark them done; what is in already is only counted.

    The batches of a source come with rising numbers, and nothing lower of that source is unfinished.
    """
    kind = get(record_type)
    checked = [Sealed(batch, typed(kind, rows)) for batch, rows in sealed]
    with home.current().lock("warehouse"):
        table = store(kind)
        entry = Entry(table, table.open())
        recorded = entry.snapshot.recorded
        known_at = _next_known_at(record_type)
        try:
            for position, (batch, rows) in enumerate(checked):
                batch.rows = rows.num_rows
                if recorded.get(batch.source, 0) >= batch.number:
                    _count(table, batch)
                else:
                    # A moment later each: the order of arrival is told by known_at alone.
                    entry.take(batch, rows, known_at + timedelta(microseconds=position))
            entry.commit()
        except Problem:
            entry.discard()
            raise
    written = [Written(batch.accepted, batch.duplicates) for batch, _rows in checked]
    _mark_done([batch for batch, _rows in checked])
    return written


class _Rows(NamedTuple):
    """The rows of a batch: hashes of key and content, month, and the places in their order of arrival."""

    keys: Hashes
    contents: Hashes
    months: Any
    order: Any


@dataclass
class Entry:
    """One commit in the making."""

    table: Store
    snapshot: Snapshot
    parts: list[Part] = field(default_factory=list)
    transactions: dict[str, int] = field(default_factory=dict)
    _pending: dict[str, Month] = field(default_factory=dict)
    _arrived: list[tuple[Hashes, Hashes]] = field(default_factory=list)  # keys and contents, batch by batch
    _learned: list[tuple[Month, Part, Hashes, Hashes]] = field(default_factory=list)

    def take(self, batch: Batch, rows: pa.Table, known_at: datetime) -> None:
        """Write what is new of a batch to files and tell the batch its counts and months."""
        kind = self.table.record_type
        known = digests.of(self.table)
        keys, contents = digests.digest(kind, rows)
        months = months_of(kind, rows)
        numbers = rows.column("row").to_numpy()
        found, keep = np.zeros(rows.num_rows, bool), np.zeros(rows.num_rows, bool)
        for month in np.unique(months):
            where = np.flatnonzero(months == month)
            where = where[np.lexsort((numbers[where], keys[where]))]
            found[where], keep[where] = self._judge(known, str(month), keys[where], contents[where])
        order = np.argsort(numbers, kind="stable")
        self._judge_again(known, rows, _Rows(keys, contents, months, order), found & ~keep, keep)
        accepted, touched = 0, []
        for month in np.unique(months[keep]):
            name = str(month)
            where = np.flatnonzero(keep & (months == month))
            chosen = rows if len(where) == rows.num_rows else rows.take(pa.array(where))
            corrects = bool(found[where].any())
            part = self.table.write_part(_stored(kind, chosen, batch, known_at, name), name, corrected=corrects)
            self.parts.append(part)
            self._learn(known, name, part, keys[where], contents[where])
            accepted += len(where)
            touched.append(name)
        order = order[keep[order]]
        self._arrived.append((keys[order], contents[order]))
        batch.accepted, batch.duplicates = accepted, rows.num_rows - accepted
        batch.months, batch.known_at = touched, known_at
        if accepted:
            self.transactions[batch.source] = batch.number

    def _judge(self, known: Digests, month: str, keys: Hashes, contents: Hashes) -> tuple[Flags, Flags]:
        """Of rows of a month, sorted by key and arrival: whose key is there already, and which say something new."""
        found, before = known.month(month, self.snapshot).look_up(keys)
        if month in self._pending:
            also, newer = self._pending[month].look_up(keys)
            before[also], found = newer[also], found | also
        if len(keys) > 1:
            again = np.append(False, keys[1:] == keys[:-1])
            before[again], found = contents[np.flatnonzero(again) - 1], found | again
        return found, ~(found & (before == contents))

    def _judge_again(self, known: Digests, rows: pa.Table, own: "_Rows", doubtful: Flags, keep: Flags) -> None:
        """Keep rows that say nothing new to their month, but do to their key: it has been in another month since."""
        kind = self.table.record_type
        if not doubtful.any() or not straddling.possible(kind):
            return
        by_key = np.lexsort((own.months, own.keys))
        keys, months = own.keys[by_key], own.months[by_key]
        several = keys[1:][(keys[1:] == keys[:-1]) & (months[1:] != months[:-1])]
        where = np.flatnonzero(doubtful)
        astray = np.isin(own.keys[where], several) | straddling.listed(kind, rows.take(pa.array(where)))
        # What was appended since straddling subjects were last listed.
        fresh = Dirty.objects.filter(record_type=kind.name).values_list("month", flat=True).distinct()
        others = [(name, known.month(name, self.snapshot)) for name in fresh] + list(self._pending.items())
        for name, other in others:
            astray |= other.look_up(own.keys[where])[0] & (own.months[where] != np.datetime64(name))
        if not astray.any():
            return
        mine = own.order[np.isin(own.keys[own.order], own.keys[where[astray]])]
        latest = self._latest(rows.take(pa.array(mine)), own.keys[mine])
        for place in mine:
            keep[place] = latest.get(own.keys[place]) != own.contents[place]
            latest[own.keys[place]] = own.contents[place]

    def _latest(self, rows: pa.Table, keys: Hashes) -> dict[np.uint64, np.uint64]:
        """The content that each key of these rows has now, in whatever month."""
        kind = self.table.record_type
        asked = rows.select(kind.key)
        found = reading.live(kind.name, asked.group_by(asked.column_names).aggregate([]))
        latest = dict(zip(*digests.digest(kind, found.select(kind.arrow.names).cast(kind.arrow)), strict=True))
        for arrived, contents in self._arrived:
            here = np.isin(arrived, keys)
            latest |= dict(zip(arrived[here], contents[here], strict=True))
        return latest

    def _learn(self, known: Digests, month: str, part: Part, keys: Hashes, contents: Hashes) -> None:
        self._pending.setdefault(month, Month()).add(keys, contents)
        self._learned.append((known.month(month, self.snapshot), part, keys, contents))

    def commit(self) -> None:
        """Make everything taken visible at once; nothing to do when all of it was there already."""
        if not self.parts:
            return
        self.table.commit(self.parts, self.transactions)
        for month, part, keys, contents in self._learned:
            month.add(keys, contents)
            month.files[part.path] = Place(part.month, part.size, 0, part.rows, rearranged=False, span=part.span)
            month.version = self.snapshot.version + 1

    def discard(self) -> None:
        """Take back the files of a commit that did not happen."""
        self.table.discard(self.parts)


def _stored(kind: RecordType, rows: pa.Table, batch: Batch, known_at: datetime, month: str) -> pa.Table:
    count = rows.num_rows
    constant = {"known_at": known_at, "source": batch.source, "batch": batch.number, "month": month}
    columns = [
        pa.repeat(pa.scalar(constant[field.name], field.type), count)
        if field.name in constant
        else rows.column(field.name)
        for field in kind.stored
    ]
    return pa.table(columns, schema=kind.stored)


def _next_known_at(record_type: str) -> datetime:
    """Now, or just after what is known already: a clock put back must not reorder arrivals."""
    last = Batch.objects.filter(record_type=record_type).aggregate(last=Max("known_at"))["last"]
    now = clock.now()
    return max(now, last + timedelta(microseconds=1)) if last else now


def _count(table: Store, batch: Batch) -> None:
    """Tell a batch that was appended but not marked what the table has of it."""
    snapshot = table.log.snapshot()
    mine = [f"source = {text(batch.source)}", f"batch = {batch.number}"]
    rows = reading.rows_of(table, snapshot, snapshot.in_months(None), mine)
    groups = reading.fetch(f"SELECT month, known_at, count(*) AS rows FROM {rows} GROUP BY ALL").to_pylist()
    batch.accepted = sum(group["rows"] for group in groups)
    batch.duplicates = batch.rows - batch.accepted
    batch.months = sorted({group["month"] for group in groups})
    batch.known_at = max((group["known_at"] for group in groups), default=batch.known_at)


def _mark_done(batches: Sequence[Batch]) -> None:
    """One short transaction: counts, state, the derived months that are behind now, the end of outbox entries."""
    with transaction.atomic():
        Dirty.objects.bulk_create(_behind(batch, month) for batch in batches for month in batch.months)
        for batch in batches:
            batch.state = Batch.State.DONE
            if batch.outbox:
                OutboxEntry.objects.filter(source=batch.source, batch=batch.number).delete()
                _join(batch)
            batch.save(update_fields=["state", "rows", "accepted", "duplicates", "months", "known_at", "first"])
        loads = sorted({batch.load for batch in batches if batch.outbox and batch.load})
        if loads:
            events.emit("outbox.appended", loads=loads)


def _join(batch: Batch) -> None:
    """Tell of small arrivals together with those just before them: some thirty thousand batches a day are 24 rows."""
    hour = batch.known_at.replace(minute=0, second=0, microsecond=0)
    before = Batch.objects.filter(
        source=batch.source,
        number=batch.first - 1,
        record_type=batch.record_type,
        load=batch.load,
        outbox=True,
        state=Batch.State.DONE,
        withdrawn=False,
        known_at__gte=hour,
    ).first()
    if before is None:
        return
    batch.first = before.first
    for name in ("rows", "accepted", "duplicates"):
        setattr(batch, name, getattr(batch, name) + getattr(before, name))
    batch.months = sorted({*batch.months, *before.months})
    before.delete()


def _behind(batch: Batch, month: str) -> Dirty:
    small = batch.outbox and batch.accepted <= _SMALL
    named = {"source": batch.source, "batch": batch.number} if small else {}
    return Dirty(record_type=batch.record_type, month=month, **named)
