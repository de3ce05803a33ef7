"""Collecting: every running source in a thread of its own, so that one that hangs or raves keeps no other waiting."""

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.db import DatabaseError, InterfaceError, OperationalError, close_old_connections, connection
from django.db.models import Sum

from toancanh.base import audit, home
from toancanh.base.models import OutboxEntry
from toancanh.base.problems import Problem
from toancanh.base.trouble import Trouble
from toancanh.sources import actions, flow, intake, vault
from toancanh.sources.connectors import connector
from toancanh.sources.connectors.connector import Connector, Delivery, Row
from toancanh.sources.models import Source

log = structlog.get_logger()
_LOOK = 1.0  # seconds between two looks at which sources run
_FULL = 200_000  # rows of a source in the outbox above which it is not asked for more
_LOCKED = 2.0  # seconds to wait where the operational database cannot be written


class Collector:
    """Keeps one thread for each running source that is fetched from or listened to."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._threads: dict[str, tuple[Any, threading.Event, threading.Thread]] = {}

    def run(self) -> None:
        """Follow what is started, changed and paused, until told to stop."""
        trouble = Trouble("collecting")
        while not self._stopping.is_set():
            try:
                close_old_connections()
                self._follow()
                trouble.over()
            except (OperationalError, InterfaceError) as error:
                trouble.met(error)
            self._stopping.wait(_LOOK)
        for _signature, ending, _thread in self._threads.values():
            ending.set()
        for _signature, _ending, thread in self._threads.values():
            thread.join(2.0)

    def _follow(self) -> None:
        wanted = {each.name: each for each in Source.objects.filter(running=True).exclude(connector="")}
        for name, (signature, ending, thread) in list(self._threads.items()):
            source = wanted.get(name)
            if source is None or _signature(source) != signature or not thread.is_alive():
                ending.set()
                if not thread.is_alive():
                    del self._threads[name]
        for name, source in wanted.items():
            if name not in self._threads and not connector.of_kind(source.connector).pushed:
                ending = threading.Event()
                thread = threading.Thread(target=collect, args=(source, ending), name=f"source {name}", daemon=True)
                self._threads[name] = (_signature(source), ending, thread)
                thread.start()


def _signature(source: Source) -> Any:
    """What a thread was started with; `columns` are learnt on the way."""
    told = (source.options, source.secrets, source.mapping, source.record_type, source.contract)
    return source.pk, source.connector, source.every, *map(str, told)


def collect(source: Source, ending: threading.Event) -> None:
    """Ask one source again and again until `ending`; what goes wrong is noted, and waited for longer each time."""
    made: Connector | None = None
    trouble = Trouble("collecting", source=source.name)
    try:
        while not ending.is_set():
            begun = time.monotonic()
            try:
                made = made or connector.made(source.connector, source.options, vault.opened(source.secrets))
                look(source, made, ending)
                trouble.over()
                wait = max(0.0, source.every - (time.monotonic() - begun))
            except Problem as problem:
                wait = _failed(source, problem)
            except (OperationalError, InterfaceError) as error:
                trouble.met(error)
                connection.close()
                wait = _LOCKED
            except Exception as error:
                log.exception("source.unexpected", source=source.name)
                wait = _failed(source, Problem("source.unexpected", error=f"{type(error).__name__}: {error}"[:300]))
            ending.wait(wait)
    finally:
        if made is not None:
            made.close()
        connection.close()


def look(source: Source, made: Connector, ending: threading.Event) -> None:
    """Take once what a source has now; of one that is listened to, all it says until `ending`."""
    with home.current().lock(f"feed-{source.name}", wait=False):
        if made.listens:
            made.listen(_taker(source), ending)
            return
        state = flow.of(source)
        if _waiting(source) > _FULL:
            return
        answered = False
        for item in made.fetch(state.cursor):
            answered = True
            if isinstance(item, Delivery):
                actions.deliver(source, item.path, actor=audit.SYSTEM, name=item.name)
                flow.spoke(source, item.cursor, turn=state.turn, rows=1)
            else:
                intake.take(source, item.rows, item.cursor, turn=state.turn)
            if ending.is_set() or _waiting(source) > _FULL:
                return
        if not answered:
            flow.spoke(source, None)


def _taker(source: Source) -> Callable[[list[Row]], None]:
    def take(rows: list[Row]) -> None:
        intake.take(source, rows)

    return take


def _waiting(source: Source) -> int:
    return OutboxEntry.objects.filter(source=source.name).aggregate(sum=Sum("rows"))["sum"] or 0


def _failed(source: Source, problem: Problem) -> float:
    try:
        return flow.failed(source, problem)
    except DatabaseError:  # locked, or the source is gone meanwhile
        return _LOCKED
