"""Numbering: the batches of a source are counted 1, 2, 3, ... without gaps or repeats."""

from django.db.models import Max

from toancanh.warehouse.models import Batch


def next_number(source: str) -> int:
    """The next batch number of a source; to be used in the transaction that asks, under the source's lock."""
    return (Batch.objects.filter(source=source).aggregate(last=Max("number"))["last"] or 0) + 1
