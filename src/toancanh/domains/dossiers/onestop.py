"""The simulated one-stop system of a province: it publishes events as they happen and answers over HTTP."""

import hmac
import json
import random
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from heapq import heappop, heappush
from typing import Any, NamedTuple, Protocol, override
from urllib.parse import parse_qs, urlsplit

from toancanh.base.clock import local
from toancanh.domains.dossiers import faults as wrong
from toancanh.domains.dossiers import notation
from toancanh.domains.dossiers.feed import Feed
from toancanh.domains.dossiers.notation import Row
from toancanh.domains.dossiers.tally import Tally
from toancanh.domains.simulation import control
from toancanh.domains.simulation.faults import Faults

PAGE, PAGE_MOST = 500, 5000
SLOW = (5.0, 20.0)  # seconds
_DROPS = 20
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


class Server(control.Server):
    """Serves one simulated system; it listens once it is made. Raises OSError for an address that is not free."""

    system: OneStop

    def __init__(self, host: str, port: int, token: str, system: OneStop) -> None:
        self.token = token
        self.nonsense = wrong.nonsense()
        super().__init__(host, port, system, Handler)


class Handler(control.Handler):
    """Answers one client; see `docs/commands.md` for the routes."""

    server: Server
    server_version = "MotCua/4.2"

    @override
    def do_GET(self) -> None:
        """Events, and what every simulated system answers."""
        url = urlsplit(self.path)
        if url.path == "/api/events":
            self._events(parse_qs(url.query))
        else:
            super().do_GET()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header; an hour ahead under the fault `clock`."""
        now = time.time() if timestamp is None else timestamp
        ahead = wrong.AHEAD.total_seconds() if self.server.system.faults.kind == "clock" else 0.0
        return super().date_time_string(now + ahead)

    def _events(self, query: dict[str, list[str]]) -> None:
        """A page of events, or what the fault that is on makes of it."""
        given = self.headers.get("Authorization", "").encode()
        if not hmac.compare_digest(given, f"Bearer {self.server.token}".encode()):
            self._refuse(401, "Thiếu hoặc sai mã truy cập.")
            return
        system = self.server.system
        kind = system.faults.kind
        if kind == "down":
            self.close_connection = True
            return
        if kind == "error":
            self._send(500, "text/html; charset=utf-8", wrong.ERROR_PAGE)
            return
        if kind == "nonsense":
            self._send(200, *self.server.nonsense())
            return
        try:
            cursor, limit = self._place(query)
            lines, following, more = system.page(cursor, limit)
        except ValueError:
            self._refuse(400, "after, limit phải là số nguyên không âm; since là thời điểm ISO 8601.")
            return
        except LookupError:
            self._refuse(410, "Con trỏ này không thuộc lần chạy này; hãy đọc lại từ đầu.")
            return
        told = f'],"next":"{following}","more":{"true" if more else "false"}}}'
        body = b'{"items":[' + b",".join(lines) + told.encode()
        if kind == "half":
            self._head(200, "application/json; charset=utf-8", len(body))
            self.wfile.write(body[: len(body) // 2])
            self.close_connection = True
            return
        self._send(200, "application/json; charset=utf-8", body, slow=kind == "slow")
        system.serve(len(lines))

    def _place(self, query: dict[str, list[str]]) -> tuple[int, int]:
        """The cursor and the number of rows that were asked for. Raises ValueError."""
        limit = int(query.get("limit", [str(PAGE)])[0])
        cursor = int(query.get("after", ["0"])[0])
        if limit < 1 or cursor < 0:
            raise ValueError
        if "since" in query and "after" not in query:
            moment = datetime.fromisoformat(query["since"][0].replace(" ", "+"))
            cursor = self.server.system.since(local(moment))
        return cursor, min(limit, PAGE_MOST)

    def _send(self, status: int, kind: str, body: bytes, *, slow: bool = False) -> None:
        """Answer; slowly, in drops."""
        if not slow:
            super()._send(status, kind, body)
            return
        self._head(status, kind, len(body))
        pause = random.uniform(*SLOW) / _DROPS  # noqa: S311 - a simulation
        size = -(-len(body) // _DROPS)
        for start in range(0, len(body), size):
            self.wfile.flush()
            time.sleep(pause)
            self.wfile.write(body[start : start + size])
        self.wfile.flush()

    def _head(self, status: int, kind: str, length: int, **more: str) -> None:
        """The head of an answer; who comes without a token is told which kind is wanted."""
        super()._head(status, kind, length, **({"WWW-Authenticate": "Bearer"} if status == 401 else {}), **more)
