"""Pages: rows that a source tells by itself, read as if they were a small file."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import polars as pl

from toancanh.sources import objects
from toancanh.sources.readers import Chunk, Refusal, frame, headers


class PageReader:
    """Rows as a reader: one chunk, counted from `first`; columns that are known and not told are empty."""

    serials: date | None = None
    marks = True

    def __init__(self, rows: Sequence[Any], known: Sequence[str], name: str, first: int = 1) -> None:
        told: dict[str, None] = {}
        for row in rows:
            if isinstance(row, dict):
                told |= dict.fromkeys(objects.flatten(row))
        self.told = list(told)
        keys = list(dict.fromkeys([*known, *told]))
        self.columns = headers(keys, name)
        self.notes: list[tuple[str, dict[str, Any]]] = []
        mixed = objects.mixed(keys)
        self._rows = [(number, objects.row(item, number, keys, mixed)) for number, item in enumerate(rows, first)]

    def chunks(self, start: int = 0) -> Iterator[Chunk]:
        """The one chunk."""
        if start == 0:
            good = [(number, row) for number, row in self._rows if not isinstance(row, Refusal)]
            numbers = pl.Series("row", [number for number, _row in good], pl.Int64)
            refused = [row for _number, row in self._rows if isinstance(row, Refusal)]
            yield Chunk(0, frame([row for _number, row in good], self.columns), numbers, refused, 1.0)
