"""Agencies read from a CSV: departments, offices and facilities under the territories."""

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem, Words, register
from toancanh.base.text import nfc
from toancanh.units import spelling
from toancanh.units.models import Unit, UnitChange

COLUMNS = ["code", "name_vi", "name_en", "kind", "parent", "valid_from", "valid_to"]

register(
    {
        "unit.agencies.columns": Words(
            _("Tệp đơn vị {path} thiếu cột {missing}."), _("Dòng đầu phải có các cột: {columns}.")
        ),
        "unit.agencies.row": Words(
            _("Tệp đơn vị {path}, dòng {line}, cột {column}: giá trị “{value}” không đúng."), "{remedy}"
        ),
    }
)


@dataclass(frozen=True)
class Agency:
    """One row of the file; `parent` is a `scheme:code` or empty."""

    line: int
    scheme: str
    code: str
    name: str
    name_en: str
    kind: str
    parent: str
    valid_from: date | None
    valid_to: date | None


def read(path: Path) -> Iterator[Agency]:
    """The agencies of a UTF-8 CSV. Raises unit.agencies.columns, unit.agencies.row."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        rows = csv.DictReader(handle)
        if missing := [name for name in COLUMNS if name not in (rows.fieldnames or [])]:
            raise Problem(
                "unit.agencies.columns", path=path.name, missing=", ".join(missing), columns=", ".join(COLUMNS)
            )
        for row in rows:
            cells = {name: nfc(row[name] or "") for name in COLUMNS}
            yield _agency(path, rows.line_num, cells)


def _agency(path: Path, line: int, cells: dict[str, str]) -> Agency:
    def refuse(column: str, remedy: object) -> Problem:
        return Problem(
            "unit.agencies.row", path=path.name, line=line, column=column, value=cells[column], remedy=remedy
        )

    def day(column: str) -> date | None:
        try:
            return date.fromisoformat(cells[column]) if cells[column] else None
        except ValueError:
            raise refuse(column, _("Viết ngày dạng 2025-07-01, hoặc để trống.")) from None

    scheme, colon, code = cells["code"].partition(":")
    if not (scheme and colon and code):
        raise refuse("code", _("Viết mã dạng agency:dak-lak.sxd."))
    if not cells["name_vi"]:
        raise refuse("name_vi", _("Ghi tên đơn vị."))
    if cells["kind"] not in Unit.Kind.values:
        raise refuse("kind", _("Chọn một trong: {kinds}.").format(kinds=", ".join(Unit.Kind.values)))
    start, end = day("valid_from"), day("valid_to")
    if start and end and end < start:
        raise refuse("valid_to", _("Ngày cuối phải từ ngày đầu trở đi."))
    return Agency(line, scheme, code, cells["name_vi"], cells["name_en"], cells["kind"], cells["parent"], start, end)


def store(path: Path) -> list[Unit]:
    """Store the agencies of the file that are not there yet, and return them; the caller owns the transaction.

    Raises unit.agencies.columns, unit.agencies.row (also for a parent that does not exist on the first day).
    """
    wanted = list(read(path))
    codes = {one.code for one in wanted} | {one.parent.partition(":")[2] for one in wanted}
    known: dict[str, list[Unit]] = defaultdict(list)
    for unit in Unit.objects.filter(code__in=codes):
        known[unit.ref].append(unit)
    added = []
    for one in wanted:
        ref = f"{one.scheme}:{one.code}"
        if any(unit.valid_from == one.valid_from for unit in known[ref]):
            continue
        unit = Unit(
            scheme=one.scheme,
            code=one.code,
            name=one.name,
            name_en=one.name_en,
            kind=one.kind,
            parent=_parent(path, one, known),
            valid_from=one.valid_from,
            valid_to=one.valid_to,
            name_key=spelling.key(one.name),
            search_key=spelling.searchable(one.name, one.name_en),
        )
        unit.save()
        known[ref].append(unit)
        added.append(unit)
        _follow(unit, known[ref])
    return added


def _follow(unit: Unit, same: list[Unit]) -> None:
    """Let an agency of one code take over from that of the day before: it is the same office, newly set up."""
    for other in same:
        for before, after in ((other, unit), (unit, other)):
            if before.valid_to and after.valid_from == before.valid_to + timedelta(days=1):
                UnitChange.objects.get_or_create(before=before, after=after, defaults={"on": after.valid_from})


def _parent(path: Path, one: Agency, known: dict[str, list[Unit]]) -> Unit | None:
    if not one.parent:
        return None
    for unit in known[one.parent]:
        if unit.valid_from is None if one.valid_from is None else unit.valid_on(one.valid_from):
            return unit
    raise Problem(
        "unit.agencies.row",
        path=path.name,
        line=one.line,
        column="parent",
        value=one.parent,
        remedy=_("Đơn vị cấp trên phải tồn tại vào ngày đầu của đơn vị này; kiểm tra mã và ngày."),
    )
