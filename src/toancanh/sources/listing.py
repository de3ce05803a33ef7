"""Lists of sources as programs read them."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Sum

from toancanh.base.clock import stamp
from toancanh.sources import freshness, registry
from toancanh.sources.faring import Faring
from toancanh.sources.models import Flow, Load, Reject, Source


def all_sources() -> list[Source]:
    """Every source, declared or delivered to, by name."""
    found = {source.name: source for source in Source.objects.all()}
    for spec in registry.declared():
        if spec.name not in found:
            found[spec.name] = registry.get(spec.name)
    return [found[name] for name in sorted(found)]


def sources() -> list[dict[str, Any]]:
    """Every source with its loads, counts and freshness; withdrawn loads do not count."""
    counted = Load.objects.exclude(state=Load.State.WITHDRAWN).values("source").order_by()
    sums = {
        row["source"]: row
        for row in counted.annotate(
            loads=Count("id"),
            read=Sum("read"),
            accepted=Sum("accepted"),
            rejected=Sum("rejected"),
            duplicates=Sum("duplicates"),
        )
    }
    waiting = dict(
        Reject.objects.filter(state=Reject.State.OPEN)
        .values_list("load__source")
        .annotate(count=Count("id"))
        .order_by()
    )
    items = []
    found = all_sources()
    fresh = freshness.of_all(found)
    flows = {each.source_id: each for each in Flow.objects.all()}
    for source in found:
        state = fresh[source.pk]
        row: Mapping[str, Any] = sums.get(source.pk) or {}
        items.append(
            {
                "name": source.name,
                "title": source.title,
                "record_type": source.record_type,
                "owner": source.owner,
                **{key: row.get(key, 0) for key in ("loads", "read", "accepted", "rejected", "duplicates")},
                "quarantine": waiting.get(source.pk, 0),
                "freshness": state.state,
                "newest_at": state.newest_at.isoformat() if state.newest_at else None,
                **_flowing(Faring(source, flows.get(source.pk) or Flow(source=source))),
            }
        )
    return items


def _flowing(found: Faring) -> dict[str, Any]:
    """How a connected source fares, in short; its state is empty where it is delivered to by hand."""
    flow = found.flow
    return {
        "connector": found.source.connector,
        "state": found.state,
        "problem": found.problem.what if found.problem else None,
        "failures": flow.failures,
        "answered_at": stamp(flow.answered_at) if flow.answered_at else None,
        "spoke_at": stamp(flow.spoke_at) if flow.spoke_at else None,
    }


def load_as_dict(load: Load) -> dict[str, Any]:
    """A load as programs read it: its file, its state, what became of its rows, by whom and when."""
    return {
        "load": load.pk,
        "source": load.source.name,
        "file": load.filename,
        "state": load.state,
        **load.counts,
        "by": load.by,
        "created_at": stamp(load.created_at),
        "finished_at": stamp(load.finished_at) if load.finished_at else None,
    }
