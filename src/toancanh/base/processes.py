"""Supervising processes: each restarts alone, with back-off where it failed, all end together within seconds."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

log = structlog.get_logger()
# Many threads that each work for a moment would each keep an arena of memory, and Arrow a pool beside it: measured in a
# web process, 40 MB of 350. Whoever sets them himself is heeded.
THRIFT = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}
GRACE = 4.0
AGAIN = 0.5  # seconds until one that has ended well is started anew
WORKED = 2.0  # seconds below which nobody has done anything: to end at once is to fail, whatever is said
STEADY = 30.0


@dataclass
class Process:
    """A command to keep running; `once` ones are run to their end only, of `quiet` ones only errors are heard."""

    name: str
    command: Sequence[str]
    once: bool = False
    quiet: bool = False
    failures: int = 0
    started: float = 0.0
    due: float = 0.0
    handle: subprocess.Popen[bytes] | None = field(default=None, repr=False)


class Supervisor:
    """Keeps processes running until it is told to stop (SIGTERM, SIGINT)."""

    def __init__(self, processes: Sequence[Process]) -> None:
        self.processes = list(processes)
        self.stopping = threading.Event()

    def run(self) -> None:
        """Start all, restart what ends, return when all have ended after a signal."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_args: self.stopping.set())
        try:
            while not self.stopping.is_set():
                for process in self.processes:
                    self._tend(process)
                self.stopping.wait(0.2)
        finally:
            self._end()

    def _tend(self, process: Process) -> None:
        now = time.monotonic()
        if process.handle is None:
            if now >= process.due:
                process.handle = subprocess.Popen(
                    [sys.executable, *process.command],
                    stdout=subprocess.DEVNULL if process.quiet else None,
                    env=THRIFT | os.environ,
                )
                process.started = now
            return
        code = process.handle.poll()
        if code is None:
            if now - process.started > STEADY:
                process.failures = 0
            return
        process.handle = None
        if code == 0 and process.once:
            self.processes.remove(process)
            return
        if code == 0 and now - process.started >= WORKED:
            process.due = now + AGAIN
            return
        process.failures += 1
        delay = min(30.0, 0.5 * 2 ** (process.failures - 1))
        process.due = now + delay
        log.warning("process ended", name=process.name, code=code, restart_in=delay)

    def _end(self) -> None:
        running = [process.handle for process in self.processes if process.handle is not None]
        for handle in running:
            handle.terminate()
        deadline = time.monotonic() + GRACE
        for handle in running:
            try:
                handle.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                handle.kill()
                handle.wait()
