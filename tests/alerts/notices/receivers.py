"""Receivers as they are met outside, on loopback: a mail server, and web servers that answer as they are told to."""

import json
import socket
import socketserver
import threading
import time
from contextlib import contextmanager
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Letters:
    """What a mail server was given; `answer` is what it says to each letter, or to a receiver."""

    def __init__(self):
        self.letters, self.answer, self.to, self.wait = [], "250 OK", "250 OK", 0.0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        if self.to.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.to

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        if self.wait:
            time.sleep(self.wait)
        return self.answer


@contextmanager
def mail_server():
    """A mail server: (letters, its address as a channel has it)."""
    letters = Letters()
    controller = Controller(letters, hostname="127.0.0.1", port=free_port())
    controller.start()
    try:
        yield letters, f"mailto://127.0.0.1:{controller.port}?from=trung-tam@example.org&name=Trung%20tam"
    finally:
        controller.stop()


class Web(ThreadingHTTPServer):
    """A web server: what it was asked, and what it answers."""

    daemon_threads = True

    def __init__(self):
        self.asked, self.status, self.body, self.wait, self.raw = [], 200, b"{}", 0.0, None
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def told(self):
        return [json.loads(body) for _path, _headers, body in self.asked]


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.asked.append((self.path, dict(self.headers.items()), body))
        time.sleep(self.server.wait)
        if self.server.raw is not None:
            self.wfile.write(self.server.raw)
            self.close_connection = True
            return
        self.send_response(self.server.status)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, *_args):
        pass


@contextmanager
def web_server():
    """A web server that says what it was asked."""
    server = Web()
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


class Drip(socketserver.BaseRequestHandler):
    """Answers a letter at a time and never ends."""

    def handle(self):
        self.request.recv(65536)
        try:
            for letter in b"HTTP/1.1 200 OK\r\nx-slow: " + b"a" * 100_000:
                self.request.sendall(bytes([letter]))
                time.sleep(0.05)
        except OSError:
            pass


@contextmanager
def dripping_server():
    """The address of a server that answers without end, so that no wait for the next byte is long."""
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Drip)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
