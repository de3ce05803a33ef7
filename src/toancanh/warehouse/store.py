"""The durable Delta append: one table per record type, each commit on disk before it is believed."""

import os
import secrets
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toancanh.base import home
from toancanh.base.problems import Problem
from toancanh.warehouse import errors
from toancanh.warehouse.log import EVOLVED, Log, Place, Snapshot, Span, UnreadableError, entry_path, stats
from toancanh.warehouse.types import Kind, RecordType

if TYPE_CHECKING:
    import pyarrow as pa

# Files that hold a correction are named so: readers look for superseded rows only in months that have one.
PLAIN, CORRECTED = "rows", "corrected"

# Rows of a group in a file, which is read whole or not at all: files are sorted by subject, and who looks for a few
# subjects among hundreds of thousands reads a few groups. A whole file is neither larger nor slower to read for it.
ROW_GROUP = 8192


def fsync(path: Path) -> None:
    """Put a file, or the entries of a folder, on disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def has_corrections(path: str) -> bool:
    """Whether a data file may hold a row that supersedes another of its month."""
    return path.rpartition("/")[2].startswith(CORRECTED)


@dataclass(frozen=True)
class Part:
    """A data file that is on disk and waits for its commit."""

    path: str
    month: str
    size: int
    rows: int
    span: Span


class Store:
    """One Delta table. Whoever appends holds the lock "warehouse" of the home; readers need no lock."""

    def __init__(self, record_type: RecordType, folder: Path) -> None:
        self.record_type = record_type
        self.folder = folder
        self.log = Log(folder / "_delta_log")
        # Values that come again and again; trying a dictionary on the others doubles the time of writing.
        self._repeating = ["known_at", "source", "batch"] + [
            field.name for field in record_type.fields if field.kind is Kind.TEXT and field.name not in record_type.key
        ]
        self._table: Any = None
        self._generation = -1
        self._recovered = False

    def snapshot(self) -> Snapshot:
        """The files of the table as they are now; recovers a torn log first."""
        try:
            return self.log.snapshot()
        except UnreadableError:
            with home.current().lock("warehouse"):
                self.recover()
                return self.log.snapshot()

    def recover(self) -> None:
        """Set aside what a crash left unreadable. The caller holds the lock "warehouse"."""
        from toancanh.warehouse import recovery

        recovery.recover(self.record_type.name)
        self._table = None
        self._recovered = True

    def open(self) -> Snapshot:
        """Recover once per process, bring the writing handle to the snapshot it returns. The caller holds the lock.

        What the snapshot says to be recorded and what is committed next then stand on one version.
        """
        if not self._recovered:
            self.recover()
        try:
            snapshot = self.log.snapshot()
        except UnreadableError:
            self.recover()
            snapshot = self.log.snapshot()
        if snapshot.version < 0:
            self._create()
            snapshot = self.log.snapshot()
        from deltalake import DeltaTable

        if self._table is None or self._generation != self.log.generation:
            self._table = DeltaTable(self.folder)
            self._generation = self.log.generation
        elif self._table.version() != snapshot.version:
            self._table.update_incremental()
        self._evolve(snapshot)
        snapshot = self.log.snapshot()
        if snapshot.version != self._table.version():
            raise Problem("warehouse.broken", record_type=self.record_type.name, reason=f"{self._table.version()}")
        return snapshot

    def write_part(self, rows: "pa.Table", month: str, *, corrected: bool) -> Part:
        """Write the rows of one month to a file and put it on disk; not visible before its commit."""
        import pyarrow.compute as pc
        import pyarrow.parquet as pq

        path = f"month={month}/{CORRECTED if corrected else PLAIN}-{secrets.token_hex(12)}.parquet"
        file = self.folder / path
        new = not file.parent.exists()
        file.parent.mkdir(exist_ok=True, mode=0o700)
        try:
            pq.write_table(
                rows.drop_columns(["month"]),
                file,
                compression="zstd",
                compression_level=1,
                row_group_size=ROW_GROUP,
                use_dictionary=self._repeating,
            )
            fsync(file)
        except OSError as error:
            file.unlink(missing_ok=True)
            if errors.is_full(error):
                raise errors.full(self.folder) from error
            raise
        fsync(file.parent)
        if new:
            fsync(self.folder)
        sources, batches = (pc.min_max(rows[name]).as_py() for name in ("source", "batch"))
        span = Span(sources["min"], sources["max"], batches["min"], batches["max"])
        return Part(path, month, file.stat().st_size, rows.num_rows, span)

    def commit(
        self, added: Iterable[Part], transactions: Mapping[str, int], removed: Mapping[str, Place] | None = None
    ) -> None:
        """Make the parts visible in one version that also records the batch numbers, and put it on disk."""
        from deltalake.transaction import AddAction, CommitProperties, RemoveAction, Transaction

        added, now = list(added), time.time_ns() // 1_000_000
        actions: list[Any] = [
            AddAction(part.path, part.size, {"month": part.month}, now, removed is None, stats(part.rows, part.span))
            for part in added
        ]
        actions += [
            RemoveAction(path, False, now, place.size, {"month": place.month})
            for path, place in (removed or {}).items()
        ]
        before = self._table.version()
        try:
            self._table.create_write_transaction(
                actions,
                "append",
                self._table.schema(),
                ["month"],
                commit_properties=CommitProperties(
                    app_transactions=[Transaction(source, number) for source, number in transactions.items()],
                    max_commit_retries=0,
                ),
                post_commithook_properties=_hooks(),
            )
        except Exception as error:
            self._table = None  # it may or may not be in: the next one looks again
            if errors.is_full(error):
                self.discard(added)
                raise errors.full(self.folder) from error
            raise
        self._settle(before)

    def discard(self, parts: Iterable[Part]) -> None:
        """Take back files that will not be committed."""
        for part in parts:
            (self.folder / part.path).unlink(missing_ok=True)

    def _settle(self, before: int) -> None:
        """Put the log entries after `before` on disk, in order; the handle does not move by itself."""
        self._table.update_incremental()
        for version in range(before + 1, self._table.version() + 1):
            fsync(entry_path(self.log.folder, version))
        fsync(self.log.folder)

    def _create(self) -> None:
        from deltalake import DeltaTable

        self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.mkdir(exist_ok=True, mode=0o700)
        try:
            DeltaTable.create(
                self.folder,
                self.record_type.stored,
                partition_by=["month"],
                name=self.record_type.name,
                # `as_of` is answered by columns; Delta's own history is for operations only.
                configuration={"delta.logRetentionDuration": "interval 1 days"},
                post_commithook_properties=_hooks(),
            )
        except Exception as error:
            if errors.is_full(error):
                raise errors.full(self.folder) from error
            raise
        fsync(entry_path(self.log.folder, 0))
        for folder in (self.log.folder, self.folder, self.folder.parent):
            fsync(folder)

    def _evolve(self, snapshot: Snapshot) -> None:
        """Add the columns that the record type has and the table has not; a column that went stays, empty."""
        from deltalake import Field as DeltaField
        from deltalake import Schema

        wanted = {field.name: field for field in Schema.from_arrow(self.record_type.stored).fields}
        for name, field in wanted.items():
            stored = snapshot.columns.get(name)
            if stored is not None and stored != field.type.type:
                raise Problem(
                    "warehouse.schema",
                    record_type=self.record_type.name,
                    column=name,
                    stored=stored,
                    wanted=field.type.type,
                )
        if wanted.keys() == snapshot.columns.keys() or (
            snapshot.evolved and not wanted.keys() - snapshot.columns.keys()
        ):
            return
        before = self._table.version()
        self._table.alter.set_table_description(EVOLVED, post_commithook_properties=_hooks())
        self._table.update_incremental()
        if missing := [DeltaField(name, wanted[name].type) for name in wanted.keys() - snapshot.columns.keys()]:
            self._table.alter.add_columns(missing, post_commithook_properties=_hooks())
        self._settle(before)

    def maintain(self, *, sweep: bool) -> "Maintained":
        """Write and settle a checkpoint, clean the log, remove files that others took the place of an hour ago.

        `sweep` also removes what was never committed, after a day. The caller holds the lock.
        """
        self._table.create_checkpoint()
        for path in sorted(self.log.folder.glob("*.checkpoint*")):
            fsync(path)
        last = self.log.folder / "_last_checkpoint"
        if last.exists():
            fsync(last)
        fsync(self.log.folder)
        self._table.cleanup_metadata()
        before = self._table.version()
        removed = self._vacuum(1, full=False) + (self._vacuum(24, full=True) if sweep else 0)
        if removed:
            self._settle(before)
        return Maintained(self.record_type.name, before, removed)

    def _vacuum(self, hours: int, *, full: bool) -> int:
        options = {"retention_hours": hours, "enforce_retention_duration": False, "full": full}
        removed = self._table.vacuum(dry_run=True, **options)
        if removed:
            self._table.vacuum(dry_run=False, post_commithook_properties=_hooks(), **options)
        return len(removed)


@dataclass(frozen=True)
class Maintained:
    """What maintenance did to a table: the version of its checkpoint and how many old files it removed."""

    record_type: str
    version: int
    removed: int


def _hooks() -> Any:
    """Checkpoints and log cleaning are maintenance's alone: a commit that does them is slow and not durable."""
    from deltalake.transaction import PostCommitHookProperties

    return PostCommitHookProperties(create_checkpoint=False, cleanup_expired_logs=False)


_STORES: dict[tuple[int, Path], Store] = {}
_GUARD = threading.Lock()


def folder(name: str) -> Path:
    """The folder of a record type's table."""
    return home.current().warehouse / name


def store(record_type: RecordType) -> Store:
    """The table of a record type in this process; a forked child gets its own."""
    key = (os.getpid(), folder(record_type.name))
    with _GUARD:
        found = _STORES.get(key)
        if found is None or found.record_type is not record_type:
            found = _STORES[key] = Store(record_type, key[1])
        return found
