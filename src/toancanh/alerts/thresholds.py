"""Thresholds: rules on the figures of an indicator, unit by unit."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from toancanh.alerts.rules import Reading, Rule, register
from toancanh.base import clock
from toancanh.base.words import Bilingual
from toancanh.indicators import catalogue, figures
from toancanh.indicators.figures import Query
from toancanh.units.tree import Tree


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
    """Declare a rule on an indicator: its figure of the running period for every unit of these kinds (any, if empty).

    A ratio over less than `least` is held to be missing: a handful says nothing of a unit.
    """
    return register(
        Rule(
            code,
            "threshold",
            title,
            Bilingual("{indicator}: {value} (ngưỡng {limit})", "{indicator}: {value} (limit {limit})"),
            _reader(indicator, kinds, least, grain),
            limit,
            digits=more.pop("digits", 0),
            **more,
        )
    )


def _reader(
    indicator: str, kinds: tuple[str, ...], least: float, grain: str
) -> Callable[[datetime], Iterator[Reading]]:
    def read(now: datetime) -> Iterator[Reading]:
        today = clock.local(now).date()
        tree = Tree.at(today)
        newest: dict[str, figures.Figure] = {}
        found = figures.computed(Query(indicator, since=today - timedelta(1), until=today, grain=grain))
        for figure in sorted(found, key=lambda each: each.end):
            newest[figure.unit] = figure
        known = catalogue.get(indicator)
        for unit, figure in newest.items():
            node = tree.get(unit)
            if node is None or (kinds and node.kind not in kinds):
                continue
            value = None if figure.whole is not None and figure.whole < least else figure.value
            facts = {"indicator": indicator, "address": figure.about, "simulated": figure.simulated}
            yield Reading(("unit", unit), value, unit, facts | {"measure": known.measure.vi})

    return read
