"""A centre and a simulated system as the benches start them, to be killed, starved and compared."""

import os
import random
import signal
import time
from contextlib import contextmanager, suppress

from bench import common, flow
from bench.common import NAMES

PROCESSES = tuple(name for name in NAMES if name != "demo")


def until(condition, seconds: float, what: str = ""):
    """The first true answer of a condition within some seconds."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, what or "it did not come"
        time.sleep(0.25)


class Centre(common.Centre):
    """A running centre in a home of its own."""

    def __call__(self, *words: object, stdin: str | None = None) -> str:
        """What a command of this installation prints."""
        return flow.run(self.home, *words, stdin=stdin)

    def kill(self, name: str) -> bool:
        pid = self.processes.get(name)
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return True

    def told(self, *sources: str) -> flow.Told:
        """What it has of sources, of the simulated one-stop system where none is named."""
        return flow.told(self.home, "dossier", *(sources or ("mot-cua",)))

    def settled(self, published: dict, seconds: float = 120.0) -> flow.Told:
        """What it has once all that was published has come; fails where that takes too long."""
        told = flow.settled(self.home, "dossier", {"mot-cua": published}, seconds=seconds)
        assert (told.records, told.waiting) == (published["distinct"], 0), (told, published)
        return told

    def hear(self, system: flow.System, every: float = 1.0, name: str = "mot-cua") -> None:
        """Connect a simulated system as a source."""
        flow.connect(self.home, flow.onestop(system, every, name))


@contextmanager
def flowing(folder, *words: object, every: float = 1.0):
    """A centre that hears a simulated system: (centre, system)."""
    home = folder / "home"
    with flow.System(home, "dossiers", words) as system:
        centre = Centre(home)
        centre.hear(system, every)
        with centre:
            yield centre, system


def equal(told: flow.Told, published: dict) -> None:
    """Every event is there exactly once, and every malformed row waits."""
    assert not told.missing(published)
    assert told.refused == published["malformed"], (told, published)
    assert told.accepted == told.records, told


def seeded() -> random.Random:
    return random.Random(2026)
