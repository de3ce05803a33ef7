"""Tables: the months of a derived table on disk. Each is a whole file and, beside it, what changed since that was made.

Nothing is ever replaced under its name, which a reader may open twice: a month is made anew under its next generation,
and its changes under their next number. Whoever began to read the ones before still finds them, and never meets the
changes of one generation beside the whole of another.
"""

import os
import re
import secrets
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from toancanh.warehouse import errors
from toancanh.warehouse.store import ROW_GROUP, fsync

if TYPE_CHECKING:
    import pyarrow as pa

FINGERPRINT = b"toancanh.fingerprint"
_NAME = re.compile(r"(\d{4}-\d{2})(?:\.(\d+))?(?:\.live(\d+))?\.parquet")
_READ = 30.0  # seconds for which a file may still be read after the next one was made


class Month(NamedTuple):
    """The files of one month: the whole, and the changes since, where there are any, and the number of those."""

    generation: int
    whole: Path
    live: Path | None
    changes: int = 0

    @property
    def files(self) -> list[Path]:
        """Both, as far as they are there."""
        return [self.whole, self.live] if self.live else [self.whole]


class _Entry(NamedTuple):
    """A file of a month: its generation, and the number of its changes, 0 for the whole."""

    month: str
    generation: int
    changes: int
    file: Path


def months(place: Path) -> dict[str, Month]:
    """The months of a derived table that are there, each in its latest generation."""
    return _latest(_entries(place))


def _latest(entries: list[_Entry]) -> dict[str, Month]:
    found: dict[str, Month] = {}
    for entry in sorted(entries):
        known = found.get(entry.month)
        if not entry.changes:
            found[entry.month] = Month(entry.generation, entry.file, None)
        elif known and known.generation == entry.generation:
            found[entry.month] = known._replace(live=entry.file, changes=entry.changes)
    return found


def replace(place: Path, month: str, rows: "pa.Table", fingerprint: bytes) -> Path:
    """Make a month anew; what is seen under a name is always whole."""
    known = months(place).get(month)
    # The first generation is told by the clock: one that was taken away may still be read under its name.
    file = _path(place, month, known.generation + 1 if known else int(time.time() * 1000))
    _write(file, rows, fingerprint)
    return file


def update(place: Path, month: str, known: Month, rows: "pa.Table", fingerprint: bytes) -> Month:
    """Put these changes in the place of those that a month has."""
    changes = known.changes + 1
    file = _path(place, month, known.generation, changes)
    _write(file, rows, fingerprint)
    return known._replace(live=file, changes=changes)


def remove(place: Path, month: str) -> None:
    """Take a month away, in every generation."""
    for entry in _entries(place):
        if entry.month == month:
            entry.file.unlink(missing_ok=True)


def sweep(place: Path) -> None:
    """Clear away drafts of killed processes, and files nobody reads any more; for whoever writes the table."""
    for draft in place.glob(".*"):
        draft.unlink(missing_ok=True)
    entries = _entries(place)
    current = {file for known in _latest(entries).values() for file in known.files}
    made: dict[tuple[str, int, bool], float] = {}  # when what follows it was made: a whole, or changes
    for entry in sorted(entries, reverse=True):
        changes = bool(entry.changes)
        followed = made.get((entry.month, entry.generation, True)) if changes else None
        if followed is None:
            followed = made.get((entry.month, entry.generation + 1, False))
        made[entry.month, entry.generation, changes] = entry.file.stat().st_mtime
        # A clock that was set back keeps nothing.
        if entry.file not in current and followed is not None and not 0 <= time.time() - followed < _READ:
            entry.file.unlink()


def _entries(place: Path) -> list[_Entry]:
    try:
        with os.scandir(place) as files:
            matched = [_NAME.fullmatch(file.name) for file in files]
    except FileNotFoundError:
        return []
    return [_Entry(found[1], int(found[2] or 0), int(found[3] or 0), place / found[0]) for found in matched if found]


def _path(place: Path, month: str, generation: int, changes: int = 0) -> Path:
    live = f".live{changes:06d}" if changes else ""
    return place / f"{month}.{generation:06d}{live}.parquet"


def _write(file: Path, rows: "pa.Table", fingerprint: bytes) -> None:
    import pyarrow.parquet as pq

    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.stem}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        told = rows.replace_schema_metadata({FINGERPRINT: fingerprint})
        pq.write_table(told, draft, compression="zstd", row_group_size=ROW_GROUP)
        fsync(draft)
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        if errors.is_full(error):
            raise errors.full(file.parent) from error
        raise
    fsync(file.parent)


_COLUMNS: dict[Path, frozenset[str]] = {}
_FILES = 4000  # whose columns are remembered


def lacking(file: Path, wanted: Iterable[str]) -> set[str]:
    """Which of these columns a file is without: none where it cannot be read, as whoever reads it will find."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if file not in _COLUMNS:
        if len(_COLUMNS) >= _FILES:
            _COLUMNS.clear()
        try:
            _COLUMNS[file] = frozenset(pq.read_schema(file).names)
        except (OSError, pa.ArrowException):
            return set()
    return set(wanted) - _COLUMNS[file]


def flaw(file: Path, fingerprint: bytes) -> str:
    """What is wrong with a file: "missing", "torn", "outdated" (made by another definition), or nothing."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(file).metadata or {}
    except FileNotFoundError:
        return "missing"
    except (OSError, pa.ArrowException):
        return "torn"
    return "" if metadata.get(FINGERPRINT) == fingerprint else "outdated"
