"""Reading: SQL of the live rows of a record type, for the process's DuckDB connection."""

import atexit
import os
import threading
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Max

from toancanh.base import home
from toancanh.warehouse import withdrawal
from toancanh.warehouse.log import Snapshot
from toancanh.warehouse.models import Batch
from toancanh.warehouse.sql import empty, moment, names, quote, sql_columns, sql_type, text
from toancanh.warehouse.store import Store, has_corrections, store
from toancanh.warehouse.types import RecordType, Tells, get

if TYPE_CHECKING:  # a process that never reads does without the engine
    import duckdb
    import pyarrow as pa

ARRIVAL = ("known_at", "batch", "row")
_GUARD = threading.Lock()
_CONNECTIONS: dict[int, "duckdb.DuckDBPyConnection"] = {}
_TAUGHT: dict[str, "duckdb.DuckDBPyConnection"] = {}  # functions, and the engine that knows them


def cursor() -> "duckdb.DuckDBPyConnection":
    """A cursor of its own on the process's one DuckDB: UTC, memory limited, no extension ever fetched."""
    return _connection().cursor()


def fetch(sql: str, parameters: Sequence[Any] = (), on: "duckdb.DuckDBPyConnection | None" = None) -> "pa.Table":
    """The answer to a query as an Arrow table, on a fresh cursor unless one is given.

    DuckDB's own `fetchall()` of a time needs a library that we do not have.
    """
    return (on or cursor()).sql(sql, params=list(parameters)).to_arrow_table()


def _connection() -> "duckdb.DuckDBPyConnection":
    with _GUARD:
        connection = _CONNECTIONS.get(os.getpid())
        if connection is None:
            connection = _CONNECTIONS[os.getpid()] = _connect()
        return connection


def _connect() -> "duckdb.DuckDBPyConnection":
    import duckdb

    spill = home.current().warehouse / "spill"
    connection = duckdb.connect(
        config={
            "memory_limit": getattr(settings, "WAREHOUSE_MEMORY", "1GB"),
            "threads": 2,
            "temp_directory": str(spill),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            # What is read most is written anew each second, and one file is replaced under its name.
            "enable_external_file_cache": False,
        }
    )
    connection.execute("SET GLOBAL TimeZone = 'UTC'").fetchall()
    return connection


def records(
    record_type: str,
    as_of: datetime | None = None,
    months: Iterable[str] | None = None,
    *,
    history: bool = False,
    where: str = "",
) -> str:
    """Parenthesised SQL of the live rows: not withdrawn, known by `as_of`, of each key its latest correction.

    `history` gives every version of a key. `where` is SQL over key columns, applied before versions are told apart.
    """
    kind = get(record_type)
    table = store(kind)
    snapshot = table.snapshot()
    wanted = None if months is None else frozenset(months)
    files = snapshot.in_months(wanted)
    conditions = [f"known_at <= {moment(as_of)}"] if as_of else []
    conditions += not_withdrawn(kind, as_of)
    if where:
        conditions.append(where)
    if history:
        return rows_of(table, snapshot, files, conditions)
    from toancanh.warehouse import straddling

    corrected = {snapshot.files[path].month for path in files if has_corrections(path)}
    mixed = [path for path in files if snapshot.files[path].month in corrected]
    plain = [path for path in files if snapshot.files[path].month not in corrected]
    apart = straddling.subjects(kind)
    parts = []
    if plain:
        parts.append(f"SELECT * FROM {rows_of(table, snapshot, plain, conditions)}{apart and f' ANTI JOIN {apart}'}")
    # Only where a key may have several versions are they told apart: that costs ten times a plain reading.
    if mixed:
        rows = f"SELECT * FROM {rows_of(table, snapshot, mixed, conditions)}{apart and f' ANTI JOIN {apart}'}"
        parts.append(f"SELECT * FROM ({rows}) {latest_by(kind.key, ARRIVAL)}")
    if apart and files:
        rows = f"SELECT * FROM {rows_of(table, snapshot, files, conditions)} SEMI JOIN {apart}"
        parts.append(f"SELECT * FROM ({rows}) {latest_by(kind.key, ARRIVAL)}")
    return f"({' UNION ALL '.join(f'({part})' for part in parts)})" if parts else empty(sql_columns(kind))


def live(record_type: str, wanted: "pa.Table") -> "pa.Table":
    """The live rows whose fields equal those of a row of `wanted`, which has columns of the key; empty equals empty.

    Of each key the last version counts, in whatever month it lies.
    """
    kind = get(record_type)
    on = cursor()
    on.register("wanted", wanted)
    equal = " AND ".join(f"r.{quote(name)} IS NOT DISTINCT FROM w.{quote(name)}" for name in wanted.column_names)
    found = f"SELECT * FROM {records(record_type, history=True)} r SEMI JOIN wanted w ON {equal}"
    return fetch(f"SELECT * FROM ({found}) {latest_by(kind.key, ARRIVAL)}", on=on).cast(kind.stored)


def latest_by(key: Sequence[str], order: Sequence[str]) -> str:
    """The SQL clause that keeps of each key the row that is last in this order."""
    last = ", ".join(f"{quote(name)} DESC NULLS LAST" for name in order)
    return f"QUALIFY row_number() OVER (PARTITION BY {names(key)} ORDER BY {last}) = 1"


def states(record_type: RecordType, rows: str) -> str:
    """Parenthesised SQL of each subject's last state among these rows, with what earlier ones tell of it."""
    subject = names(record_type.subject)
    taken = []
    for each in record_type.inherits:
        field, by = quote(each.field), quote(each.by)
        told = f"CASE WHEN {by} IN {_among(each.told)} THEN coalesce({names(each.sources)}) END"
        taken.append(
            f"coalesce({field}, CASE WHEN {by} IN {_among(each.last)} "
            f"THEN max({told}) OVER (PARTITION BY {subject}) END) AS {field}"
        )
    replaced = f" REPLACE ({', '.join(taken)})" if taken else ""
    rows, left_out, carried = _carried(record_type, rows)
    last = latest_by(record_type.subject, (record_type.order, *ARRIVAL))
    found = f"SELECT *{left_out}{replaced}{carried} FROM {rows} {last}"
    return f"(SELECT *{_reckoned(record_type)} FROM ({found}))" if record_type.reckons else f"({found})"


def _carried(kind: RecordType, rows: str) -> tuple[str, str, str]:
    """SQL of rows that each know how many of those before it are sought, and of the columns told by that.

    And of what must be left out of the rows again.
    """
    if not kind.carries:
        return rows, "", ""
    subject, at = names(kind.subject), quote(kind.at)
    sought = {(each.by, each.codes): f"sought_{place}" for place, each in enumerate(kind.carries)}
    order = names((kind.order, *ARRIVAL))
    numbered = "".join(
        f", count(*) FILTER ({quote(by)} IN {_among(codes)}) OVER (PARTITION BY {subject} ORDER BY {order} "
        f"ROWS UNBOUNDED PRECEDING) AS {name}"
        for (by, codes), name in sought.items()
    )
    told = []
    for each in kind.carries:
        number = sought[each.by, each.codes]
        mine = f"{quote(each.by)} IN {_among(each.codes)}"
        value = {
            Tells.COUNT: f"max({number})",
            Tells.FIRST: f"min({at}) FILTER ({number} = 1 AND {mine})",
            Tells.AGAIN: f"min({at}) FILTER ({number} = 2 AND {mine})",
            Tells.AFTER: f"min({at}) FILTER ({number} > 1 OR ({number} = 1 AND NOT {mine}))",
            Tells.VALUE: f"min({quote(each.field)}) FILTER ({number} = 1 AND {mine})",
        }[each.tells]
        told.append(f", {value} OVER (PARTITION BY {subject}) AS {quote(each.name)}")
    return f"(SELECT *{numbered} FROM {rows})", f" EXCLUDE ({', '.join(sought.values())})", "".join(told)


def _reckoned(kind: RecordType) -> str:
    """SQL of the columns reckoned from others, by functions that the process's engine knows from now on."""
    from duckdb.func import FunctionNullHandling, PythonUDFType

    connection = _connection()
    told = []
    for each in kind.reckons:
        each.version()
        function = f"reckon_{kind.name}_{each.name}"
        with _GUARD:
            if _TAUGHT.get(function) is not connection:
                takes: list[Any] = [sql_type(kind.field(name).kind) for name in each.of]
                connection.create_function(
                    function,
                    each.how,
                    takes,
                    sql_type(each.kind),
                    type=PythonUDFType.ARROW,
                    null_handling=FunctionNullHandling.SPECIAL,
                )
                atexit.register(_forget, os.getpid(), connection, function)
                _TAUGHT[function] = connection
        told.append(f", {function}({names(each.of)}) AS {quote(each.name)}")
    return "".join(told)


def _forget(process: int, connection: "duckdb.DuckDBPyConnection", function: str) -> None:
    """Leave nothing behind at the end of the process, of which the engine's binding would complain."""
    if process == os.getpid():
        connection.remove_function(function)


def _among(values: Sequence[int]) -> str:
    return f"({', '.join(map(str, values))})"


def rows_of(table: Store, snapshot: Snapshot, files: Sequence[str], conditions: Sequence[str] = ()) -> str:
    """Parenthesised SQL of the rows of these data files that meet all conditions."""
    columns = sql_columns(table.record_type)
    if not files:
        return empty(columns)
    # DuckDB takes all files to be as large as the first, and what it holds to be small it builds joins from.
    ordered = sorted(files, key=lambda path: (-snapshot.files[path].size, path))
    paths = ", ".join(text(f"{table.folder}/{path}") for path in ordered)
    source = f"read_parquet([{paths}], hive_partitioning = true, hive_types = {{'month': VARCHAR}}"
    if snapshot.evolved or not columns.keys() <= snapshot.columns.keys():
        # Older files lack younger columns; perhaps all of these files do.
        source = f"(FROM {empty(columns)} UNION ALL BY NAME FROM {source}, union_by_name = true))"
    else:
        source += ")"
    clause = f" WHERE {' AND '.join(f'({condition})' for condition in conditions)}" if conditions else ""
    return f"(SELECT {names(columns)} FROM {source}{clause})"


_WITHDRAWN: dict[tuple[int, str, int], list[dict[str, Any]]] = {}


def withdrawn(as_of: datetime | None = None) -> list[dict[str, Any]]:
    """The withdrawals known by `as_of`, oldest first."""
    table = store(withdrawal.RECORD)
    snapshot = table.snapshot()
    if not snapshot.files:
        return []
    key = (os.getpid(), str(table.folder), snapshot.version)
    if key not in _WITHDRAWN:
        _WITHDRAWN.clear()
        found = rows_of(table, snapshot, snapshot.in_months(None))
        _WITHDRAWN[key] = fetch(f"SELECT * FROM {found} ORDER BY known_at").to_pylist()
    return [row for row in _WITHDRAWN[key] if as_of is None or row["known_at"] <= as_of]


def not_withdrawn(kind: RecordType, as_of: datetime | None) -> list[str]:
    """SQL conditions that leave out what is withdrawn by `as_of`."""
    if kind is withdrawal.RECORD:
        return []
    conditions = []
    for row in withdrawn(as_of):
        ranges = " OR ".join(f"batch BETWEEN {first} AND {last}" for first, last in withdrawal.unfold(row["batches"]))
        conditions.append(f"NOT (source = {text(row['source_withdrawn'])} AND ({ranges}))")
    return conditions


def count(record_type: str, as_of: datetime | None = None) -> tuple[int, int]:
    """How many live rows there are, and of how many subjects."""
    subject = names(get(record_type).subject)
    found = (
        cursor().execute(f"SELECT count(*), count(DISTINCT ({subject})) FROM {records(record_type, as_of)}").fetchone()
    )
    return (int(found[0]), int(found[1])) if found else (0, 0)


def events(record_type: str, subject: Any, as_of: datetime | None = None) -> list[dict[str, Any]]:
    """The live rows of one subject in their order, then as they arrived.

    `subject` is a value, or a tuple of them; "" stands for an empty field.
    """
    kind = get(record_type)
    values = [value if value != "" else None for value in (subject if isinstance(subject, tuple) else (subject,))]
    where = " AND ".join(f"{quote(name)} IS NOT DISTINCT FROM ?" for name in kind.subject)
    rows = records(record_type, as_of, where=where)
    order = names((kind.order, *ARRIVAL))
    parameters = values * rows.count(where)
    return fetch(f"SELECT * FROM {rows} ORDER BY {order}", parameters).to_pylist()


def inputs(record_type: str, as_of: datetime | None = None) -> dict[str, int]:
    """The provenance of what is read: of each source the highest batch that is in.

    With `as_of` that of the hour before, where small arrivals of that hour are told of together.
    """
    done = Batch.objects.filter(record_type=record_type, state=Batch.State.DONE)
    if as_of:
        done = done.filter(known_at__lte=as_of)
    return dict(done.order_by("source").values_list("source").annotate(highest=Max("number")))
