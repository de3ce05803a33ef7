"""CSV in its many forms, streamed: delimiter found, encoding checked to the last byte, row numbers true."""

import codecs
import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.csv as pc

from toancanh.base.problems import Problem
from toancanh.base.text import HARMLESS
from toancanh.sources import encodings
from toancanh.sources.layout import REASON, ROW, FileRule
from toancanh.sources.readers import CHUNK, Chunk, Refusal, headers, without_blank

csv.field_size_limit((1 << 31) - 1)  # a cell is as long as it is; 131,072 characters are no error

_BLOCK = 1 << 22
_NEWLINE, _QUOTE = 10, 34
_UNICODE = {"utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16", "utf16": "utf-16"}
_BOMS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


class DelimitedReader:
    """A delimited text file. Everything that would refuse the whole file is known once it is opened."""

    serials: date | None = None
    marks = False

    def __init__(self, path: Path, name: str, rule: FileRule) -> None:
        self.path, self.name, self.rule = path, name, rule
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self._size = path.stat().st_size
        with path.open("rb") as handle:
            head = handle.read(200_000)
        self._encoding = _find_encoding(head, rule.encoding)
        self._legacy = self._encoding in {legacy.option for legacy in encodings.LEGACY}
        sample = self._decode(head).decode("utf-8" if self._legacy else self._encoding, "ignore")
        first = sample.lstrip("\ufeff")
        self._bare_return = "\r" in first and "\n" not in first
        declared = re.match(r"sep=(.)\r?\n", first)  # Excel's own way of saying it
        self._header = rule.header if declared is None or rule.header != (1,) else (2,)
        lines = first.replace("\r", "\n").split("\n") if self._bare_return else first.splitlines()
        self._delimiter = rule.delimiter or (declared[1] if declared else _find_delimiter(lines, self._header[0]))
        self._quotes = self._preflight()
        self.columns = self._read_header()

    def chunks(self, start: int = 0) -> Iterator[Chunk]:
        """The chunks from number `start` on; those before are cut off without being parsed."""
        for index, (first, count, data, share) in enumerate(self._cut()):
            if index >= start:
                yield self._parse(index, first, count, data, share)

    def _blocks(self) -> Iterator[bytes]:
        """The file in UTF-8 (or in its legacy, ASCII-compatible encoding), without BOM. Raises UnicodeDecodeError."""
        with self.path.open("rb") as handle:
            if self._encoding.startswith("utf-16"):
                decoder = codecs.getincrementaldecoder(self._encoding)()
                while block := handle.read(_BLOCK):
                    yield decoder.decode(block).lstrip("\ufeff").encode()
                yield decoder.decode(b"", final=True).encode()
                return
            first = True
            while block := handle.read(_BLOCK):
                yield block.removeprefix(codecs.BOM_UTF8) if first else block
                first = False

    def _preflight(self) -> str:
        """Walk the whole file once. Says how quotes are used: "none", "clean" or "loose"."""
        decoder = codecs.getincrementaldecoder("utf-8")()
        rows, quotes, loose, before = 1, 0, False, b"\n"
        opens = (_NEWLINE, ord(self._delimiter), _QUOTE)
        done = b""
        try:
            for block in self._blocks():
                block = self._lines(block)
                if 0 in block:
                    row = rows + block[: block.index(0)].count(b"\n")
                    raise Problem("file.nul", name=self.name, row=row)
                if not self._legacy:
                    done = block
                    decoder.decode(block)
                if _QUOTE in block:
                    cells = np.frombuffer(before + block, np.uint8)
                    places = np.flatnonzero(cells[1:] == _QUOTE) + 1
                    opening = places[(quotes % 2) :: 2]
                    loose = loose or not bool(np.isin(cells[opening - 1], opens).all())
                    quotes += len(places)
                rows += block.count(b"\n")
                before = block[-1:]
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise self._wrong_encoding(error, rows, done) from None
        if not quotes:
            return "none"
        if loose or quotes % 2:
            self._refuse_open_quote()
            return "loose"
        return "clean"

    def _wrong_encoding(self, error: UnicodeDecodeError, rows: int, block: bytes) -> Problem:
        if self._encoding == "utf-8":
            with self.path.open("rb") as handle:
                found = encodings.recognise(handle.read(200_000)) or encodings.recognise(block[:200_000])
            if found:
                return Problem("file.encoding", name=self.name, encoding=found.title, option=found.option)
        data = bytes(error.object)
        row = rows + data[: error.start].count(b"\n")
        return Problem("file.encoding_unknown", name=self.name, row=row, byte=f"{data[error.start]:02X}")

    def _refuse_open_quote(self) -> None:
        """Raise file.quote if the last quoted cell of the file is never closed."""
        opened = False
        row, start = 0, 0
        for line in self._physical_lines():
            if not opened:
                row += 1
                start = row
            opened = _ends_open(line, self._delimiter.encode(), opened)
        if opened:
            raise Problem("file.quote", name=self.name, row=start)

    def _physical_lines(self) -> Iterator[bytes]:
        rest = b""
        for block in self._blocks():
            *lines, rest = (rest + self._lines(block)).split(b"\n")
            yield from lines
        if rest:
            yield rest

    def _lines(self, block: bytes) -> bytes:
        return block.replace(b"\r", b"\n") if self._bare_return else block

    def _records(self) -> Iterator[tuple[bytes, int, float]]:
        """Pieces of the file that end where a record ends: bytes, number of records in them, share read."""
        if self._quotes == "loose":
            yield from self._loose_records()
            return
        rest, seen = b"", 0
        for block in self._blocks():
            seen += len(block)
            data = rest + self._lines(block)
            cells = np.frombuffer(data, np.uint8)
            ends = np.flatnonzero(cells == _NEWLINE)
            if self._quotes == "clean":
                ends = ends[np.searchsorted(np.flatnonzero(cells == _QUOTE), ends) % 2 == 0]
            if not len(ends):
                rest = data
                continue
            cut = int(ends[-1]) + 1
            rest = data[cut:]
            yield data[:cut], len(ends), min(seen / max(self._size, 1), 1.0)
        if rest:
            yield rest + b"\n", 1, 1.0

    def _loose_records(self) -> Iterator[tuple[bytes, int, float]]:
        record: list[bytes] = []
        opened, seen = False, 0
        for line in self._physical_lines():
            record.append(line)
            seen += len(line) + 1
            opened = _ends_open(line, self._delimiter.encode(), opened)
            if not opened:
                yield b"\n".join(record) + b"\n", 1, min(seen / max(self._size, 1), 1.0)
                record = []

    def _cut(self) -> Iterator[tuple[int, int, bytes, float]]:
        """Records of data in portions of CHUNK: number of the first, how many, their bytes, share read."""
        skip = self._header[-1]
        pieces: list[bytes] = []
        number, held, share = 1 + skip, 0, 0.0
        for data, count, share in self._records():
            if skip:
                dropped = min(skip, count)
                data, count, skip = data[_offset(data, dropped, self._quotes) :], count - dropped, skip - dropped
            while held + count >= CHUNK:
                offset = _offset(data, CHUNK - held, self._quotes)
                yield number, CHUNK, b"".join([*pieces, data[:offset]]), share
                data, count = data[offset:], count - (CHUNK - held)
                number, pieces, held = number + CHUNK, [], 0
            if count:
                pieces.append(data)
                held += count
        if held:
            yield number, held, b"".join(pieces), share

    def _read_header(self) -> list[str]:
        wanted = self._header[-1]
        lines: list[list[str]] = []
        data, count = b"", 0
        for piece, found, _share in self._records():
            data, count = data + piece, count + found
            if count > wanted:
                break
        if count < wanted:
            raise Problem("file.header_absent", name=self.name, rows=count, header=wanted)
        text = self._decode(data).decode()
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter):
            lines.append(record)
            if len(lines) > wanted:
                break
        if not any(portion[2].strip() for portion in self._cut()):
            raise Problem("file.header_only", name=self.name)
        picked = [lines[row - 1] for row in self._header]
        width = max(map(len, picked))
        filled = [line + [""] * (width - len(line)) for line in picked]
        cells = [" / ".join(part for part in column if part.strip()) for column in zip(*filled, strict=True)]
        font = encodings.recognise_font(text[:200_000])
        if font and not self._legacy:
            column = next((cell for cell in cells if not cell.isascii()), cells[0] if cells else "")
            raise Problem(
                "file.encoding_font",
                name=self.name,
                encoding=font[0].title,
                option=font[0].option,
                example=font[1],
                column=column,
            )
        return headers(cells, self.name)

    def _decode(self, data: bytes) -> bytes:
        return encodings.decode(data, self._encoding).encode() if self._legacy else data

    def _parse(self, index: int, first: int, count: int, data: bytes, share: float) -> Chunk:
        data = self._decode(data)
        invalid: list[tuple[int, str]] = []

        def note(row: Any) -> str:
            invalid.append((row.number, row.text))
            return "skip"

        names = [str(place) for place in range(len(self.columns))]
        table = pc.read_csv(
            pa.BufferReader(data),
            read_options=pc.ReadOptions(use_threads=False, column_names=names, block_size=len(data) + 1),
            parse_options=pc.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=note,
            ),
            convert_options=pc.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, check_utf8=False
            ),
        )
        if table.num_rows + len(invalid) != count:
            raise Problem("file.broken", name=self.name, kind="CSV", reason=f"{first}-{first + count - 1}")
        rows = pl.DataFrame(pl.from_arrow(table.rename_columns(self.columns)))
        if {ROW, REASON} <= set(self.columns):
            rows = rows.with_columns(pl.all().str.replace(HARMLESS, "$1"))
        numbers = np.delete(np.arange(first, first + count), [number - 1 for number, _ in invalid])
        refused: list[Refusal] = []
        for number, text in invalid:
            self._mend(first + number - 1, text, refused)
        return Chunk(index, *without_blank(rows, pl.Series("row", numbers, pl.Int64)), refused, share)

    def _mend(self, row: int, text: str, refused: list[Refusal]) -> None:
        """Refuse a row of the wrong width, unless it is blank."""
        cells = next(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter), [])
        if not any(cell.strip() for cell in cells):
            return
        raw = dict(zip(self.columns, cells, strict=False))
        raw |= {f"#{place}": cell for place, cell in enumerate(cells[len(self.columns) :], len(self.columns) + 1)}
        params = {"expected": len(self.columns), "actual": len(cells)}
        refused.append(Refusal(row, "", text[:200], "row.columns", params, raw))


def _find_encoding(head: bytes, wanted: str) -> str:
    for bom, encoding in _BOMS.items():
        if head.startswith(bom):
            return encoding
    wanted = wanted.lower()
    if wanted and wanted not in _UNICODE:
        return wanted
    sample = head[:4000]
    zeros = sample.count(0)
    if wanted.startswith("utf-16") or zeros > len(sample) * 0.2:
        return "utf-16-be" if sample[::2].count(0) > sample[1::2].count(0) else "utf-16-le"
    return "utf-8"


def _find_delimiter(lines: list[str], header: int) -> str:
    """The delimiter that stands most often in the header line, outside quotes."""
    line = re.sub(r'"[^"]*"', "", lines[header - 1] if len(lines) >= header else "")
    best = max((",", ";", "\t", "|"), key=line.count)
    return best if line.count(best) else ","


def _offset(data: bytes, records: int, quotes: str) -> int:
    """Where the record after the first `records` begins."""
    if quotes == "loose":
        return len(data) if records else 0
    cells = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(cells == _NEWLINE)
    if quotes == "clean":
        ends = ends[np.searchsorted(np.flatnonzero(cells == _QUOTE), ends) % 2 == 0]
    return int(ends[records - 1]) + 1 if records else 0


def _ends_open(line: bytes, delimiter: bytes, opened: bool) -> bool:
    """Whether a quoted cell is still open at the end of this line; a quote inside a bare cell is just a character."""
    place, start = 0, not opened
    while place < len(line):
        char = line[place : place + 1]
        if opened:
            if char == b'"':
                if line[place + 1 : place + 2] == b'"':
                    place += 1
                else:
                    opened = False
        elif start and char == b'"':
            opened = True
        start = not opened and char == delimiter
        place += 1
    return opened
