"""Faults: what goes wrong with a real one-stop system, switched on for a while. What was published stays true."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

from toancanh.domains.dossiers.notation import written

KINDS = (
    "slow",  # answers after 5 to 20 seconds, in drops
    "error",  # HTTP 500 with a page for people
    "half",  # the connection is cut in the middle of the JSON
    "schema",  # a field renamed, another added
    "clock",  # an hour ahead: the Date header and the moments of events
    "repeat",  # every page twice, although the cursor has moved
    "disorder",  # rows shuffled within the page, pages overlapping
    "nonsense",  # 200 with bytes, a login page or JSON of another shape
    "down",  # the connection is closed without an answer
    "late",  # events appear up to an hour after they happened, out of order
    "silent",  # pages without rows
)
# Those that lie on the line: the National Portal has no others.
OF_LINE = ("slow", "error", "half", "nonsense", "down", "silent")
AHEAD = LATEST = timedelta(hours=1)
ERROR_PAGE = b"<html><body><h1>500 Internal Server Error</h1><p>java.lang.NullPointerException</p></body></html>"
_LOGIN_PAGE = "<html><body><form><h1>Đăng nhập</h1><input name='matKhau'></form></body></html>".encode()
_OTHER_JSON = '{"success":true,"data":{"danhSach":null},"message":"Thành công"}'.encode()


def renamed(item: dict[str, Any]) -> dict[str, Any]:
    """The event after an unannounced new version of the system: a field renamed, another added."""
    told = {("maTrangThai" if key == "trangThai" else key): value for key, value in item.items()}
    return told | {"phienBan": "2.0"}


def ahead(item: dict[str, Any]) -> dict[str, Any]:
    """The event as told by a system whose clock is an hour ahead; a moment nobody can read stays as it is."""
    try:
        moment = datetime.fromisoformat(item["thoiDiem"])
    except ValueError:
        return item
    return item | {"thoiDiem": written(moment + AHEAD)}


def nonsense() -> Callable[[], tuple[str, bytes]]:
    """Gives bodies with their content types that are no answer to what was asked, one kind after the other."""
    kinds = cycle((0, 1, 2))

    def body() -> tuple[str, bytes]:
        answers = (
            ("application/json", random.randbytes(2000)),  # noqa: S311 - it only has to be unreadable
            ("text/html; charset=utf-8", _LOGIN_PAGE),
            ("application/json", _OTHER_JSON),
        )
        return answers[next(kinds)]

    return body
