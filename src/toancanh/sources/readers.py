"""Readers: a file of any readable format as chunks of text rows that know their row number in the file."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import polars as pl
import structlog
from django.utils.translation import gettext as _

from toancanh.base.problems import Problem
from toancanh.base.text import nfc, whole
from toancanh.sources import recognise, storage
from toancanh.sources.layout import REASON, ROW, FileRule

log = structlog.get_logger()

CHUNK = 50_000
TROUBLES = {
    "cell.merged": "range",
    "cell.formula": "formula",
    "cell.error": "error",
    "cell.object": "object",
    "cell.letter": "text",
}


@dataclass(frozen=True)
class Refusal:
    """Why one row cannot go in: its number, the column and text at fault, the problem, and the row as delivered."""

    row: int
    column: str
    value: str
    code: str
    params: dict[str, Any]
    raw: dict[str, str]


@dataclass(frozen=True)
class Chunk:
    """Up to CHUNK rows: `rows` are text columns named by header, `numbers` their places in the file."""

    index: int
    rows: pl.DataFrame
    numbers: pl.Series
    refused: list[Refusal] = field(default_factory=list)
    share: float = 0.0  # of the file, behind us after this chunk

    @property
    def read(self) -> int:
        """How many rows were read, refused ones too."""
        return self.rows.height + len(self.refused)


class Reader(Protocol):
    """An opened file: its columns, what is worth knowing of it, and its rows. `chunks` may be called again."""

    columns: list[str]
    serials: date | None  # day 0 of a spreadsheet, whose bare numbers may be days
    marks: bool  # whether a cell may hold a MARK
    notes: list[tuple[str, dict[str, Any]]]

    def chunks(self, start: int = 0) -> Iterator[Chunk]:
        """The chunks from number `start` on."""
        ...


def open_file(path: Path, name: str, rule: FileRule | None = None) -> Reader:
    """A reader of the file; `name` is what its owner calls it. Raises problems `file.*`, as its chunks do."""
    rule = rule or FileRule()
    with storage.opened(path) as handle:
        if not handle.seekable():  # a pipe can be read once only
            raise Problem("file.unreadable", path=str(path), reason=_("đây là đường ống, không phải tệp trên đĩa"))
    with _sound(name):
        plain = FileRule(decimal=rule.decimal)
        if rule != plain:
            # A corrected download has its own layout and format, whatever the original looked like.
            with suppress(Problem):
                reader = _reader(path, name, plain, recognise.kind(path, name))
                if {ROW, REASON} <= set(reader.columns):
                    return _Sound(reader, name)
        return _Sound(_reader(path, name, rule, recognise.kind(path, name, rule.format)), name)


class _Sound:
    """A reader whose surprises are a broken file like any other: nobody who waits behind a file may stop at it."""

    def __init__(self, reader: Reader, name: str) -> None:
        self._reader, self._name = reader, name
        self.columns, self.notes = reader.columns, reader.notes
        self.serials, self.marks = reader.serials, reader.marks

    def chunks(self, start: int = 0) -> Iterator[Chunk]:
        with _sound(self._name):
            yield from self._reader.chunks(start)


@contextmanager
def _sound(name: str) -> Iterator[None]:
    try:
        yield
    except (Problem, KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException as error:  # a panic in a library written in Rust is no Exception
        if isinstance(error, OSError) and error.errno:  # the disk's fault; libraries use the class for their own, too
            raise
        log.exception("file.broken", name=name)
        kind = Path(name).suffix.lstrip(".").upper() or "–"
        raise Problem("file.broken", name=name, kind=kind, reason=type(error).__name__) from error


def _reader(path: Path, name: str, rule: FileRule, kind: str) -> Reader:
    if kind == "csv":
        from toancanh.sources.delimited import DelimitedReader

        return DelimitedReader(path, name, rule)
    if kind == "json":
        from toancanh.sources.jsonfile import JsonReader

        return JsonReader(path, name, rule)
    if kind == "parquet":
        from toancanh.sources.parquetfile import ParquetReader

        return ParquetReader(path, name, rule)
    from toancanh.sources.spreadsheet import SpreadsheetReader

    return SpreadsheetReader(path, name, rule, kind)


def headers(cells: Sequence[str], name: str) -> list[str]:
    """Clean column names; nameless columns are called by their place. Raises file.headers_duplicate."""
    names = [nfc(whole(cell.replace("\ufeff", ""))) or f"#{place}" for place, cell in enumerate(cells, 1)]
    twice = sorted({column for column in names if names.count(column) > 1})
    if twice:
        raise Problem("file.headers_duplicate", name=name, names=", ".join(f"“{column}”" for column in twice))
    return names


def frame(rows: list[list[str]], columns: list[str]) -> pl.DataFrame:
    """Rows of text as text columns."""
    return pl.DataFrame(rows, schema=dict.fromkeys(columns, pl.String), orient="row")


def without_blank(rows: pl.DataFrame, numbers: pl.Series) -> tuple[pl.DataFrame, pl.Series]:
    """The rows that hold anything but spaces, with their numbers."""
    if not rows.width or not (rows.to_series(0).str.strip_chars() == "").any():
        return rows, numbers
    filled = rows.select(~pl.all_horizontal(pl.all().str.strip_chars() == "")).to_series()
    return rows.filter(filled), numbers.filter(filled)


def portions(
    rows: Iterator[tuple[int, list[str] | Refusal]], columns: list[str], total: int, start: int
) -> Iterator[Chunk]:
    """Rows with their numbers as chunks; for files that are read whole."""
    index, seen = 0, 0
    held: list[tuple[int, list[str] | Refusal]] = []

    def chunk() -> Chunk:
        good = [(number, row) for number, row in held if not isinstance(row, Refusal)]
        return Chunk(
            index,
            *without_blank(frame([row for _, row in good], columns), pl.Series("row", [n for n, _ in good], pl.Int64)),
            [row for _, row in held if isinstance(row, Refusal)],
            min(seen / max(total, 1), 1.0),
        )

    for item in rows:
        held.append(item)
        seen += 1
        if len(held) == CHUNK:
            if index >= start:
                yield chunk()
            index, held = index + 1, []
    if held and index >= start:
        yield chunk()
