"""Maintenance: many small files become few, the log gets its checkpoint, and what is of no use goes."""

import secrets
import time
from collections import defaultdict
from collections.abc import Iterator

from toancanh.base import home
from toancanh.base.problems import Problem
from toancanh.warehouse import errors, reading
from toancanh.warehouse.log import Snapshot, Span, checkpoints
from toancanh.warehouse.sql import names, sql_columns, text
from toancanh.warehouse.store import (
    CORRECTED,
    PLAIN,
    ROW_GROUP,
    Maintained,
    Part,
    Store,
    folder,
    fsync,
    has_corrections,
    store,
)
from toancanh.warehouse.types import all_types

_SMALL = 32 << 20  # bytes; a file above it is left alone
_MANY = 8  # small files of a month that are worth a rewrite
_TINY, _CROWD = 256 << 10, 16  # bytes of what flows in; and how many of those are worth a rewrite of their own
_SETTLED = 60  # seconds; younger files wait for the next time
_ENTRIES = 100  # log entries after which a checkpoint is worth its time
_SWEEP = 5_000  # log entries after which what was never committed is looked for


def maintain(force: bool = False) -> list[Maintained]:
    """Compact, checkpoint and clean every table. Safe beside writers and readers; a second one at a time does nothing.

    `force` takes also young files, few files and short logs.
    """
    try:
        with home.current().lock("maintenance", wait=False):
            return [done for kind in all_types() if (done := _maintain(store(kind), force))]
    except Problem as problem:
        if problem.code == "home.busy":
            return []
        raise


def gather() -> int:
    """Make few of the many tiny files that flow in, in every table; how many went. Nothing beside maintenance.

    For the process that writes them: each reading opens them all.
    """
    try:
        with home.current().lock("maintenance", wait=False):
            gone = 0
            for table in map(store, all_types()):
                for month, paths in _by_month(table.snapshot(), _TINY).items():
                    if len(paths) >= _CROWD:
                        _compact(table, month, paths)
                        gone += len(paths)
            return gone
    except Problem as problem:
        if problem.code == "home.busy":
            return 0
        raise


def _maintain(table: Store, force: bool) -> Maintained | None:
    if table.snapshot().version < 0:
        return None
    for month, paths in _worth(table.snapshot(), force):
        _compact(table, month, paths)
    with home.current().lock("warehouse"):
        version = table.open().version
        before = max(checkpoints(table.log.folder), default=-1)
        if not force and version - before < _ENTRIES:
            return None
        return table.maintain(sweep=force or version // _SWEEP > before // _SWEEP)


def _worth(snapshot: Snapshot, force: bool) -> Iterator[tuple[str, list[str]]]:
    """Months with files that are worth a rewrite. What flows in counts once it is gathered, or where it is alone."""
    oldest = (time.time() - _SETTLED) * 1000
    for month, paths in _by_month(snapshot, _SMALL).items():
        ready = [path for path in paths if force or snapshot.files[path].modified < oldest]
        tiny = [path for path in ready if snapshot.files[path].size < _TINY]
        few = 2 if force else _MANY
        if len(ready) >= few and (force or len(tiny) >= _CROWD or len(ready) - len(tiny) >= few):
            yield month, ready


def _by_month(snapshot: Snapshot, limit: int) -> dict[str, list[str]]:
    """The files below a size of each month."""
    months: dict[str, list[str]] = defaultdict(list)
    for path, place in sorted(snapshot.files.items()):
        if place.size < limit:
            months[place.month].append(path)
    return dict(sorted(months.items()))


def _compact(table: Store, month: str, paths: list[str]) -> None:
    """Write the rows of these files to one, sorted by subject, and swap it for them in one commit."""
    snapshot = table.snapshot()
    corrected = any(has_corrections(path) for path in paths)
    path = f"month={month}/{CORRECTED if corrected else PLAIN}-{secrets.token_hex(12)}.parquet"
    file = folder(table.record_type.name) / path
    rows = reading.rows_of(table, snapshot, paths)
    order = names((*table.record_type.subject, *reading.ARRIVAL))
    columns = names(name for name in sql_columns(table.record_type) if name != "month")
    try:
        # Outside the lock: only maintenance takes files away, so the rows cannot change meanwhile.
        reading.cursor().execute(
            f"COPY (SELECT {columns} FROM {rows} ORDER BY {order}) TO {text(str(file))} "
            f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
        )
        told = "count(*) AS rows, min(source), max(source), min(batch), max(batch)"
        count, *span = reading.fetch(f"SELECT {told} FROM read_parquet({text(str(file))})").to_pylist()[0].values()
        fsync(file)
        fsync(file.parent)
    except Exception as error:
        file.unlink(missing_ok=True)
        if errors.is_full(error):
            raise errors.full(table.folder) from error
        raise
    with home.current().lock("warehouse"):
        table.open()
        removed = {old: snapshot.files[old] for old in paths}
        table.commit([Part(path, month, file.stat().st_size, count, Span(*span))], {}, removed)
