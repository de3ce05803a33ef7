"""Rows of a database of another system, read on from where the last look ended, and never written."""

import logging
import math
import os
import re
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import NullPool
from sqlalchemy.types import Integer, NullType

from toancanh.base import clock
from toancanh.base.problems import Problem
from toancanh.sources.connectors import marks
from toancanh.sources.connectors.connector import Connector, Cursor, Option, Page, Row, Shape
from toancanh.sources.connectors.line import reaching, reason
from toancanh.sources.connectors.marks import CURSORS, Told, Value, later, written
from toancanh.sources.connectors.queries import address, bound, one_select
from toancanh.sources.marks import MARK

logging.getLogger("pytds").setLevel(logging.CRITICAL)  # what it logs is told as a problem

DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "mssql": "mssql+pytds",
    "sqlite": "sqlite",
}
GRACE = 1  # seconds beyond its own time limit in which a server may still say so


class Database(Connector):
    """Reads one SELECT. Tells each row once, and again where it changed."""

    kind = "database"
    title = _("Cơ sở dữ liệu")
    options = (
        Option(
            "url",
            _("Địa chỉ"),
            Shape.URL,
            required=True,
            schemes=tuple(DRIVERS),
            help=_("Ví dụ postgresql://tài_khoản@máy:5432/tên; không ghi mật khẩu ở đây."),
        ),
        Option("password", _("Mật khẩu"), Shape.SECRET),
        Option(
            "query",
            _("Câu truy vấn"),
            Shape.LINES,
            required=True,
            help=_("Một câu SELECT; dùng `>= :cursor`, ORDER BY cột con trỏ và `:limit` để chỉ đọc phần mới."),
        ),
        Option("cursor_column", _("Cột con trỏ"), help=_("Cột chỉ tăng: số thứ tự, hoặc giờ cập nhật.")),
        Option("start", _("Bắt đầu từ"), help=_("Giá trị `:cursor` của lần đọc đầu tiên.")),
        Option("limit", _("Số dòng mỗi lần"), Shape.NUMBER, default=1000, minimum=1),
        Option(
            "overlap",
            _("Đọc lùi lại (giây)"),
            Shape.NUMBER,
            default=0,
            minimum=0,
            help=_("Cho cột con trỏ là thời điểm: đọc lại chừng ấy giây, phòng dòng được ghi muộn."),
        ),
        Option("timeout", _("Chờ trả lời (giây)"), Shape.NUMBER, default=30, minimum=1),
    )

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raises connector.option where the options do not fit each other."""
        super().__init__(options)
        self._url = address(options["url"])
        self._column = options["cursor_column"]
        self._limit = math.ceil(options["limit"])
        query = one_select(options["query"], self._url.get_backend_name()).rstrip("; \n\t\r")
        self._asked = bound(query, self._column, options["start"])
        self._limited = "limit" in self._asked
        self._query = sa.text(query).bindparams(
            *(sa.bindparam(name, type_=Integer() if name == "limit" else NullType()) for name in self._asked)
        )

    @property
    def place(self) -> str:
        """The address without account and settings."""
        return self._url.set(username=None, password=None, query={}).render_as_string()

    def fetch(self, cursor: Cursor) -> Iterator[Page]:
        """Rows in pages; without a cursor column all that the query finds, each time."""
        with self._connected() as connection, self._telling():
            yield from self._increments(connection, cursor) if self._column else self._all(connection)

    def replay(self, since: datetime) -> Cursor:
        """The cursor of that moment, on a Vietnamese clock where `start` names no zone."""
        start = marks.moment(self.told["start"] or "")
        if start is None:
            raise Problem("connector.no_replay", kind=self.kind)
        moment: date = clock.local(since)
        if not isinstance(start, datetime):
            moment = clock.local(since).date()
        elif start.tzinfo is None:
            moment = clock.local(since).replace(tzinfo=None)
        return {**written(moment), "told": {}}

    def _all(self, connection: sa.Connection) -> Iterator[Page]:
        rows: list[Row] = []
        for found in self._rows(connection, {}):
            rows.append(_row(found))
            if len(rows) == self._limit:
                yield Page(rows, {}, more=True)
                rows = []
        if rows:
            yield Page(rows, {})

    def _increments(self, connection: sa.Connection, cursor: Cursor) -> Iterator[Page]:
        """Rows from the cursor on, in as many answers as it takes.

        Rows that share the last value come again with every answer. So that there is room for others each answer may
        be longer by as many as these, and they are known by their hashes.
        """
        told = Told(cursor, self.told["overlap"])
        position = told.floor if cursor else self.told["start"]
        length = self._limit + len(told)
        before: set[str] = set()  # the answer before, whatever the order in which equals come
        while True:
            rows: list[Row] = []
            count = same = fresh = 0
            answer, last = set(), None
            for found in self._rows(connection, {"cursor": self._bindable(position), "limit": length}):
                value = self._value(found, last)
                count, same, last = count + 1, same + 1 if value == last else 1, value
                row = _row(found)
                mark = marks.mark(row)
                if self._limited:
                    answer.add(mark)
                if mark in told or mark in before:
                    continue
                fresh += 1
                told.add(value, mark)
                rows.append(row)
                if len(rows) == self._limit:
                    yield Page(rows, told.cursor(), more=True)
                    rows = []
            full = self._limited and count >= length
            if rows:
                yield Page(rows, told.cursor(), more=full)
            if not full:
                return
            length = self._limit + same if fresh else 2 * length
            position, before = last, answer

    def _value(self, found: Row, last: Value) -> Value:
        """The cursor value of a row; it comes no earlier than that of the row before."""
        if self._column not in found:
            columns = ", ".join(found)
            told = gettext("không có cột con trỏ `{column}`; các cột: {columns}")
            raise self._wrong(told.format(column=self._column, columns=columns))
        value = found[self._column]
        if isinstance(value, bool) or not isinstance(value, CURSORS):
            told = gettext("cột con trỏ `{column}` không phải số, thời điểm hay chữ: {value}")
            raise self._wrong(told.format(column=self._column, value=repr(value)[:50]))
        # How a database sorts text is its own affair.
        if last is not None and not isinstance(value, str) and later(last, value):
            told = gettext("các dòng không xếp theo `{column}`; thêm ORDER BY {column}")
            raise self._wrong(told.format(column=self._column))
        return value

    def _wrong(self, told: str) -> Problem:
        return Problem("connector.query", place=self.place, reason=told)

    def _bindable(self, value: Value) -> Value:
        if self._url.get_backend_name() == "sqlite" and isinstance(value, date | Decimal):
            return str(value)  # SQLite knows neither
        return value

    # -- The line ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _connected(self) -> Iterator[sa.Connection]:
        """A connection that reads only, as far as the database can promise that."""
        engine, lines = self._engine(), []
        sa.event.listen(engine, "connect", lambda line, _record: lines.append(line), insert=True)
        try:
            with reaching(self.place, self.told["timeout"]), self._answering(lines):
                connection = engine.connect()
        except (SQLAlchemyError, ImportError) as error:
            raise self._closed_door(error) from None
        with closing(connection):
            with self._telling(), self._answering(lines):
                for statement in _manners(connection.dialect, self.told["timeout"], whole=self._limited):
                    connection.exec_driver_sql(statement)
                connection.commit()
            yield connection

    def _engine(self) -> sa.Engine:
        timeout = math.ceil(self.told["timeout"])
        match self._url.get_backend_name():
            case "postgresql":
                settings = {"connect_timeout": timeout, "application_name": "toancanh"}
            case "mysql" | "mariadb":
                settings = {
                    "connect_timeout": timeout,
                    "read_timeout": timeout + GRACE,
                    "write_timeout": timeout,
                    "charset": "utf8mb4",
                    "password": (self.told["password"] or "").encode(),  # of a text it would send Latin letters only
                }
            case "mssql":
                settings = {"login_timeout": timeout, "timeout": timeout}
            case _:
                if not Path(self._url.database or "").is_file():
                    told = gettext("không có tệp này")
                    raise Problem("connector.unreachable", place=self.place, reason=told)
                settings = {}
        url = self._url.set(drivername=DRIVERS[self._url.drivername])
        if url.get_backend_name() in ("postgresql", "mssql"):
            settings["password"] = self.told["password"] or None
        try:
            return sa.create_engine(url, poolclass=NullPool, connect_args=settings, hide_parameters=True)
        except ImportError as error:
            told = gettext("máy này chưa cài thư viện {name}").format(name=error.name)
            raise Problem("connector.unreachable", place=self.place, reason=told) from None

    def _closed_door(self, error: BaseException) -> Problem:
        said = _said(error)
        if re.search(r"timed? ?out|timeout expired", said, re.IGNORECASE):
            return self._late()
        if _REFUSED.search(said):
            return Problem("connector.refused", place=self.place, user=self._url.username or "", reason=said)
        return Problem("connector.unreachable", place=self.place, reason=said)

    def _late(self) -> Problem:
        return Problem("connector.timeout", place=self.place, seconds=f"{self.told['timeout']:g}")

    @contextmanager
    def _telling(self) -> Iterator[None]:
        """Tell what goes wrong with a query: connector.query, connector.timeout or connector.cut."""
        try:
            yield
        except TimeoutError:
            raise self._late() from None
        except DBAPIError as error:
            said = _said(error)
            if _LATE.search(said):
                raise self._late() from None
            if error.connection_invalidated or _GONE.search(said):
                raise Problem("connector.cut", place=self.place, reason=said) from None
            raise self._wrong(said) from None
        except (SQLAlchemyError, OSError) as error:
            raise self._wrong(_said(error)) from None

    def _rows(self, connection: sa.Connection, values: dict[str, Any]) -> Iterator[Row]:
        """What the query finds, a row at a time, in a transaction of its own that ends with the last."""
        wanted = {name: values[name] for name in self._asked}
        raw = connection.connection.dbapi_connection
        if not self._limited:
            connection = connection.execution_options(stream_results=True, max_row_buffer=self._limit)
        done = False
        try:
            with self._answering([raw]):
                result = connection.execute(self._query, wanted)
                names = list(result.keys())
                found = result.all() if self._limited else result.fetchmany(self._limit)
            if len(set(names)) < len(names):
                raise self._wrong(gettext("có hai cột cùng tên; đặt tên riêng cho mỗi cột bằng AS"))
            if self._limited:
                connection.rollback()  # whoever takes the rows may take long
            while found:
                for each in found:
                    yield dict(zip(names, each, strict=True))
                with self._answering([raw]):
                    found = [] if self._limited else result.fetchmany(self._limit)
            connection.rollback()
            done = True
        finally:
            if not done:
                _break_off(connection, raw)

    @contextmanager
    def _answering(self, lines: list[Any]) -> Iterator[None]:
        """Hang up where PostgreSQL says nothing at all: its library would wait for ever."""
        if self._url.get_backend_name() != "postgresql":
            yield
            return
        hung_up = threading.Event()

        def hang_up() -> None:
            hung_up.set()
            for line in lines:
                with suppress(Exception), socket.socket(fileno=os.dup(line.fileno())) as handle:
                    handle.shutdown(socket.SHUT_RDWR)

        timer = threading.Timer(self.told["timeout"] + GRACE, hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception:
            if hung_up.is_set():
                raise self._late() from None
            raise
        finally:
            timer.cancel()


# -- Values ------------------------------------------------------------------------------------------------------------


def _row(found: Row) -> Row:
    return {name: _told(value) for name, value in found.items()}


def _told(value: Any) -> Any:
    """A value as JSON has it; Decimal stays, and what cannot be told is marked so that its cell is refused."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Decimal():
            return value if value.is_finite() else str(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return _clock(value)
        case bytes() | bytearray() | memoryview():
            return f"{MARK}cell.object{MARK}{len(value)} byte"
        case dict():
            return {str(key): _told(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_told(inner) for inner in value]
    return str(value)


def _clock(length: timedelta) -> str:
    """A length of time as hours, minutes, seconds: so MariaDB tells its TIME."""
    sign, length = ("-", -length) if length < timedelta() else ("", length)
    minutes, seconds = divmod(length.days * 86_400 + length.seconds, 60)
    fraction = f".{length.microseconds:06}" if length.microseconds else ""
    return f"{sign}{minutes // 60:02}:{minutes % 60:02}:{seconds:02}{fraction}"


def _break_off(connection: sa.Connection, raw: Any) -> None:
    """Leave an answer that was not read to its end, without reading on from a line that may be gone."""
    if unread := getattr(raw, "_result", None):  # PyMySQL would
        unread.unbuffered_active = False
    with suppress(SQLAlchemyError):
        connection.invalidate()


def _manners(dialect: sa.Dialect, timeout: float, *, whole: bool) -> list[str]:
    """What a database is told first: that we only read, and for how long it may think where an answer is taken whole.

    MariaDB and MySQL count the time in which rows are taken, PostgreSQL does not.
    """
    milliseconds = math.ceil(timeout * 1000)
    match dialect.name:
        case "postgresql":
            return [
                "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
                f"SET statement_timeout = {milliseconds}",
            ]
        case "mysql" | "mariadb":
            limit = f"SET SESSION max_execution_time = {milliseconds}"
            if getattr(dialect, "is_mariadb", False):
                limit = f"SET SESSION max_statement_time = {timeout:g}"
            return ["SET SESSION TRANSACTION READ ONLY", *([limit] if whole else [])]
        case "sqlite":
            return ["PRAGMA query_only = ON"]
    return []


# -- What drivers say --------------------------------------------------------------------------------------------------

_REFUSED = re.compile(
    r"password|authentication|role .* does not exist|pg_hba|Access denied|Login failed|permission denied", re.IGNORECASE
)
_LATE = re.compile(r"statement timeout|max_statement_time|maximum statement execution time|timed out", re.IGNORECASE)
_GONE = re.compile(
    r"Lost connection|server closed the connection|gone away|connection is closed|terminat", re.IGNORECASE
)


def _said(error: BaseException) -> str:
    """What a driver says, in one line, without numbers and without the query."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    words = [word for word in getattr(cause, "args", ()) if isinstance(word, str)]
    text = words[-1].strip().split("\n")[0] if words else reason(cause)
    return " ".join(text.split()).removeprefix("connection failed: ")
