"""Rows: what is asked and written all the time, by statements that are put together once."""

from collections.abc import Collection, Iterator, Sequence
from functools import cache, lru_cache
from itertools import batched
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model

_MOST = 20_000  # values in one statement; the least that a database takes is 32,766


def ask(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What a hand-written question finds: where it is asked all the time, a query set takes four times as long."""
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def insert[Row: Model](rows: Collection[Row], unless: Sequence[str] = ()) -> list[Row]:
    """Write new rows and give them their keys: four times as fast as `save`. No signals.

    `unless` names the fields of a unique constraint: a row of which there is one already is not written, nor returned.
    """
    made: list[Row] = []
    if not rows:
        return made
    model = type(next(iter(rows)))
    fields = _fields(model)
    with connection.cursor() as cursor:
        for some in batched(rows, max(1, _MOST // len(fields))):
            sql = _insertion(model, connection.vendor, len(some), tuple(unless))
            cursor.execute(sql, [value for row in some for value in _values(row, fields)])
            told = cursor.fetchall()
            made += _keyed(some, told, unless) if unless else _paired(some, told)
    return made


def update(rows: Collection[Model], names: Sequence[str]) -> None:
    """Write these fields of rows that are there.

    Django's `bulk_update` builds one statement with a case for each row and field: a hundred times as much work.
    """
    if not rows or not names:
        return
    one = next(iter(rows))
    model = type(one)
    fields = [_field(model, name) for name in names]
    told = ", ".join(f"{_column(field)} = %s" for field in fields)
    sql = f"UPDATE {_table(model)} SET {told} WHERE {_column(model._meta.pk)} = %s"
    with connection.cursor() as cursor:
        if len(rows) == 1:
            cursor.execute(sql, [*_values(one, fields), one.pk])
        else:
            cursor.executemany(sql, [[*_values(row, fields), row.pk] for row in rows])


@cache
def _fields(model: type[Model]) -> tuple["Field[Any, Any]", ...]:
    return tuple(field for field in model._meta.concrete_fields if not isinstance(field, AutoField))


@lru_cache(256)
def _insertion(model: type[Model], _vendor: str, count: int, unless: tuple[str, ...]) -> str:
    columns = [_column(field) for field in _fields(model)]
    row = f"({', '.join(['%s'] * len(columns))})"
    sql = f"INSERT INTO {_table(model)} ({', '.join(columns)}) VALUES {', '.join([row] * count)}"
    key = [_column(_field(model, name)) for name in unless]
    if key:
        sql += f" ON CONFLICT ({', '.join(key)}) DO NOTHING"
    return f"{sql} RETURNING {', '.join([_column(model._meta.pk), *key])}"


def _table(model: type[Model]) -> str:
    return connection.ops.quote_name(model._meta.db_table)


def _column(field: "Field[Any, Any]") -> str:
    return connection.ops.quote_name(str(field.column))


def _field(model: type[Model], name: str) -> "Field[Any, Any]":
    found = model._meta.get_field(name)
    if not isinstance(found, Field):
        raise TypeError(f"{model.__name__}.{name} is not stored in its row")
    return found


def _values(row: Model, fields: Sequence["Field[Any, Any]"]) -> Iterator[Any]:
    return (field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields)


def _paired[Row: Model](rows: Sequence[Row], told: Sequence[tuple[Any, ...]]) -> list[Row]:
    # Keys are given out in the order of the rows; in which order they are told is nowhere promised.
    for row, (pk,) in zip(rows, sorted(told), strict=True):
        _stored(row, pk)
    return list(rows)


def _keyed[Row: Model](rows: Sequence[Row], told: Sequence[tuple[Any, ...]], unless: Sequence[str]) -> list[Row]:
    names = [_field(type(rows[0]), name).attname for name in unless]
    keys = {tuple(key): pk for pk, *key in told}
    made = []
    for row in rows:
        pk = keys.pop(tuple(getattr(row, name) for name in names), None)
        if pk is not None:
            _stored(row, pk)
            made.append(row)
    return made


def _stored(row: Model, pk: Any) -> None:
    row.pk, row._state.adding, row._state.db = pk, False, connection.alias
