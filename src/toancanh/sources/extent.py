"""Extent: how far the cells of a workbook reach, known before it is read: one stray cell can ask for all memory."""

import re
import zipfile
from pathlib import Path

from toancanh.base.problems import Problem

CELLS = 40_000_000  # of one sheet: all 1,048,576 rows in 38 columns
UNPACKED = 2 << 30  # bytes of the whole workbook
_PIECE = 1 << 22
_COLUMN = re.compile(rb'\sr="([A-Z]{1,3})\d')
_ROW = re.compile(rb'\sr="[A-Z]{1,3}(\d+)"')


def check(path: Path, name: str) -> None:
    """Refuse an XLSX workbook that would not fit into memory. Raises file.too_large and file.too_far."""
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        unpacked = sum(part.file_size for part in parts)
        if unpacked > UNPACKED:
            raise Problem("file.too_large", name=name, size=unpacked >> 20, limit=UNPACKED >> 20)
        for part in parts:
            if part.filename.startswith("xl/") and part.filename.endswith(".xml"):
                letters, rows = _reach(archive, part)
                if rows * (number(letters) + 1) > CELLS:
                    raise Problem("file.too_far", name=name, cell=f"{letters}{rows}", sheet=Path(part.filename).stem)


def number(letters: str) -> int:
    """The number of a column, from 0."""
    found = 0
    for letter in letters:
        found = found * 26 + ord(letter) - 64
    return found - 1


def _reach(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> tuple[str, int]:
    """The last column and the last row in which a cell of a sheet stands."""
    letters, rows, rest = {"A"}, 0, b""
    with archive.open(part) as handle:
        while piece := handle.read(_PIECE):
            piece = rest + piece
            letters |= {each.decode() for each in set(_COLUMN.findall(piece))}
            rows = max(rows, *map(int, set(_ROW.findall(piece))), 0)
            rest = piece[-32:]  # a reference may be cut in two
    return max(letters, key=number), rows
