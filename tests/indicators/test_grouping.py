"""Sums by grouping set are those one gets by adding up row after row."""

from collections import defaultdict
from datetime import date, timedelta

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from toancanh.indicators.grouping import sums
from toancanh.units.periods import Period

SINCE = date(2026, 5, 17)
NAMES = ("received", "late")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", None]),
        st.integers(-40, 400).map(lambda n: SINCE + timedelta(n)),
        st.none() | st.integers(-5, 5),
        st.none() | st.integers(0, 5),
    ),
    max_size=30,
)
SETS = [(), ("unit",), ("day",), ("month",), ("half",), ("unit", "quarter")]


def folded(rows):
    columns = zip(*rows, strict=True) if rows else [[]] * 4
    kinds = (pa.string(), pa.date32(), pa.int64(), pa.int64())
    return pa.table(
        [pa.array(list(column), kind) for column, kind in zip(columns, kinds, strict=True)], ["unit", "day", *NAMES]
    )


def added(rows, dims):
    """Row after row, what a set should say: by its key the sums in the period and before it."""
    found = defaultdict(dict)
    if not dims:
        found[()] = {}
    for unit, day, *values in rows:
        inside = day >= SINCE
        if not inside and any(dim != "unit" for dim in dims):
            continue
        key = tuple(unit if dim == "unit" else Period.containing(day, dim).start for dim in dims)
        for name, value in zip(NAMES, values, strict=True):
            told = name if inside else f"before_{name}"
            before = found[key].setdefault(told, None)
            found[key][told] = before if value is None else (before or 0) + value
    blank = dict.fromkeys([f"{prefix}{name}" for prefix in ("", "before_") for name in NAMES])
    return {key: blank | row for key, row in found.items()}


@given(rows=ROWS)
def test_every_set_adds_up_as_by_hand(rows):
    for dims, told in sums(folded(rows), SETS, NAMES, SINCE).items():
        assert {tuple(row.pop(dim) for dim in dims): row for row in told} == added(rows, dims)


def test_the_whole_of_nothing_is_one_row_of_unknown_sums():
    assert sums(folded([]), [(), ("unit",)], NAMES, SINCE) == {
        (): [{"received": None, "late": None, "before_received": None, "before_late": None}],
        ("unit",): [],
    }
