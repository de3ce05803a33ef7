"""Loops: what goes on all the time in a worker process, beside its jobs, until the process is told to end."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from django.db import connection

from toancanh.base.trouble import Trouble

log = structlog.get_logger()
AGAIN = 2.0  # seconds until one that broke is begun anew


@dataclass(frozen=True)
class Loop:
    """A loop of the workers of a queue: `run` works until the event is set."""

    name: str
    queue: str
    run: Callable[[threading.Event], None]


_LOOPS: dict[str, Loop] = {}


def register(loop: Loop) -> Loop:
    """Make a loop known under its name."""
    if _LOOPS.setdefault(loop.name, loop) is not loop:
        raise ValueError(f"loop `{loop.name}` is registered twice")
    return loop


def start(queue: str, stopping: threading.Event) -> list[threading.Thread]:
    """Begin the loops of a queue, each in a thread of its own; one that breaks is begun anew."""
    threads = []
    for loop in sorted(_LOOPS.values(), key=lambda each: each.name):
        if loop.queue == queue:
            threads.append(threading.Thread(target=_keep, args=(loop, stopping), name=loop.name, daemon=True))
            threads[-1].start()
    return threads


def _keep(loop: Loop, stopping: threading.Event) -> None:
    trouble = Trouble(loop.name)
    while not stopping.is_set():
        try:
            loop.run(stopping)
        except Exception as error:
            trouble.met(error)
            log.debug("loop", name=loop.name, exc_info=True)
        finally:
            connection.close()
        stopping.wait(AGAIN)
