"""The simulated one-stop system of a province: it publishes events as they happen, in pages."""

import json
import random
import threading
from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, NamedTuple, Protocol

from toancanh.domains.dossiers import faults as wrong
from toancanh.domains.dossiers import notation
from toancanh.domains.dossiers.feed import Feed
from toancanh.domains.dossiers.notation import Row
from toancanh.domains.dossiers.tally import Tally
from toancanh.domains.simulation.faults import Faults

_NUMBERS_A_SECOND = 10_000
_HELD = 0.5  # the share of events that the fault `late` holds back


class Stream(Protocol):
    """Where events come from."""

    start: datetime

    def now(self) -> datetime:
        """The moment it is in the simulation."""
        ...

    def due(self) -> Iterator[list[Row]]:
        """What has happened since it was last asked, in portions."""
        ...

    def close(self) -> None:
        """Make no more events."""
        ...


class _Late(NamedTuple):
    until: datetime
    moment: datetime
    line: bytes


class OneStop:
    """What has been published, and the pages of it that are served; safe to use from many threads.

    Numbers follow from the start of the stream: those of a later start are beyond all of an earlier one.
    """

    def __init__(self, stream: Stream, seed: int, malformed: float, faults: Faults) -> None:
        self.faults = faults
        self.ended, self.held = threading.Event(), threading.Event()
        self._stream, self._seed, self._share = stream, seed, malformed
        self._feed = Feed(int(stream.start.timestamp()) * _NUMBERS_A_SECOND)
        self._tally, self._served = Tally(), 0
        self._late: list[_Late] = []  # a heap
        self._again: tuple[int, list[bytes]] | None = None
        self._random = random.Random(seed)  # noqa: S311 - what is held back, and for how long
        self._lock = threading.Lock()

    def publish(self) -> None:
        """Publish what has happened by now, unless it is to end or held."""
        for rows in () if self.held.is_set() else self._stream.due():
            if self.ended.is_set():
                return
            with self._lock:
                for row in rows:
                    self._publish(row)
        with self._lock:
            self._release()

    def page(self, cursor: int, limit: int) -> tuple[list[bytes], int, bool]:
        """The lines after a cursor as served now, the next cursor, and whether there is more after it.

        Raises LookupError for a cursor that was never given out.
        """
        kind = self.faults.kind
        with self._lock:
            if cursor > self._feed.newest:
                raise LookupError(cursor)
            if kind == "silent":
                return [], max(cursor, self._feed.oldest), False
            if kind == "repeat" and self._again and self._again[0] == cursor:
                lines, self._again = self._again[1], None
                return lines, cursor, self._feed.newest > cursor
            lines, following = self._feed.after(cursor, limit)
            more = self._feed.newest > following
            if kind == "disorder":
                before = max(self._feed.oldest, cursor - limit // 5)
                lines = self._feed.after(before, cursor - before)[0] + lines if cursor > before else lines
                self._random.shuffle(lines)
            self._again = (following, lines) if kind == "repeat" and lines else None
        change = {"schema": wrong.renamed, "clock": wrong.ahead}.get(kind)
        if change:
            lines = [notation.line(change(json.loads(line))) for line in lines]
        return lines, following, more

    def since(self, moment: datetime) -> int:
        """The cursor before the first event published at or after a moment."""
        with self._lock:
            return self._feed.before(moment)

    def serve(self, count: int) -> None:
        """Count rows that went out."""
        with self._lock:
            self._served += count

    def counts(self) -> dict[str, Any]:
        """What was published, exactly, whatever is served."""
        clock = notation.written(self._stream.now())
        with self._lock:
            return self._tally.counts() | {"clock": clock, "served": self._served}

    def _publish(self, row: Row) -> None:
        self._tally.add(row)
        items = [notation.item(row)]
        if (broken := notation.malformed(row, self._seed, self._share)) is not None:
            self._tally.malformed += 1
            items.append(broken)
        hold = self.faults.kind == "late" and self._random.random() < _HELD
        for item in items:
            if hold:
                until = row["at"] + self._random.random() * wrong.LATEST
                heappush(self._late, _Late(until, row["at"], notation.line(item)))
            else:
                self._feed.append(notation.line(item), row["at"])

    def _release(self) -> None:
        """Let those held-back lines appear whose time has come, all of them once the fault is over."""
        now, late = self._stream.now(), self.faults.kind == "late"
        while self._late and (not late or self._late[0].until <= now):
            held = heappop(self._late)
            self._feed.append(held.line, held.moment)
