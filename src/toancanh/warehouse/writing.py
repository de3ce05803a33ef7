"""Writing: how rows of a delivery enter the warehouse exactly once, and how a delivery is taken back."""

from typing import Any

import pyarrow as pa
from django.db import transaction

from toancanh.base import clock
from toancanh.base.models import OutboxEntry
from toancanh.base.problems import Problem
from toancanh.warehouse import outbox, withdrawal
from toancanh.warehouse.appending import Sealed, Written, append
from toancanh.warehouse.models import Batch, Dirty
from toancanh.warehouse.numbering import next_number
from toancanh.warehouse.outbox import flush, put
from toancanh.warehouse.types import get

__all__ = ["Written", "flush", "put", "seal", "unfinished", "withdraw", "write"]


def seal(source: str, record_type: str, load: str, chunk: int) -> Batch:
    """The batch of one chunk of a load: the same one whenever asked again. The caller holds the source's lock."""
    get(record_type)
    with transaction.atomic():
        same = Batch.objects.filter(load=load, chunk=chunk, outbox=False, withdrawn=False)
        if known := same.exclude(state=Batch.State.LOST).first():
            return known
        number = next_number(source)
        return Batch.objects.create(
            source=source,
            number=number,
            first=number,
            record_type=record_type,
            load=load,
            chunk=chunk,
            known_at=clock.now(),
        )


def unfinished(source: str) -> list[Batch]:
    """The batches of a source that were sealed and not written, lowest first; to be written before any other."""
    return list(Batch.objects.filter(source=source, state=Batch.State.SEALED, outbox=False).order_by("number"))


def write(batch: Batch, rows: pa.Table) -> Written:
    """Append a sealed batch exactly once, however often it is tried; a batch that is done gives its counts.

    The rows have the record type's own fields and `row`, their number in the delivery. Those whose key has the same
    content already are dropped and counted; a key with other content than it has now is a correction, and kept.
    The caller holds the source's lock. Raises warehouse.order when an earlier batch of the source is unfinished.
    """
    batch.refresh_from_db()
    if batch.state == Batch.State.DONE:
        return Written(batch.accepted, batch.duplicates)
    if outbox.waiting(withdrawal.SOURCE):
        outbox.flush_source(withdrawal.SOURCE)
    outbox.finish(batch.source, batch.number)
    earlier = Batch.objects.filter(
        source=batch.source, record_type=batch.record_type, state=Batch.State.SEALED, number__lt=batch.number
    ).first()
    if earlier:
        raise Problem("warehouse.order", source=batch.source, number=earlier.number)
    return append(batch.record_type, [Sealed(batch, rows)])[0]


def withdraw(source: str, load: str, reason: str, actor: Any) -> int:
    """Take back what a load brought; returns of how many batches. The rows stay for `as_of`, and can be loaded again.

    The caller holds the source's lock. Raises warehouse.no_load.
    """
    outbox.drain(source)
    with transaction.atomic():
        found = Batch.objects.filter(source=source, load=load, withdrawn=False).exclude(state=Batch.State.LOST)
        batches = list(found) if load else []
        if not batches:
            raise Problem("warehouse.no_load", source=source, load=load)
        # What was sealed and not written never will be: a later number closes the way for it.
        OutboxEntry.objects.filter(source=source, load=load).delete()
        Batch.objects.filter(pk__in=[batch.pk for batch in batches]).update(withdrawn=True, state=Batch.State.DONE)
        event = {
            "source_withdrawn": source,
            "load": load,
            "batches": withdrawal.fold([(batch.first, batch.number) for batch in batches]),
            "reason": reason,
            "actor": actor if isinstance(actor, str) else ":".join(actor),
            "withdrawn_at": clock.now(),
        }
        put(withdrawal.SOURCE, withdrawal.RECORD.name, [event])
        touched = {(batch.record_type, month) for batch in batches for month in batch.months}
        Dirty.objects.bulk_create(Dirty(record_type=kind, month=month) for kind, month in sorted(touched))
    outbox.flush_source(withdrawal.SOURCE)
    return sum(batch.number - batch.first + 1 for batch in batches)
