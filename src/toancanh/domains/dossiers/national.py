"""The simulated National Public Service Portal: it reads what one-stop systems tell, and tells it in its own words."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx

from toancanh.base.clock import now
from toancanh.domains.dossiers import notation
from toancanh.domains.dossiers.feed import Feed
from toancanh.domains.dossiers.hearsay import Hearsay
from toancanh.domains.dossiers.notation import Row
from toancanh.domains.dossiers.serving import PAGE_MOST
from toancanh.domains.simulation.faults import Faults

# What can go wrong with the portal; what each means stands in `faults`.
KINDS = ("slow", "error", "half", "nonsense", "down", "silent")
_NUMBERS_A_SECOND = 10_000
_LATE = 3600.0  # seconds after which what is told counts as late
_PAUSE, _PATIENCE = 1.0, 30.0  # seconds between two looks at a one-stop system, and until it must have answered
_CHANNELS = {name: code for code, name in notation.CHANNELS.items()}
_TIMES = ("at", "received_at", "due_at", "finished_at")


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


def event(item: Any) -> Row | None:
    """An event of a one-stop system by the names of its fields; None for one that cannot be read."""
    try:
        row: dict[str, Any] = {
            "dossier_id": str(item["maHoSo"] or ""),
            "seq": int(item["thuTu"]),
            "procedure": item["maThuTuc"],
            "unit": item["maDonVi"],
            "channel": _CHANNELS[item["kenhNop"]],
            "state": int(item["trangThai"]),
            "at": item["thoiDiem"],
            "received_at": item["ngayTiepNhan"],
            "due_at": item["ngayHenTra"],
            "finished_at": item["ngayKetThuc"],
            "fee": float(item["lePhi"] or 0),
            "simulated": item["moPhong"],
        }
        row |= {name: datetime.fromisoformat(row[name]) if row[name] else None for name in _TIMES}
    except (TypeError, KeyError, ValueError):
        return None
    return row if row["dossier_id"] and row["at"] and row["received_at"] else None


class Reader:
    """Reads the events of a one-stop system in a thread of its own, page by page, until the portal has ended.

    `url` carries the token as a user would: http://TOKEN@host:port/api/events. Raises ValueError for one without.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not parts.username:
            raise ValueError(url)
        self.url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {unquote(parts.username)}"}, timeout=_PATIENCE, trust_env=False
        )
        self._cursor: str | None = None
        self.failing = ""

    def start(self, hear: Callable[[Sequence[Any]], None], held: threading.Event, ended: threading.Event) -> None:
        """Read what there is and what comes; nothing while it is held."""

        def run() -> None:
            while not ended.is_set():
                more = not held.is_set() and self._read(hear)
                if not more:
                    ended.wait(_PAUSE)

        threading.Thread(target=run, name=f"reader {self.url}", daemon=True).start()

    def _read(self, hear: Callable[[Sequence[Any]], None]) -> bool:
        """Hear one page; whether there is more."""
        asked = {"limit": str(PAGE_MOST)} | ({"after": self._cursor} if self._cursor else {})
        try:
            answer = self._client.get(self.url, params=asked)
            if answer.status_code == httpx.codes.GONE:
                self._cursor = None  # it has begun anew, and tells its day again
                return True
            told = answer.raise_for_status().json()
            items, following, more = list(told["items"]), str(told["next"]), bool(told["more"])
        except (httpx.HTTPError, ValueError, TypeError, KeyError) as error:
            self.failing = str(error) or type(error).__name__
            return False
        hear(items)
        self._cursor, self.failing = following, ""
        return more


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
