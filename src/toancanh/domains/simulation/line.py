"""The line to a centre: what people of a unit read there and do, over its HTTP API, each with name and password."""

import threading
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any
from uuid import uuid4

import httpx

_PATIENCE = 10.0  # seconds until it must have answered
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds until it is tried again, the last one from then on
_SHUT = 60.0  # seconds until a password that was refused is tried again: who guesses is locked out, and others with him
_PAGE = 1000
_UNDECIDED = (502, 503, 504)  # of a server in between: nobody knows whether it was done


class RefusedError(Exception):
    """The centre does not do what it was asked; `code` is that of its problem."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


class DownError(Exception):
    """The centre does not answer, or lets nobody in, and it was not waited for."""


def address(centre: str) -> httpx.URL:
    """The address of a centre. Raises ValueError for what is none."""
    try:
        url = httpx.URL(centre)
    except httpx.InvalidURL:
        raise ValueError(centre) from None
    if url.scheme not in ("http", "https") or not url.host or url.userinfo:
        raise ValueError(centre)
    return url


class Line:
    """Asks a centre until it answers, or until `ended`."""

    def __init__(self, centre: httpx.URL, password: str, transport: httpx.BaseTransport | None = None) -> None:
        self._client = httpx.Client(base_url=centre, timeout=_PATIENCE, trust_env=False, transport=transport)
        self._password, self.ended = password, threading.Event()
        self.failing = ""

    def slips(self, username: str) -> Iterator[dict[str, Any]]:
        """The open slips that somebody sees. Raises RefusedError, DownError."""
        for offset in count(0, _PAGE):
            asked = {"kind": "slip", "state": "open", "limit": _PAGE, "offset": offset}
            page = self._answer(partial(self._get, username, "", asked))
            yield from page["items"]
            if offset + _PAGE >= page["total"]:
                return

    def read(self, username: str, number: int) -> dict[str, Any]:
        """A case as somebody sees it. Raises RefusedError, DownError."""
        return self._answer(partial(self._get, username, f"/{number}", {}))

    def act(
        self, username: str, number: int, action: str, revision: int, fields: dict[str, Any], times: int = 1
    ) -> dict[str, Any]:
        """Do something with a case as it was read; what it is then. Raises RefusedError, DownError.

        It goes out under one key until it is answered, and again where it is to be done `times`: it is done once.
        """
        path, key = f"/api/v1/cases/{number}/actions/{action}", {"Idempotency-Key": uuid4().hex}
        told = {"revision": revision, "fields": fields}
        done: dict[str, Any] = {}
        for _time in range(times):
            post = partial(self._client.post, path, json=told, headers=key, auth=(username, self._password))
            done = self._answer(post)
        return done

    def _get(self, username: str, path: str, asked: dict[str, Any]) -> httpx.Response:
        return self._client.get(f"/api/v1/cases{path}", params=asked, auth=(username, self._password))

    def _answer(self, ask: Callable[[], httpx.Response]) -> dict[str, Any]:
        for turn in count():
            pause = _PAUSES[min(turn, len(_PAUSES) - 1)]
            try:
                answer = ask()
                if answer.is_success:
                    self.failing = ""
                    return dict(answer.json())
                if answer.status_code in (401, 429):
                    self.failing, pause = f"{answer.status_code} {_code(answer)}", _SHUT
                elif answer.status_code in _UNDECIDED:
                    self.failing = str(answer.status_code)
                else:
                    self.failing = ""
                    raise RefusedError(answer.status_code, _code(answer))
            except (httpx.HTTPError, ValueError) as error:
                self.failing = str(error) or type(error).__name__
            if self.ended.wait(pause):
                break
        raise DownError(self.failing)


def _code(answer: httpx.Response) -> str:
    """The code of the problem that an answer tells; empty where it tells none."""
    try:
        return str(answer.json()["type"]).rpartition(":")[2]
    except (ValueError, TypeError, KeyError):
        return ""
