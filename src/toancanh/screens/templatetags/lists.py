"""What a template cannot do with a list or a table by itself."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from django.utils.html import conditional_escape
from django.utils.safestring import SafeString

from toancanh.screens.templatetags.numbers import number
from toancanh.screens.templatetags.times import day, iso, moment

if TYPE_CHECKING:
    from toancanh.screens.tables import Column, Table


def cell(value: Any, column: "Column | None" = None) -> str:
    """A table cell as people read it: numbers with the column's digits, moments and days, `–` for None."""
    if value is None or value == "":
        return number(None)
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return number(value, column.digits if column else None)
    return str(value)


def raw(value: Any) -> str:
    """A table cell as the browser sorts it: a plain number or an ISO date, empty for None."""
    if value is None:
        return ""
    return iso(value) if isinstance(value, date) else str(value)


def cells(row: Iterable[tuple["Column", Any, str, str, str]]) -> SafeString:
    """A row of a table: a name leads to its link, a figure to its passport. A page has thousands of these cells."""
    return SafeString(f"<tr>{''.join(_cell(*each) for each in row)}</tr>")  # each cell is escaped


def _cell(column: "Column", value: Any, href: str, figure: str, heat: str) -> str:
    shown: str = conditional_escape(cell(value, column))
    if href:
        shown = f'<a href="{escape(href)}">{shown}</a>'
    elif figure and value is not None:
        shown = f'<a class="figure-link" href="/figures/{escape(quote(figure))}">{shown}</a>'
    end = (f' class="end heat-{heat}"' if heat else ' class="end"') if column.numeric else ""
    return f'<td{end} data-value="{escape(raw(value))}">{shown}</td>'


def chart_rows(chart: Mapping[str, Any]) -> list[tuple[Any, list[Any]]]:
    """The table behind a chart: per x its label and one value per series."""
    return [(x, [series["values"][i] for series in chart["series"]]) for i, x in enumerate(chart["x"])]


def ranked(table: "Table", limit: int | None = None) -> list[dict[str, Any]]:
    """Rows of a table as items of a rank or a breakdown: its first text column against its first numeric one."""
    figure = next(column for column in table.columns if column.numeric)
    name = next(column for column in table.columns if not column.numeric and column.key != "rank")
    return [
        {
            "label": row.get(name.key),
            "href": row.get("href", ""),
            "value": row.get(figure.key),
            "figure": row.get(figure.figure) if figure.figure else "",
        }
        for row in table.rows[:limit]
    ]


def largest(items: Iterable[Mapping[str, Any]]) -> float:
    """The largest value of the items, 0 where none has one."""
    return max((float(item["value"]) for item in items if item["value"] is not None), default=0.0)


def total(items: Iterable[Mapping[str, Any]]) -> float:
    """The sum of the items' values; the missing are left out."""
    return sum(float(item["value"]) for item in items if item["value"] is not None)
