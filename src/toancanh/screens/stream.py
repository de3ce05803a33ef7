"""The live stream: open pages hear at once what changed within their scope, by Server-Sent Events.

One thread of each web process reads the news, however many pages are open. A page hears that something changed, never
what: it asks for that itself, and is answered within its scope.
"""

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.http import HttpRequest, StreamingHttpResponse

from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.access.scope import Scope
from toancanh.base import clock, news
from toancanh.base.news import Follower, Item
from toancanh.base.trouble import Trouble

PAUSE = 0.05  # seconds between two looks at the news
ALIVE = 15.0  # seconds after which a silent stream says that it lives
LONGEST = 900.0  # seconds; the page then asks anew, and whoever may see less by now sees less
_HELD = 64  # news that a slow page may be behind; it is then told to ask for everything
_RETRY = 2000  # milliseconds until a page that lost the stream asks again

# What news is about, by the beginning of its name: who may hear of it at all.
_PERMISSIONS = {
    "records": Permission.FIGURES_READ,
    "alerts": Permission.FIGURES_READ,
    "cases": Permission.CASES_READ,
    "sources": Permission.SOURCES_READ,
}
RENEW = "renew"  # told to a page that missed something


@dataclass(eq=False)
class Viewer:
    """One open page: what it may hear of, and what waits to be told to it."""

    user: User
    scope: Scope
    loop: asyncio.AbstractEventLoop
    waiting: "asyncio.Queue[Item]" = field(default_factory=lambda: asyncio.Queue(_HELD))

    def hears(self, item: Item) -> bool:
        """Whether news concerns the viewer: his role may know of such, and a unit of it lies in his scope."""
        if item.name == RENEW:
            return True
        permission = _PERMISSIONS.get(item.name.partition(".")[0])
        if permission is None or not self.user.may(permission):
            return False
        units = item.facts.get("units")
        return units is None or self.scope.everything or bool((self.scope.codes or frozenset()) & set(units))

    def tell(self, item: Item) -> None:
        """Put news in the queue; called in the loop of the viewer."""
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            item = Item(item.number, RENEW, {})
        self.waiting.put_nowait(item)


class Hub:
    """The one reader of news in a process, and the viewers it tells them to."""

    def __init__(self) -> None:
        self._viewers: set[Viewer] = set()
        self._recent: deque[Item] = deque(maxlen=_HELD)
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def count(self) -> int:
        """How many streams are open."""
        return len(self._viewers)

    def join(self, viewer: Viewer, after: int) -> None:
        """Tell a viewer all news after a number; called in its loop."""
        with self._guard:
            self._viewers.add(viewer)
            for item in self._recent:
                if item.number > after and viewer.hears(item):
                    viewer.tell(item)
            if self._thread is None:
                self._recent.clear()
                self._thread = threading.Thread(target=self._read, args=(Follower(after),), name="news", daemon=True)
                self._thread.start()

    def leave(self, viewer: Viewer) -> None:
        """Tell a viewer no more."""
        with self._guard:
            self._viewers.discard(viewer)

    def _read(self, follower: Follower) -> None:
        """Read news for as long as anybody listens."""
        trouble = Trouble("news")
        try:
            while self._listened():
                try:
                    close_old_connections()
                    for item in follower.read():
                        self._tell(item)
                    trouble.over()
                except (OperationalError, InterfaceError) as error:
                    trouble.met(error)
                    connection.close()
                time.sleep(PAUSE)
        finally:
            connection.close()

    def _listened(self) -> bool:
        with self._guard:
            if not self._viewers:
                self._thread = None
            return bool(self._viewers)

    def _tell(self, item: Item) -> None:
        with self._guard:
            self._recent.append(item)
            viewers = [each for each in self._viewers if each.hears(item)]
        for viewer in viewers:
            with suppress(RuntimeError):  # its loop has ended
                viewer.loop.call_soon_threadsafe(viewer.tell, item)


HUB = Hub()


def respond(request: HttpRequest) -> StreamingHttpResponse:
    """The stream of a visitor; a page that was cut off goes on after its `Last-Event-ID`."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the gate let him in
    scope: Scope = request.access_scope  # type: ignore[attr-defined]
    last = request.headers.get("Last-Event-ID", "")
    newest = news.newest()
    missed = _missed(int(last), newest) if last.isdecimal() and len(last) < 19 else []
    if not connection.in_atomic_block:
        connection.close()  # else each open page would hold one for as long as it is open
    response = StreamingHttpResponse(_events(user, scope, newest, missed), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    # Whoever would compress it would hold it back, and keep a buffer for each page.
    response["Content-Encoding"] = "identity"
    return response


def _missed(last: int, newest: int) -> list[Item]:
    """What a page missed since a number; that it must ask for everything where that is no longer known."""
    if last > newest:
        return [Item(newest, RENEW, {})]
    found = list(news.since(last))
    if last and last < newest and (not found or found[0].number > last + news.WINDOW or len(found) > _HELD):
        return [Item(newest, RENEW, {})]
    return found


async def _events(user: User, scope: Scope, newest: int, missed: list[Item]) -> AsyncIterator[bytes]:
    viewer = Viewer(user, scope, asyncio.get_running_loop())
    HUB.join(viewer, newest)
    ends = viewer.loop.time() + LONGEST
    try:
        yield f"retry: {_RETRY}\n".encode() + _event(newest, "hello", {"at": clock.stamp(clock.now())})
        for item in filter(viewer.hears, missed):
            yield _event(item.number, item.name, _facts(item))
        while (left := ends - viewer.loop.time()) > 0:
            try:
                item = await asyncio.wait_for(viewer.waiting.get(), min(ALIVE, left))
            except TimeoutError:
                yield b": alive\n\n"
                continue
            yield _event(item.number, item.name, _facts(item))
    finally:
        HUB.leave(viewer)


def _facts(item: Item) -> dict[str, Any]:
    """What is told of news: not which units it is about, of which the viewer may know some only."""
    return {key: value for key, value in item.facts.items() if key != "units"}


def _event(number: int, name: str, facts: dict[str, Any]) -> bytes:
    return f"id: {number}\nevent: {name}\ndata: {json.dumps(facts, ensure_ascii=False)}\n\n".encode()
