"""Posting: one HTTP request in all within its time, to where it may go, with an answer of bounded size."""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

import httpcore
from django.utils.translation import gettext_lazy as _

from toancanh.alerts.notices import channels, outcomes
from toancanh.alerts.notices.outcomes import Outcome

_LARGEST = 64 << 10  # bytes of an answer that are read


@dataclass(frozen=True)
class Answer:
    """What a receiver answered."""

    status: int
    body: bytes


class Inside(Exception):  # noqa: N818 - where it lies, not an error of ours
    """The address lies inside: on this machine or in a network that is not public."""


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    method: str = "POST",
    outside: bool = False,
    timeout: float | None = None,
) -> Answer | Outcome:
    """Send a request; the answer, or what became of it where there is none. Redirects are not followed.

    `outside` lets it go to public addresses only, whatever the name says at the moment of connecting.
    """
    parts = urlsplit(url)
    asked = [("host", parts.netloc.rpartition("@")[2]), ("content-length", str(len(body))), *headers.items()]
    deadline = time.monotonic() + (timeout or channels.TIMEOUT)
    network = _Network(deadline, outside)
    pool = httpcore.ConnectionPool(network_backend=network, ssl_context=_trust(), retries=0)
    told = [(name.encode(), value.encode()) for name, value in asked]
    try:
        with pool, pool.stream(method, url, headers=told, content=body) as response:
            found = bytearray()
            for chunk in response.iter_stream():
                found += chunk
                if len(found) > _LARGEST:
                    break
            return Answer(response.status, bytes(found[:_LARGEST]))
    except (Inside, httpcore.UnsupportedProtocol):
        return outcomes.never(_("địa chỉ nằm trong mạng nội bộ"))
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
        return outcomes.unknown(outcomes.why(error)) if network.written else outcomes.again(outcomes.why(error))


@lru_cache(1)
def _trust() -> ssl.SSLContext:
    return ssl.create_default_context()


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public network."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None)
    return bool(found.is_global and not found.is_multicast and (mapped is None or mapped.is_global))


class _Network(httpcore.SyncBackend):
    """Connects where it may, and lets nothing take longer than the whole may."""

    def __init__(self, deadline: float, outside: bool) -> None:
        super().__init__()
        self._deadline, self._outside = deadline, outside
        self.written = False

    def left(self, timeout: float | None) -> float:
        found = self._deadline - time.monotonic()
        if found <= 0:
            raise httpcore.ReadTimeout("timed out")
        return min(found, timeout) if timeout else found

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        if self._outside:
            found = [each[4][0] for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
            if not found or not all(is_public(str(each)) for each in found):
                raise Inside(f"{host}: not a public address")
            host = str(found[0])
        inner = super().connect_tcp(host, port, self.left(timeout), local_address, socket_options)
        return _Stream(inner, self)


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream, network: _Network) -> None:
        self._inner, self._network = inner, network

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._network.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        left = self._network.left(timeout)
        self._network.written = True
        self._inner.write(buffer, left)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, self._network.left(timeout)), self._network)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
