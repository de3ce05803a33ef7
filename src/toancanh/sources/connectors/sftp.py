"""SFTP: files on a server whose key is known."""

import io
import logging
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import paramiko
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem
from toancanh.sources.connectors.connector import Option, Shape
from toancanh.sources.connectors.files import Entry, Files, Place, Remote, pass_on
from toancanh.sources.connectors.line import reaching, reason

logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # what it logs is told as a problem

READ_AHEAD = 64  # blocks of 32 KiB asked for before the first has come


class Sftp(Remote):
    """A folder on an SFTP server whose key is known."""

    kind = "sftp"
    title = "SFTP"
    options = (
        *Remote.machine,
        Option("port", _("Cổng"), Shape.NUMBER, default=22, minimum=1, maximum=65535),
        Option("private_key", _("Khoá riêng"), Shape.SECRET, help=_("Nội dung tệp khoá; mật khẩu khi đó mở khoá này.")),
        Option(
            "host_key",
            _("Khoá của máy chủ"),
            help=_("Dạng SHA256:…; để trống rồi thử, hệ thống sẽ nói máy chủ đưa ra khoá nào."),
        ),
        *Files.common,
        Remote.waits,
    )

    def open(self) -> Place:
        """The folder, once the server was recognised and has let us in."""
        return _SftpPlace(self._connected(), self.place, self.told)

    def _connected(self) -> paramiko.Transport:
        key = self._private_key()
        timeout = self.told["timeout"]
        with reaching(self.place, timeout):
            address = (self.told["host"], self.told["port"])
            transport = paramiko.Transport(socket.create_connection(address, timeout))
            try:
                self._enter(transport, key, timeout)
            except BaseException:
                transport.close()
                raise
        return transport

    def _enter(self, transport: paramiko.Transport, key: paramiko.PKey | None, timeout: float) -> None:
        transport.banner_timeout = transport.handshake_timeout = timeout + 1  # ours comes first
        transport.auth_timeout = timeout
        user = self.told["user"]
        try:
            transport.start_client(timeout=timeout)
            if not transport.initial_kex_done:
                raise TimeoutError
            self._recognise(transport.get_remote_server_key().fingerprint)
            if key:
                transport.auth_publickey(user, key)
            else:
                transport.auth_password(user, self.told["password"] or "")
        except paramiko.AuthenticationException as error:
            raise Problem("connector.refused", place=self.place, user=user, reason=reason(error)) from None
        except paramiko.SSHException as error:
            raise Problem("connector.unreachable", place=self.place, reason=reason(error)) from None

    def _recognise(self, shown: str) -> None:
        told = (self.told["host_key"] or "").strip().rstrip("=")
        if not told:
            raise Problem("connector.host_key", place=self.place, shown=shown)
        if told != shown:
            raise Problem("connector.host_key_changed", place=self.place, shown=shown, told=told)

    def _private_key(self) -> paramiko.PKey | None:
        text = (self.told["private_key"] or "").strip()
        if not text:
            return None
        for kind in (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey):
            with suppress(paramiko.SSHException, ValueError):
                return kind.from_private_key(io.StringIO(f"{text}\n"), self.told["password"])
        told = gettext("không phải là khoá đọc được (OpenSSH hoặc PEM), hoặc mật khẩu không mở được nó")
        raise Problem("connector.option", option="private_key", reason=told)


class _SftpPlace:
    def __init__(self, transport: paramiko.Transport, place: str, told: Any) -> None:
        self._transport, self._place, self._told = transport, place, told
        try:
            with self._line():
                self._client = self._opened()
        except BaseException:
            transport.close()
            raise

    def _opened(self) -> paramiko.SFTPClient:
        client = paramiko.SFTPClient.from_transport(self._transport)
        assert client, "a transport that is connected opens a channel or says why not"  # noqa: S101
        client.get_channel().settimeout(self._told["timeout"])
        return client

    @contextmanager
    def _line(self) -> Iterator[None]:
        try:
            yield
        except TimeoutError:
            raise Problem("connector.timeout", place=self._place, seconds=f"{self._told['timeout']:g}") from None
        except (EOFError, paramiko.SSHException) as error:
            raise Problem("connector.cut", place=self._place, reason=reason(error)) from None
        except OSError as error:
            if self._transport.is_active():
                raise
            raise Problem("connector.cut", place=self._place, reason=reason(error)) from None

    def entries(self) -> Iterator[Entry]:
        folder = self._told["folder"]
        try:
            with self._line():
                self._client.chdir(folder)
                for item in self._client.listdir_attr():
                    if stat.S_ISLNK(item.st_mode or 0):
                        with suppress(FileNotFoundError, PermissionError):
                            yield from self._entry(item.filename, self._client.stat(item.filename))
                    else:
                        yield from self._entry(item.filename, item)
        except UnicodeDecodeError as error:
            told = gettext("có tên tệp không phải UTF-8: {name}").format(name=repr(error.object)[2:-1])
            raise Problem("connector.path", path=folder, place=self._place, reason=told) from None
        except OSError as error:
            raise Problem("connector.path", path=folder, place=self._place, reason=reason(error)) from None

    def _entry(self, name: str, told: paramiko.SFTPAttributes) -> Iterator[Entry]:
        if stat.S_ISREG(told.st_mode or 0):
            yield Entry(name, told.st_size or 0, told.st_mtime or 0)

    def copy(self, name: str, write: Callable[[bytes], Any]) -> None:
        with self._line():
            source = self._client.open(name, "rb")
            source.prefetch(max_concurrent_requests=READ_AHEAD)
            pass_on(source, write)
            source.close()  # only then: on a line that is held, closing waits as long again

    def close(self) -> None:
        self._transport.close()
