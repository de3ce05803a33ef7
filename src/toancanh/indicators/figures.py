"""Figures: claims that were reported and values that are computed, in one form, each with a way to its passport."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import combinations
from typing import Any

from django.utils.translation import gettext_lazy as _

from toancanh.access.scope import EVERYTHING, Scope, of_codes
from toancanh.base import clock, numbers
from toancanh.base.problems import Problem, Words, register
from toancanh.indicators import catalogue, computing
from toancanh.indicators import coverage as coverages
from toancanh.indicators.catalogue import Formula, Indicator, Kind
from toancanh.indicators.computing import Value
from toancanh.indicators.coverage import Coverage
from toancanh.indicators.records import FIGURE
from toancanh.units.periods import Period
from toancanh.units.tree import Register, Tree, at, reference
from toancanh.warehouse import reading, rollups
from toancanh.warehouse.rollups import Cut, Rollup

register(
    {
        "figures.span": Words(
            _("Khoảng ngày kết thúc ({until}) trước khi bắt đầu ({since})."), _("Đổi lại hai ngày `from` và `to`."), 422
        ),
    }
)

# How long after its period a figure still speaks of the present: until the next one is due, and as long again.
FRESH = {
    "day": timedelta(3),
    "month": timedelta(62),
    "quarter": timedelta(184),
    "half": timedelta(366),
    "year": timedelta(731),
    "other": timedelta(731),
}
# Records come every working day; a long weekend is no silence.
FRESH_COMPUTED = timedelta(5)

# What a card shows where claims differ: the first of these, then the latest known.
PRECEDENCE = ("verified", "computed", "reported", "estimated")


@dataclass(frozen=True)
class Figure:
    """The value of an indicator for a unit and a period, as one source claims it or as it is computed.

    `id` names the figure; `claim` names this very claim among its rivals ("" when computed). A computed figure may
    count the records of one value of a field only: its `cut`.
    """

    indicator: str
    unit: str
    start: date
    end: date
    grain: str
    value: float | None
    part: float | None
    whole: float | None
    status: str
    simulated: bool
    as_of: datetime
    known_at: datetime
    definition: str
    source: str
    batch: int
    row: int
    owner: str = ""
    document: str = ""
    section: str = ""
    note: str = ""
    conflict: bool = False
    cut: Cut | None = None

    @property
    def key(self) -> tuple[str, str, date, date]:
        """What the figure is about; claims with one key are rivals."""
        return (self.indicator, self.unit, self.start, self.end)

    @property
    def about(self) -> str:
        """The key as an address."""
        return address(self.indicator, self.unit, self.start, self.end, self.cut)

    @property
    def claim(self) -> str:
        """Where in the warehouse the claim lies; empty for a computed figure."""
        return f"{self.source}.{self.batch}.{self.row}" if self.status != "computed" else ""

    @property
    def id(self) -> str:
        """The figure's address: its key, and the claim's place where it is one."""
        return f"{self.about}~{self.claim}" if self.claim else self.about

    @property
    def period(self) -> Period:
        """The period as a period."""
        return Period(self.grain, self.start, self.end)

    @property
    def stale(self) -> bool:
        """Whether the figure is older than its kind of period lets it be."""
        allowed = FRESH_COMPUTED if self.status == "computed" else FRESH[self.grain]
        return clock.today() - clock.local(self.as_of).date() > allowed

    @property
    def doubt(self) -> float | None:
        """What part / whole comes to where the stated rate says otherwise (beyond its own rounding)."""
        if self.part is None or not self.whole or self.value is None or self.status == "computed":
            return None
        if catalogue.get(self.indicator).kind is not Kind.RATIO:
            return None
        digits = _digits(self.value)
        exact = numbers.ratio(self.part, self.whole, digits)
        return None if exact is None or exact == self.value else numbers.ratio(self.part, self.whole)


def address(indicator: str, unit: str, start: date, end: date, cut: Cut | None = None) -> str:
    """The address of a figure: indicator~unit~first day~last day, and ~field=value where it is cut to one."""
    cut_off = f"~{cut.field}={cut.value}" if cut else ""
    return f"{indicator}~{unit}~{start.isoformat()}~{end.isoformat()}{cut_off}"


@dataclass(frozen=True)
class Query:
    """Which figures: every condition left empty holds for all."""

    indicator: str = ""
    unit: str = ""
    since: date | None = None
    until: date | None = None
    grain: str = ""
    as_of: datetime | None = None
    scope: Scope = EVERYTHING
    domain: str = ""


def ask(query: Query) -> list[Figure]:
    """All figures that fit, claims and computed, in order of indicator, unit and time; rivals carry `conflict`.

    Raises indicator.unknown, and figures.span where the days end before they begin.
    """
    if query.indicator:
        catalogue.get(query.indicator)
    if query.since and query.until and query.since > query.until:
        raise Problem("figures.span", since=f"{query.since:%d/%m/%Y}", until=f"{query.until:%d/%m/%Y}")
    found = [*claims(query), *computed(query)]
    return sorted(mark(found), key=lambda f: (f.indicator, f.unit, f.end, f.start, PRECEDENCE.index(f.status)))


def choose(rivals: Iterable[Figure]) -> Figure:
    """The claim that is shown: verified, then computed, then the latest reported."""
    return min(rivals, key=lambda f: (PRECEDENCE.index(f.status), -f.known_at.timestamp(), f.document, f.batch, f.row))


def chosen(figures: Iterable[Figure]) -> list[Figure]:
    """One figure for each key, in the order of first appearance."""
    return [choose(rivals) for rivals in by_key(figures).values()]


def by_key(figures: Iterable[Figure]) -> dict[tuple[str, str, date, date], list[Figure]]:
    """Rivals together."""
    groups: dict[tuple[str, str, date, date], list[Figure]] = defaultdict(list)
    for figure in figures:
        groups[figure.key].append(figure)
    return groups


def mark(figures: Iterable[Figure]) -> list[Figure]:
    """The same figures, those that contradict a rival beyond rounding marked."""
    marked: list[Figure] = []
    for rivals in by_key(figures).values():
        if any(differ(one, other) for one, other in combinations(rivals, 2)):
            rivals = [replace(each, conflict=True) for each in rivals]
        marked += rivals
    return marked


def differ(one: Figure, other: Figure) -> bool:
    """Whether two claims differ by more than the rounding of the coarser one allows."""
    if one.value is None or other.value is None:
        return False
    digits = min(_digits(one.value), _digits(other.value))
    step = Decimal(1).scaleb(-digits)
    return abs(Decimal(str(one.value)) - Decimal(str(other.value))) > step / 2


def _digits(value: float) -> int:
    exponent = Decimal(str(value)).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def claims(query: Query) -> list[Figure]:
    """The reported figures that fit."""
    conditions = [query.scope.sql(day="period_end")]
    params: list[Any] = []
    for condition, value in (
        ("indicator = ?", query.indicator or None),
        ("period_end >= ?", query.since),
        ("period_start <= ?", query.until),
    ):
        if value is not None:
            conditions.append(condition)
            params.append(value)
    if query.unit:
        conditions.append("unit = ?")
        params.append(query.unit)
    sql = f"SELECT * FROM {reading.records(FIGURE.name, query.as_of)} f WHERE {' AND '.join(conditions)}"
    rows = reading.fetch(sql, params).to_pylist()
    codes = {each.code: each for each in catalogue.all_indicators(query.domain or None)}
    found = [_claim(row, codes[row["indicator"]]) for row in rows if row["indicator"] in codes]
    return [each for each in found if query.grain in ("", each.grain)]


def _claim(row: Mapping[str, Any], indicator: Indicator) -> Figure:
    value, part, whole = row["value"], row["part"], row["whole"]
    if value is None and part is not None and whole:
        value = numbers.ratio(part, whole)
    end: date = row["period_end"]
    return Figure(
        indicator=indicator.code,
        unit=row["unit"],
        start=row["period_start"],
        end=end,
        grain=row["grain"] or Period.of(row["period_start"], end).grain,
        value=value,
        part=part,
        whole=whole,
        status=row["status"] or "reported",
        simulated=bool(row["simulated"]),
        as_of=min(end_of(end), row["known_at"]),  # a year that is not over is known up to its telling
        known_at=row["known_at"],
        definition=indicator.label,
        source=row["source"],
        batch=row["batch"],
        row=row["row"],
        owner=row["owner"] or indicator.owner,
        document=row["document"] or "",
        section=row["section"] or "",
        note=row["note"] or "",
    )


def computed(query: Query) -> list[Figure]:
    """The computed figures that fit, by the query's grain or each indicator's own."""
    wanted = [
        each
        for each in catalogue.all_indicators(query.domain or None)
        if each.formula is not None and query.indicator in ("", each.code)
    ]
    groups: dict[tuple[str, str], list[Indicator]] = defaultdict(list)
    for indicator in wanted:
        groups[indicator.computation.rollup, query.grain or indicator.grain].append(indicator)
    return [
        figure
        for (rollup, grain), indicators in groups.items()
        if grain in computing.TIME
        for figure in _computed(rollup, grain, indicators, query)
    ]


def _computed(rollup: str, grain: str, indicators: list[Indicator], query: Query) -> list[Figure]:
    coverage = coverages.coverage(rollup, query.as_of)
    if coverage is None:
        return []
    since = max(query.since or coverage.first, coverage.first)
    until = min(query.until or coverage.last, coverage.last)
    if since > until:
        return []
    since = Period.containing(since, grain).start
    scope = query.scope
    if query.unit:
        scope = scope.intersect(_territory(query.unit, since, until))
    measures = dict.fromkeys(m for each in indicators for m in each.computation.measures)
    sets = [("unit", computing.ERA), ("unit", computing.ERA, grain)]
    answer = computing.ask(rollup, measures, scope, since, until, sets, as_of=query.as_of)
    found: list[Figure] = []
    for period, folded in answer.folded(grain, coverage, query.unit):
        for unit, row in folded.items():
            if not query.scope.covers(unit, period.end):
                continue
            for each in indicators:
                formula = each.computation
                found.append(of_value(each, unit, period, computing.evaluate(formula, row), coverage))
    return found


def _territory(code: str, since: date, until: date) -> Scope:
    """A unit and all below it over a stretch of days: one code may name two territories, each has its own days."""
    found: set[str] = set()
    for node in Register.now().by_ref.get(reference(code), ()):
        if node.meets(since, until):
            found |= Tree.at(min(node.valid_to or until, until)).holdings(code)
    return of_codes(found)


def over(
    indicator: Indicator,
    unit: str,
    since: date,
    until: date,
    scope: Scope,
    as_of: datetime | None = None,
    cut: Cut | None = None,
) -> Figure | None:
    """The computed figure of a unit and all below it over any span of days; None where nothing covers it."""
    formula = indicator.formula
    rollup = counted(formula, cut) if formula else None
    coverage = coverages.coverage(rollup.name, as_of) if rollup else None
    if formula is None or rollup is None or coverage is None or not coverage.any(since, until):
        return None
    last = min(until, coverage.last)  # what falls due in days to come is not due yet
    first = max(since, coverage.first, at(unit, last).valid_from or since)
    narrowed = scope.intersect(of_codes(Tree.at(last).holdings(unit)))
    answer = computing.ask(rollup.name, formula.measures, narrowed, first, last, [], cut=cut, as_of=as_of)
    value = computing.of_row(formula, answer.total)
    return of_value(indicator, unit, Period.of(since, until), value, coverage, cut)


def counted(formula: Formula, cut: Cut | None) -> Rollup | None:
    """The rollup a figure is counted from: the formula's own, or the one that tells the same by the field of a cut."""
    own = rollups.get_rollup(formula.rollup)
    return rollups.with_field(own, cut.field, formula.measures) if cut else own


def of_value(
    indicator: Indicator, unit: str, period: Period, value: Value, coverage: Coverage, cut: Cut | None = None
) -> Figure:
    """A computed value as a figure."""
    return Figure(
        indicator=indicator.code,
        unit=unit,
        start=period.start,
        end=period.end,
        grain=period.grain,
        value=value.value,
        part=value.part if value.whole is not None else None,
        whole=value.whole,
        status="computed",
        simulated=coverage.simulated if value.simulated is None else value.simulated,
        as_of=min(end_of(period.end), coverage.as_of),
        known_at=coverage.known_at,
        definition=indicator.label,
        source="",
        batch=0,
        row=0,
        owner=indicator.owner,
        cut=cut,
    )


def end_of(day: date) -> datetime:
    """The last moment of a Vietnamese calendar day."""
    return datetime.combine(day, time.max, clock.VIETNAM)


def find(place: str, scope: Scope, as_of: datetime | None = None) -> list[Figure]:
    """The rivals of an address, the addressed claim (or the chosen one) first; empty where there are none."""
    parts = place.split("~", 4)
    if len(parts) < 4:
        return []
    indicator, unit, start, end, *rest = parts
    field, cut_off, of_field = rest[0].partition("=") if rest else ("", "", "")
    try:
        since, until = date.fromisoformat(start), date.fromisoformat(end)
    except ValueError:
        return []
    if indicator not in {each.code for each in catalogue.all_indicators()} or not scope.covers(unit, until):
        return []
    if cut_off:  # nobody reports such a figure
        cut = over(catalogue.get(indicator), unit, since, until, scope, as_of, Cut(field, of_field))
        return [cut] if cut else []
    query = Query(indicator, unit, since, until, as_of=as_of, scope=scope)
    found = [each for each in claims(query) if (each.start, each.end, each.unit) == (since, until, unit)]
    own = over(catalogue.get(indicator), unit, since, until, scope, as_of)
    rivals = mark([*found, own] if own else found)
    if not rivals:
        return []
    first = next((each for each in rivals if rest and each.claim == rest[0]), None) or choose(rivals)
    return [first, *(each for each in rivals if each is not first)]


def latest(figures: Iterable[Figure]) -> Figure | None:
    """The figure of the latest period that has a value."""
    return max((each for each in figures if each.value is not None), key=lambda f: (f.end, f.start), default=None)


def as_dict(figure: Figure) -> dict[str, Any]:
    """A figure as programs read it, over HTTP and on the command line."""
    return {
        "id": figure.id,
        "indicator": figure.indicator,
        "unit": figure.unit,
        "period": {"start": figure.start.isoformat(), "end": figure.end.isoformat(), "grain": figure.grain},
        "value": figure.value,
        "part": figure.part,
        "whole": figure.whole,
        "measure": str(catalogue.get(figure.indicator).measure),
        "status": figure.status,
        "simulated": figure.simulated,
        "as_of": clock.stamp(figure.as_of),
        "definition": figure.definition,
        "conflict": figure.conflict,
        "provenance": f"/api/v1/figures/{figure.id}/provenance",
    }
