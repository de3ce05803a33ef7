"""Digests: of each key in a month the content it has now, in memory while a load runs.

Two 64-bit hashes stand for the key and for the content. A row is dropped only when both agree, so a falsely dropped
row is a matter of 2^-128; a collision of keys alone keeps a row that could have been dropped.
"""

import os
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from toancanh.warehouse import reading
from toancanh.warehouse.log import Place, Snapshot
from toancanh.warehouse.sql import names
from toancanh.warehouse.store import Store
from toancanh.warehouse.types import RecordType

Hashes = np.ndarray[Any, np.dtype[np.uint64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
_LIMIT = 8_000_000  # keys kept in one process, 16 bytes each


def digest(record_type: RecordType, rows: pa.Table) -> tuple[Hashes, Hashes]:
    """The hash of each row's key and of its whole content; nulls are values."""
    return hashes(rows, record_type.key), hashes(rows, record_type.arrow.names)


def hashes(rows: pa.Table, fields: Sequence[str]) -> Hashes:
    """The hash of each row over these fields, in the order of the rows; only good within this process."""
    with reading.cursor() as on:
        on.register("hashed", rows)
        found = reading.fetch(f"SELECT hash({names(fields)}) AS hash FROM hashed", on=on)
    return found["hash"].to_numpy()


@dataclass
class Month:
    """The digests of one month: sorted runs, the newest last; a key's newest run tells its content."""

    files: dict[str, Place] = field(default_factory=dict)
    version: int = -1  # of the table, when the files were last compared
    runs: list[tuple[Hashes, Hashes]] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many digests there are."""
        return sum(len(keys) for keys, _contents in self.runs)

    def look_up(self, keys: Hashes) -> tuple[Flags, Hashes]:
        """Which keys are there, and their contents."""
        found, contents = np.zeros(len(keys), bool), np.zeros(len(keys), np.uint64)
        for run_keys, run_contents in reversed(self.runs):
            at = np.searchsorted(run_keys, keys)
            at[at == len(run_keys)] = 0
            here = (run_keys[at] == keys) & ~found
            contents[here] = run_contents[at[here]]
            found |= here
        return found, contents

    def add(self, keys: Hashes, contents: Hashes) -> None:
        """Take in newer digests, given in the order of arrival; of a key the last one counts."""
        if len(keys):
            self.runs.append(_sorted_last(keys, contents))
        # Runs of like size are merged, so there are few and each digest is moved few times.
        while len(self.runs) > 1 and len(self.runs[-2][0]) < 2 * len(self.runs[-1][0]):
            newer, older = self.runs.pop(), self.runs.pop()
            self.runs.append(_sorted_last(np.concatenate((older[0], newer[0])), np.concatenate((older[1], newer[1]))))


def _sorted_last(keys: Hashes, contents: Hashes) -> tuple[Hashes, Hashes]:
    order = np.argsort(keys, kind="stable")
    keys, contents = keys[order], contents[order]
    last = np.append(keys[1:] != keys[:-1], True)
    return keys[last], contents[last]


class Digests:
    """The digests of one table, by month; used under the lock "warehouse" only."""

    def __init__(self, table: Store) -> None:
        self.table = table
        self._months: OrderedDict[str, Month] = OrderedDict()
        self._taken_back: int = 0
        self._generation = -1

    def month(self, name: str, snapshot: Snapshot) -> Month:
        """The digests of a month, brought up to the snapshot; only files with other rows are read."""
        taken_back = len(reading.withdrawn())
        if (taken_back, self.table.log.generation) != (self._taken_back, self._generation):
            self._months.clear()
            self._taken_back, self._generation = taken_back, self.table.log.generation
        month = self._months.get(name)
        if month is not None and month.version == snapshot.version:
            return month
        files = {path: place for path, place in snapshot.files.items() if place.month == name}
        if month is None or not _rearranged(month.files, files):
            month = self._months[name] = Month()
        month.version = snapshot.version
        self._months.move_to_end(name)
        if missing := sorted(files.keys() - month.files.keys()):
            self._read(month, snapshot, missing)
        while sum(each.size for each in self._months.values()) > _LIMIT and len(self._months) > 1:
            self._months.popitem(last=False)
        return month

    def _read(self, month: Month, snapshot: Snapshot, files: list[str]) -> None:
        kind = self.table.record_type
        live = reading.rows_of(self.table, snapshot, files, reading.not_withdrawn(kind, None))
        order = names(reading.ARRIVAL)
        found = reading.fetch(f"SELECT * FROM {live} ORDER BY {order}")
        month.add(*digest(kind, found.select(kind.arrow.names).cast(kind.arrow)))
        month.files |= {file: snapshot.files[file] for file in files}


def _rearranged(known: dict[str, Place], files: dict[str, Place]) -> bool:
    """Whether all rows of the files known are still there; those that hold them now are then known in their place.

    A file that was rearranged holds all rows of those that went. Where it holds as many, it holds no others.
    """
    gone = known.keys() - files.keys()
    if gone:
        came = {path: place for path, place in files.items() if path not in known and place.rearranged}
        before, after = [known[path].rows for path in gone], [place.rows for place in came.values()]
        if None in before or None in after or sum(filter(None, before)) != sum(filter(None, after)):
            return False
        for path in gone:
            del known[path]
        known |= came
    return True


_DIGESTS: dict[tuple[int, int], Digests] = {}
_GUARD = threading.Lock()


def of(table: Store) -> Digests:
    """The digests of a table in this process."""
    with _GUARD:
        key = (os.getpid(), id(table))
        found = _DIGESTS.get(key)
        if found is None or found.table is not table:
            found = _DIGESTS[key] = Digests(table)
        return found
