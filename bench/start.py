"""Starting: commands without work, the centre in an empty home and again, its memory, its end."""

import http.client
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path

from bench.common import TOANCANH, Centre, Result, Visitor, environment, ready, repeat, temporary

COMMAND, USABLE, END = 1.0, 10.0, 5.0
LEADER = "lanhdao"


def measure() -> Iterator[Result]:
    with temporary() as folder:
        yield from _commands(folder / "commands")
        yield from _centre(folder / "centre")


def _commands(home: Path) -> list[Result]:
    ready(home)

    def call(*command: str) -> float:
        run = lambda: subprocess.run(command, env=environment(home), stdout=subprocess.DEVNULL, check=True)  # noqa: E731
        return statistics.median(repeat(run, times=5, warm=1))

    bare = call(sys.executable, "-c", "pass")
    django = call(sys.executable, "-c", "import django, pyarrow, duckdb, deltalake, polars, ibis")
    note = "floor: Python doing nothing; median of 5"
    return [
        Result("`toancanh --help`", call(str(TOANCANH), "--help"), "s", bare, target=COMMAND, note=note),
        Result(
            "`toancanh sources` in a ready home",
            call(str(TOANCANH), "sources"),
            "s",
            django,
            target=COMMAND,
            note="floor: Python importing the libraries; median of 5",
        ),
    ]


def _centre(home: Path) -> list[Result]:
    home.mkdir(mode=0o700)
    centre = Centre(home, demo=True)
    try:
        first = centre.start()
        page = _until(centre, lambda: _overview(centre.port))
        history = _until(centre, lambda: _history_in(centre), limit=300, pause=0.2)
        centre.quiet(60)
        memory = centre.memory
        centre.stop()
        again = centre.start()
        usable = _until(centre, lambda: _overview(centre.port))
        centre.quiet(30)
        idle = centre.memory
        end = centre.stop()
    finally:
        centre.stop()
    mb = 1 << 20
    return [
        Result("first `run --demo` in an empty home, to /healthz", first, "s"),
        Result("the same, to an overview after logging in", page, "s"),
        Result("the same, until the simulated history is in", history, "s", note="90 days, newest month first"),
        Result("second start, to /healthz", again, "s"),
        Result("second start, to an overview after logging in", usable, "s", target=USABLE),
        Result("memory after loading, all processes", sum(memory.values()) / mb, "MB", note=_each(memory)),
        Result("memory after the second start, all processes", sum(idle.values()) / mb, "MB", note=_each(idle)),
        Result("SIGTERM until all processes have ended", end, "s", target=END),
    ]


def _each(memory: dict[str, int]) -> str:
    return ", ".join(f"{name} {size / (1 << 20):.0f} MB" for name, size in memory.items())


def _overview(port: int) -> bool:
    """A leader logs in and sees the first screen."""
    visitor = Visitor(port)
    visitor.log_in(LEADER)
    answer = visitor.get("/")
    return answer.status == 200 and "</html>" in answer.text


def _history_in(centre: Centre) -> bool:
    """The simulated months are delivered and loaded, and all that is derived from them is up to date."""
    if "demo" in centre.memory:
        return False
    questions = (
        "SELECT count(*) FROM sources_load WHERE simulated AND state = 'done'",
        "SELECT count(*) = 0 FROM sources_load WHERE state IN ('waiting', 'running')",
        "SELECT count(*) = 0 FROM warehouse_dirty",
    )
    with closing(sqlite3.connect(f"file:{centre.home}/toancanh.sqlite3?mode=ro", uri=True)) as database:
        return all(database.execute(question).fetchone()[0] for question in questions)


def _until(centre: Centre, holds: Callable[[], bool], limit: float = 60, pause: float = 0.02) -> float:
    """Seconds since the centre was started until it holds."""
    while time.perf_counter() - centre.started < limit:
        with suppress(OSError, http.client.HTTPException, KeyError, sqlite3.Error):
            if holds():
                return time.perf_counter() - centre.started
        time.sleep(pause)
    raise RuntimeError(f"not so within {limit:.0f} s: {holds.__name__}")
