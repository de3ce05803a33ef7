"""Tables: what a panel shows, as rows; the page, the CSV and the workbook are made of the same ones."""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, overload

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse
from django.utils.text import slugify

from toancanh.base import clock
from toancanh.base.text import harmless, search_key

PIECE = 1 << 16  # characters of a streamed table that go out together


@dataclass(frozen=True)
class Column:
    """A column: key, title, and its unit of measure where it holds numbers."""

    key: str
    title: str
    measure: str = ""
    digits: int | None = None
    numeric: bool = False
    figure: str = ""  # key of the cell that holds the address of the figure behind the number
    heat: str = ""  # key of the cell that holds how good the number is: good, warn, bad


class Lines[T](Sequence[dict[str, Any]]):
    """Rows that are made when they are looked at: of a thousand a page shows twenty."""

    def __init__(self, told: Sequence[T], make: Callable[[T], dict[str, Any]]) -> None:
        self._told, self._make = told, make

    def __len__(self) -> int:
        return len(self._told)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...

    @overload
    def __getitem__(self, place: slice) -> "Lines[T]": ...

    def __getitem__(self, place: int | slice) -> "dict[str, Any] | Lines[T]":
        if isinstance(place, slice):
            return Lines(self._told[place], self._make)
        return self._make(self._told[place])


@dataclass
class Table:
    """A titled table; a missing cell is None and never zero."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[dict[str, Any]] = field(default_factory=list)
    note: str = ""

    @property
    def cells(self) -> Iterator[list[tuple[Column, Any, str, str, str]]]:
        """Row by row: (column, value, link of the row's name, address of the figure behind the cell, its heat)."""
        named = next((column for column in self.columns if not column.numeric), None)
        for row in self.rows:
            yield [
                (
                    column,
                    row.get(column.key),
                    row.get("href", "") if column is named else "",
                    row.get(column.figure) or "",
                    row.get(column.heat) or "",
                )
                for column in self.columns
            ]

    @property
    def heads(self) -> list[str]:
        """Column titles with their units of measure, as exports carry them."""
        return [f"{c.title} ({c.measure})" if c.measure else str(c.title) for c in self.columns]


def as_csv(name: str, tables: Sequence[Table]) -> HttpResponse:
    """One table as it is; several one under the other, each under its title."""
    buffer = io.StringIO()
    buffer.write("\ufeff")  # without it spreadsheets misread Vietnamese
    writer = csv.writer(buffer)
    for number, table in enumerate(tables):
        if len(tables) > 1:
            if number:
                writer.writerow([])
            writer.writerow([table.title])
        writer.writerow(table.heads)
        for row in table.rows:
            writer.writerow(["" if row.get(c.key) is None else _plain(row[c.key]) for c in table.columns])
        if table.note:
            writer.writerow([table.note])
    return _attach(HttpResponse(buffer.getvalue(), content_type="text/csv; charset=utf-8"), f"{name}.csv")


def as_xlsx(name: str, tables: Sequence[Table]) -> HttpResponse:
    """A workbook with a sheet for each table; numbers stay numbers."""
    import xlsxwriter

    buffer = io.BytesIO()
    with xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        bold = book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
        number = book.add_format({"num_format": "#,##0.##"})
        used: set[str] = set()
        for table in tables:
            sheet = book.add_worksheet(_sheet_name(table.title, used))
            sheet.freeze_panes(1, 1)
            for place, head in enumerate(table.heads):
                sheet.write_string(0, place, head, bold)
                sheet.set_column(place, place, 34 if not place else 16)
            for line, row in enumerate(table.rows, 1):
                for place, column in enumerate(table.columns):
                    value = row.get(column.key)
                    if isinstance(value, int | float) and not isinstance(value, bool):
                        sheet.write_number(line, place, value, number)
                    elif value is not None:
                        sheet.write_string(line, place, str(_plain(value)))
            if table.note:
                sheet.write_string(len(table.rows) + 2, 0, table.note)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _attach(HttpResponse(buffer.getvalue(), content_type=kind), f"{name}.xlsx")


def stream_csv(name: str, heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A CSV of any length, never whole in memory."""

    def lines() -> Iterator[str]:
        yield "\ufeff"
        buffer = io.StringIO()
        writer = csv.writer(buffer)
        for row in (heads, *rows):
            writer.writerow(["" if cell is None else _plain(cell) for cell in row])
            if buffer.tell() > PIECE:
                yield buffer.getvalue()
                buffer.seek(0)
                buffer.truncate()
        yield buffer.getvalue()

    async def served() -> AsyncIterator[str]:
        # Under ASGI a synchronous iterator would be read to its end before the first byte goes out.
        reader = lines()
        following = sync_to_async(lambda: next(reader, None), thread_sensitive=False)
        while (piece := await following()) is not None:
            yield piece

    return _attach(StreamingHttpResponse(served(), content_type="text/csv; charset=utf-8"), f"{name}.csv")


def _attach[Response: (HttpResponse, StreamingHttpResponse)](response: Response, name: str) -> Response:
    stem, _dot, kind = name.rpartition(".")
    response["Content-Disposition"] = f'attachment; filename="{slugify(search_key(stem)) or "bang"}.{kind}"'
    return response


def _plain(value: Any) -> Any:
    """Cells as text a spreadsheet does not mistake for a formula; times as people here write them."""
    if isinstance(value, datetime):
        return clock.written(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return harmless(value) if isinstance(value, str) else value


def _sheet_name(title: str, used: set[str]) -> str:
    clean = "".join(" " if char in "[]:*?/\\" else char for char in title)[:31].strip() or "Bảng"
    name, number = clean, 2
    while name.casefold() in used:
        name = f"{clean[:28]} {number}"
        number += 1
    used.add(name.casefold())
    return name
