"""The Delta log as readers need it: which files a table has now. Cheap to ask again, safe in threads and after a fork.

`deltalake` refuses to work in a forked process and takes 0.7 ms to say that nothing changed; this takes 0.02 ms.
"""

import json
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote


class UnreadableError(Exception):
    """A log entry or checkpoint cannot be read; recovery must set it aside."""


class Span(NamedTuple):
    """Between which sources and batch numbers the rows of a data file lie."""

    first_source: str
    last_source: str
    lowest: int
    highest: int


class Place(NamedTuple):
    """The month a data file belongs to, its size in bytes, when it was written, its rows, and their span.

    `rearranged` says that the file holds rows of other files, which went in the same version; not known of files that
    a checkpoint told of. Rows and span are not known of files that others wrote.
    """

    month: str
    size: int
    modified: int
    rows: int | None
    rearranged: bool
    span: Span | None = None

    def may_hold(self, source: str, number: int) -> bool:
        """Whether rows of this batch may be in the file."""
        if self.span is None:
            return True
        first, last, lowest, highest = self.span
        return first <= source <= last and lowest <= number <= highest


@dataclass(frozen=True)
class Snapshot:
    """A table at one version: its files by path relative to the table, and its columns with their Delta types.

    `recorded` is of each source the highest batch number that is in; `evolved` says that old files lack columns.
    """

    version: int
    files: dict[str, Place]
    columns: dict[str, str]
    recorded: dict[str, int]
    evolved: bool

    def in_months(self, months: frozenset[str] | None) -> list[str]:
        """Paths of the files of these months (all when None), in the order of their names."""
        return sorted(path for path, place in self.files.items() if months is None or place.month in months)

    @property
    def months(self) -> list[str]:
        """The months that have rows."""
        return sorted({place.month for place in self.files.values()})


EMPTY = Snapshot(-1, {}, {}, {}, False)


def entry_path(folder: Path, version: int) -> Path:
    """The log entry of a version."""
    return folder / f"{version:020d}.json"


def read_entry(path: Path) -> list[dict[str, Any]]:
    """The actions of one log entry. Raises UnreadableError when torn or empty, FileNotFoundError when absent."""
    try:
        actions = [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    except ValueError as error:
        raise UnreadableError(str(path)) from error
    if not actions or not all(isinstance(action, dict) for action in actions):
        raise UnreadableError(str(path))  # deltalake would take an empty entry for a commit of nothing
    return actions


def read_checkpoint(path: Path) -> list[dict[str, Any]]:
    """The actions of a checkpoint. Raises UnreadableError when torn."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise UnreadableError(str(path)) from error
    wanted = [name for name in ("add", "metaData", "txn") if name in table.column_names]
    return [{k: v for k, v in row.items() if v is not None} for row in table.select(wanted).to_pylist()]


def checkpoints(folder: Path) -> dict[int, Path]:
    """The checkpoints of a log by version."""
    return {int(path.name[:20]): path for path in folder.glob("*.checkpoint*.parquet") if path.name[:20].isdigit()}


class Log:
    """The log of one table, followed entry by entry."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.generation = 0  # grows when the log was not merely continued, so that other handles are renewed too
        self._lock = threading.Lock()
        self._snapshot = EMPTY
        self._files: dict[str, Place] = {}
        self._columns: dict[str, str] = {}
        self._recorded: dict[str, int] = {}
        self._evolved = False
        self._version = -1
        self._mark: tuple[int, int] | None = None

    def snapshot(self) -> Snapshot:
        """The table as it is now. Raises UnreadableError when the log is torn."""
        with self._lock:
            if self._version < 0 or self._mark != self._stamp(self._version):
                self._reload()
            self._follow()
            if self._snapshot.version != self._version:
                self._snapshot = Snapshot(
                    self._version, dict(self._files), dict(self._columns), dict(self._recorded), self._evolved
                )
            return self._snapshot

    def _stamp(self, version: int) -> tuple[int, int] | None:
        try:
            stat = entry_path(self.folder, version).stat()
        except FileNotFoundError:
            return None
        return stat.st_ino, stat.st_mtime_ns

    def _reload(self) -> None:
        self.generation += 1
        self._files, self._columns, self._recorded, self._evolved = {}, {}, {}, False
        self._version, self._mark = -1, None
        self._snapshot = EMPTY
        found = checkpoints(self.folder)
        if found:
            self._version = max(found)
            self._apply(read_checkpoint(found[self._version]))

    def _follow(self) -> None:
        while True:
            path = entry_path(self.folder, self._version + 1)
            try:
                actions = read_entry(path)
            except FileNotFoundError:
                break
            self._apply(actions)
            self._version += 1
        self._mark = self._stamp(self._version)

    def _apply(self, actions: list[dict[str, Any]]) -> None:
        for action in actions:
            if add := action.get("add"):
                months = dict(add["partitionValues"])
                stats = json.loads(add.get("stats") or "{}")
                self._files[unquote(add["path"])] = Place(
                    months["month"],
                    add["size"],
                    add["modificationTime"],
                    stats.get("numRecords"),
                    not add["dataChange"],
                    _span(stats.get("minValues") or {}, stats.get("maxValues") or {}),
                )
            elif remove := action.get("remove"):
                self._files.pop(unquote(remove["path"]), None)
            elif batch := action.get("txn"):
                self._recorded[batch["appId"]] = batch["version"]
            elif meta := action.get("metaData"):
                columns = {f["name"]: str(f["type"]) for f in json.loads(meta["schemaString"])["fields"]}
                # The description tells also those who read only the checkpoint that old files lack columns.
                self._evolved = meta.get("description") == EVOLVED
                self._columns = columns


def _span(least: dict[str, Any], most: dict[str, Any]) -> Span | None:
    try:
        return Span(least["source"], most["source"], least["batch"], most["batch"])
    except KeyError:
        return None


def stats(rows: int, span: Span) -> str:
    """What a log entry tells of a data file, as JSON."""
    least = {"source": span.first_source, "batch": span.lowest}
    most = {"source": span.last_source, "batch": span.highest}
    return json.dumps({"numRecords": rows, "minValues": least, "maxValues": most})


EVOLVED = "evolved"
