"""Rollups: the counts a question needs, declared once; partial sums per month that add up."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from toancanh.warehouse.sql import names, quote, state_columns, text
from toancanh.warehouse.types import Kind, RecordType, get

_IBIS = {
    "VARCHAR": "string",
    "BIGINT": "int64",
    "DOUBLE": "float64",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "TIMESTAMPTZ": "timestamp('UTC', 6)",
}
_FLAGGED = "flagged"
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
        kinds = state_columns(get(self.record_type))
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

    states = ibis.table({name: _IBIS[kind] for name, kind in state_columns(record_type).items()}, name=STATES)
    counted = states if measure.where is None else states.filter(measure.where(states))
    fields = dict.fromkeys((*by, measure.at, *filter(None, [measure.since])))
    return str(ibis.to_sql(counted.select(*fields), dialect="duckdb"))


@lru_cache(maxsize=256)
def flagged(measures: tuple[Measure, ...], record_type: RecordType, *, weighted: bool = False) -> str:
    """SQL of all states with a boolean for each measure, `counts_` and its name: whether it counts the state."""
    import ibis

    columns = {name: _IBIS[kind] for name, kind in state_columns(record_type).items()}
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


def counted(record_type: RecordType, states: str) -> str:
    """SQL of what all rollups of a type sum of states with a `weight_`: a row for each day on which a state counts.

    A row has the month of the state, the fields of all rollups, the day, and of each measure the weight or 0.
    """
    found = of(record_type.name)
    told = _kept("counted", record_type, _counted, tuple(map(id, found)))
    return f"WITH {STATES} AS (SELECT * FROM {states}) {told}"


def difference(rollup: Rollup, counted: str) -> str:
    """SQL of the rollup by month over the table `counted` made: each state counts by its weight; no zeros."""
    return _kept("difference", rollup, _difference).replace(_HERE, counted)


# SQL by what it is of. By identity: what speaks the language of the moment has no lasting hash.
_KEPT: dict[Any, tuple[Any, str]] = {}


def _kept[Of](what: str, of: Of, make: Callable[[Of], str], more: tuple[int, ...] = ()) -> str:
    known = _KEPT.get((what, id(of), more))
    if known is None or known[0] is not of:
        known = _KEPT[what, id(of), more] = (of, make(of))
    return known[1]


def _whole(rollup: Rollup) -> str:
    kind = get(rollup.record_type)
    passes = _passes(kind, rollup.by, rollup.measures)
    return (
        f"WITH {STATES} AS (SELECT * FROM {_HERE}), {_FLAGGED} AS ({flagged(rollup.measures, kind)}) "
        f"{_summed(rollup, f'({passes})', ())}"
    )


def _counted(kind: RecordType) -> str:
    found = of(kind.name)
    measures = tuple({measure.name: measure for rollup in found for measure in rollup.measures}.values())
    fields = dict.fromkeys(["month", *(field for rollup in found for field in rollup.by)])
    passes = _passes(kind, tuple(fields), measures, f" * {WEIGHT}")
    # Else each pass is planned with all flags in it, which takes longer than to count.
    return f", {_FLAGGED} AS MATERIALIZED ({flagged(measures, kind, weighted=True)}) {passes}"


def _difference(rollup: Rollup) -> str:
    nonzero = " OR ".join(f"sum({quote(measure.name)}) <> 0" for measure in rollup.measures)
    return f"{_summed(rollup, _HERE, ('month',))} HAVING {nonzero}"


def _passes(kind: RecordType, fields: Sequence[str], measures: Sequence[Measure], weight: str = "") -> str:
    """SQL of the days on which flagged states count; measures that count on the same day come in one row."""
    by_day: dict[tuple[str, str], list[Measure]] = {}
    for measure in measures:
        by_day.setdefault((measure.at, measure.since), []).append(measure)
    wanted = f"{names(fields)}, " if fields else ""
    passes = []
    for (at, _since), together in by_day.items():
        flags = {each.name: quote(f"counts_{each.name}") for each in together}
        counts = ", ".join(
            f"{flags[each.name]}::INT{weight} AS {quote(each.name)}"
            if each.name in flags
            else f"0 AS {quote(each.name)}"
            for each in measures
        )
        here = f"{quote(at)} IS NOT NULL AND ({' OR '.join(flags.values())})"
        passes.append(f"SELECT {wanted}{counted_on(kind, together[0])} AS day, {counts} FROM {_FLAGGED} WHERE {here}")
    return " UNION ALL ".join(passes)


def _summed(rollup: Rollup, passes: str, more: Sequence[str]) -> str:
    keys = names(dict.fromkeys((*more, *rollup.by, "day")))
    sums = ", ".join(f"sum({quote(measure.name)})::BIGINT AS {quote(measure.name)}" for measure in rollup.measures)
    return f"SELECT {keys}, {sums} FROM {passes} GROUP BY {keys}"
