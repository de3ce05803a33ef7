"""Scoring: what a score set comes to for a unit, the units under it and the months before; one query per rollup."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from toancanh.access.scope import Scope, of_codes
from toancanh.base import clock, numbers
from toancanh.base.problems import Problem
from toancanh.indicators import catalogue, computing, figures, reconciliation, reconciling, scoreset
from toancanh.indicators import coverage as coverages
from toancanh.indicators.computing import MISSING, SIMULATED, Answer, Sums, Value
from toancanh.indicators.coverage import Coverage
from toancanh.indicators.reconciliation import SYNCED, Synced
from toancanh.indicators.scoreset import Criterion, Grade, Group, ScoreSet
from toancanh.units import labels
from toancanh.units.periods import RULES, Period
from toancanh.units.tree import Tree
from toancanh.warehouse import derived, rollups
from toancanh.warehouse.rollups import Cut

MONTHS = 12  # of the trend
PATIENCE = 60.0  # seconds that the count of a reconciliation may be old
GRAINS = ("month", "quarter", "half", "year")


class Why(StrEnum):
    """Why a criterion has its points, or none."""

    SCORED = "scored"
    FOLLOWED = "followed"
    POINTS = "points"
    WHOLE = "whole"
    MISSING = "missing"
    NEEDS = "needs"
    CHOSEN = "chosen"
    COUNTING = "counting"
    FACTOR = "factor"


WHYS = {
    Why.SCORED: _("đã chấm"),
    Why.FOLLOWED: _("chỉ theo dõi, không chấm điểm"),
    Why.POINTS: _("chưa chấm: điểm tối đa chưa kiểm chứng hoặc chưa tìm thấy"),
    Why.WHOLE: _("mẫu số bằng 0: không có gì để chấm trong kỳ"),
    Why.MISSING: _("chưa có số liệu của kỳ này"),
    Why.NEEDS: _("chưa có dữ liệu"),
    Why.CHOSEN: _("chỉ tính khi chọn riêng đơn vị này"),
    Why.COUNTING: _("số liệu đang được đếm lại, mở lại trang sau ít phút"),
    Why.FACTOR: _("chưa chấm: chưa biết tỷ lệ phải nhân với"),
}


def points(
    part: float | Fraction, whole: float | Fraction, most: float, threshold: float | None = None
) -> float | None:
    """The points of part / whole: `most` from the threshold (percent, 100 without one) on, below it as far as it goes.

    Max if r >= T else r * max / T, to 2 digits, half up; None where the whole is zero.
    """
    if not whole:
        return None
    rate, goal = _exact(part) * 100 / _exact(whole), _exact(100 if threshold is None else threshold)
    earned = _exact(most) if rate >= goal else max(Fraction(0), rate * _exact(most) / goal)
    return _rounded(earned)


def _product(part: float, whole: float, factor: "Mark | None") -> tuple[Fraction, Fraction]:
    """Part and whole, each multiplied by that of the factor."""
    if factor is None or factor.part is None or not factor.whole:
        return _exact(part), _exact(whole)
    return _exact(part) * _exact(factor.part), _exact(whole) * _exact(factor.whole)


def _exact(value: float | Fraction) -> Fraction:
    return Fraction(str(value))


def _rounded(value: Fraction) -> float:
    hundredths = Decimal((value * 1000).__floor__()) / 10  # enough digits to round half up exactly
    return float(hundredths.quantize(Decimal(1), ROUND_HALF_UP) / 100)


def _sum(values: Iterable[float]) -> float:
    return float(sum(map(_exact, values)))


@dataclass(frozen=True)
class Mark:
    """A criterion of a unit in a period: rate in percent with part and whole, points or why there are none.

    `links` are the addresses of the figures that it was computed from, `differences` that of the reconciliation.
    `factor` is the criterion whose rate the own one was multiplied by. `borrowed`: the whole is of the year before.
    """

    criterion: Criterion
    why: Why
    part: float | None = None
    whole: float | None = None
    points: float | None = None
    simulated: bool = False
    links: tuple[str, ...] = ()
    differences: str = ""
    factor: "Mark | None" = None
    borrowed: bool = False

    @property
    def known(self) -> bool:
        """Whether there is a rate."""
        return self.part is not None and bool(self.whole)

    @property
    def rate(self) -> float | None:
        """Part of the whole in percent, to 2 digits, multiplied by the factor where one is known."""
        if self.part is None or self.whole is None:
            return None
        part, whole = _product(self.part, self.whole, self.factor)
        return numbers.ratio(float(part), float(whole)) if self.factor else numbers.ratio(self.part, self.whole)

    @property
    def reason(self) -> str:
        """Why, in words."""
        return str(WHYS[self.why])

    @property
    def met(self) -> bool:
        """Whether it reached its threshold."""
        return self.points is not None and self.points == self.criterion.points


@dataclass(frozen=True)
class Part:
    """A group of a unit's sheet with what its criteria came to."""

    group: Group
    marks: tuple[Mark, ...]

    @property
    def points(self) -> float | None:
        """The points given; None where nothing could be scored."""
        return _given(self.marks)

    @property
    def scored(self) -> float:
        """The most that could be had for what was scored."""
        return _most(self.marks)

    @property
    def left(self) -> float:
        """The points of the group that could not be scored."""
        return _sum([self.group.points, -self.scored])


def _given(marks: Iterable[Mark]) -> float | None:
    given = [mark.points for mark in marks if mark.points is not None]
    return _sum(given) if given else None


def _most(marks: Iterable[Mark]) -> float:
    return _sum(mark.criterion.points or 0 for mark in marks if mark.points is not None)


@dataclass(frozen=True)
class Sheet:
    """A unit's score: its groups, its points, of how many that could be scored, how many could not."""

    unit: str
    parts: tuple[Part, ...]
    own: bool = False  # only what the unit did itself, without those under it

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The criteria of all groups."""
        return tuple(mark for part in self.parts for mark in part.marks)

    @property
    def points(self) -> float | None:
        """The points given; None where nothing could be scored, which is not 0."""
        return _given(self.marks)

    @property
    def scored(self) -> float:
        """The most that could be had for what was scored."""
        return _most(self.marks)

    @property
    def whole(self) -> float:
        """The points of the whole index."""
        return _sum(part.group.points for part in self.parts)

    @property
    def left(self) -> float:
        """The points that could not be scored."""
        return _sum([self.whole, -self.scored])

    @property
    def share(self) -> float | None:
        """The points in percent of those that could be scored."""
        return None if self.points is None else numbers.ratio(self.points, self.scored)

    @property
    def simulated(self) -> bool:
        """Whether any rate rests on simulated records."""
        return any(mark.simulated for mark in self.marks)

    @property
    def provincial(self) -> bool:
        """Whether any points given are such as the province set itself."""
        own = scoreset.Certainty.PROVINCE
        return any(mark.points is not None and mark.criterion.points_certainty is own for mark in self.marks)

    @property
    def open(self) -> dict[Why, float]:
        """The points that could not be scored, by reason; of a group what no criterion is known to be worth as well."""
        found: dict[Why, float] = defaultdict(float)
        for part in self.parts:
            left = part.left
            for mark in part.marks:
                if mark.points is None and mark.criterion.scorable and mark.criterion.points:
                    found[mark.why] = _sum([found[mark.why], mark.criterion.points])
                    left = _sum([left, -mark.criterion.points])
            if left:
                found[Why.POINTS] = _sum([found[Why.POINTS], left])
        return dict(found)


@dataclass(frozen=True)
class Scores:
    """The scores of a unit and of those under it in a period, and the unit's months up to it."""

    set: ScoreSet
    unit: str
    period: Period
    sheet: Sheet
    below: Sequence[Sheet] = ()
    trend: Sequence[tuple[Period, Sheet]] = ()
    coverage: Mapping[str, Coverage] = field(default_factory=dict)
    until: date | None = None  # up to which day there is anything to tell of a period that runs

    @property
    def grade(self) -> Grade | None:
        """What the score is called; None unless all points could be scored."""
        if self.sheet.points is None or self.sheet.left:
            return None
        return self.set.grade(self.sheet.points)

    @property
    def as_of(self) -> Any:
        """The moment that the data speaks of."""
        return min((each.as_of for each in self.coverage.values()), default=None)


def period(text: str, rule: str, last: date) -> Period:
    """The period asked for, else the month of the last day. Raises score.rule, score.period, period.unreadable."""
    if rule not in RULES:
        raise Problem("score.rule", value=rule)
    if not text:
        return Period.containing(last, "month", rule)
    found = Period.parse(text, rule)
    if found.grain not in GRAINS:
        raise Problem("score.period", value=text)
    return found


def covered(made: ScoreSet) -> dict[str, Coverage]:
    """What is known of the rollups that a score set is computed from."""
    formulas = (catalogue.get(code).computation for code in made.indicators)
    names = dict.fromkeys(formula.rollup for formula in formulas)
    return {name: found for name in names if (found := coverages.coverage(name)) is not None}


def first_day(made: ScoreSet) -> date | None:
    """The first day of which a score set can tell anything; None where there is no data."""
    begun = [each.first for each in covered(made).values()]
    return max(min(begun), made.valid_from) if begun else None


def last_day(code: str) -> date:
    """The last day of which there is data for a score set; today where there is none."""
    known = [each for each in scoreset.shipped() if each.code == code]
    ends = [each.last for made in known for each in covered(made).values()]
    return min(max(ends, default=clock.today()), clock.today())


def record_types(made: ScoreSet) -> list[str]:
    """The record types whose records a score set counts."""
    formulas = (catalogue.get(code).computation for code in made.indicators)
    counted = {rollups.get_rollup(formula.rollup).record_type for formula in formulas}
    sides = (side for code in made.reconciliations for side in _sides(code))
    return sorted(counted | set(sides))


def _sides(code: str) -> tuple[str, str]:
    found = reconciliation.get(code)
    return found.left.record_type, found.right.record_type


def counted_at(made: ScoreSet, patience: float = PATIENCE) -> tuple[datetime, ...]:
    """When the reconciliations that a score set rests on were counted; anew, if longer ago than `patience` seconds."""
    return tuple(
        reconciling.counted(reconciliation.get(code), patience).at
        for code in made.reconciliations
        if _two(code) is not None
    )


def _two(code: str) -> tuple[Coverage, Coverage] | None:
    """What is known of the two sides of a reconciliation; None where either never delivered."""
    left, right = (coverages.of_records(each) for each in _sides(code))
    return (left, right) if left and right else None


def ask(made: ScoreSet, unit: str, asked: Period, scope: Scope, *, below: bool = True) -> Scores:
    """The scores of a unit within a scope, of every unit under it, and of its twelve months up to the period's end.

    Each rollup is asked once, whatever the number of units, months and criteria.
    """
    months = _months(asked)
    coverage = covered(made)
    until = min(asked.end, max((each.last for each in coverage.values()), default=asked.end))
    told: dict[str, _Told] = {}
    for rollup, known in coverage.items():
        answered = _answer(made, rollup, known, unit, months, asked.end, scope)
        if answered is not None:
            told[rollup] = answered
    values = {
        (each.part, each.distinct): _values(each, coverage, unit, months, asked.end, scope)
        for each in made.criteria
        if each.distinct
    }
    two = {code: found for code in made.reconciliations if (found := _two(code)) is not None}
    synced = {code: _synced(code, unit, months, asked.end, scope) for code in two}
    sheets = _Sheets(made, coverage, told, values, two, synced)
    sheet = sheets.make(unit, asked, "")
    return Scores(
        set=made,
        unit=unit,
        period=asked,
        sheet=sheet,
        below=_ranked(sheets.below(unit, asked)) if below else (),
        trend=[(month, sheets.make(unit, month, "")) for month in months],
        coverage=coverage,
        until=until if until < asked.end else None,
    )


def _months(asked: Period) -> list[Period]:
    """The twelve months up to the last of a period, oldest first."""
    month = Period.containing(asked.end, "month", asked.rule)
    found = [month]
    while len(found) < MONTHS:
        month = month.previous()
        found.append(month)
    return found[::-1]


@dataclass(frozen=True)
class _Told:
    """What a rollup answered: for every unit, "" for all together, its sums by month and those before them."""

    months: Mapping[str, Mapping[date, Sums]]
    before: Mapping[str, Sums]
    measures: tuple[str, ...]
    since: date

    def row(self, unit: str, asked: Period) -> Sums:
        """The sums of a unit in a period and, as `before_`, up to it; None each where it was never heard of."""
        months, before = self.months.get(unit, {}), self.before.get(unit, {})
        inside = [months[start] for start in months if start in asked]
        earlier = [before, *(months[start] for start in months if start < asked.start)]
        row: Sums = {}
        for name in self.measures:
            row[name] = _added(sums.get(name) for sums in inside)
            row[f"before_{name}"] = _added(sums.get(name) for sums in earlier)
        return row


def _added(values: Iterable[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _window(known: Coverage, unit: str, months: Sequence[Period], end: date) -> tuple[date, date] | None:
    """The days of the months that a unit was there and of which anything is known."""
    node = labels.on(unit, end)
    since = max(months[0].start, known.first, (node and node.valid_from) or date.min)
    until = min(end, known.last)
    return None if since > until or not known.any(since, until) else (since, until)


def _answer(
    made: ScoreSet, rollup: str, known: Coverage, unit: str, months: Sequence[Period], end: date, scope: Scope
) -> _Told | None:
    """Ask a rollup for all that the criteria count in it."""
    window = _window(known, unit, months, end)
    if window is None:
        return None
    since, until = window
    formulas = (catalogue.get(code).computation for code in made.indicators)
    measures = [name for formula in formulas if formula.rollup == rollup for name in formula.measures]
    narrowed = scope.intersect(of_codes(Tree.at(until).holdings(unit)))
    sets = [("month",), ("unit",), ("unit", "month")]
    answer = computing.ask(rollup, measures, narrowed, since, until, sets, rule=months[0].rule)
    return _folded(answer, unit, since, until)


def _synced(code: str, unit: str, months: Sequence[Period], end: date, scope: Scope) -> _Told:
    """What both sides of a reconciliation have by unit and month, from the year before all months on."""
    node = labels.on(unit, end)
    since = max(_year_before(months[0]).start, (node and node.valid_from) or date.min)
    narrowed = scope.intersect(of_codes(Tree.at(end).holdings(unit)))
    sets = [("month",), ("unit",), ("unit", "month")]
    answer = reconciling.answer(code, narrowed, since, end, sets, months[0].rule, PATIENCE)
    return _folded(answer, unit, since, end)


def _year_before(asked: Period) -> Period:
    """The year before the one in which a period ends."""
    return Period.containing(asked.end, "year", asked.rule).previous()


# Of each month the values of a field that are among what an indicator counts for the unit asked for.
Values = Mapping[date, set[Any]]


def _values(
    criterion: Criterion,
    coverage: Mapping[str, Coverage],
    unit: str,
    months: Sequence[Period],
    end: date,
    scope: Scope,
) -> Values:
    """Ask the rollup that tells the field; by unit as well it would be asked for thousands of times as much."""
    formula = catalogue.get(criterion.part).computation
    rollup = figures.counted(formula, Cut(criterion.distinct, ""))
    known = coverage.get(formula.rollup)
    window = _window(known, unit, months, end) if known else None
    if rollup is None or window is None:
        return {}
    narrowed = scope.intersect(of_codes(Tree.at(window[1]).holdings(unit)))
    sets = [(criterion.distinct, "month")]
    answer = computing.ask(rollup.name, formula.measures, narrowed, *window, sets, rule=months[0].rule)
    found: dict[date, set[Any]] = defaultdict(set)
    for row in answer.rows[sets[0]]:
        if (computing.evaluate(formula, row).value or 0) > 0:
            found[row["month"]].add(row[criterion.distinct])
    return found


def _folded(answer: Answer, unit: str, since: date, until: date) -> _Told:
    """The sums of every unit under one with all that is under it; of the one itself its own, and "" for all."""
    tree = Tree.at(until)
    goals: dict[str, list[str]] = {}

    def into(code: str) -> list[str]:
        if code not in goals:
            goals[code] = computing.counting(tree, code, unit)
        return goals[code]

    months: dict[str, dict[date, Sums]] = defaultdict(dict)
    before: dict[str, Sums] = {}
    for row in answer.rows.get(("unit",), []):
        for code in into(row["unit"]):
            _add(before.setdefault(code, {}), {name: row[f"before_{name}"] for name in answer.measures})
    for row in answer.rows.get(("unit", "month"), []):
        for code in into(row["unit"]):
            _add(months[code].setdefault(row["month"], {}), {name: row[name] for name in answer.measures})
    before[""] = {name: answer.total.get(f"before_{name}") for name in answer.measures}
    months[""] = {row["month"]: row for row in answer.rows.get(("month",), [])}
    return _Told(months, before, answer.measures, since)


def _add(into: Sums, sums: Mapping[str, Any]) -> None:
    for name, value in sums.items():
        into[name] = into.get(name) if value is None else (into.get(name) or 0) + value


class _Sheets:
    """Makes the sheets of units and periods of what the rollups answered."""

    def __init__(
        self,
        made: ScoreSet,
        coverage: Mapping[str, Coverage],
        told: Mapping[str, _Told],
        distinct: Mapping[tuple[str, str], Values],
        two: Mapping[str, tuple[Coverage, Coverage]],
        synced: Mapping[str, _Told],
    ) -> None:
        self.set, self.coverage, self.told, self.distinct = made, coverage, told, distinct
        self.two, self.synced = two, synced
        self.formulas = {code: catalogue.get(code).computation for code in made.indicators}

    def below(self, unit: str, asked: Period) -> Iterator[Sheet]:
        """The sheets of all under a unit that were ever heard of, and of the unit's own doing where others are."""
        codes = {code for told in self.told.values() for code in told.before if code}
        codes |= {code for told in self.synced.values() for code in (*told.before, *told.months) if code}
        if codes <= {unit}:
            return
        for code in sorted(codes):
            yield self.make(code, asked, code)

    def make(self, unit: str, asked: Period, key: str) -> Sheet:
        rows = {rollup: told.row(key, asked) for rollup, told in self.told.items() if self.known(rollup, asked)}
        # The line of a unit among those under it tells its own doing only: a cut of its figures.
        cut = Cut("unit", unit) if key and len(Tree.at(asked.end).children(unit)) else None
        about = figures.address("", unit, asked.start, asked.end, cut)
        marks = {
            each.code: self.compared(each, unit, asked, key, own=cut is not None)
            if each.reconciled
            else self.mark(each, rows, about, None if key else asked)
            for each in self.set.criteria
        }
        marks |= {
            code: _times(mark, marks[mark.criterion.times]) for code, mark in marks.items() if mark.criterion.times
        }
        parts = (Part(group, tuple(marks[each.code] for each in group.criteria)) for group in self.set.groups)
        return Sheet(unit, tuple(parts), own=cut is not None)

    def known(self, rollup: str, asked: Period) -> bool:
        since = max(asked.start, self.told[rollup].since)
        return since <= asked.end and self.coverage[rollup].any(since, asked.end)

    def mark(self, criterion: Criterion, rows: Mapping[str, Sums], about: str, asked: Period | None) -> Mark:
        """What a criterion comes to; `asked` is the period of the unit asked for, None for one of those under it."""
        if not criterion.told:
            return Mark(criterion, Why.FOLLOWED if criterion.followed else Why.NEEDS)
        values = [self.value(code, rows) for code in criterion.indicators]
        part, whole = (values[0].part, values[0].whole) if criterion.rate else (values[0].value, values[1].value)
        links = tuple(code + about for code in criterion.indicators)
        simulated = any(value.simulated for value in values)
        if criterion.distinct and part is not None:
            if asked is None:
                return Mark(criterion, Why.CHOSEN, simulated=simulated, links=links)
            told = self.distinct[criterion.part, criterion.distinct]
            part = float(len(set().union(*(told[start] for start in told if start in asked))))
        if part is None or whole is None:
            why = Why.COUNTING if any(self.counting(code) for code in criterion.indicators) else Why.MISSING
            return Mark(criterion, why, links=links)
        return _marked(Mark(criterion, Why.MISSING, part, whole, None, simulated, links))

    def compared(self, criterion: Criterion, unit: str, asked: Period, key: str, *, own: bool) -> Mark:
        """What a criterion comes to that a reconciliation tells."""
        code = criterion.reconciled
        if code not in self.two:
            return Mark(criterion, Why.NEEDS)
        told = self.synced[code]
        since = max(asked.start, told.since)
        if since > asked.end or not all(side.any(since, asked.end) for side in self.two[code]):
            return Mark(criterion, Why.MISSING)
        found, borrowed = _compared(told.row(key, asked)), 0.0
        periods = criterion.year_before.get(asked.grain)
        before = _year_before(asked)
        known = all(side.any(max(before.start, told.since), before.end) for side in self.two[code])
        if periods and known and not found.whole:
            borrowed = round(_compared(told.row(key, before)).whole / periods, 2)
        where = urlencode({"unit": unit, "since": asked.start, "until": asked.end})
        return _marked(
            Mark(
                criterion,
                Why.MISSING,
                float(found.both),
                float(found.whole or borrowed),
                simulated=any(side.simulated for side in self.two[code]),
                differences="" if own else f"{code}?{where}",
                borrowed=bool(borrowed),
            )
        )

    def counting(self, code: str) -> bool:
        """Whether anything that an indicator adds up is being counted anew."""
        formula = self.formulas[code]
        return not derived.rollup(formula.rollup).uncounted.isdisjoint(formula.measures)

    def value(self, code: str, rows: Mapping[str, Sums]) -> Value:
        formula = self.formulas[code]
        row = rows.get(formula.rollup)
        if not row:
            return MISSING
        value = computing.of_row(formula, row)
        if SIMULATED in row:
            return value
        return Value(value.value, value.part, value.whole, self.coverage[formula.rollup].simulated)


def _compared(row: Sums) -> Synced:
    return Synced(*(row[name] or 0 for name in SYNCED))


def _times(mark: Mark, factor: Mark) -> Mark:
    """A criterion with its rate multiplied by that of another; without that no points are given."""
    if mark.part is None or not mark.whole:
        return mark
    if factor.known:
        return _marked(replace(mark, factor=factor, simulated=mark.simulated or factor.simulated, points=None))
    return replace(mark, why=Why.FACTOR if mark.criterion.scorable else mark.why, points=None)


def _marked(mark: Mark) -> Mark:
    """A criterion of which part and whole are known, with its points or why there are none."""
    criterion, part, whole = mark.criterion, mark.part or 0, mark.whole or 0
    if not whole:
        return replace(mark, why=Why.WHOLE)
    if not criterion.scorable:
        return replace(mark, why=Why.FOLLOWED if criterion.followed else Why.POINTS)
    given = points(*_product(part, whole, mark.factor), criterion.points or 0, criterion.threshold)
    return replace(mark, why=Why.SCORED, points=given)


def _ranked(sheets: Iterable[Sheet]) -> list[Sheet]:
    """The lowest share first; those without a score at the end."""
    return sorted(sheets, key=lambda each: (each.share is None, each.share or 0, each.unit))


def as_dict(sheet: Sheet, asked: Period) -> dict[str, Any]:
    """A unit's sheet as programs read it, over HTTP and on the command line."""
    return {
        "unit": sheet.unit,
        "name": labels.name(sheet.unit, asked.end),
        "own": sheet.own,
        "points": sheet.points,
        "scored": sheet.scored,
        "whole": sheet.whole,
        "left": {why.value: number for why, number in sheet.open.items()},
        "provincial": sheet.provincial,
        "simulated": sheet.simulated,
        "groups": [
            {
                "code": part.group.code,
                "name": str(part.group.name),
                "points": part.points,
                "scored": part.scored,
                "whole": part.group.points,
                "certainty": part.group.certainty.value,
                "criteria": [_mark(mark) for mark in part.marks],
            }
            for part in sheet.parts
        ],
    }


def _mark(mark: Mark) -> dict[str, Any]:
    criterion = mark.criterion
    return {
        "code": criterion.code,
        "name": str(criterion.name),
        "rule": str(criterion.rule),
        "certainty": criterion.certainty.value,
        "rate": mark.rate,
        "part": mark.part,
        "whole": mark.whole,
        "threshold": criterion.threshold,
        "points": mark.points,
        "most": criterion.points,
        "points_certainty": criterion.points_certainty.value,
        "why": mark.why.value,
        "needs": str(criterion.needs),
        "lacks": str(criterion.lacks),
        "times": mark.factor.criterion.code if mark.factor else None,
        "figures": list(mark.links),
        "reconciliation": f"/api/v1/reconciliations/{mark.differences}" if mark.differences else None,
    }


def head(scores: Scores) -> dict[str, Any]:
    """What scores are of, as programs read it: the set with its document, the period, the unit's sheet, its trend."""
    made, asked = scores.set, scores.period
    return {
        "code": made.code,
        "name": str(made.name),
        "document": made.document,
        "source": str(made.source),
        "note": str(made.note),
        "valid_from": made.valid_from.isoformat(),
        "valid_to": made.valid_to.isoformat() if made.valid_to else None,
        "basis": made.basis,
        "period": {
            "text": str(asked),
            "start": asked.start.isoformat(),
            "end": asked.end.isoformat(),
            "grain": asked.grain,
            "rule": asked.rule,
        },
        "as_of": clock.stamp(scores.as_of) if scores.as_of else None,
        "grade": {"name": str(scores.grade.name), "certainty": made.grades_certainty.value} if scores.grade else None,
        "score": as_dict(scores.sheet, asked),
        "trend": [
            {"period": str(month), "points": sheet.points, "scored": sheet.scored} for month, sheet in scores.trend
        ],
    }
