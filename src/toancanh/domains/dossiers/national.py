"""The simulated National Public Service Portal: it reads what one-stop systems tell, and tells it in its own words."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Any

from toancanh.base.clock import now
from toancanh.domains.dossiers import notation
from toancanh.domains.dossiers.feed import Feed
from toancanh.domains.dossiers.hearsay import Hearsay
from toancanh.domains.dossiers.notation import Row
from toancanh.domains.dossiers.reader import Reader, event
from toancanh.domains.simulation.faults import Faults

_NUMBERS_A_SECOND = 10_000
_LATE = 3600.0  # seconds after which what is told counts as late


def packet(told: Row) -> dict[str, Any]:
    """A record of `portal_dossier` as the portal writes it; read by `mappings/national.toml`."""
    return {
        "MaHoSo": told["dossier_id"],
        "PhienBan": told["seq"],
        "MaTTHC": told["procedure"],
        "MaDonVi": told["unit"],
        "KenhThucHien": told["channel"],
        "TrangThai": told["state"],
        "NgayTiepNhan": notation.written(told["received_at"]),
        "NgayHenTra": notation.written(told["due_at"]),
        "NgayKetThucXuLy": notation.written(told["finished_at"]),
        "NgayDongBo": notation.written(told["synced_at"]),
        "MoPhong": told["simulated"],
    }


class National:
    """What the portal has heard and told, and the pages of it that are served; safe to use from many threads.

    Of every dossier heard in this run it remembers how far it was heard and told.
    """

    def __init__(
        self, readers: Sequence[Reader], hearsay: Hearsay, faults: Faults, clock: Callable[[], datetime] = now
    ) -> None:
        self.faults, self._readers, self._hearsay, self._clock = faults, readers, hearsay, clock
        self.ended, self.held = threading.Event(), threading.Event()
        self._feed = Feed(int(clock().timestamp()) * _NUMBERS_A_SECOND)
        self._waiting: list[tuple[datetime, int, Row, dict[str, Any]]] = []  # a heap
        self._heard: dict[str, int] = {}  # of each dossier the last `seq`
        self._told: dict[str, int] = {}
        self._wrong: dict[str, str] = {}  # of each dossier told otherwise than it was heard: the field
        self._lost: set[str] = set()
        self._extra: set[str] = set()
        self._events: set[tuple[str, int]] = set()
        self._counts: Counter[str] = Counter()
        self._number, self._lock = count(), threading.Lock()

    def start(self) -> None:
        """Begin to read."""
        for reader in self._readers:
            reader.start(self.hear, self.held, self.ended)

    def hear(self, items: Sequence[Any]) -> None:
        """Take events of a one-stop system: each will be told when its time has come; one told again adds nothing."""
        with self._lock:
            for item in items:
                row = event(item)
                if row is None or not self._hearsay.knows(row["unit"]):
                    self._counts["refused"] += 1
                elif (key := (row["dossier_id"], row["seq"])) not in self._events:
                    self._events.add(key)
                    self._hear(row)

    def publish(self) -> None:
        """Tell what has come to be told, unless it is held."""
        if self.held.is_set():
            return
        moment = self._clock()
        with self._lock:
            while self._waiting and self._waiting[0][0] <= moment:
                _at, _number, row, told = heappop(self._waiting)
                self._tell(row, told)

    def page(self, cursor: int, limit: int) -> tuple[list[bytes], int, bool]:
        """The lines after a cursor as served now, the next cursor, and whether there is more after it.

        Raises LookupError for a cursor that was never given out.
        """
        with self._lock:
            if cursor > self._feed.newest:
                raise LookupError(cursor)
            if self.faults.kind == "silent":
                return [], max(cursor, self._feed.oldest), False
            lines, following = self._feed.after(cursor, limit)
            return lines, following, self._feed.newest > following

    def since(self, moment: datetime) -> int:
        """The cursor before the first line told at or after a moment."""
        with self._lock:
            return self._feed.before(moment)

    def serve(self, number: int) -> None:
        """Count rows that went out."""
        with self._lock:
            self._counts["served"] += number

    def counts(self) -> dict[str, Any]:
        """The truth: what was heard, what of it is lost, wrong, late or still to be told, exactly, whatever is served.

        `untold` are dossiers that are not lost and of which nothing was told yet, `behind` those of which the last
        event was not; `changed` tells of each field how many dossiers are told wrong in it now.
        """
        with self._lock:
            kept = [number for number in self._heard if number not in self._lost]
            return {
                "heard": len(self._events),
                "refused": self._counts["refused"],
                "dossiers": len(self._heard),
                "told": self._counts["told"],
                "waiting": len(self._waiting),
                "late": self._counts["late"],
                "lost": len(self._lost),
                "extra": len(self._extra),
                "untold": sum(number not in self._told for number in kept),
                "behind": sum(self._told.get(number, -1) < self._heard[number] for number in kept),
                "changed": dict(sorted(Counter(self._wrong.values()).items())),
                "served": self._counts["served"],
                "clock": notation.written(self._clock()),
                "reads": [{"url": reader.url, "failing": reader.failing or None} for reader in self._readers],
            }

    def _hear(self, row: Row) -> None:
        dossier = row["dossier_id"]
        if dossier not in self._heard and (beside := self._hearsay.beside(row)):
            self._wait(row, beside)
        self._heard[dossier] = max(self._heard.get(dossier, -1), row["seq"])
        if self._hearsay.loses(dossier):
            self._lost.add(dossier)
        else:
            self._wait(row, self._hearsay.told(row))

    def _wait(self, row: Row, told: dict[str, Any]) -> None:
        heappush(self._waiting, (told["synced_at"], next(self._number), row, told))

    def _tell(self, row: Row, told: dict[str, Any]) -> None:
        self._feed.append(
            json.dumps(packet(told), ensure_ascii=False, separators=(",", ":")).encode(), told["synced_at"]
        )
        self._counts["told"] += 1
        self._counts["late"] += (told["synced_at"] - row["at"]).total_seconds() > _LATE
        dossier, seq = told["dossier_id"], told["seq"]
        if dossier != row["dossier_id"]:
            self._extra.add(dossier)
        elif seq >= self._told.get(dossier, -1):
            self._told[dossier] = seq
            self._wrong.pop(dossier, None)
            wrong = next((name for name in told if name in row and told[name] != row[name]), "")
            if wrong:
                self._wrong[dossier] = wrong
