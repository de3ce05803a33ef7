"""Numbering: the batches of a source are counted 1, 2, 3, ... without gaps or repeats."""

from bisect import bisect_left
from collections import defaultdict

from django.db.models import Max, QuerySet

from toancanh.warehouse.models import Batch


def next_number(source: str) -> int:
    """The next batch number of a source; to be used in the transaction that asks, under the source's lock."""
    return (Batch.objects.filter(source=source).aggregate(last=Max("number"))["last"] or 0) + 1


class Origins:
    """Which load brought a batch; small arrivals need not have one."""

    def __init__(self, batches: QuerySet[Batch]) -> None:
        self._runs: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
        told = batches.exclude(load="").order_by("source", "number")
        for source, number, first, load in told.values_list("source", "number", "first", "load"):
            self._runs[source].append((number, first, load))

    def load(self, source: str, number: int) -> str:
        """The load of a batch of a source; empty for none."""
        runs = self._runs.get(source, [])
        place = bisect_left(runs, (number, 0, ""))
        if place < len(runs) and runs[place][1] <= number:
            return runs[place][2]
        return ""
