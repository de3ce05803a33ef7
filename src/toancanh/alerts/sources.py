"""Sources: rules on how sources keep their promises, and on how much of what they send is refused."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Max, Q, Sum

from toancanh.alerts.rules import Missing, Reading, Rule, register
from toancanh.base.words import Bilingual
from toancanh.sources import freshness, listing
from toancanh.sources.models import Flow, Load, Reject

_FAILING = 5.0  # minutes
_USUAL = timedelta(days=30)
_RECENT = timedelta(days=2)  # a load that ended before is history
_TIMES, _LEAST_SHARE, _LEAST_ROWS = 3.0, 0.02, 5  # more than usual: three times as much, and worth a look


def silent(now: datetime) -> Iterator[Reading]:
    """Minutes beyond its promise for which each source has said nothing, in its own hours."""
    sources = [each for each in listing.all_sources() if each.expected_every and (each.running or not each.connector)]
    for source, state in zip(sources, freshness.of_all(sources, now).values(), strict=True):
        if state.newest_at is None and not source.connector:
            continue  # nobody ever delivered to it
        facts = {"name": source.title, "promise": source.expected_every, "at": _stamp(state.newest_at)}
        yield Reading(("source", source.name), state.overdue.total_seconds() / 60, source.owner, facts)


def failing(now: datetime) -> Iterator[Reading]:
    """Minutes for which each running source could not be read."""
    for flow in Flow.objects.filter(source__running=True).select_related("source"):
        minutes = (now - flow.failing_since).total_seconds() / 60 if flow.failing_since else 0.0
        facts = {"name": flow.source.title, "failures": flow.failures, "code": flow.problem}
        yield Reading(("source", flow.source.name), max(minutes, 0.0), flow.source.owner, facts)


def late(now: datetime) -> Iterator[Reading]:
    """Minutes by which what a source tells is older than it promised."""
    promising = Q(source__running=True, source__fresh_within__isnull=False, newest_at__isnull=False)
    for flow in Flow.objects.filter(promising, spoke_at__isnull=False).select_related("source"):
        assert flow.spoke_at and flow.newest_at and flow.source.fresh_within  # noqa: S101, PT018 - the filter says so
        lag = (flow.spoke_at - flow.newest_at).total_seconds() / 60
        facts = {"name": flow.source.title, "promise": flow.source.fresh_within, "lag": round(lag)}
        yield Reading(("source", flow.source.name), lag - flow.source.fresh_within, flow.source.owner, facts)


def rejecting(now: datetime) -> Iterator[Reading]:
    """How many times the usual share of rows the latest load of each source has refused and nobody has mended."""
    standing = Load.objects.filter(state__in=(Load.State.OPEN, Load.State.DONE), restores=None)
    latest = standing.filter(created_at__gte=now - _RECENT).order_by().values("source").annotate(newest=Max("pk"))
    loads = Load.objects.filter(pk__in=[row["newest"] for row in latest]).select_related("source")
    still = dict(
        Reject.objects.filter(load__in=loads, state=Reject.State.OPEN)
        .values_list("load")
        .annotate(count=Count("pk"))
        .order_by()
    )
    usual = _usual(now)
    for load in loads:
        rejected = still.get(load.pk, 0)
        share = rejected / load.read if load.read else 0.0
        before = usual.get(load.source_id, 0.0)
        limit = max(before * _TIMES, _LEAST_SHARE)
        facts = {"name": load.source.title, "load": load.pk, "rejected": rejected, "read": load.read}
        facts |= {"share": round(share * 100, 1), "usual": round(before * 100, 1)}
        value = share / limit if rejected >= _LEAST_ROWS else 0.0
        yield Reading(("source", load.source.name), value, load.source.owner, facts)


def _usual(now: datetime) -> dict[int, float]:
    """Of each source the share of rows that was refused in the days before, its latest load left out."""
    past = Load.objects.filter(state=Load.State.DONE, created_at__range=(now - _USUAL, now - timedelta(hours=12)))
    sums = past.order_by().values_list("source").annotate(read=Sum("read"), rejected=Sum("rejected"))
    return {source: rejected / read for source, read, rejected in sums if read}


def _stamp(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


SILENT = register(
    Rule(
        "sources.silent",
        "silence",
        Bilingual("Nguồn im lặng", "Silent source"),
        Bilingual(
            "{name} im lặng quá cam kết {promise} phút", "{name} is silent beyond its promise of {promise} minutes"
        ),
        silent,
        limit=0.01,
        absent=Missing.CLEAR,
        severity=4,
    )
)
FAILING = register(
    Rule(
        "sources.failing",
        "silence",
        Bilingual("Không đọc được nguồn", "Source cannot be read"),
        Bilingual(
            "Không đọc được {name}, hỏng {failures} lần liên tiếp",
            "{name} cannot be read: {failures} failures in a row",
        ),
        failing,
        limit=_FAILING,
        clear=0.001,
        absent=Missing.CLEAR,
        severity=4,
    )
)
LATE = register(
    Rule(
        "sources.late",
        "silence",
        Bilingual("Dữ liệu đến muộn", "Late data"),
        Bilingual(
            "{name} gửi dữ liệu đã {lag} phút tuổi, cam kết {promise} phút",
            "{name} tells what is {lag} minutes old, its promise is {promise}",
        ),
        late,
        limit=0.01,
        pending=timedelta(minutes=2),
        absent=Missing.CLEAR,
        severity=3,
    )
)
REJECTING = register(
    Rule(
        "sources.rejecting",
        "threshold",
        Bilingual("Nhiều dòng bị loại", "Many rejected rows"),
        Bilingual(
            "{name}: {rejected} trong {read} dòng bị loại ({share} %, thường {usual} %)",
            "{name}: {rejected} of {read} rows rejected ({share} %, usually {usual} %)",
        ),
        rejecting,
        limit=1.0,
        clear=0.8,
        absent=Missing.CLEAR,
        severity=3,
    )
)
