"""Outside: rows of units that whoever delivered them has no business with, as little as he sees their records."""

from collections.abc import Iterator

import polars as pl
import pyarrow as pa

from toancanh.access import scope as scopes
from toancanh.access.models import User
from toancanh.access.scope import Scope
from toancanh.base import clock
from toancanh.base.audit import Ref
from toancanh.base.problems import Problem
from toancanh.sources.models import Load
from toancanh.units.tree import Tree
from toancanh.warehouse import reading, types
from toancanh.warehouse.models import Batch
from toancanh.warehouse.sql import names, text
from toancanh.warehouse.types import Kind, RecordType

_DAY, _UNIT, _OUT = "_day", "_unit", "_outside"


def unit_of(actor: Ref) -> str:
    """The unit whose records somebody may deliver; empty where they may be of any."""
    kind, name = actor
    user = User.objects.filter(username=name).first() if kind == "user" else None
    return user.unit if user else ""


def scope_of(load: Load) -> Scope:
    """The scope of whoever delivered a load, as it was then: whichever process goes on with the load judges alike.

    Raises unit.not_there.
    """
    if not load.within:
        return scopes.EVERYTHING
    delivered = load.restores or load
    return scopes.of_unit(load.within, clock.local(delivered.created_at).date())


def covers(load: Load, scope: Scope) -> bool:
    """Whether all that a load brought lies within a scope, or whoever delivered it does."""
    kind = types.get(load.source.record_type)
    if scope.everything or not kind.unit or (load.within and load.within in (scope.codes or ())):
        return True
    batches = Batch.objects.filter(load=str(load.pk), record_type=kind.name).values_list("first", "number")
    if not batches:
        return False
    field = kind.field(kind.unit)
    columns = names((field.name, field.unit_at or kind.month))
    runs = " OR ".join(f"batch BETWEEN {first} AND {last}" for first, last in batches)
    mine = f"source = {text(load.source.name)} AND ({runs})"
    rows = reading.fetch(f"SELECT DISTINCT {columns} FROM {reading.records(kind.name, history=True, where=mine)} r")
    told = _judged(pl.DataFrame(pl.from_arrow(rows)), kind, scope)[_OUT]
    return not told.is_empty() and not told.any()


def violations(rows: pl.DataFrame, record_type: RecordType, scope: Scope) -> Iterator[tuple[int, str, Problem]]:
    """Place, field and reason of each row whose unit, or the unit that holds its record now, is outside the scope."""
    if scope.everything or not record_type.unit or rows.is_empty():
        return
    judged = _judged(rows, record_type, scope)
    for place in judged[_OUT].arg_true():
        unit, day = judged[_UNIT][place], judged[_DAY][place]
        known = Tree.at(day).get(unit) if unit and day else None
        params = {"unit": unit, "name": known.name if known else unit, "day": f"{day:%d/%m/%Y}" if day else ""}
        yield place, record_type.unit, Problem("unit.outside", **params) if unit else Problem("cell.required")
    if record_type.unit in record_type.subject:
        return  # a record of another unit is another record
    foreign = _foreign(rows, record_type, scope) & ~judged[_OUT]
    for place in foreign.arg_true():
        record = " · ".join(str(rows[name][place]) for name in record_type.subject)
        yield place, record_type.subject[0], Problem("record.outside", record=record)


def _judged(rows: pl.DataFrame, record_type: RecordType, scope: Scope) -> pl.DataFrame:
    """Rows with the day on which their unit is meant, and whether it is outside the scope then; no unit is outside."""
    field = record_type.field(str(record_type.unit))
    day_field = record_type.field(field.unit_at or record_type.month)
    day = pl.col(day_field.name)
    if day_field.kind is Kind.TIME:
        day = day.dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.date()
    placed = rows.with_columns(pl.col(field.name).alias(_UNIT), day.alias(_DAY))
    pairs = placed.select(_UNIT, _DAY).unique()
    covered = [bool(unit and day and scope.covers(unit, day)) for unit, day in pairs.iter_rows()]
    pairs = pairs.with_columns(pl.Series(_OUT, [not inside for inside in covered], pl.Boolean))
    return placed.join(pairs, on=[_UNIT, _DAY], how="left", nulls_equal=True, maintain_order="left")


def _foreign(rows: pl.DataFrame, record_type: RecordType, scope: Scope) -> pl.Series:
    """Which rows are of a record that is now, itself or in its subject's last state, of a unit outside the scope."""
    subject, key = list(record_type.subject), list(record_type.key)
    schema = pa.schema([record_type.arrow.field(name) for name in subject])
    live = reading.live(record_type.name, rows.select(subject).unique().to_arrow().cast(schema))
    found = _judged(pl.DataFrame(pl.from_arrow(live)), record_type, scope)
    found = found.with_columns(pl.col(_OUT) & pl.col(_UNIT).is_not_null())
    last = found.sort(record_type.order, *reading.ARRIVAL, nulls_last=False).unique(subject, keep="last")
    outside = pl.repeat(False, rows.height, dtype=pl.Boolean, eager=True)
    for known, on in ((found, key), (last, subject)):
        told = rows.join(known.select(*on, _OUT), on=on, how="left", nulls_equal=True, maintain_order="left")
        outside |= told[_OUT].fill_null(False)
    return outside
