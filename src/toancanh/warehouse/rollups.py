"""Rollups: the counts a question needs, declared once; partial sums per month that add up."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from toancanh.warehouse.reading import names, quote, sql_columns, text
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
def flagged(measures: tuple[Measure, ...], record_type: RecordType) -> str:
    """SQL of all states with a boolean for each measure, `counts_` and its name: whether it counts the state."""
    import ibis

    states = ibis.table({name: _IBIS[kind] for name, kind in sql_columns(record_type).items()}, name=STATES)
    flags = {
        f"counts_{measure.name}": measure.where(states).fill_null(False) if measure.where else ibis.literal(True)
        for measure in measures
    }
    return str(ibis.to_sql(states.mutate(**flags), dialect="duckdb"))


def sql(rollup: Rollup, states: str) -> str:
    """SQL of the rollup over these states (SQL in parentheses)."""
    kind = get(rollup.record_type)
    counted = []
    for measure in rollup.measures:
        flags = ", ".join(f"{int(each is measure)} AS {quote(each.name)}" for each in rollup.measures)
        fields = f"{names(rollup.by)}, " if rollup.by else ""
        counted.append(
            f"SELECT {fields}{counted_on(kind, measure)} AS day, {flags}"
            f" FROM ({compiled(measure, kind, rollup.by)}) WHERE {quote(measure.at)} IS NOT NULL"
        )
    keys = names((*rollup.by, "day"))
    sums = ", ".join(f"sum({quote(measure.name)})::BIGINT AS {quote(measure.name)}" for measure in rollup.measures)
    return (
        f"WITH {STATES} AS (SELECT * FROM {states}) SELECT {keys}, {sums}"
        f" FROM ({' UNION ALL '.join(counted)}) GROUP BY {keys}"
    )
