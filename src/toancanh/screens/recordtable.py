"""Records as people read them: fields by their titles, codes and units by their names, each row with its origin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils.translation import gettext as _

from toancanh.base.clock import local
from toancanh.screens.boards import number
from toancanh.units import labels
from toancanh.warehouse.types import Field, Kind, RecordType


@dataclass(frozen=True)
class Line:
    """One record: its cells in words, whether it counts in the part of a ratio, the load and row it came from."""

    cells: list[str]
    in_part: bool
    source: str
    load: int | None
    row: int


def heads(kind: RecordType) -> list[str]:
    """The titles of the fields."""
    return [str(field.title) for field in kind.fields]


def lines(kind: RecordType, rows: Sequence[Mapping[str, Any]]) -> list[Line]:
    """Rows of a record type with their number in the delivery as `row`; some say `source`, `load` and `in_part` too."""
    return [
        Line(
            [cell(field, row[field.name], kind) for field in kind.fields],
            bool(row.get("in_part")),
            row.get("source", ""),
            row.get("load"),
            row["row"],
        )
        for row in rows
    ]


def cell(field: Field, value: Any, kind: RecordType) -> str:
    """A value in words of the active language; empty where it is not known."""
    if value is None:
        return ""
    if field.name == kind.unit:
        return labels.name(value)
    if isinstance(value, datetime):
        moment = local(value)
        # A deadline or finish at midnight is a day whose hour nobody told.
        return f"{moment:%d/%m/%Y}" if moment.time() == time() else f"{moment:%d/%m/%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if field.kind is Kind.BOOLEAN:
        return _("có") if value else _("không")
    if field.say is str and field.kind in (Kind.NUMBER, Kind.INTEGER):
        return number(value)
    return field.say(value)
