"""Computing: figures from rollups, one query per (rollup, filter), its panels as grouping sets of the answer."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from toancanh.access.scope import Scope
from toancanh.base import home, numbers
from toancanh.base.memory import Memory
from toancanh.indicators.catalogue import Formula, Term
from toancanh.indicators.coverage import Coverage
from toancanh.units.periods import CALENDAR, Period
from toancanh.units.tree import Register, Tree
from toancanh.warehouse import derived, reading, rollups
from toancanh.warehouse.rollups import Cut

# Grouping by a period of time, of which its first day is told.
TIME = ("day", "month", "quarter", "half", "year")
# Grouping by the stretch of days between two changes of units: its first day, None for the oldest.
ERA = "era"
Set = tuple[str, ...]
Sums = dict[str, Any]


# The measure that counts simulated records; a rollup that has it tells of each figure whether it rests on any.
SIMULATED = "simulated"
# What the running sum of a measure is called among the sums of a period.
LEVEL = "level_"


@dataclass(frozen=True)
class Value:
    """What an indicator comes to: value, and part and whole where it is a ratio. None is missing, never zero.

    `simulated` is None where the rollup does not tell.
    """

    value: float | None
    part: float | None = None
    whole: float | None = None
    simulated: bool | None = None


MISSING = Value(None)


@dataclass(frozen=True)
class Answer:
    """The sums of a rollup by grouping set: for each set, rows of its dimensions and the measures' sums.

    `before_<measure>` is the sum of a measure before the period: what a running sum starts from. A measure that is not
    counted yet has no sums.
    """

    rows: Mapping[Set, list[dict[str, Any]]]
    measures: tuple[str, ...]
    since: date
    until: date

    @property
    def total(self) -> dict[str, Any]:
        """The sums over everything in the filter."""
        return self.rows[()][0] if self.rows.get(()) else {}

    def series(self, formula: Formula, grain: str, coverage: Coverage) -> dict[date, Value]:
        """An indicator by period of the grain, oldest first; missing where the source does not cover the period."""
        opening = {name: self.total.get(f"before_{name}") for name in self.measures}
        rows = {row[grain]: row for row in self.rows.get((grain,), [])}
        found = dict.fromkeys((period.start for period in periods(grain, self.since, self.until)), MISSING)
        if rows or any(opening.values()):
            for start, sums in _run(rows, opening, self.covered(grain, coverage)):
                found[start] = evaluate(formula, sums)
        return found

    def covered(self, grain: str, coverage: Coverage) -> list[Period]:
        """The periods of a grain of which any day is covered, oldest first."""
        found = periods(grain, self.since, self.until)
        return [p for p in found if coverage.any(max(p.start, self.since), min(p.end, self.until))]

    def folded(self, grain: str, coverage: Coverage, unit: str = "") -> Iterator[tuple[Period, dict[str, Sums]]]:
        """The sums of every unit and of every unit above it, by period; only of `unit` if one is named.

        A unit is counted from its own first day on; what stood open at those it was made of it takes over. A unit that
        is gone by the end of a period has no sums there: who took over from it has them.
        """
        rows: dict[tuple[str, date | None], dict[date, Sums]] = defaultdict(dict)
        for row in self.rows.get(("unit", ERA, grain), []):
            rows[row["unit"], row[ERA]][row[grain]] = row
        opening = {
            (row["unit"], row[ERA]): {m: row[f"before_{m}"] for m in self.measures}
            for row in self.rows.get(("unit", ERA), [])
        }
        covered = self.covered(grain, coverage)
        runs = {key: dict(_run(rows[key], start, covered)) for key, start in opening.items()}
        for period in covered:
            tree = Tree.at(min(period.end, coverage.last))
            folded: dict[str, Sums] = {}
            for (code, era), run in runs.items():
                sums, owner = run[period.start], tree.answering(code)
                path = tree.path(owner)
                for above in path or (None,):
                    ref = above.ref if above else owner
                    if unit and ref != unit:
                        continue
                    own = above is None or above.valid_from is None or (era is not None and era >= above.valid_from)
                    into = folded.setdefault(ref, dict.fromkeys(sums, 0))
                    for name, value in sums.items():
                        if own or name.startswith(LEVEL):
                            into[name] += value
            yield period, folded


NOTHING = Answer({}, (), date.max, date.min)
# What whole months add up to for a question; beside it only what arrived since they were made has to be counted.
_SETTLED = Memory(64)


def periods(grain: str, since: date, until: date) -> Iterator[Period]:
    """The calendar periods of a grain that meet `since` to `until`, oldest first."""
    period = Period.containing(since, grain)
    while period.start <= until:
        yield period
        period = Period.containing(period.end + timedelta(1), grain)


def counting(tree: Tree, code: str, unit: str) -> list[str]:
    """The units under one in which a record of a unit counts: who answers for it and those above it.

    The one itself where none under it does: what it did itself.
    """
    owner = tree.answering(code)
    above = [node.ref for node in tree.path(owner)] or [owner]
    under = above[above.index(unit) + 1 :] if unit in above else above
    return under or [unit]


def _run(
    rows: Mapping[date, Sums], opening: Mapping[str, Any], covered: Sequence[Period]
) -> Iterator[tuple[date, Sums]]:
    """Sums of the covered periods, with `level_<measure>` running through all of them, those not covered too."""
    levels = {name: value or 0 for name, value in opening.items()}
    starts = sorted(rows)
    place = 0
    for period in covered:
        while place < len(starts) and starts[place] <= period.start:
            for name in levels:
                levels[name] += rows[starts[place]].get(name) or 0
            place += 1
        row = rows.get(period.start, {})
        sums: Sums = {name: row.get(name) or 0 for name in levels}
        if SIMULATED in levels:
            sums[SIMULATED] = levels[SIMULATED]  # a record that came earlier may count now
        yield period.start, {**sums, **{f"{LEVEL}{name}": value for name, value in levels.items()}}


def evaluate(formula: Formula, sums: Mapping[str, Any]) -> Value:
    """An indicator from the sums of its measures, running ones as `level_<measure>`; a ratio over nothing is missing.

    So is what any of its measures is not counted for yet.
    """
    if any(name not in sums for name in formula.measures):
        return MISSING
    part = _signed(formula.added, sums)
    marks = sums.get(f"{LEVEL}{SIMULATED}" if formula.runs else SIMULATED, sums.get(SIMULATED))
    simulated = bool(marks) if SIMULATED in sums else None
    if not formula.whole:
        return Value(part, simulated=simulated)
    whole = _signed(formula.divided, sums)
    if part is None or not whole:
        return Value(None, part, whole, simulated)
    return Value(numbers.ratio(part, whole), part, whole, simulated)


def of_row(formula: Formula, row: Mapping[str, Any]) -> Value:
    """An indicator from one row of an answer, over the whole period; 0 where something was known before it only.

    Missing where there is no row.
    """
    names = [name for name in formula.measures if name in row]
    known = any(row[f"before_{m}"] is not None for m in names)
    sums: Sums = {m: 0 if known and row[m] is None else row[m] for m in names}
    if formula.runs:
        sums |= {f"{LEVEL}{m}": (row[f"before_{m}"] or 0) + (row[m] or 0) for m in names}
    if SIMULATED in row:
        sums[SIMULATED] = (row[f"before_{SIMULATED}"] or 0) + (row[SIMULATED] or 0)
    return evaluate(formula, sums)


def _signed(terms: Sequence[Term], sums: Mapping[str, Any]) -> float | None:
    found = None
    for term in terms:
        value = sums.get(f"{LEVEL}{term.measure}" if term.running else term.measure)
        if value is not None:
            found = (found or 0.0) + term.sign * float(value)
    return found


def ask(
    rollup: str,
    measures: Iterable[str],
    scope: Scope,
    since: date,
    until: date,
    sets: Iterable[Set],
    *,
    cut: Cut | None = None,
    as_of: datetime | None = None,
    rule: str = CALENDAR,
) -> Answer:
    """Sum measures of a rollup within a scope (and a cut) from `since` to `until` (both inclusive), by grouping sets.

    A set names dimensions of the rollup, a grain of `TIME` (its periods run by `rule`) or `ERA`. One query, whatever
    the number of sets. `before_` of a set with a grain is None: what was before is told by the set without it.
    """
    import pyarrow as pa  # a process that asks for no figures does without

    from toancanh.indicators import grouping

    of = derived.rollup(rollup, as_of)
    names = [name for name in dict.fromkeys(measures) if name not in of.uncounted]
    if SIMULATED not in {*names, *of.uncounted} and any(
        m.name == SIMULATED for m in rollups.get_rollup(rollup).measures
    ):
        names.append(SIMULATED)
    wanted = list(dict.fromkeys([(), *sets]))
    dims = list(dict.fromkeys(dim for each in wanted for dim in each))
    where = f"day <= DATE '{until}' AND {scope.sql()}{f' AND {cut.sql()}' if cut else ''}"
    # All days before the period are one to every set, and where no set tells of days or periods those in it are too:
    # folded first, years of history cost their reading only.
    told = [f"{_era()} AS {ERA}" if dim == ERA else dim for dim in dims if dim not in TIME]
    before = f"greatest(day, DATE '{since - timedelta(1)}')"
    told.append(f"{before if any(dim in TIME for dim in dims) else f"least({before}, DATE '{since}')"} AS day")
    fold = ", ".join([*told, *(f"sum({m})::BIGINT AS {m}" for m in names)])
    settled, rest = (
        f"SELECT {fold} FROM (SELECT * FROM {part} r WHERE {where}) s GROUP BY ALL" for part in (of.settled, of.rest)
    )
    folded = reading.fetch(rest)
    if of.version is not None:  # as it was known then nothing is settled, and nothing is kept
        # Never beside what is settled in a later version: it has what is added to this one. So it is in the question.
        question = (home.current().path, rollup, where, fold, of.version)
        known = _SETTLED.get(question, None, lambda: reading.fetch(settled))
        folded = pa.concat_tables([known, folded])
    return Answer(grouping.sums(folded, wanted, names, since, rule), tuple(names), since, until)


def _era() -> str:
    """SQL of the era in which a day lies."""
    whens = " ".join(f"WHEN day >= DATE '{first}' THEN DATE '{first}'" for first in reversed(Register.now().edges))
    return f"CASE {whens} END" if whens else "NULL::DATE"
