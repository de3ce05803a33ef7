"""Parquet: typed columns go through the same text form as every other file, so that one set of rules judges all."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from toancanh.base.problems import Problem
from toancanh.base.text import whole
from toancanh.sources.layout import FileRule
from toancanh.sources.marks import MARK, NUMBER, kept
from toancanh.sources.readers import CHUNK, Chunk, headers, without_blank


class ParquetReader:
    """A Parquet file, streamed. Rows count from 1."""

    serials: date | None = None
    marks = True

    def __init__(self, path: Path, name: str, rule: FileRule) -> None:
        self.path, self.name, self.rule = path, name, rule
        self.notes: list[tuple[str, dict[str, Any]]] = []
        try:
            with pq.ParquetFile(path) as file:
                self._rows: int = file.metadata.num_rows
                names = file.schema_arrow.names
                for batch in file.iter_batches(batch_size=CHUNK):  # so that no half of a broken file goes in
                    batch.validate(full=True)
        except (pa.ArrowException, OSError) as error:
            raise Problem("file.broken", name=name, kind="Parquet", reason=str(error)[:200]) from None
        if not self._rows:
            raise Problem("file.header_only", name=name)
        self.columns = headers(names, name)

    def chunks(self, start: int = 0) -> Iterator[Chunk]:
        """The chunks from number `start` on."""
        with pq.ParquetFile(self.path) as file:
            held = pl.DataFrame()
            index = 0
            for batch in file.iter_batches(batch_size=CHUNK):
                part = pl.DataFrame(pl.from_arrow(pa.Table.from_batches([batch])))
                held = part if held.is_empty() else pl.concat([held, part])
                while held.height >= CHUNK:
                    if index >= start:
                        yield self._chunk(index, held.head(CHUNK))
                    index, held = index + 1, held.slice(CHUNK)
            if held.height and index >= start:
                yield self._chunk(index, held)

    def _chunk(self, index: int, rows: pl.DataFrame) -> Chunk:
        first = index * CHUNK + 1
        numbers = pl.Series("row", range(first, first + rows.height), pl.Int64)
        text = pl.DataFrame([_text(rows.to_series(place)).alias(column) for place, column in enumerate(self.columns)])
        return Chunk(index, *without_blank(text, numbers), [], min((first + rows.height) / self._rows, 1.0))


def _decoded(value: bytes) -> str:
    try:
        return kept(value.decode())
    except UnicodeDecodeError:
        return f"{MARK}cell.object{MARK}{value[:100]!r}"


def _object(value: Any) -> str:
    return f"{MARK}cell.object{MARK}{whole(json.dumps(value, ensure_ascii=False, default=str))[:200]}"


def _text(series: pl.Series) -> pl.Series:
    kind = series.dtype
    if isinstance(kind, pl.Datetime):
        zone = "%:z" if kind.time_zone else ""
        text = series.dt.strftime(f"%Y-%m-%dT%H:%M:%S%.6f{zone}")
    elif kind == pl.Binary:  # older writers keep text so
        text = pl.Series(series.name, [None if value is None else _decoded(value) for value in series], pl.String)
    elif kind.is_nested():
        shown = [None if value is None else _object(value) for value in series.to_list()]
        text = pl.Series(series.name, shown, pl.String)
    elif kind.is_float():
        whole = series.cast(pl.Int64, strict=False)
        text = pl.select(
            pl.when(whole.cast(kind) == series).then(whole.cast(pl.String)).otherwise(series.cast(pl.String) + NUMBER)
        ).to_series()
    elif kind.is_decimal():
        text = series.cast(pl.String) + NUMBER
    else:
        text = series.cast(pl.String)
    text = text.fill_null("")
    if (broken := text.str.contains("\0", literal=True)).any():
        places = broken.arg_true()
        text = text.scatter(places, pl.Series([kept(text[place]) for place in places], dtype=pl.String))
    return text
