"""FTP: files on a server, in the clear or within TLS."""

import errno
import ftplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem
from toancanh.sources.connectors.connector import Option, Shape
from toancanh.sources.connectors.files import Entry, Files, Place, Remote
from toancanh.sources.connectors.line import reaching, reason, trust


class Ftp(Remote):
    """A folder on an FTP server, in the clear or within TLS."""

    kind = "ftp"
    title = "FTP, FTPS"
    options = (
        *Remote.machine,
        Option("port", _("Cổng"), Shape.NUMBER, default=21, minimum=1, maximum=65535),
        Option("tls", _("Mã hoá (FTPS)"), Shape.SWITCH, default=False),
        Option(
            "authority",
            _("Chứng thư gốc"),
            Shape.LINES,
            help=_("PEM; chỉ cần khi chứng thư của máy chủ do đơn vị tự cấp."),
        ),
        *Files.common,
        Remote.waits,
    )

    def open(self) -> Place:
        """The folder, once the server has let us in."""
        timeout, user = self.told["timeout"], self.told["user"]
        client: ftplib.FTP = ftplib.FTP(timeout=timeout, encoding="latin-1")
        if self.told["tls"]:
            client = ftplib.FTP_TLS(context=trust(self.told["authority"]), timeout=timeout, encoding="latin-1")
        try:
            with reaching(self.place, timeout):
                client.connect(self.told["host"], self.told["port"])
                client.login(_wire(user), _wire(self.told["password"] or ""))
                if isinstance(client, ftplib.FTP_TLS):
                    client.prot_p()
        except (ftplib.error_perm, ValueError) as error:  # ValueError: a password that holds the end of a line
            client.close()
            raise Problem("connector.refused", place=self.place, user=user, reason=reason(error)) from None
        except ftplib.Error as error:
            client.close()
            raise Problem("connector.unreachable", place=self.place, reason=reason(error)) from None
        except Problem:
            client.close()
            raise
        return _FtpPlace(client, self.place, self.told)


def _wire(text: str) -> str:
    """A text as the line carries it: its bytes, one a character, so that names in any encoding pass unharmed."""
    return text.encode("utf-8", "surrogateescape").decode("latin-1")


def _unwire(text: str) -> str:
    return text.encode("latin-1").decode("utf-8", "surrogateescape")


class _FtpPlace:
    def __init__(self, client: ftplib.FTP, place: str, told: Any) -> None:
        self._client, self._place, self._told = client, place, told

    @contextmanager
    def _line(self) -> Iterator[None]:
        """A refusal is an OSError; what the line does is a problem."""
        try:
            yield
        except TimeoutError:
            raise Problem("connector.timeout", place=self._place, seconds=f"{self._told['timeout']:g}") from None
        except ftplib.error_perm as error:
            raise OSError(errno.EACCES, reason(error)) from None
        except ftplib.error_temp as error:
            if reason(error)[:3] not in ("421", "425", "426"):
                raise OSError(errno.EAGAIN, reason(error)) from None
            raise Problem("connector.cut", place=self._place, reason=reason(error)) from None
        except (ftplib.Error, EOFError, OSError) as error:
            raise Problem("connector.cut", place=self._place, reason=reason(error)) from None
        except ValueError as error:  # a name that holds the end of a line
            raise OSError(errno.EINVAL, reason(error)) from None

    def entries(self) -> list[Entry]:
        folder = self._told["folder"]
        try:
            with self._line():
                self._client.cwd(_wire(folder))
                return list(self._entries())
        except OSError as error:
            raise Problem("connector.path", path=folder, place=self._place, reason=reason(error)) from None

    def _entries(self) -> Iterator[Entry]:
        try:
            for name, facts in list(self._client.mlsd()):
                if facts.get("type", "").lower() == "file" and name:
                    yield Entry(_unwire(name), int(_fact(facts, "size")), _seconds(_fact(facts, "modify")))
        except ftplib.error_perm as error:
            if reason(error)[:3] not in ("500", "501", "502", "504"):
                raise
            yield from self._asked_one_by_one()

    def _asked_one_by_one(self) -> Iterator[Entry]:
        """For servers without MLSD. What has no size is a folder."""
        paths = self._names()
        self._client.voidcmd("TYPE I")  # in which alone sizes are told
        for path in paths:
            name = path.rpartition("/")[2]
            try:
                size = self._client.sendcmd(f"SIZE {name}")[4:]
                yield Entry(_unwire(name), int(size), _seconds(self._client.sendcmd(f"MDTM {name}")[4:]))
            except ftplib.error_perm as error:
                if reason(error)[:3] != "550":
                    raise

    def _names(self) -> list[str]:
        try:
            return self._client.nlst()
        except ftplib.error_perm as error:
            if reason(error)[:3] == "550":  # so many servers call an empty folder
                return []
            raise

    def copy(self, name: str, write: Callable[[bytes], Any]) -> None:
        with self._line():
            self._client.retrbinary(f"RETR {_wire(name)}", write, 1 << 16)

    def close(self) -> None:
        with suppress(OSError, EOFError, ftplib.Error, ssl.SSLError):
            self._client.close()


def _fact(facts: dict[str, str], name: str) -> str:
    """What a server says of a file. Without its size and time nobody can tell whether it has changed."""
    if name not in facts:
        raise ftplib.error_perm(f"MLSD without {name}")
    return facts[name]


def _seconds(told: str) -> float:
    """A time as FTP tells it (YYYYMMDDHHMMSS, UTC) in seconds since 1970; 0 where it is none."""
    try:
        return datetime.strptime(told[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return 0
