"""Quarantine: the rows that were refused, and a download of them that can be corrected and loaded again."""

import csv
from collections import Counter
from collections.abc import Iterable
from io import BytesIO, StringIO
from typing import Literal

from django.db.models import Exists, OuterRef, Q, QuerySet

from toancanh.base.problems import Explanation, explain
from toancanh.base.text import harmless
from toancanh.sources.layout import COLUMN, LOAD, PLACE, REASON, REMEDY, ROW
from toancanh.sources.models import Load, Reject
from toancanh.sources.readers import Refusal


def rejects(load: Load) -> QuerySet[Reject]:
    """The refused rows of a load, by row; those that were mended here are in."""
    return Reject.objects.filter(load=load).exclude(state=Reject.State.MENDED).order_by("row")


def still_open(source: str) -> QuerySet[Reject]:
    """The refused rows of a source that no later load has replaced."""
    return Reject.objects.filter(load__source__name=source, state=Reject.State.OPEN).order_by("load", "row")


def reject(load: Load, refusal: Refusal, offset: int = 0, chunk: int = 0) -> Reject:
    """A refused row as it is kept."""
    return Reject(
        load=load,
        chunk=chunk,
        row=refusal.row + offset,
        column=refusal.column[:200],
        value=refusal.value,
        code=refusal.code,
        params=refusal.params,
        raw=list(refusal.raw.items()),
    )


def mend(load: Load, number: int, rows: Iterable[int]) -> None:
    """Note that a load of a corrected download tells rows of an earlier load again, wherever its file was loaded."""
    for earlier in Load.objects.filter(pk=number, source=load.source_id).exclude(pk=load.pk):
        same = Reject.objects.filter(load__source=load.source_id, load__sha256=earlier.sha256, row__in=rows)
        same.exclude(load=load).update(mended_by=load)


def settle(load: Load) -> None:
    """Find again which refused rows are open, once a load has ended or was taken back.

    They are those of the latest standing load of each file that no standing load of a corrected download told again.
    """
    if not load.sha256:  # what flowed has no file that could be delivered again
        if load.state == Load.State.WITHDRAWN:
            load.rejects.update(state=Reject.State.SUPERSEDED)
        return
    files = {load.sha256, *Load.objects.filter(rejects__mended_by=load).values_list("sha256", flat=True)}
    for sha256 in files:
        same = Load.objects.filter(source=load.source_id, sha256=sha256, restores=None)
        done = same.filter(state=Load.State.DONE).order_by("finished_at", "pk").last()
        rejects = Reject.objects.filter(load__in=same)
        mended = rejects.filter(mended_by__state=Load.State.DONE, row=OuterRef("row"))
        over = (~Q(load=done) if done else Q(load__state=Load.State.WITHDRAWN)) | Exists(mended)
        undone = Q(load__state__in=(Load.State.WAITING, Load.State.RUNNING))
        rejects = rejects.exclude(state=Reject.State.MENDED)  # these rows are in
        rejects.filter(over, ~undone).exclude(state=Reject.State.SUPERSEDED).update(state=Reject.State.SUPERSEDED)
        rejects.exclude(over).exclude(state=Reject.State.OPEN).update(state=Reject.State.OPEN)


def reasons(load: Load) -> list[tuple[str, str, int]]:
    """How often each reason stands in which column: (code, column, rows), most frequent first."""
    counted = Counter(rejects(load).order_by().values_list("code", "column"))
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
    csv.writer(text).writerows([[harmless(cell) if isinstance(cell, str) else cell for cell in line] for line in lines])
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
