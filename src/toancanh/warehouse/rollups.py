"""Rollups: the counts a question needs, declared once; partial sums per month that add up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from toancanh.warehouse.sql import names, quote, sql_columns, text
from toancanh.warehouse.types import Kind, RecordType, get

_IBIS = {
    "VARCHAR": "string",
    "BIGINT": "int64",
    "DOUBLE": "float64",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMPTZ": "timestamp('UTC', 6)",
}
STATES = "warehouse_states"  # the name under which the compiled SQL knows the rows it counts


@dataclass(frozen=True)
class Measure:
    """How many subjects have `at`, a time or date field of their current state, on a day in Vietnam.

    `where` narrows them: a function from the ibis table of the states to a condition. What lies before `since`, another
    such field, counts on the day of that.
    """

    name: str
    at: str
    where: Callable[[Any], Any] | None = None
    since: str = ""


@dataclass(frozen=True)
class Rollup:
    """Measures of a record type's current states by day and the fields `by`."""

    name: str
    record_type: str
    by: tuple[str, ...]
    measures: tuple[Measure, ...]

    @property
    def columns(self) -> dict[str, str]:
        """The columns of the rollup with their SQL types: fields, day, measures."""
        kinds = sql_columns(get(self.record_type))
        counts = {measure.name: "BIGINT" for measure in self.measures}
        return {name: kinds[name] for name in self.by} | {"day": "DATE"} | counts

    def measure(self, name: str) -> Measure:
        """The measure of that name. Raises KeyError."""
        for measure in self.measures:
            if measure.name == name:
                return measure
        raise KeyError(name)


_ROLLUPS: dict[str, Rollup] = {}


def register(rollup: Rollup) -> Rollup:
    """Make a rollup known under its name, which is one over all record types."""
    if _ROLLUPS.setdefault(rollup.name, rollup) is not rollup:
        raise ValueError(f"rollup `{rollup.name}` is registered twice")
    return rollup


def get_rollup(name: str) -> Rollup:
    """The rollup of that name. Raises KeyError."""
    return _ROLLUPS[name]


@dataclass(frozen=True)
class Cut:
    """One value of a field of a rollup, as text; "" is the value that is not known."""

    field: str
    value: str

    def sql(self) -> str:
        """The condition."""
        if not self.value:
            return f"{quote(self.field)} IS NULL"
        return f"{quote(self.field)}::VARCHAR = {text(self.value)}"


def with_field(rollup: Rollup, field: str, measures: Iterable[str]) -> Rollup | None:
    """The rollup of the same records that tells these measures by a field; None where no such is declared."""
    wanted = set(measures)
    fits = (each for each in of(rollup.record_type) if field in each.by and wanted <= {m.name for m in each.measures})
    return next(fits, None)


def of(record_type: str) -> list[Rollup]:
    """The rollups of a record type, by name."""
    return [_ROLLUPS[name] for name in sorted(_ROLLUPS) if _ROLLUPS[name].record_type == record_type]


def counted_on(record_type: RecordType, measure: Measure) -> str:
    """SQL of the day on which a measure counts a state; null where it does not."""
    own = day(record_type, measure.at)
    if not measure.since:
        return own
    # greatest() would tell a day where there is none.
    return f"CASE WHEN {quote(measure.at)} IS NOT NULL THEN greatest({own}, {day(record_type, measure.since)}) END"


def day(record_type: RecordType, field: str) -> str:
    """SQL of the calendar day in Vietnam of a time or date field."""
    if record_type.field(field).kind is Kind.DATE:
        return quote(field)
    # Vietnam has been at +07:00 without summer time since 1975; this is 10x faster than AT TIME ZONE.
    return f"CAST(make_timestamp(epoch_us({quote(field)}) + 25200000000) AS DATE)"


@lru_cache(maxsize=512)
def compiled(measure: Measure, record_type: RecordType, by: tuple[str, ...]) -> str:
    """SQL of the fields and the moments of each state that the measure counts, from the table STATES."""
    import ibis

    states = ibis.table({name: _IBIS[kind] for name, kind in sql_columns(record_type).items()}, name=STATES)
    counted = states if measure.where is None else states.filter(measure.where(states))
    fields = dict.fromkeys((*by, measure.at, *filter(None, [measure.since])))
    return str(ibis.to_sql(counted.select(*fields), dialect="duckdb"))


@lru_cache(maxsize=256)
def flagged(measures: tuple[Measure, ...], record_type: RecordType, *, weighted: bool = False) -> str:
    """SQL of all states with a boolean for each measure, `counts_` and its name: whether it counts the state."""
    import ibis

    columns = {name: _IBIS[kind] for name, kind in sql_columns(record_type).items()}
    states = ibis.table(columns | ({WEIGHT: "int64"} if weighted else {}), name=STATES)
    flags = {
        f"counts_{measure.name}": measure.where(states).fill_null(False) if measure.where else ibis.literal(True)
        for measure in measures
    }
    return str(ibis.to_sql(states.mutate(**flags), dialect="duckdb"))


_HERE = "\0states\0"
WEIGHT = "weight_"


def sql(rollup: Rollup, states: str) -> str:
    """SQL of the rollup over these states (SQL in parentheses, or the name of a table)."""
    return _kept("whole", rollup, _whole).replace(_HERE, states)


def difference(rollup: Rollup, marked: str) -> str:
    """SQL of the rollup over the table `marked` made: each state counts as often as its weight says; no zeros."""
    return _kept("difference", rollup, _difference).replace(_HERE, marked)


def marked(record_type: RecordType, states: str) -> str:
    """SQL of states that have a `weight_`, with a flag for every measure of every rollup of their type."""
    found = of(record_type.name)
    measures = tuple({measure.name: measure for rollup in found for measure in rollup.measures}.values())
    told = _kept("marked", record_type, lambda kind: flagged(measures, kind, weighted=True), tuple(map(id, measures)))
    return f"WITH {STATES} AS (SELECT * FROM {states}) {told}"


# SQL by what it is of. By identity: what speaks the language of the moment has no lasting hash.
_KEPT: dict[Any, tuple[Any, str]] = {}


def _kept[Of](what: str, of: Of, make: Callable[[Of], str], more: tuple[int, ...] = ()) -> str:
    known = _KEPT.get((what, id(of), more))
    if known is None or known[0] is not of:
        known = _KEPT[what, id(of), more] = (of, make(of))
    return known[1]


def _whole(rollup: Rollup) -> str:
    flags = flagged(rollup.measures, get(rollup.record_type))
    return f"WITH {STATES} AS (SELECT * FROM {_HERE}), flagged AS ({flags}) {_summed(rollup, 'flagged', '')}"


def _difference(rollup: Rollup) -> str:
    nonzero = " OR ".join(f"sum({quote(measure.name)}) <> 0" for measure in rollup.measures)
    return f"{_summed(rollup, _HERE, f' * {WEIGHT}')} HAVING {nonzero}"


def _summed(rollup: Rollup, flagged: str, weight: str) -> str:
    """SQL of the sums of flagged states; measures that count on the same day are counted in one pass."""
    kind = get(rollup.record_type)
    by_day: dict[tuple[str, str], list[Measure]] = {}
    for measure in rollup.measures:
        by_day.setdefault((measure.at, measure.since), []).append(measure)
    fields = f"{names(rollup.by)}, " if rollup.by else ""
    passes = []
    for (at, _since), together in by_day.items():
        flags = {each.name: quote(f"counts_{each.name}") for each in together}
        counts = ", ".join(
            f"{flags[each.name]}::INT{weight} AS {quote(each.name)}"
            if each.name in flags
            else f"0 AS {quote(each.name)}"
            for each in rollup.measures
        )
        wanted = f"{quote(at)} IS NOT NULL AND ({' OR '.join(flags.values())})"
        passes.append(f"SELECT {fields}{counted_on(kind, together[0])} AS day, {counts} FROM {flagged} WHERE {wanted}")
    keys = names((*rollup.by, "day"))
    sums = ", ".join(f"sum({quote(measure.name)})::BIGINT AS {quote(measure.name)}" for measure in rollup.measures)
    return f"SELECT {keys}, {sums} FROM ({' UNION ALL '.join(passes)}) GROUP BY {keys}"
