"""REST: pages of a JSON API, asked for with a cursor."""

import errno
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import httpx
from django.utils.translation import gettext_lazy as _

from toancanh.base import clock
from toancanh.base.problems import Checks, Problem
from toancanh.sources import objects
from toancanh.sources.connectors.connector import Connector, Cursor, Option, Page, Shape
from toancanh.sources.connectors.line import reaching, reason

_AT_ONCE = 50  # pages of one look; the rest waits for the next one, so that nobody waits behind a long history
_LARGEST = 32 << 20  # bytes of one answer


class Rest(Connector):
    """Asks an address for what is new, page by page, and remembers the cursor of the last page."""

    kind = "rest"
    title = _("API REST (JSON)")
    options = (
        Option("url", _("Địa chỉ"), Shape.URL, required=True, schemes=("http", "https")),
        Option(
            "auth",
            _("Cách xác thực"),
            Shape.CHOICE,
            default="none",
            choices=("none", "bearer", "basic", "key"),
        ),
        Option("user", _("Tên đăng nhập"), help=_("Khi xác thực basic.")),
        Option("password", _("Mật khẩu"), Shape.SECRET, help=_("Khi xác thực basic.")),
        Option("token", _("Khoá hoặc token"), Shape.SECRET, help=_("Khi xác thực bearer hoặc key.")),
        Option("key_header", _("Tiêu đề mang khoá"), default="X-API-Key", help=_("Khi xác thực key.")),
        Option(
            "items", _("Nơi chứa các dòng"), default="items", help=_("Đường dẫn trong câu trả lời, ví dụ data.rows.")
        ),
        Option(
            "paging",
            _("Cách phân trang"),
            Shape.CHOICE,
            default="cursor",
            choices=("cursor", "page", "offset", "none"),
            help=_("cursor: con trỏ trong câu trả lời; page: số trang; offset: số dòng đã đọc; none: một trang."),
        ),
        Option("cursor_parameter", _("Tham số con trỏ"), default="after"),
        Option("cursor_field", _("Con trỏ trong câu trả lời"), default="next"),
        Option("more_field", _("Còn nữa hay không, trong câu trả lời"), default="more"),
        Option("limit_parameter", _("Tham số số dòng"), default="limit"),
        Option("limit", _("Số dòng một trang"), Shape.NUMBER, default=500, minimum=1),
        Option("since_parameter", _("Tham số “từ lúc”, để đọc lại"), default="since"),
        Option("timeout", _("Thời gian chờ tối đa (giây)"), Shape.NUMBER, default=20, minimum=1),
    )

    def __init__(self, options: Mapping[str, Any]) -> None:
        super().__init__(options)
        told = self.told
        headers = {"Accept": "application/json"}
        auth = None
        if told["auth"] == "bearer":
            headers["Authorization"] = f"Bearer {told['token'] or ''}"
        elif told["auth"] == "key":
            headers[told["key_header"]] = told["token"] or ""
        elif told["auth"] == "basic":
            auth = httpx.BasicAuth(told["user"] or "", told["password"] or "")
        self._client = httpx.Client(headers=headers, auth=auth, timeout=told["timeout"], follow_redirects=False)

    def fetch(self, cursor: Cursor) -> Iterator[Page]:
        """The pages after the cursor, as far as one look reaches."""
        for _turn in range(_AT_ONCE):
            page = self._page(cursor)
            yield page
            cursor = page.cursor
            if not page.more:
                return

    def replay(self, since: datetime) -> Cursor:
        """The first page asks for what happened since then, the following ones go on from there."""
        if not self.told["since_parameter"] or self.told["paging"] != "cursor":
            raise Problem("connector.no_replay", kind=self.kind)
        return {"since": clock.stamp(since)}

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def _page(self, cursor: Cursor) -> Page:
        told = self.told
        limit = int(told["limit"])
        asked: dict[str, str | int] = {}
        if told["limit_parameter"] and told["paging"] != "none":
            asked[told["limit_parameter"]] = limit
        if "since" in cursor:
            asked[told["since_parameter"]] = cursor["since"]
        elif "at" in cursor and told["paging"] != "none":
            asked[told["cursor_parameter"]] = cursor["at"]
        content = self._ask(asked)
        rows = _within(content, told["items"])
        if not isinstance(rows, list):
            raise Problem(
                "connector.answer", url=told["url"], reason=_("không có danh sách ở `{at}`").format(at=told["items"])
            )
        match told["paging"]:
            case "none":
                return Page(rows, {})
            case "page":
                number = int(cursor.get("at", 1))
                full = len(rows) >= limit
                # The last page is asked for again until it is full: it may grow.
                return Page(rows, {"at": number + 1 if full else number}, full)
            case "offset":
                return Page(rows, {"at": int(cursor.get("at", 0)) + len(rows)}, len(rows) >= limit)
        following = _within(content, told["cursor_field"])
        if following in (None, ""):
            return Page(rows, cursor)
        more = _within(content, told["more_field"]) if told["more_field"] else None
        return Page(rows, {"at": following}, bool(rows) and (len(rows) >= limit if more is None else bool(more)))

    def _ask(self, asked: dict[str, str | int]) -> Any:
        url, timeout = self.told["url"], self.told["timeout"]
        try:
            with reaching(url, timeout), _plainly(), self._client.stream("GET", url, params=asked) as response:
                body = _body(response, url)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Problem("connector.unreachable", place=url, reason=reason(error)) from None
        if response.status_code in (401, 403):
            raise Problem("connector.denied", url=url, status=response.status_code)
        if response.status_code != 200:
            ours = response.is_client_error and response.status_code not in (408, 429)
            raise Problem("connector.http_ours" if ours else "connector.http", url=url, status=response.status_code)
        try:
            return objects.loads(body)
        except (ValueError, RecursionError):
            raise Problem("connector.answer", url=url, reason=_("không phải JSON")) from None

    @classmethod
    def check(cls, options: Mapping[str, Any]) -> None:
        """Refuse a way to be let in without what it needs. Raises connector.option."""
        wanted = {"bearer": ("token",), "key": ("token",), "basic": ("user", "password")}
        checks = Checks()
        for name in wanted.get(options["auth"], ()):
            checks.make(None, cls.needed, options, name)
        checks.end()


@contextmanager
def _plainly() -> Iterator[None]:
    """Errors of the line as what lies under them, where the library hides that."""
    try:
        yield
    except httpx.TimeoutException:
        raise TimeoutError from None
    except (httpx.RemoteProtocolError, httpx.ReadError):
        raise ConnectionResetError(errno.ECONNRESET, "") from None
    except httpx.ConnectError as error:
        under: BaseException | None = error
        while under is not None and not isinstance(under, OSError):
            under = under.__cause__ or under.__context__
        raise under or error from None


def _body(response: httpx.Response, url: str) -> bytes:
    parts, size = [], 0
    for part in response.iter_bytes():
        parts.append(part)
        size += len(part)
        if size > _LARGEST:
            raise Problem("connector.answer", url=url, reason=_("dài quá {most} MB").format(most=_LARGEST >> 20))
    return b"".join(parts)


def _within(content: Any, path: str) -> Any:
    """What stands at a dotted path of an answer; the answer itself where there is none."""
    for key in path.split(".") if path else []:
        content = content.get(key) if isinstance(content, dict) else None
    return content
