"""Metrics: how the centre itself fares, in OpenMetrics, read anew at each scrape."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import Count, F, Sum
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from toancanh.alerts.models import Alert
from toancanh.base import clock
from toancanh.base.models import Heartbeat, OutboxEntry
from toancanh.screens.stream import HUB
from toancanh.sources import freshness, listing
from toancanh.sources.models import Beat, Flow, Load, Reject
from toancanh.warehouse.models import Batch, Dirty

CONTENT_TYPE = CONTENT_TYPE_LATEST


class _Centre(Collector):
    """What is told of processes, sources, loads and alerts."""

    def collect(self) -> Iterator[Metric]:
        """Every metric with its values now."""
        yield from _processes()
        yield from _sources()
        yield from _rows()
        yield _gauge(
            "toancanh_alerts_firing",
            "Alerts that fire now.",
            ("severity",),
            Alert.objects.filter(state=Alert.State.FIRING).values_list("severity").annotate(n=Count("pk")).order_by(),
        )
        yield _gauge("toancanh_streams_open", "Live streams open in this web process.", (), [(HUB.count,)])


def expose() -> bytes:
    """All metrics as OpenMetrics text."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Centre())
    return bytes(generate_latest(registry))


def _processes() -> Iterator[Metric]:
    now = clock.now()
    beats = list(Heartbeat.objects.order_by("process"))
    ages = [(each.process, (now - each.at).total_seconds()) for each in beats]
    yield _gauge("toancanh_heartbeat_age_seconds", "Time since a process last told that it lives.", ("process",), ages)
    memory = [(each.process, each.memory) for each in beats]
    yield _gauge("toancanh_process_memory_bytes", "Resident memory of a process.", ("process",), memory)


def _sources() -> Iterator[Metric]:
    found = listing.all_sources()
    fresh = freshness.of_all(found)
    ages = [(each.name, age.total_seconds()) for each in found if (age := fresh[each.pk].age) is not None]
    yield _gauge("toancanh_source_age_seconds", "Time since a source last told rows.", ("source",), ages)
    overdue = [(each.name, fresh[each.pk].overdue.total_seconds()) for each in found if each.expected_every]
    yield _gauge("toancanh_source_overdue_seconds", "By how much a source breaks its promise.", ("source",), overdue)
    failing = Flow.objects.order_by("source__name").values_list("source__name", "failures")
    yield _gauge("toancanh_source_failures", "Failed looks at a source in a row.", ("source",), failing)
    told = Beat.objects.order_by("source__name").values_list("source__name")
    for name, field, words in (
        ("looks", "looks", "Looks at a source."),
        ("failed_looks", "failures", "Looks at a source that failed."),
        ("rows_read", "read", "Rows that a source told in small pieces."),
        ("rows_rejected", "rejected", "Rows of them that were refused."),
    ):
        metric = CounterMetricFamily(f"toancanh_source_{name}", words, labels=("source",))
        for source, value in told.annotate(value=Sum(F(field))):
            metric.add_metric((source,), value)
        yield metric


def _rows() -> Iterator[Metric]:
    waiting = OutboxEntry.objects.order_by("source").values_list("source").annotate(rows=Sum("rows"))
    yield _gauge("toancanh_outbox_rows", "Rows on their way to the warehouse.", ("source",), waiting)
    loads = Load.objects.order_by("state").values_list("state").annotate(count=Count("pk"))
    yield _gauge("toancanh_loads", "Loads by state.", ("state",), loads)
    rejects = Reject.objects.filter(state=Reject.State.OPEN).count()
    yield _gauge("toancanh_rejects_open", "Refused rows that wait to be mended.", (), [(rejects,)])
    sealed = Batch.objects.filter(state=Batch.State.SEALED).count()
    yield _gauge("toancanh_batches_sealed", "Batches sealed and not written.", (), [(sealed,)])
    behind = Dirty.objects.values("record_type", "month").distinct().count()
    yield _gauge("toancanh_months_behind", "Months whose derived tables are behind.", (), [(behind,)])


def _gauge(name: str, words: str, labels: tuple[str, ...], rows: Iterable[Any]) -> Metric:
    metric = GaugeMetricFamily(name, words, labels=labels)
    for *told, value in rows:
        metric.add_metric([str(each) for each in told], value)
    return metric
