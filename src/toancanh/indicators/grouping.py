"""Grouping: the sums of a folded answer by each of its grouping sets.

Summed here and not by the database, which takes ten times longer to plan twenty sums over five sets than to add them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from toancanh.indicators.computing import TIME, Set
from toancanh.units.periods import CALENDAR, Period

BEFORE = "before_"


def sums(
    folded: pa.Table, sets: Iterable[Set], names: Sequence[str], since: date, rule: str = CALENDAR
) -> dict[Set, list[dict[str, Any]]]:
    """For each set rows of its dimensions, and of each name its sum from a day on and, as `before_`, before it.

    `folded` has the dimensions, `day`, and the names. A sum over nothing is None.
    """
    wanted = list(sets)
    for grain in dict.fromkeys(dim for each in wanted for dim in each if dim in TIME and dim != "day"):
        folded = folded.append_column(grain, _starts(folded["day"], grain, rule))
    inside = pc.greater_equal(folded["day"], since)
    parts = {"": folded.filter(inside), BEFORE: folded.filter(pc.invert(inside))}
    return {each: _sums(parts, each, names) for each in wanted}


def _starts(days: pa.ChunkedArray, grain: str, rule: str) -> pa.Array:
    """Of each day the first of the period that it lies in."""
    encoded = days.combine_chunks().dictionary_encode()
    starts = [Period.containing(day.as_py(), grain, rule).start for day in encoded.dictionary]
    return pa.array(starts, pa.date32()).take(encoded.indices)


def _sums(parts: Mapping[str, pa.Table], dims: Set, names: Sequence[str]) -> list[dict[str, Any]]:
    blank = {f"{prefix}{name}": None for prefix in parts for name in names}
    found: dict[tuple[Any, ...], dict[str, Any]] = {} if dims else {(): dict(blank)}
    timed = any(dim in TIME for dim in dims)
    for prefix, part in parts.items():
        if prefix and timed:  # a period of time that lies before only feeds the running sums
            continue
        summed = pa.TableGroupBy(part, list(dims), use_threads=False).aggregate([(name, "sum") for name in names])
        columns = [summed[dim].to_pylist() for dim in dims]
        totals = [summed[f"{name}_sum"].to_pylist() for name in names]
        for place in range(summed.num_rows):
            key = tuple(column[place] for column in columns)
            row = found.setdefault(key, dict(zip(dims, key, strict=True)) | blank)
            for name, total in zip(names, totals, strict=True):
                row[f"{prefix}{name}"] = total[place]
    return list(found.values())
