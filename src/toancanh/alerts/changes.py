"""Changes: rules on the figure of the last period that is over, against what its own past lets expect."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from toancanh.alerts import detectors, kinds
from toancanh.alerts.detectors import Band, Past
from toancanh.alerts.kinds import Kind
from toancanh.alerts.rules import Reading, Rule
from toancanh.alerts.thresholds import INDICATOR, UNIT_KINDS, evenings, facts_of, grains, hears
from toancanh.base import clock
from toancanh.base.options import Option, Shape, Text
from toancanh.units.periods import Period
from toancanh.units.tree import Tree

_DAY = timedelta(1)


def read(rule: Rule, now: datetime) -> Iterator[Reading]:
    """How far the last figure of each unit lies from what was to be expected: 1 is the edge of it, 0 its middle."""
    from toancanh.indicators import figures

    told = rule.options
    grain, detector = told["grain"], detectors.get(told["detector"])
    if detector is None:
        raise KeyError(told["detector"])
    today = clock.local(now).date()
    last = Period.containing(Period.containing(today, grain).start - _DAY, grain)
    since = _back(last, detector.periods(grain, told))
    tree, kinds_of = Tree.at(today), told.get("unit_kinds") or ()
    series: dict[str, dict[date, figures.Figure]] = defaultdict(dict)
    for figure in figures.computed(figures.Query(told["indicator"], since=since, until=last.end, grain=grain)):
        series[figure.unit][figure.start] = figure
    for unit, found in series.items():
        node, newest = tree.get(unit), found.get(last.start)
        if node is None or newest is None or (kinds_of and node.kind not in kinds_of):
            continue
        past = [Past(start, each.value) for start, each in sorted(found.items()) if start < last.start]
        band = detector.expect(past, last.start, grain, told)
        facts = facts_of(newest) | {"figure": newest.value, "low": band and band.low, "high": band and band.high}
        yield Reading(("unit", unit), _distance(newest.value, band), unit, facts)


def _distance(value: float | None, band: Band | None) -> float | None:
    if value is None or band is None:
        return None
    middle, half = (band.low + band.high) / 2, (band.high - band.low) / 2
    if half == 0:
        return 0.0 if value == middle else 1e6  # it was always the same
    return abs(value - middle) / half


def _back(last: Period, count: int) -> date:
    if last.grain == "day":
        return last.start - count * _DAY
    month = last.start.year * 12 + last.start.month - 1 - count
    return date(max(month // 12, 1), month % 12 + 1, 1)


def _grains() -> Mapping[str, Text]:
    return {name: title for name, title in grains().items() if name in ("day", "month")}


def _more(told: Mapping[str, Any]) -> tuple[Option, ...]:
    detector = detectors.get(str(told.get("detector", "seasonal")))
    return detector.options if detector else ()


KIND = kinds.register(
    Kind(
        "change",
        _("Khác hẳn điều thường thấy"),
        (
            INDICATOR,
            Option("grain", _("Kỳ"), Shape.CHOICE, default="day", known=_grains),
            UNIT_KINDS,
            Option("detector", _("Cách dự đoán"), Shape.CHOICE, default="seasonal", known=detectors.all_detectors),
        ),
        read,
        evenings,
        hears,
        _more,
        remark=_("Mỗi ngày được đọc một lần, vào cuối ngày, theo số liệu biết đến hôm nay."),
    )
)
