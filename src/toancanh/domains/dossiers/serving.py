"""Serving the pages of a simulated system of dossiers over HTTP, with what goes wrong on the way."""

import hmac
import random
import time
from datetime import datetime
from typing import NamedTuple, Protocol, override
from urllib.parse import parse_qs, urlsplit

from toancanh.base.clock import local
from toancanh.domains.dossiers import faults as wrong
from toancanh.domains.simulation import control

PAGE, PAGE_MOST = 500, 5000
SLOW = (5.0, 20.0)  # seconds
_DROPS = 20


class Paged(control.System, Protocol):
    """A system that tells what it published page by page."""

    def page(self, cursor: int, limit: int) -> tuple[list[bytes], int, bool]:
        """The lines after a cursor, the next cursor, and whether there is more. Raises LookupError."""
        ...

    def since(self, moment: datetime) -> int:
        """The cursor before the first line published at or after a moment."""
        ...

    def serve(self, count: int) -> None:
        """Count rows that went out."""
        ...


class Front(NamedTuple):
    """What a system shows of itself: the address of its pages, the name of its server."""

    address: str
    name: str


ONE_STOP = Front("/api/events", "MotCua/4.2")
NATIONAL = Front("/api/hoso", "CongDVCQG/1.0")


class Server(control.Server):
    """Serves one simulated system; it listens once it is made. Raises OSError for an address that is not free."""

    system: Paged

    def __init__(self, host: str, port: int, token: str, system: Paged, front: Front = ONE_STOP) -> None:
        self.token, self.front = token, front
        self.nonsense = wrong.nonsense()
        super().__init__(host, port, system, Handler)


class Handler(control.Handler):
    """Answers one client; see `docs/commands.md` for the routes."""

    server: Server

    @override
    def version_string(self) -> str:
        """The Server header."""
        return self.server.front.name

    @override
    def do_GET(self) -> None:
        """Pages, and what every simulated system answers."""
        url = urlsplit(self.path)
        if url.path == self.server.front.address:
            self._events(parse_qs(url.query))
        else:
            super().do_GET()

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header; an hour ahead under the fault `clock`."""
        now = time.time() if timestamp is None else timestamp
        ahead = wrong.AHEAD.total_seconds() if self.server.system.faults.kind == "clock" else 0.0
        return super().date_time_string(now + ahead)

    def _events(self, query: dict[str, list[str]]) -> None:
        """A page, or what the fault that is on makes of it."""
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
