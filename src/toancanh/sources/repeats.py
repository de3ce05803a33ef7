"""Repeats: the very same file again adds nothing. What an earlier load of it took is not judged a second time.

Comparing contents would not do: where a correction came in between, the old file would undo it.
"""

from django.db.models import Q, QuerySet

from toancanh.sources.models import Load, Reject
from toancanh.sources.readers import Chunk
from toancanh.warehouse import outbox, reading, withdrawal
from toancanh.warehouse.models import Batch


def earlier(load: Load) -> QuerySet[Load]:
    """The other finished loads of the same file, from the same source and under the same mapping."""
    same = Load.objects.filter(source=load.source_id, sha256=load.sha256, mapping_text=load.mapping_text, restores=None)
    return same.filter(state=Load.State.DONE).exclude(pk=load.pk)


def followed(load: Load) -> Load | None:
    """The latest of the earlier loads, if every row it did not refuse is still there: only the others are news."""
    latest = earlier(load).select_related("source").order_by("-finished_at", "-pk").first()
    return latest if latest and _stands(latest) else None


def taker(load: Load) -> Load | None:
    """The earlier load that took the rows: of several the one that took most, of equals the first."""
    return earlier(load).order_by("-accepted", "pk").first()


def refused(load: Load, chunk: Chunk) -> frozenset[int]:
    """The rows of a chunk, by number, that a load refused."""
    ends = [*chunk.numbers[:1], *chunk.numbers[-1:], *(refusal.row for refusal in chunk.refused)]
    if not ends:
        return frozenset()
    rows = Reject.objects.filter(load=load, row__range=(min(ends), max(ends))).exclude(state=Reject.State.MENDED)
    return frozenset(rows.values_list("row", flat=True))


def _stands(load: Load) -> bool:
    """Whether nothing that the load brought or found was lost or taken back since."""
    if outbox.waiting(withdrawal.SOURCE):
        outbox.flush_source(withdrawal.SOURCE)
    since = {row["load"] for row in reading.withdrawn() if row["withdrawn_at"] >= load.started_at}
    gone = Q(state=Batch.State.LOST) | Q(withdrawn=True, accepted__gt=0, load__in=since)
    batches = Batch.objects.filter(gone, record_type=load.source.record_type, known_at__lte=load.finished_at)
    if not load.duplicates:  # then all its rows are its own
        batches = batches.filter(load=str(load.pk))
    return not batches.exists()
