"""Tables: the months of a derived table on disk. Each is a whole file and, beside it, what changed since that was made.

A month is made anew under its next generation: whoever began to read the one before still finds it, and never meets
the changes of one generation beside the whole of another.
"""

import os
import re
import secrets
import time
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from toancanh.warehouse import errors
from toancanh.warehouse.store import fsync

FINGERPRINT = b"toancanh.fingerprint"
_NAME = re.compile(r"(\d{4}-\d{2})(?:\.(\d+))?(\.live)?\.parquet")
_READ = 60.0  # seconds for which a generation may still be read after the next one was made


class Month(NamedTuple):
    """The files of one month: the whole, and the changes since, where there are any."""

    generation: int
    whole: Path
    live: Path | None

    @property
    def files(self) -> list[Path]:
        """Both, as far as they are there."""
        return [self.whole, self.live] if self.live else [self.whole]


def months(place: Path) -> dict[str, Month]:
    """The months of a derived table that are there, each in its latest generation."""
    found: dict[str, Month] = {}
    live: set[tuple[str, int]] = set()
    for month, generation, changes, file in _entries(place):
        if changes:
            live.add((month, generation))
        elif month not in found or generation > found[month].generation:
            found[month] = Month(generation, file, None)
    return {
        month: each._replace(live=_path(place, month, each.generation, live=True))
        if (month, each.generation) in live
        else each
        for month, each in sorted(found.items())
    }


def replace(place: Path, month: str, rows: pa.Table, fingerprint: bytes) -> Path:
    """Make a month anew; what is seen under a name is always whole."""
    known = months(place).get(month)
    file = _path(place, month, known.generation + 1 if known else 1)
    _write(file, rows, fingerprint)
    return file


def update(place: Path, month: str, rows: pa.Table, fingerprint: bytes) -> None:
    """Put these changes in the place of those that a month has; the month is there."""
    _write(_path(place, month, months(place)[month].generation, live=True), rows, fingerprint)


def remove(place: Path, month: str) -> None:
    """Take a month away, in every generation."""
    for name, _generation, _changes, file in _entries(place):
        if name == month:
            file.unlink(missing_ok=True)


def sweep(place: Path) -> None:
    """Clear away drafts of killed processes, and generations nobody reads any more; for whoever writes the table."""
    for draft in place.glob(".*"):
        draft.unlink(missing_ok=True)
    latest = months(place)
    for month, generation, _changes, file in _entries(place):
        now = latest.get(month)
        if now is None or generation >= now.generation:
            continue
        try:
            made = now.whole.stat().st_mtime
        except FileNotFoundError:
            continue
        if not 0 <= time.time() - made < _READ:  # a clock that was set back keeps nothing
            file.unlink(missing_ok=True)


def _entries(place: Path) -> list[tuple[str, int, bool, Path]]:
    try:
        files = list(place.iterdir())
    except FileNotFoundError:
        return []
    matched = ((file, _NAME.fullmatch(file.name)) for file in files)
    return [(found[1], int(found[2] or 0), bool(found[3]), file) for file, found in matched if found]


def _path(place: Path, month: str, generation: int, *, live: bool = False) -> Path:
    counted = f".{generation:06d}" if generation else ""
    return place / f"{month}{counted}{'.live' if live else ''}.parquet"


def _write(file: Path, rows: pa.Table, fingerprint: bytes) -> None:
    import pyarrow.parquet as pq

    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.stem}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        pq.write_table(rows.replace_schema_metadata({FINGERPRINT: fingerprint}), draft, compression="zstd")
        fsync(draft)
        draft.replace(file)
    except OSError as error:
        draft.unlink(missing_ok=True)
        if errors.is_full(error):
            raise errors.full(file.parent) from error
        raise
    fsync(file.parent)


def flaw(file: Path, fingerprint: bytes) -> str:
    """What is wrong with a file: "missing", "torn", "outdated" (made by another definition), or nothing."""
    import pyarrow.parquet as pq

    try:
        metadata = pq.read_schema(file).metadata or {}
    except FileNotFoundError:
        return "missing"
    except (OSError, pa.ArrowException):
        return "torn"
    return "" if metadata.get(FINGERPRINT) == fingerprint else "outdated"
