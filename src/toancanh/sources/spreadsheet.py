"""Spreadsheets (XLSX, XLS, ODS): cells as text; merged cells, errors and formulas without a result are marked."""

import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, load_workbook

from toancanh.base.problems import Problem
from toancanh.sources import encodings, extent
from toancanh.sources.layout import FileRule
from toancanh.sources.marks import MARK, NUMBER, kept, number_text
from toancanh.sources.readers import Chunk, headers, portions

_CELL = re.compile(rb"<c\s([^>]*?)(?:/>|>(.*?)</c>)", re.S)
_REF = re.compile(rb'\br="([A-Z]+)(\d+)"')
_FORMULA = re.compile(rb"<f\b[^>]*?(?:/>|>(.*?)</f>)", re.S)
_VALUE = re.compile(rb"<v>([^<]+)</v>")
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class SpreadsheetReader:
    """One sheet of a workbook, read whole (a sheet holds at most 1,048,576 rows)."""

    serials: date | None = date(1899, 12, 30)
    marks = True

    def __init__(self, path: Path, name: str, rule: FileRule, kind: str) -> None:
        self.name, self.rule = name, rule
        self.notes: list[tuple[str, dict[str, Any]]] = []
        if kind == "xlsx":
            extent.check(path, name)
            if _from_1904(path):
                self.serials = date(1904, 1, 1)
        try:
            with load_workbook(path) as book:
                sheet = self._choose(book)
                cells: list[list[Any]] = sheet.to_python(skip_empty_area=False)
                merged = list(sheet.merged_cell_ranges or [])
        except PasswordError:
            raise Problem("file.locked", name=name) from None
        except (CalamineError, OSError, ValueError) as error:
            raise Problem("file.broken", name=name, kind=kind.upper(), reason=str(error)[:200]) from None
        self._cells = cells
        self._marks = _troubles(path, sheet.name) if kind == "xlsx" else {}
        header_rows = {row - 1 for row in rule.header}
        bottom = max(header_rows)
        if len(cells) <= bottom:
            if not any(cell != "" for row in cells for cell in row):
                raise Problem("file.empty", name=name)
            raise Problem("file.header_absent", name=name, rows=len(cells), header=bottom + 1)
        for (top, left), (low, right) in merged:
            low, right = min(low, len(cells) - 1), min(right, max(map(len, cells)) - 1)
            if low <= bottom:
                self._spread(top, left, low, right, header_rows)
            else:
                label = f"{_letters(left)}{top + 1}:{_letters(right)}{low + 1}"
                for row in range(max(top, bottom + 1), low + 1):
                    for column in range(left, right + 1):
                        self._marks[row, column] = f"{MARK}cell.merged{MARK}{label}"
        width = max(map(len, cells))
        picked = [
            [_text(cell).removesuffix(NUMBER) for cell in cells[row]] + [""] * (width - len(cells[row]))
            for row in sorted(header_rows)
        ]
        names = [
            " / ".join(dict.fromkeys(part for part in column if part.strip())) for column in zip(*picked, strict=True)
        ]
        self.columns = headers(names, name)
        if not any(cell != "" for row in cells[bottom + 1 :] for cell in row):
            raise Problem("file.header_only", name=name)
        self._first = bottom + 1
        self._refuse_font()

    def chunks(self, start: int = 0) -> Iterator[Chunk]:
        """The chunks from number `start` on."""
        yield from portions(self._rows(), self.columns, len(self._cells) - self._first, start)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        width, legacy = len(self.columns), self.rule.encoding.lower()
        marked = {row for row, _ in self._marks}
        for row in range(self._first, len(self._cells)):
            line = [_text(cell) for cell in self._cells[row]]
            line += [""] * (width - len(line))
            if legacy in ("tcvn3", "vni"):
                line = [encodings.to_unicode(cell, legacy) for cell in line]
            if row in marked:
                line = [self._marks.get((row, column), cell) for column, cell in enumerate(line)]
            yield row + 1, line

    def _choose(self, book: CalamineWorkbook) -> CalamineSheet:
        wanted, names = self.rule.sheet, book.sheet_names
        listed = ", ".join(f"“{sheet}”" for sheet in names)
        if isinstance(wanted, int) or wanted:
            try:
                return (
                    book.get_sheet_by_index(wanted - 1) if isinstance(wanted, int) else book.get_sheet_by_name(wanted)
                )
            except (CalamineError, OverflowError):
                raise Problem("file.sheet_unknown", name=self.name, sheet=wanted, sheets=listed) from None
        visible = [sheet.name for sheet in book.sheets_metadata if str(sheet.visible).endswith("Visible")]
        sheets = [book.get_sheet_by_name(name) for name in visible or names]
        filled = [sheet for sheet in sheets if sheet.height]
        if not filled:
            raise Problem("file.empty", name=self.name)
        if len(filled) > 1:
            self.notes.append(("file.sheet_chosen", {"sheets": listed, "sheet": filled[0].name}))
        return filled[0]

    def _spread(self, top: int, left: int, low: int, right: int, header_rows: set[int]) -> None:
        """Let a merged header cell name all columns it spans; refuse one that leaves columns without a name."""
        bottom = max(header_rows)
        inside = bool(set(range(top, low + 1)) & header_rows)
        if not inside:
            return
        if (right > left and len(header_rows) == 1) or low > bottom:
            ranges = f"{_letters(left)}{top + 1}:{_letters(right)}{low + 1}"
            raise Problem(
                "file.header_merged",
                name=self.name,
                row=bottom + 1,
                next=max(low, bottom) + (2 if low == top else 1),
                ranges=ranges,
            )
        value = self._cells[top][left]
        for row in range(top, low + 1):
            line = self._cells[row]
            line += [""] * (right + 1 - len(line))
            line[left : right + 1] = [value] * (right + 1 - left)

    def _refuse_font(self) -> None:
        if self.rule.encoding.lower() in ("tcvn3", "vni"):
            self.columns = headers(
                [encodings.to_unicode(column, self.rule.encoding.lower()) for column in self.columns], self.name
            )
            return
        sample = [*self.columns, *(cell for row in self._cells[:300] for cell in row if isinstance(cell, str))]
        if found := encodings.recognise_font(" ".join(sample)):
            column = next((column for column in self.columns if not column.isascii()), self.columns[0])
            raise Problem(
                "file.encoding_font",
                name=self.name,
                encoding=found[0].title,
                option=found[0].option,
                example=found[1],
                column=column,
            )


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        return kept(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, int | float):
        return number_text(cell)
    if isinstance(cell, date | datetime | time):
        return cell.isoformat()
    return str(cell) if isinstance(cell, timedelta) else ""


def _letters(column: int) -> str:
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _troubles(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """Marks for error cells and for formulas whose result was never stored; calamine shows both as empty."""
    try:
        with zipfile.ZipFile(path) as archive:
            data = archive.read(_part(archive, sheet))
    except (KeyError, StopIteration, zipfile.BadZipFile, ElementTree.ParseError):
        return {}
    if b't="e"' not in data and b"<f" not in data:
        return {}
    marks: dict[tuple[int, int], str] = {}
    for cell in _CELL.finditer(data):
        body = cell[2] or b""
        error = b't="e"' in cell[1]
        formula = _FORMULA.search(body)
        value = _VALUE.search(body)
        if not error and (formula is None or value is not None):
            continue
        if not error and b't="str"' in cell[1]:
            continue  # a formula whose result is the empty text
        if place := _REF.search(cell[1]):
            code, text = (
                ("cell.error", value[1] if value else b"#")
                if error
                else ("cell.formula", b"=" + ((formula and formula[1]) or b""))
            )
            at = int(place[2]) - 1, extent.number(place[1].decode())
            marks[at] = f"{MARK}{code}{MARK}{text.decode(errors='replace')}"
    return marks


def _from_1904(path: Path) -> bool:
    """Whether the workbook counts days as the first Macintosh did."""
    with zipfile.ZipFile(path) as archive:
        return re.search(rb'date1904="(1|true)"', archive.read("xl/workbook.xml")) is not None


def _part(archive: zipfile.ZipFile, sheet: str) -> str:
    """The name of the part of the archive that holds the sheet."""
    # A workbook comes from outside: expat of Python 3.12 refuses entity bombs, and nothing external is fetched.
    book = ElementTree.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314
    relation = next(
        node.get(_RELATION) for node in book.iter() if node.tag.endswith("}sheet") and node.get("name") == sheet
    )
    links = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    target = next(str(node.get("Target")) for node in links if node.get("Id") == relation)
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
