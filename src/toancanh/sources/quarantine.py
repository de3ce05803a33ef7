"""Quarantine: the rows that were refused, and a download of them that can be corrected and loaded again."""

import csv
from collections import Counter
from io import BytesIO, StringIO
from typing import Literal

from django.db.models import QuerySet

from toancanh.base.problems import Explanation, explain
from toancanh.sources.layout import COLUMN, LOAD, PLACE, REASON, REMEDY, ROW
from toancanh.sources.models import Load, Reject


def rejects(load: Load) -> QuerySet[Reject]:
    """The refused rows of a load, by row."""
    return Reject.objects.filter(load=load).order_by("row")


def still_open(source: str) -> QuerySet[Reject]:
    """The refused rows of a source that no later load has replaced."""
    return Reject.objects.filter(load__source__name=source, state=Reject.State.OPEN).order_by("load", "row")


def reasons(load: Load) -> list[tuple[str, str, int]]:
    """How often each reason stands in which column: (code, column, rows), most frequent first."""
    counted = Counter(Reject.objects.filter(load=load).values_list("code", "column"))
    return [(code, column, rows) for (code, column), rows in counted.most_common()]


def words(reject: Reject) -> Explanation:
    """Why the row was refused and how to mend it, in the active language."""
    return explain(reject.code, reject.params)


def export(load: Load, format: Literal["csv", "xlsx"] = "csv") -> bytes:  # noqa: A002
    """The refused rows in their original columns, and to the right of them row, column, reason and remedy.

    The file can be corrected and loaded again as it is: the columns to the right are known and ignored.
    """
    found = list(rejects(load))
    columns = list(dict.fromkeys(name for reject in found for name, _text in reject.raw if name != PLACE))
    trailing = [LOAD, ROW, COLUMN, REASON, REMEDY]
    if any(PLACE in dict(reject.raw) for reject in found):
        trailing.append(PLACE)
    lines: list[list[str | int]] = [[*columns, *trailing]]
    for reject in found:
        raw = dict(reject.raw)
        what, remedy = words(reject)
        told: list[str | int] = [load.pk, reject.row, reject.column, what, remedy]
        if PLACE in trailing:
            told.append(raw.get(PLACE, ""))
        lines.append([*(raw.get(name) or "" for name in columns), *told])
    return _xlsx(lines) if format == "xlsx" else _csv(lines)


def _csv(lines: list[list[str | int]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode("utf-8-sig")


def _xlsx(lines: list[list[str | int]]) -> bytes:
    import xlsxwriter

    content = BytesIO()
    # Text stays text: no cell of a stranger's file becomes a formula or a link here.
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet("Dòng bị loại")
    bold = book.add_format({"bold": True})
    for row, line in enumerate(lines):
        for column, cell in enumerate(line):
            if isinstance(cell, int):
                sheet.write_number(row, column, cell)
            else:
                sheet.write_string(row, column, cell, bold if row == 0 else None)
    sheet.freeze_panes(1, 0)
    book.close()
    return content.getvalue()
