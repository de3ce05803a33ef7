"""SQL: names, texts, moments and the columns of records as DuckDB's SQL writes them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from toancanh.warehouse.types import Kind, RecordType

_SYSTEM = {"known_at": "TIMESTAMPTZ", "source": "VARCHAR", "batch": "BIGINT", "row": "BIGINT", "month": "VARCHAR"}
_SQL_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.INTEGER: "BIGINT",
    Kind.NUMBER: "DOUBLE",
    Kind.BOOLEAN: "BOOLEAN",
    Kind.DATE: "DATE",
    Kind.TIME: "TIMESTAMPTZ",
}


def sql_columns(record_type: RecordType) -> dict[str, str]:
    """The columns of a record type's rows with their SQL types, the system's own last."""
    return {field.name: _SQL_TYPES[field.kind] for field in record_type.fields} | _SYSTEM


def state_columns(record_type: RecordType) -> dict[str, str]:
    """The columns of a record type's states with their SQL types: those of its rows, then what states have beside."""
    return sql_columns(record_type) | {field.name: sql_type(field.kind) for field in record_type.told}


def sql_type(kind: Kind) -> str:
    """The SQL type of a kind."""
    return _SQL_TYPES[kind]


def quote(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def names(columns: Iterable[str]) -> str:
    """Names as an SQL list."""
    return ", ".join(quote(name) for name in columns)


def text(value: str) -> str:
    """A text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def moment(value: datetime) -> str:
    """A moment as SQL writes it."""
    return f"TIMESTAMPTZ '{value.astimezone(UTC).isoformat()}'"


def empty(columns: dict[str, str]) -> str:
    """SQL of no rows with these columns."""
    return "(SELECT " + ", ".join(f"NULL::{kind} AS {quote(name)}" for name, kind in columns.items()) + " WHERE false)"
