"""Rowview: a row of a typed frame as a mapping that fetches only the columns that are asked for."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl


class RowView(Mapping[str, Any]):
    """One row at a time of a frame: set `place` and read. Turning all cells into objects would cost most of a load."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._rows = rows
        self._lists: dict[str, list[Any]] = {}
        self.place = 0

    def __getitem__(self, name: str) -> Any:
        known = self._lists.get(name)
        if known is None:
            if name not in self._rows.columns:
                raise KeyError(name)
            known = self._lists[name] = self._rows[name].to_list()
        return known[self.place]

    def get(self, name: str, default: Any = None) -> Any:
        """The cell of that column, or the default where there is no such column."""
        known = self._lists.get(name)
        if known is not None:
            return known[self.place]
        return self[name] if name in self._rows.columns else default

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows.columns)

    def __len__(self) -> int:
        return self._rows.width
