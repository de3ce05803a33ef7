"""Positions: the place of every row within its group, however the groups are scattered over the file."""

import polars as pl

from toancanh.sources.readers import Chunk, Reader


class Positions:
    """Ordinal from 1 in file order, and how many rows there are, by the columns of a file that make a group."""

    def __init__(self, reader: Reader, columns: tuple[str, ...]) -> None:
        hashes: list[pl.Series] = []
        self._starts: list[int] = []
        total = 0
        for chunk in reader.chunks():
            self._starts.append(total)
            hashes.append(chunk.rows.select(pl.col(columns).str.strip_chars()).hash_rows())
            total += chunk.rows.height
        groups = pl.DataFrame({"group": pl.concat(hashes)})
        self._places = groups.select(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("group").alias("ordinal"),
            pl.len().over("group").cast(pl.Int64).alias("size"),
        )

    def of(self, chunk: Chunk) -> pl.DataFrame:
        """`ordinal` and `size` of the group for each row of the chunk."""
        return self._places.slice(self._starts[chunk.index], chunk.rows.height)
