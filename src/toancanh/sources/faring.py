"""Faring: how connected sources do now: running or not, since when failing, how far behind, what came in."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Q, QuerySet, Sum

from toancanh.base import clock
from toancanh.base.clock import stamp
from toancanh.base.models import OutboxEntry
from toancanh.base.problems import Explanation, explain
from toancanh.sources import beats
from toancanh.sources.beats import Day
from toancanh.sources.connectors import connector
from toancanh.sources.models import Flow, Load, Source

State = Literal["", "paused", "failing", "running"]
COUNTS = ("read", "accepted", "rejected", "duplicates")


@dataclass(frozen=True)
class Faring:
    """How a source does; its state is empty where it has no connector and is delivered to by hand."""

    source: Source
    flow: Flow
    waiting: int = 0  # rows in the outbox
    today: dict[str, int] = field(default_factory=dict)
    month: dict[str, int] = field(default_factory=dict)
    strip: list[Day] = field(default_factory=list)

    @property
    def state(self) -> State:
        """Whether it is heard, and with what success."""
        if not self.source.connector:
            return ""
        if not self.source.running:
            return "paused"
        return "failing" if self.flow.problem else "running"

    @property
    def problem(self) -> Explanation | None:
        """The last error of a source that fails, in words."""
        return explain(self.flow.problem, self.flow.problem_params) if self.state == "failing" else None

    @property
    def next_at(self) -> datetime | None:
        """When it is to be asked next; None where it is not asked but speaks by itself, or is paused."""
        if not self.source.running:
            return None
        kind = connector.of_kind(self.source.connector)
        if kind.pushed or (kind.listens and not self.flow.problem):
            return None
        if self.flow.problem:
            return self.flow.retry_at
        return self.flow.tried_at + timedelta(seconds=self.source.every) if self.flow.tried_at else None


def of_all(sources: Sequence[Source]) -> dict[int, Faring]:
    """How each source does by its key; a fixed number of questions for all of them."""
    flows = {each.source_id: each for each in Flow.objects.filter(source__in=sources)}
    names = [each.name for each in sources]
    outbox = OutboxEntry.objects.filter(source__in=names).order_by().values_list("source")
    waiting = dict(outbox.annotate(sum=Sum("rows")))
    strips = beats.strips(sources)
    counts = _counts(sources)
    return {
        each.pk: Faring(
            each,
            flows.get(each.pk) or Flow(source=each),
            waiting.get(each.name, 0),
            counts.get((each.pk, "today"), dict.fromkeys(COUNTS, 0)),
            counts.get((each.pk, "month"), dict.fromkeys(COUNTS, 0)),
            strips[each.pk],
        )
        for each in sources
    }


def of(source: Source) -> Faring:
    """How one source does."""
    return of_all([source])[source.pk]


def as_dict(faring: Faring) -> dict[str, Any]:
    """How a source does, as programs read it."""
    source, flow = faring.source, faring.flow

    def moment(at: datetime | None) -> str | None:
        return stamp(at) if at else None

    return {
        "name": source.name,
        "title": source.title,
        "record_type": source.record_type,
        "owner": source.owner,
        "connector": source.connector,
        "state": faring.state,
        "problem": faring.problem._asdict() if faring.problem else None,
        "failures": flow.failures,
        "failing_since": moment(flow.failing_since),
        "next_at": moment(faring.next_at),
        "answered_at": moment(flow.answered_at),
        "spoke_at": moment(flow.spoke_at),
        "newest_at": moment(flow.newest_at),
        "waiting": faring.waiting,
        "today": faring.today,
        "month": faring.month,
        "strip": [each._asdict() | {"day": each.day.isoformat(), "state": each.state.value} for each in faring.strip],
    }


def _counts(sources: Sequence[Source]) -> dict[tuple[int, str], dict[str, int]]:
    """What became of the rows of today and of this month, by source."""
    now = clock.local(clock.now())
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    began = {"today": midnight, "month": midnight.replace(day=1)}
    sums = {
        f"{span}_{name}": Sum(name, filter=Q(created_at__gte=start), default=0)
        for span, start in began.items()
        for name in COUNTS
    }
    loads = Load.objects.filter(source__in=sources, created_at__gte=began["month"])
    rows: QuerySet[Any, Any] = loads.exclude(state=Load.State.WITHDRAWN).order_by().values("source")
    found = {}
    for row in rows.annotate(**sums):
        for span in began:
            found[row["source"], span] = {name: row[f"{span}_{name}"] for name in COUNTS}
    return found
