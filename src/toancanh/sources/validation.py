"""Validation of typed columns: what a record type requires of each field. Casts never happen here."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import dataframely as dy
import polars as pl

from toancanh.base.problems import Problem
from toancanh.warehouse.types import Field, Kind, RecordType

_PLACE = "_place"
_COLUMNS: dict[Kind, Any] = {
    Kind.TEXT: dy.String,
    Kind.INTEGER: dy.Int64,
    Kind.NUMBER: dy.Float64,
    Kind.BOOLEAN: dy.Bool,
    Kind.DATE: dy.Date,
    Kind.TIME: dy.Datetime,
}


@cache
def schema(record_type: RecordType) -> type[dy.Schema]:
    """The record type as a dataframely schema; what identifies or places a row is required."""
    columns = {field.name: _column(field, record_type) for field in record_type.fields}
    return type(f"Schema_{record_type.name}", (dy.Schema,), {**columns, _PLACE: dy.Int64()})


def needed(field: Field, record_type: RecordType) -> bool:
    """Whether a row cannot be kept without the field: it is required, or tells the row's partition."""
    return field.required or field.name == record_type.month


def _column(field: Field, record_type: RecordType) -> Any:
    rules: dict[str, Any] = {"nullable": not needed(field, record_type)}
    if field.kind == Kind.TIME:
        rules |= {"time_unit": "us", "time_zone": "UTC"}
    checks: dict[str, Any] = {}
    if field.codes is not None:
        checks["codes"] = lambda column, codes=list(field.codes): column.is_in(codes)
    if field.minimum is not None:
        checks["minimum"] = lambda column, minimum=field.minimum: column >= minimum
    return _COLUMNS[field.kind](**rules, check=checks or None)


def violations(rows: pl.DataFrame, record_type: RecordType) -> Iterator[tuple[int, Field, Problem]]:
    """Place, field and reason of each row that breaks a rule: the first field that does."""
    places = pl.int_range(rows.height, dtype=pl.Int64, eager=True).alias(_PLACE)
    _good, failure = schema(record_type).filter(rows.with_columns(places))
    if not len(failure):
        return
    broken = sorted(failure.counts(), key=lambda rule: list(rows.columns).index(rule.split("|")[0]))
    for row in failure.details().iter_rows(named=True):
        name, _, rule = next(rule for rule in broken if row[rule] == "invalid").partition("|")
        field = record_type.field(name)
        yield row[_PLACE], field, _reason(field, rule, row[name])


def _reason(field: Field, rule: str, value: Any) -> Problem:
    if rule == "nullability":
        return Problem("cell.required")
    if rule == "check__codes":
        return Problem("code.unknown", value=value, allowed=", ".join(map(str, field.codes or ())))
    if rule == "check__minimum":
        return Problem("number.below", value=f"{value:g}", minimum=f"{field.minimum:g}")
    return Problem("number.too_large", value=value)
