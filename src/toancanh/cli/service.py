"""What every process of the centre does alike: it starts, tells that it lives, and ends when it is told to."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def service(name: str) -> Iterator[threading.Event]:
    """Django ready, signals heeded, heartbeats told; the event is set once the process is to end."""
    from toancanh.cli import output

    output.start()
    from toancanh.base.heartbeats import beating

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: stopping.set())
    with beating(name):
        yield stopping
