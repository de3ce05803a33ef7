"""Thresholds: rules on the figures of an indicator, unit by unit."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from toancanh.alerts import kinds
from toancanh.alerts.kinds import Kind, Moment
from toancanh.alerts.rules import Reading, Rule, register
from toancanh.base import clock
from toancanh.base.options import Option, Shape, Text
from toancanh.base.words import Bilingual
from toancanh.indicators import catalogue
from toancanh.units.models import Unit
from toancanh.units.tree import Tree

_DAY = timedelta(1)
SENTENCE = Bilingual("{indicator}: {value} (ngưỡng {limit})", "{indicator}: {value} (limit {limit})")


def computed_indicators() -> Mapping[str, Text]:
    """The indicators that are computed, with their names."""
    return {each.code: str(each.name) for each in catalogue.all_indicators() if each.formula is not None}


def unit_kinds() -> Mapping[str, Text]:
    """The kinds of units."""
    return {each.value: str(each.label) for each in Unit.Kind}


def grains() -> Mapping[str, Text]:
    """The periods that a figure may be of."""
    return {"day": _("Ngày"), "month": _("Tháng"), "quarter": _("Quý"), "year": _("Năm")}


INDICATOR = Option("indicator", _("Chỉ tiêu"), Shape.CHOICE, required=True, known=computed_indicators)
UNIT_KINDS = Option(
    "unit_kinds", _("Loại đơn vị"), Shape.MANY, default=(), known=unit_kinds, help=_("Để trống: mọi đơn vị.")
)


def threshold(
    code: str,
    indicator: str,
    title: Bilingual,
    *,
    limit: float,
    kinds: tuple[str, ...] = (),
    least: float = 0,
    grain: str = "month",
    **more: Any,
) -> Rule:
    """Ship a rule on an indicator: its figure of the running period for every unit of these kinds (any, if empty).

    A ratio over less than `least` is held to be missing: a handful says nothing of a unit.
    """
    options = {"indicator": indicator, "unit_kinds": list(kinds), "least": least, "grain": grain}
    sentence = more.pop("sentence", SENTENCE)
    return register(Rule(code, "threshold", title, sentence, limit, options, **more))


def read(rule: Rule, now: datetime) -> Iterator[Reading]:
    """The figure of the running period of each unit; of a period that has only begun that of the one before."""
    from toancanh.indicators import figures

    today = clock.local(now).date()
    tree, kinds_of = Tree.at(today), rule.options.get("unit_kinds") or ()
    least = rule.options.get("least") or 0
    newest: dict[str, figures.Figure] = {}
    query = figures.Query(rule.options["indicator"], since=today - _DAY, until=today, grain=rule.options["grain"])
    for figure in sorted(figures.computed(query), key=lambda each: each.end):
        newest[figure.unit] = figure
    for unit, figure in newest.items():
        node = tree.get(unit)
        if node is None or (kinds_of and node.kind not in kinds_of):
            continue
        value = None if figure.whole is not None and figure.whole < least else figure.value
        yield Reading(("unit", unit), value, unit, facts_of(figure))


def facts_of(figure: Any) -> dict[str, Any]:
    """What the words of an alert may tell of a figure."""
    known = catalogue.get(figure.indicator)
    return {
        "indicator": figure.indicator,
        "address": figure.about,
        "simulated": figure.simulated,
        "measure": known.measure.vi,
    }


def evenings(rule: Rule, since: date, until: date) -> Iterator[Moment]:
    """What would have been read at the end of each day."""
    day = since
    while day <= until:
        moment = datetime.combine(day, datetime.max.time(), clock.VIETNAM)
        yield moment, list(rule.read(moment))
        day += _DAY


def hears(rule: Rule) -> frozenset[str]:
    """The record type that the figures of the indicator are counted from."""
    from toancanh.warehouse.rollups import get_rollup

    return frozenset({get_rollup(catalogue.get(rule.options["indicator"]).computation.rollup).record_type})


KIND = kinds.register(
    Kind(
        "threshold",
        _("Ngưỡng của chỉ tiêu"),
        (
            INDICATOR,
            Option("grain", _("Kỳ"), Shape.CHOICE, default="month", known=grains),
            UNIT_KINDS,
            Option(
                "least",
                _("Mẫu số ít nhất"),
                Shape.NUMBER,
                default=0,
                minimum=0,
                help=_("Tỷ lệ trên ít trường hợp hơn thì coi như thiếu số liệu."),
            ),
        ),
        read,
        evenings,
        hears,
        remark=_("Mỗi ngày được đọc một lần, vào cuối ngày, theo số liệu biết đến hôm nay."),
    )
)
