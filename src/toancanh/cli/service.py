"""What every process of the centre does alike: it starts, tells that it lives, and ends when it is told to."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def service(name: str, *, small: bool = False) -> Iterator[threading.Event]:
    """Django ready, signals heeded, heartbeats told; the event is set once the process is to end.

    One that handles a few rows at a time, `small`, does so in one thread: several would mostly wait for each other.
    """
    if small:
        os.environ.setdefault("POLARS_MAX_THREADS", "1")
    from toancanh.cli import output

    output.start()
    from toancanh.base.heartbeats import beating

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: stopping.set())
    with beating(name):
        yield stopping
