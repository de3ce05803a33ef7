"""The port by which a simulated system is watched and its faults are switched: counts, faults, health."""

import json
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import urlsplit

from toancanh.domains.simulation.faults import Faults


class System(Protocol):
    """A simulated system as its port knows it."""

    faults: Faults
    held: threading.Event  # while it is set nothing new is published

    def counts(self) -> dict[str, Any]:
        """What was published, exactly."""
        ...


class Server(ThreadingHTTPServer):
    """The port of one simulated system; it listens once it is made. Raises OSError for an address that is not free."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, system: System, handler: "type[Handler] | None" = None) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.system = system
        super().__init__((host, port), handler or Handler)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.server_address[:2]
        return f"http://[{host!s}]:{port}" if self.address_family == socket.AF_INET6 else f"http://{host!s}:{port}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of our business; anything else is told on standard error."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """Answers one client; see `docs/commands.md` for the routes."""

    server: Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "MoPhong/1.0", ""
    timeout = 75
    wbufsize = 1 << 16
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        """Counts, faults, health."""
        match urlsplit(self.path).path:
            case "/counts":
                self._json(self.server.system.counts())
            case "/faults":
                self._json(self.server.system.faults.state())
            case "/healthz":
                self._json({"status": "ok"})
            case _:
                self._refuse(404, "Không có địa chỉ này.")

    def do_POST(self) -> None:
        """Switch a fault on, or hold the system so that its counts stand still."""
        length = self.headers.get("Content-Length", "")
        body = self.rfile.read(int(length)) if length.isdecimal() else b""
        if urlsplit(self.path).path == "/hold":
            self.server.system.held.set()
            self._json(self.server.system.counts())
            return
        if urlsplit(self.path).path != "/faults":
            self._refuse(404, "Không có địa chỉ này.")
            return
        faults = self.server.system.faults
        try:
            wanted = json.loads(body)
            faults.switch(wanted["kind"], wanted.get("seconds"))
        except (ValueError, TypeError, KeyError, AttributeError):
            self._refuse(422, f"Cần kind là một trong: {', '.join(faults.kinds)}; seconds là số giây lớn hơn 0.")
            return
        self._json(faults.state())

    def do_DELETE(self) -> None:
        """Switch the fault off, or let the system go on."""
        if urlsplit(self.path).path == "/hold":
            self.server.system.held.clear()
            self._json(self.server.system.counts())
            return
        if urlsplit(self.path).path != "/faults":
            self._refuse(404, "Không có địa chỉ này.")
            return
        self.server.system.faults.clear()
        self._json(self.server.system.faults.state())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the library's
        """Requests are not logged."""

    def _refuse(self, status: int, text: str) -> None:
        self._json({"error": text}, status)

    def _json(self, content: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self._send(status, "application/json; charset=utf-8", body)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self._head(status, kind, len(body))
        self.wfile.write(body)
        self.wfile.flush()

    def _head(self, status: int, kind: str, length: int, **more: str) -> None:
        self.send_response(status)
        for name, value in ({"Content-Type": kind, "Content-Length": str(length)} | more).items():
            self.send_header(name, value)
        self.end_headers()
