"""Positions: the place of every row within its group, however the groups are scattered over the file."""

import polars as pl

from toancanh.sources.readers import Chunk, Reader


class Positions:
    """Ordinal from 1 in file order, and whether the row is the first or last, by one group column of a file."""

    def __init__(self, reader: Reader, column: str) -> None:
        hashes: list[pl.Series] = []
        self._starts: list[int] = []
        total = 0
        for chunk in reader.chunks():
            self._starts.append(total)
            hashes.append(chunk.rows[column].hash())
            total += chunk.rows.height
        groups = pl.DataFrame({"group": pl.concat(hashes)})
        self._places = groups.select(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("group").alias("ordinal"),
            pl.len().over("group").cast(pl.Int64).alias("size"),
        )

    def of(self, chunk: Chunk) -> pl.DataFrame:
        """`ordinal` and `size` of the group for each row of the chunk."""
        return self._places.slice(self._starts[chunk.index], chunk.rows.height)
