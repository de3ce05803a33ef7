"""Comparison: a figure beside its target, the period before, the same period last year, its neighbours."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from toancanh.base import clock
from toancanh.indicators.catalogue import Indicator, Kind, Target
from toancanh.indicators.figures import Figure
from toancanh.units.tree import Tree


@dataclass(frozen=True)
class Comparison:
    """A figure against others: differences in the indicator's own unit (points for rates); None where missing.

    `running`: the period is not over, and a count of some of its days compares with no whole one.
    """

    figure: Figure
    previous: Figure | None = None
    year_before: Figure | None = None
    target: Target | None = None
    rank: int | None = None
    among: int | None = None
    running: bool = False

    @property
    def change(self) -> float | None:
        """Against the period before."""
        return _difference(self.figure, self.previous)

    @property
    def yearly_change(self) -> float | None:
        """Against the same period last year."""
        return _difference(self.figure, self.year_before)

    @property
    def gap(self) -> float | None:
        """Against the target."""
        if self.target is None or self.figure.value is None:
            return None
        return round(self.figure.value - self.target.value, 6)


def compare(figure: Figure, indicator: Indicator, series: Iterable[Figure], peers: Iterable[Figure] = ()) -> Comparison:
    """A figure against a series of its own unit and against its peers in the same period."""
    by_start: Mapping[object, Figure] = {(f.start, f.end): f for f in series}
    before, year = figure.period.previous(), figure.period.year_before()
    running = indicator.kind is Kind.FLOW and clock.local(figure.as_of).date() < figure.end
    if running:
        by_start = {}
    values = sorted(
        (f.value for f in peers if f.value is not None and (f.start, f.end) == (figure.start, figure.end)),
        reverse=indicator.direction != "down",
    )
    ranked = figure.value is not None and figure.value in values
    return Comparison(
        figure=figure,
        previous=by_start.get((before.start, before.end)) if before else None,
        year_before=by_start.get((year.start, year.end)) if year else None,
        target=indicator.target(figure.unit),
        rank=values.index(figure.value) + 1 if ranked else None,  # type: ignore[arg-type]
        among=len(values) if ranked else None,
        running=running,
    )


def better(indicator: Indicator, value: float, reference: float) -> bool | None:
    """Whether a value is better than another by the indicator's direction; None without one, or if equal."""
    if indicator.direction == "none" or value == reference:
        return None
    return (value > reference) == (indicator.direction == "up")


def meets(indicator: Indicator, value: float, target: Target) -> bool:
    """Whether a value reaches its target."""
    return value <= target.value if indicator.direction == "down" else value >= target.value


def _difference(figure: Figure, other: Figure | None) -> float | None:
    if other is None or figure.value is None or other.value is None:
        return None
    unit = Tree.at(figure.end).get(figure.unit)
    if unit is not None and unit.valid_from is not None and unit.valid_from > other.start:
        return None  # a change of territory is not a change of value
    return round(figure.value - other.value, 6)
