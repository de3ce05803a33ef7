"""Boards: the screen of one domain. A domain declares panels; what they show is asked once per rollup and filter."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from toancanh.access.scope import Scope, of_codes
from toancanh.base import domain as domains
from toancanh.base import numbers
from toancanh.base.clock import today
from toancanh.base.text import sort_key
from toancanh.indicators import catalogue, computing, figures
from toancanh.indicators import coverage as coverages
from toancanh.indicators.catalogue import Indicator
from toancanh.indicators.comparison import Comparison, better, compare, meets
from toancanh.indicators.computing import Answer
from toancanh.indicators.coverage import Coverage
from toancanh.indicators.figures import Figure
from toancanh.screens.tables import Column, Lines, Table
from toancanh.units import labels
from toancanh.units.periods import Period
from toancanh.units.tree import Tree
from toancanh.warehouse import rollups
from toancanh.warehouse.rollups import Cut
from toancanh.warehouse.types import get as get_type

Text = str | Promise


@dataclass(frozen=True)
class Cards:
    """Key figures of the whole filter, each with the change against the period before."""

    indicators: tuple[str, ...]


@dataclass(frozen=True)
class Series:
    """Indicators over time."""

    title: Text
    indicators: tuple[str, ...]
    grain: str = "day"
    kind: str = "line"


@dataclass(frozen=True)
class Ranking:
    """Indicators by unit: a rank, a table and a map of the first one."""

    title: Text
    indicators: tuple[str, ...]
    trouble: str = ""  # the indicator whose largest values are what is wrong now


@dataclass(frozen=True)
class Breakdown:
    """Indicators by another dimension, from a rollup that has it; the largest first."""

    title: Text
    rollup: str
    dimension: str
    indicators: tuple[str, ...]
    limit: int | None = None


Panel = Cards | Series | Ranking | Breakdown


@dataclass(frozen=True)
class Board:
    """The screen of a domain that computes: its panels, top to bottom."""

    domain: str
    panels: tuple[Panel, ...]


_BOARDS: dict[str, Board] = {}


def register(board: Board) -> None:
    """Give a domain its board."""
    _BOARDS[board.domain] = board


def find(domain: str) -> Board | None:
    """The board a domain declared, if it did; a domain without one shows its reported figures by pillar."""
    return _BOARDS.get(domain)


@dataclass(frozen=True)
class Filter:
    """What a board is narrowed to: a unit and all below it, a period (both days inclusive)."""

    unit: str
    since: date
    until: date
    preset: str = ""

    @property
    def period(self) -> Period:
        """The span as a period."""
        return Period.of(self.since, self.until)

    @property
    def before(self) -> "Filter":
        """What it is compared with: the period before; of one that runs, as many days of the period before."""
        whole = Period.containing(self.since, self.preset) if self.preset in _RUNNING else self.period
        earlier = whole.previous()
        if whole.start != self.since:  # the unit or its records are younger than the period
            earlier = self.period.previous()
        until = earlier.end if self.until >= whole.end else min(earlier.start + (self.until - self.since), earlier.end)
        return Filter(self.unit, earlier.start, until)


_RUNNING = ("month", "quarter", "year")
PRESETS = ("7d", "30d", "month", "quarter", "year", "all")


def preset_titles() -> dict[str, str]:
    """Names of the ready-made periods."""
    return {
        "7d": _("7 ngày qua"),
        "30d": _("30 ngày qua"),
        "month": _("Tháng này"),
        "quarter": _("Quý này"),
        "year": _("Năm nay"),
        "all": _("Toàn bộ"),
    }


def preset(name: str, unit: str, first: date, last: date) -> Filter:
    """A ready-made period that ends on the last covered day (today, as far as data goes)."""
    day = min(last, today())
    match name:
        case "7d":
            since = day - timedelta(6)
        case "month" | "quarter" | "year":
            since = Period.containing(day, name).start
        case "all":
            since = first
        case _:
            name, since = "30d", day - timedelta(29)
    return Filter(unit, since, day, name)


@dataclass
class Card:
    """One key figure on a card."""

    indicator: Indicator
    figure: Figure | None
    comparison: Comparison | None = None
    points: Sequence[float | None] = ()
    share: float | None = None
    meets: bool | None = None
    improves: bool | None = None

    @property
    def status(self) -> str:
        """What the card says of itself: none, stale, good, bad, or nothing."""
        if self.figure is None or self.figure.value is None:
            return "none"
        if self.figure.stale:
            return "stale"
        return "" if self.meets is None else "good" if self.meets else "bad"


@dataclass
class Shown:
    """A panel as it is shown: which kind, under which title, its cards, or its table with what the chart draws."""

    kind: str
    title: str
    table: Table | None = None
    cards: Sequence[Card] = ()
    chart: Mapping[str, Any] | None = None
    map: Mapping[str, Any] | None = None
    limit: int | None = None
    anchor: str = ""

    @property
    def hidden(self) -> int:
        """How many rows stand beyond the limit."""
        return max(0, len(self.table.rows) - self.limit) if self.table and self.limit else 0

    @property
    def short(self) -> Table | None:
        """The table up to the limit, for the page; downloads have all of it."""
        return replace(self.table, rows=self.table.rows[: self.limit]) if self.table and self.hidden else self.table


@dataclass
class Answered:
    """What a board's rollups answered for one filter, whole and for the period before."""

    now: Mapping[str, Answer]
    before: Mapping[str, Answer | None]
    coverage: Mapping[str, Coverage]


@dataclass
class Page:
    """A board, filled in: for which filter it was asked, and for which days of it there is anything to tell.

    `born` is the first day of the unit where the filter reaches back before it, `earlier` what it is compared with.
    """

    filter: Filter
    panels: list[Shown] = field(default_factory=list)
    coverage: Coverage | None = None
    born: date | None = None
    earlier: Filter | None = None
    question: Hashable = None  # tells pages apart that were asked for differently
    version: Hashable = None  # tells one from what it is once more is known

    @property
    def simulated(self) -> bool:
        """Whether any number shown rests on simulated records."""
        shown = [card.figure for panel in self.panels for card in panel.cards if card.figure is not None]
        if shown:
            return any(figure.simulated for figure in shown)
        return self.coverage is not None and self.coverage.simulated


def show(board: Board, chosen: Filter, scope: Scope) -> Page:
    """Fill a board's panels for a filter within a scope; one query for each rollup.

    Days before the unit's first and after the last covered one are not told: neither is zero.
    """
    sets: dict[str, list[computing.Set]] = defaultdict(list)
    measures: dict[str, list[str]] = defaultdict(list)
    for panel in board.panels:
        for rollup, dims, indicator in _needs(panel):
            sets[rollup] += dims
            measures[rollup] += indicator.computation.measures
    coverage = {rollup: found for rollup in sets if (found := coverages.coverage(rollup)) is not None}
    page = Page(chosen, coverage=next(iter(coverage.values()), None))
    if page.coverage is None:
        return page
    unit = labels.on(chosen.unit, chosen.until)
    born = unit.valid_from if unit else None
    page.born = born if born and chosen.since < born else None
    first, last = max(page.coverage.first, born or date.min), page.coverage.last
    told = replace(chosen, since=max(chosen.since, first), until=min(chosen.until, last))
    known = page.coverage.any(told.since, told.until)
    narrowed = scope.intersect(of_codes(Tree.at(told.until).holdings(told.unit))) if known else scope
    now = {
        rollup: computing.ask(rollup, measures[rollup], narrowed, told.since, told.until, sets[rollup])
        if known
        else computing.NOTHING
        for rollup in coverage
    }
    heads = {r for panel in board.panels if isinstance(panel, Cards) for r, _dims, _i in _needs(panel)}
    earlier = told.before if known else None
    # A period in which records or the unit began is none to compare a whole one with.
    begun = max(page.coverage.begun, born or date.min)
    if earlier and page.coverage.any(earlier.since, earlier.until) and begun <= earlier.since:
        page.earlier = earlier
    before = {
        r: computing.ask(r, measures[r], narrowed, page.earlier.since, page.earlier.until, []) if page.earlier else None
        for r in heads
    }
    answered = Answered(now, before, coverage)
    page.panels = [_fill(panel, told, answered, f"p{place}") for place, panel in enumerate(board.panels)]
    return page


def record_types(board: Board) -> list[str]:
    """The record types whose records a board counts."""
    asked = {rollup for panel in board.panels for rollup, _dims, _indicator in _needs(panel)}
    return sorted({rollups.get_rollup(rollup).record_type for rollup in asked})


def recent(board: Board, unit: str, scope: Scope) -> Page:
    """A board over its default period, for a unit."""
    first = catalogue.get(board.panels[0].indicators[0]).formula if board.panels else None
    coverage = coverages.coverage(first.rollup) if first else None
    if coverage is None:
        return Page(Filter(unit, today(), today()))
    return show(board, preset("", unit, coverage.first, coverage.last), scope)


def number(value: float | None) -> str:
    """A number in the active language."""
    return "–" if value is None else numbers.plain(value, None, get_language() or "vi")


def _needs(panel: Panel) -> Iterable[tuple[str, list[computing.Set], Indicator]]:
    """The rollups a panel asks, with its grouping sets."""
    for code in panel.indicators:
        indicator = catalogue.get(code)
        match panel:
            case Cards():
                yield indicator.computation.rollup, [("day",)], indicator
            case Series(grain=grain):
                yield indicator.computation.rollup, [(grain,)], indicator
            case Ranking():
                yield indicator.computation.rollup, [("unit",)], indicator
            case Breakdown(rollup=rollup, dimension=dimension):
                yield rollup, [(dimension,)], indicator


def _fill(panel: Panel, chosen: Filter, answered: Answered, anchor: str) -> Shown:
    match panel:
        case Cards():
            return Shown("cards", "", cards=[_card(catalogue.get(c), chosen, answered) for c in panel.indicators])
        case Series():
            return _series(panel, chosen, answered, anchor)
        case Ranking():
            return _ranking(panel, chosen, answered, anchor)
        case Breakdown():
            return _breakdown(panel, chosen, answered, anchor)


def _card(indicator: Indicator, chosen: Filter, answered: Answered) -> Card:
    formula = indicator.computation
    answer, coverage = answered.now[formula.rollup], answered.coverage[formula.rollup]
    earlier = answered.before[formula.rollup]
    figure = figures.of_value(indicator, chosen.unit, chosen.period, computing.of_row(formula, answer.total), coverage)
    previous = None
    if earlier is not None:
        value = computing.of_row(formula, earlier.total)
        previous = figures.of_value(indicator, chosen.unit, chosen.before.period, value, coverage)
    target = indicator.target(chosen.unit)
    comparison = Comparison(figure, previous=previous, target=target)
    change = comparison.change
    return Card(
        indicator,
        figure,
        comparison,
        points=[value.value for value in answer.series(formula, "day", coverage).values()],
        meets=meets(indicator, figure.value, target) if target and figure.value is not None else None,
        improves=better(indicator, change, 0) if change is not None else None,
    )


def _series(panel: Series, chosen: Filter, answered: Answered, anchor: str) -> Shown:
    indicators = [catalogue.get(code) for code in panel.indicators]
    runs = []
    for indicator in indicators:
        formula = indicator.computation
        runs.append(answered.now[formula.rollup].series(formula, panel.grain, answered.coverage[formula.rollup]))
    starts = sorted(set().union(*runs))
    labels = {start: _label(Period.containing(start, panel.grain), chosen) for start in starts}
    columns = [Column("period", _("Kỳ")), *(_column(each) for each in indicators)]
    rows = []
    for start in starts:
        period = Period.containing(start, panel.grain)
        row: dict[str, Any] = {"period": labels[start]}
        since, until = max(period.start, chosen.since), min(period.end, chosen.until)
        for indicator, run in zip(indicators, runs, strict=True):
            row[indicator.code] = run[start].value
            row[f"{indicator.code}!"] = figures.address(indicator.code, chosen.unit, since, until)
        rows.append(row)
    chart = {
        "type": panel.kind,
        "x": [labels[start] for start in starts],
        "series": [
            # One axis has one unit of measure; what has another is in the table behind the chart.
            {"name": str(i.name), "values": [run[start].value for start in starts]}
            for i, run in zip(indicators, runs, strict=True)
            if i.measure == indicators[0].measure
        ],
        "measure": str(indicators[0].measure),
    }
    return Shown("series", str(panel.title), Table(str(panel.title), columns, rows), chart=chart, anchor=anchor)


def _label(period: Period, chosen: Filter) -> str:
    """A period by its name; where the filter cuts it, also by its days."""
    since, until = max(period.start, chosen.since), min(period.end, chosen.until)
    if (since, until) == (period.start, period.end):
        return period.label()
    return f"{period.label()} ({since:%d/%m}–{until:%d/%m})"


def _ranking(panel: Ranking, chosen: Filter, answered: Answered, anchor: str) -> Shown:
    indicators = [catalogue.get(code) for code in panel.indicators]
    tree = Tree.at(chosen.until)
    folded = {name: _folded(answered.now[name], chosen) for name in {i.computation.rollup for i in indicators}}
    found: dict[str, dict[str, Any]] = {}
    for indicator in indicators:
        formula = indicator.computation
        for code, row in folded[formula.rollup].items():
            if code not in found:  # a name is looked up once, not once for each indicator
                found[code] = {"unit": labels.name(code, chosen.until), "code": code, "href": f"/units/{code}"}
            line, value = found[code], computing.of_row(formula, row)
            cut = Cut("unit", code) if code == chosen.unit and len(tree.children(code)) else None
            line[indicator.code] = value.value
            line[f"{indicator.code}!"] = figures.address(indicator.code, code, chosen.since, chosen.until, cut)
    first = indicators[0]
    sign = 1 if first.direction == "up" else -1  # the worst first
    rows = sorted(
        found.values(),
        key=lambda row: (row.get(first.code) is None, (row.get(first.code) or 0) * sign, sort_key(row["unit"])),
    )
    rows = [{"rank": place, **row} for place, row in enumerate(rows, 1)]
    columns = [
        Column("rank", "#", numeric=True),
        Column("unit", _("Đơn vị")),
        *(_column(each) for each in indicators),
    ]
    values = {
        row["code"]: {"value": row.get(first.code), "label": row["unit"], "href": row["href"]}
        for row in rows
        if row["code"].startswith("gso:")
    }
    return Shown(
        "ranking",
        str(panel.title),
        Table(str(panel.title), columns, rows),
        map={
            "values": values,
            "measure": str(first.measure),
            "direction": first.direction.value,
            "name": str(first.name),
        },
        anchor=anchor,
    )


def _folded(answer: Answer, chosen: Filter) -> dict[str, computing.Sums]:
    """The sums of every unit under the chosen one with all that is under it; of the chosen one only its own."""
    tree = Tree.at(chosen.until)
    found: dict[str, computing.Sums] = {}
    for row in answer.rows.get(("unit",), []):
        for code in computing.counting(tree, row["unit"], chosen.unit):
            into = found.setdefault(code, {})
            for name, value in row.items():
                if name != "unit":
                    into[name] = into.get(name) if value is None else (into.get(name) or 0) + value
    return found


def _breakdown(panel: Breakdown, chosen: Filter, answered: Answered, anchor: str) -> Shown:
    indicators = [catalogue.get(code) for code in panel.indicators]
    answer = answered.now[panel.rollup]
    field = get_type(rollups.get_rollup(panel.rollup).record_type).field(panel.dimension)

    def line(found: Mapping[str, Any]) -> dict[str, Any]:
        value = found[panel.dimension]
        values = {each.code: computing.of_row(each.computation, found).value for each in indicators}
        cut = Cut(field.name, "" if value is None else str(value))
        return {"name": field.say(value), "key": value, **values, **_addresses(indicators, chosen, cut)}

    ranked = []
    for found in answer.rows.get((panel.dimension,), []):
        values = (computing.of_row(each.computation, found).value for each in indicators)
        first = next(values)
        if first or any(values):
            ranked.append((-(first or 0), sort_key(field.say(found[panel.dimension])), found))
    ranked.sort(key=lambda each: each[:2])
    columns = [Column("name", str(field.title)), *(_column(each) for each in indicators)]
    table = Table(str(panel.title), columns, Lines([found for _value, _name, found in ranked], line))
    return Shown("breakdown", str(panel.title), table, limit=panel.limit, anchor=anchor)


def _addresses(indicators: Iterable[Indicator], chosen: Filter, cut: Cut) -> dict[str, str]:
    """The address of each figure of a row, under the name of its cell."""
    about = figures.address("", chosen.unit, chosen.since, chosen.until, cut)  # a board asks for thousands
    return {f"{each.code}!": each.code + about for each in indicators}


def _column(indicator: Indicator) -> Column:
    return Column(
        indicator.code,
        str(indicator.name),
        str(indicator.measure),
        indicator.digits,
        numeric=True,
        figure=f"{indicator.code}!",
    )


@dataclass
class Line:
    """An indicator of a board of reported figures: what is shown of it, and all its claims."""

    indicator: Indicator
    shown: list[Figure]


@dataclass
class Group:
    """A pillar with its indicators."""

    name: str
    code: str
    lines: list[Line]

    @property
    def conflicts(self) -> int:
        """How many figures of the group are contradicted."""
        return sum(1 for line in self.lines for figure in line.shown if figure.conflict)


@dataclass(frozen=True)
class Rivals:
    """Claims that contradict each other about one thing."""

    indicator: Indicator
    name: str
    period: str
    figures: list[Figure]


def conflicts(found: Iterable[Figure]) -> list[Rivals]:
    """The contradictions among figures, the chosen claim of each first."""
    return [
        Rivals(
            catalogue.get(rivals[0].indicator),
            labels.name(rivals[0].unit, rivals[0].end),
            rivals[0].period.label(),
            _chosen_first(rivals),
        )
        for rivals in figures.by_key(found).values()
        if rivals[0].conflict
    ]


def _chosen_first(rivals: list[Figure]) -> list[Figure]:
    first = figures.choose(rivals)
    return [first, *(each for each in rivals if each is not first)]


def pillars(domain: str, found_figures: Iterable[Figure]) -> list[Group]:
    """The reported figures of a domain by pillar, chosen ones only, conflicts marked."""
    by_indicator: dict[str, list[Figure]] = defaultdict(list)
    for figure in found_figures:
        by_indicator[figure.indicator].append(figure)
    groups = {pillar.code: Group(str(pillar.name), pillar.code, []) for pillar in domains.get(domain).pillars}
    for indicator in catalogue.all_indicators(domain):
        found = by_indicator.get(indicator.code)
        if not found:
            continue
        group = groups.setdefault(indicator.pillar, Group(indicator.pillar or _("Khác"), indicator.pillar, []))
        shown = sorted(figures.chosen(found), key=lambda f: (f.unit, f.end), reverse=True)
        group.lines.append(Line(indicator, shown))
    return [group for group in groups.values() if group.lines]


def card_of(indicator: Indicator, series: Sequence[Figure], unit: str) -> Card:
    """A key figure of the overview from an indicator's series."""
    own = [figure for figure in figures.chosen(series) if figure.unit == unit]
    figure = figures.latest(own)
    if figure is None:
        return Card(indicator, None)
    same = sorted((f for f in own if f.grain == figure.grain), key=lambda f: f.end)
    comparison = compare(figure, indicator, same)
    target = comparison.target
    change = comparison.change
    return Card(
        indicator,
        figure,
        comparison,
        points=[each.value for each in same],
        meets=meets(indicator, figure.value, target) if target and figure.value is not None else None,
        improves=better(indicator, change, 0) if change is not None else None,
    )
