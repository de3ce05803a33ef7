"""Live: small arrivals worked into the derived tables of their months without making those anew.

What changed lies beside the whole month: the states of the subjects that were touched, in place of those they had, and
for each rollup the difference that makes to its sums. All months go through each step together, since a step costs
much the same for one row as for thousands.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toancanh.warehouse import reading, rollups, straddling, tables
from toancanh.warehouse.derived import CURRENT, DAYS, days_of, folder, made_by
from toancanh.warehouse.digests import Hashes, hashes
from toancanh.warehouse.reading import fetch
from toancanh.warehouse.sql import names, quote, state_columns, text
from toancanh.warehouse.store import store
from toancanh.warehouse.types import Kind, RecordType

if TYPE_CHECKING:
    import duckdb

MOST = 10_000  # subjects that may lie beside a month before it is made anew

_FILES = 1000  # whose definition is remembered

Numbers = Collection[tuple[str, int]]  # batches, by source and number


class Update(NamedTuple):
    """What small arrivals came to: the units whose counts may change, and the months that must be made anew."""

    units: frozenset[str]
    anew: list[str]


def update(kind: RecordType, arrivals: Mapping[str, Numbers]) -> Update:
    """Work the rows of these batches, by month, in.

    A month must be made anew where it is not there yet, too much lies beside it, or a subject has records in another.
    """
    definitions = made_by(kind)
    there = {table: tables.months(folder(kind.name, table)) for table in definitions}
    months = {month for month in arrivals if all(month in known for known in there.values())}
    months = {
        month for month in months if all(_sound(there[each][month].whole, made) for each, made in definitions.items())
    }
    if not months or any(not field.required for field in kind.fields if field.name in kind.subject):
        return Update(frozenset(), sorted(arrivals))
    with reading.cursor() as on:
        _arrive(kind, {month: arrivals[month] for month in months}, on)
        months -= _astray(kind, there[CURRENT], on)
        if not months:
            return Update(frozenset(), sorted(arrivals))
        _overlay(kind, months, there[CURRENT], on)
        months -= _crowded(on)
        _count(kind, months, there[CURRENT], on)
        for table, found in _found(kind, months, there[DAYS], on):
            for month in sorted(months):
                rows = _of_month(found, month)
                rows = rows.cast(kind.states) if table == CURRENT else rows.drop_columns(["month"])
                place = folder(kind.name, table)
                there[table][month] = tables.update(place, month, there[table][month], rows, definitions[table])
        _keep(kind, months, there[CURRENT], on)
        return Update(_units(kind, on), sorted(set(arrivals) - months))


# Whole files found to be made by the definition that holds.
_SOUND: dict[Path, bytes] = {}


def _sound(whole: Path, definition: bytes) -> bool:
    """Whether what arrives may lie beside it: what another definition made has other columns, or other values."""
    if _SOUND.get(whole) != definition and not tables.flaw(whole, definition):
        _SOUND[whole] = definition
        for gone in [file for file in _SOUND if len(_SOUND) > _FILES and file != whole]:
            del _SOUND[gone]
    return _SOUND.get(whole) == definition


def _of_month(rows: pa.Table, month: str) -> pa.Table:
    return rows.filter(pc.equal(rows["month"], month))


def _found(
    kind: RecordType, months: Collection[str], days: Mapping[str, tables.Month], on: "duckdb.DuckDBPyConnection"
) -> Iterator[tuple[str, pa.Table]]:
    """What lies beside the months, with the `month` of each row, of each derived table."""
    for rollup in rollups.of(kind.name):
        yield rollup.name, fetch(f"{rollups.difference(rollup, 'counted')} ORDER BY ALL", on=on)
    yield CURRENT, fetch(f"SELECT * FROM overlay ORDER BY {names(kind.subject)}", on=on)
    yield DAYS, _days(kind, {month: days[month] for month in months}, on)


def _arrive(kind: RecordType, arrivals: Mapping[str, Numbers], on: "duckdb.DuckDBPyConnection") -> None:
    """Note in a temporary table `arrived` the rows of these batches."""
    table = store(kind)
    snapshot = table.snapshot()
    by_source: dict[str, set[int]] = {}
    for source, number in {each for numbers in arrivals.values() for each in numbers}:
        by_source.setdefault(source, set()).add(number)
    mine = " OR ".join(
        f"(source = {text(source)} AND batch IN ({', '.join(map(str, sorted(numbers)))}))"
        for source, numbers in sorted(by_source.items())
    )
    wanted = [(source, number) for source, numbers in by_source.items() for number in numbers]
    files = [
        path
        for path in snapshot.in_months(frozenset(arrivals))
        if any(snapshot.files[path].may_hold(*each) for each in wanted)
    ]
    rows = reading.rows_of(table, snapshot, files, [mine])
    fetch(f"CREATE TEMP TABLE arrived AS SELECT * FROM {rows}", on=on)


# Of each derived file that is in use the hashes of its subjects, sorted. No file is ever replaced under its name.
_SUBJECTS: dict[Path, Hashes] = {}


def _astray(kind: RecordType, there: Mapping[str, tables.Month], on: "duckdb.DuckDBPyConnection") -> set[str]:
    """The months of subjects that have records in another month too, as far as is known or found now."""
    if not straddling.possible(kind):
        return set()
    touched = fetch(f"SELECT DISTINCT month, {names(kind.subject)} FROM arrived", on=on)
    months, own = touched["month"].to_numpy(), hashes(touched, kind.subject)
    found = straddling.listed(kind, touched)
    _same, where, times = np.unique(own, return_inverse=True, return_counts=True)
    found |= times[where] > 1
    for month, known in there.items():
        for file in known.files:
            found |= (months != month) & _among(own, _subjects(kind, file))
    in_use = {file for known in there.values() for file in known.files}
    for file in [file for file in _SUBJECTS if file.parent == folder(kind.name) and file not in in_use]:
        del _SUBJECTS[file]
    return set(months[found])


def _subjects(kind: RecordType, file: Path) -> Hashes:
    if file not in _SUBJECTS:
        rows = fetch(f"SELECT {names(kind.subject)} FROM {_files([file])}")
        _SUBJECTS[file] = np.sort(hashes(rows, kind.subject))
    return _SUBJECTS[file]


def _among(own: Hashes, known: Hashes) -> "np.ndarray[tuple[int], np.dtype[np.bool_]]":
    """Which hashes are among the known, which are sorted."""
    if not len(known):
        return np.zeros(len(own), bool)
    at = np.searchsorted(known, own)
    at[at == len(known)] = 0
    return known[at] == own


class _Beside(NamedTuple):
    """What lies beside a month: the states that count, and those their subjects have in the whole."""

    month: tables.Month
    states: pa.Table
    whole: pa.Table


# What lies beside the months that were touched last, as it was written here: to be read again after a restart.
_BESIDE: OrderedDict[tuple[Path, str], _Beside] = OrderedDict()
_KEPT = 12


def _beside(kind: RecordType, month: str, known: tables.Month) -> _Beside:
    kept = _BESIDE.get((folder(kind.name), month))
    if kept is not None and kept.month == known:
        return kept
    if known.live is None:
        nothing = kind.states.empty_table()
        return _Beside(known, nothing, nothing)
    live = f"SELECT * FROM {_files([known.live])}"
    whole = f"SELECT * FROM {_files([known.whole])} SEMI JOIN ({live}) USING ({names(kind.subject)})"
    return _Beside(known, fetch(live).cast(kind.states), fetch(whole).cast(kind.states))


def _keep(
    kind: RecordType, months: Collection[str], there: Mapping[str, tables.Month], on: "duckdb.DuckDBPyConnection"
) -> None:
    """Keep what lies beside these months now."""
    states, whole = (fetch(f"SELECT * FROM {table}", on=on).cast(kind.states) for table in ("overlay", "whole"))
    for month in months:
        beside = _Beside(there[month], _of_month(states, month), _of_month(whole, month))
        _BESIDE[folder(kind.name), month] = beside
        _BESIDE.move_to_end((folder(kind.name), month))
        file = there[month].live
        if file and straddling.possible(kind):  # else nobody asks for them, and nobody clears them away
            _SUBJECTS[file] = np.sort(hashes(beside.states, kind.subject))
    while len(_BESIDE) > _KEPT:
        _BESIDE.popitem(last=False)


def _overlay(
    kind: RecordType, months: Collection[str], there: Mapping[str, tables.Month], on: "duckdb.DuckDBPyConnection"
) -> None:
    """Note in `touched` the subjects of these months that rows arrived of, in `overlay` all states beside months.

    And in `kept` and `kept_whole` what lay beside them before.
    """
    beside = [_beside(kind, month, there[month]) for month in sorted(months)]
    on.register("kept", pa.concat_tables(each.states for each in beside))
    on.register("kept_whole", pa.concat_tables(each.whole for each in beside))
    subject = names(kind.subject)
    fetch(f"CREATE TEMP TABLE touched AS SELECT DISTINCT {subject} FROM arrived WHERE {_in(months)}", on=on)
    own = subject if len(kind.subject) == 1 else f"({subject})"
    where = f"{own} IN (SELECT {own} FROM touched) AND {_near(kind, 'touched', on)}"
    rows = reading.records(kind.name, months=months, where=where)
    fetch(
        f"CREATE TEMP TABLE overlay AS SELECT * FROM {reading.states(kind, rows)} "
        f"UNION ALL BY NAME SELECT * FROM kept ANTI JOIN touched USING ({subject})",
        on=on,
    )


def _near(kind: RecordType, subjects: str, on: "duckdb.DuckDBPyConnection") -> str:
    """A condition that the subjects of a table meet: of sorted files only the groups between them are read."""
    name = next((name for name in kind.subject if kind.field(name).kind is Kind.TEXT), None)
    if name is None:
        return "true"
    least, most = (
        fetch(f"SELECT min({quote(name)}) AS least, max({quote(name)}) AS most FROM {subjects}", on=on)
        .to_pylist()[0]
        .values()
    )
    return f"{quote(name)} BETWEEN {text(least)} AND {text(most)}" if least is not None else "false"


def _crowded(on: "duckdb.DuckDBPyConnection") -> set[str]:
    """The months beside which too much would lie."""
    return set(fetch(f"SELECT month FROM overlay GROUP BY month HAVING count(*) > {MOST}", on=on)["month"].to_pylist())


def _count(
    kind: RecordType, months: Collection[str], there: Mapping[str, tables.Month], on: "duckdb.DuckDBPyConnection"
) -> None:
    """Note in `whole` the states that subjects beside these months have in the whole, and in `counted` what counts.

    What lies beside a month counts once, and what it replaces is taken off.
    """
    subject = names(kind.subject)
    fetch(f"CREATE TEMP TABLE fresh AS SELECT * FROM touched ANTI JOIN kept USING ({subject})", on=on)
    wholes = _files(known.whole for month, known in sorted(there.items()) if month in months) if months else "kept"
    near = _near(kind, "fresh", on)
    fetch(
        "CREATE TEMP TABLE whole AS SELECT * FROM kept_whole UNION ALL BY NAME "
        f"SELECT * FROM (SELECT * FROM {wholes} WHERE {near}) SEMI JOIN fresh USING ({subject})",
        on=on,
    )
    if not rollups.of(kind.name):
        return
    columns = names(state_columns(kind))
    weighed = " UNION ALL ".join(
        f"SELECT {columns}, {weight} AS {rollups.WEIGHT} FROM {table}"
        for table, weight in (("overlay", 1), ("whole", -1))
    )
    fetch(f"CREATE TEMP TABLE counted AS {rollups.counted(kind, f'({weighed})')}", on=on)


def _days(kind: RecordType, there: Mapping[str, tables.Month], on: "duckdb.DuckDBPyConnection") -> pa.Table:
    columns = "day, newest, known_at, simulated"
    before = "".join(
        f" UNION ALL BY NAME SELECT {text(month)} AS month, {columns} FROM {_files([known.live])}"
        for month, known in sorted(there.items())
        if known.live
    )
    return fetch(
        "SELECT month, day, max(newest) AS newest, max(known_at) AS known_at, bool_or(simulated) AS simulated"
        f" FROM (SELECT * FROM {days_of(kind, 'arrived')}{before}) GROUP BY month, day ORDER BY month, day",
        on=on,
    )


def _units(kind: RecordType, on: "duckdb.DuckDBPyConnection") -> frozenset[str]:
    """The units that the touched subjects were counted at, and are now."""
    if not kind.unit:
        return frozenset()
    unit, subject = quote(kind.unit), names(kind.subject)
    parts = [f"SELECT {unit} FROM {table} SEMI JOIN touched USING ({subject})" for table in ("overlay", "whole")]
    found = fetch(" UNION ".join(parts), on=on)[kind.unit].to_pylist()
    return frozenset(each or "" for each in found)


def _in(months: Collection[str]) -> str:
    return f"month IN ({', '.join(map(text, sorted(months)))})" if months else "false"


def _files(files: Iterable[Path]) -> str:
    return f"read_parquet([{', '.join(text(str(file)) for file in files)}], union_by_name = true)"
