"""Flow: what a peak hour costs, how soon an event is on the screen, a burst, many open streams, memory.

All in one home with ninety days of history. Simulated systems and viewers run on the same machine: they take part of
what is measured. TOANCANH_BENCH_MINUTES sets how long the peak is watched (10).
"""

import bisect
import os
import random
import sqlite3
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from bench import flow
from bench.common import PASSWORD, Centre, Result, Visitor, ready, spread, temporary
from bench.viewers import Browser, Reader, Stream, seen, watch

LEADER, OFFICER = "lanhdao", "bench-xa"
# 5,000 dossiers of about five events in eight working hours, and as much again: the busiest hour has twice the average.
PEAK, PEAK_SHARE = 3.5, 25.0
MINUTES = float(os.environ.get("TOANCANH_BENCH_MINUTES", "10"))
RATE, BROWSERS, READERS, SECONDS, LAG = 200, 2, 18, 120.0, 3.0
BURST, BURST_SECONDS, NORMAL = 10, 60.0, 60.0
STREAMS, STREAM_RATE, STREAM_SECONDS, EVENT, VIEW = 200, 20, 60.0, 1000.0, 200.0
MEMORY = 1536.0
EVERY = 0.5  # seconds between two looks at the source
BOARD = "/boards/dossiers"  # as it opens: the last thirty days
# States of a dossier that counts as done, the second figure of the board, on the day it ends.
ENDED = ("7", "8", "9", "10")


def measure() -> Iterator[Result]:
    with temporary() as folder:
        home = folder / "home"
        ready(home)
        _history(home)
        with Centre(home) as centre:
            centre.quiet()
            yield from _peak(centre)
            yield from _lag(centre)
            yield from _burst(centre)
            yield from _streams(centre)


def _history(home: Any) -> None:
    """The demo's ninety days, and none of its simulated systems."""
    with Centre(home, demo=True) as centre:
        centre.quiet(180)
    for source in ("mot-cua", "cong-dich-vu-cong", "tram-khong-khi"):
        flow.run(home, "sources", "pause", source)
    flow.run(home, "user", "create", OFFICER, "--role", "officer", "--unit", "gso:24133", stdin=PASSWORD + "\n")


@contextmanager
def _flowing(centre: Centre, name: str, rate: float, every: float = EVERY) -> Iterator[flow.System]:
    """A source of its own for so long."""
    with flow.System(centre.home, "dossiers", ("--rate", rate)) as system:
        flow.connect(centre.home, flow.onestop(system, every, name))
        yield system
        flow.run(centre.home, "sources", "pause", name)


def _peak(centre: Centre) -> Iterator[Result]:
    """Processor time of all processes with a board open, beside that of the same processes without a source."""
    with Browser() as browser:
        browser.page(centre.port, LEADER, "/")
        idle = _share(centre, 60.0)
        with _flowing(centre, "peak", PEAK, every=1.0):
            time.sleep(10)
            share = _share(centre, MINUTES * 60)
        parts = ", ".join(f"{name} {value:.1f}" for name, value in share.items())
    note = f"{PEAK:g} events/s for {MINUTES:g} min, asked for every second, an overview open; {parts}; floor: no source"
    yield Result("peak hour, processor", sum(share.values()), "% of a core", sum(idle.values()), PEAK_SHARE, note=note)


def _share(centre: Centre, seconds: float) -> dict[str, float]:
    before, begun = centre.processor, time.monotonic()
    time.sleep(seconds)
    after, taken = centre.processor, time.monotonic() - begun
    return {name: (after[name] - before.get(name, 0.0)) / taken * 100 for name in after}


class _Arrivals(threading.Thread):
    """When a simulated system had told how many dossiers that ended, looked at twenty times a second."""

    def __init__(self, system: flow.System) -> None:
        super().__init__(daemon=True)
        self._system, self._over = system, threading.Event()
        self.seen: list[tuple[float, int]] = []

    def run(self) -> None:
        while not self._over.wait(0.05):
            now = time.time()
            self.seen.append((now, ended(self._system.counts())))

    def close(self) -> None:
        self._over.set()
        self.join()


def ended(counts: dict[str, Any]) -> int:
    """How many dossiers have ended."""
    return sum(int(counts["by_state"].get(state, 0)) for state in ENDED)


def _lags(arrivals: list[tuple[float, int]], shown: list[tuple[float, int]], base: int, since: float) -> list[float]:
    """Seconds from the end of each dossier, from a moment on, to the first figure that counts it."""
    values = [value - base for _at, value in shown]
    lags: list[float] = []
    told = 0
    for at, count in arrivals:
        for number in range(told + 1, count + 1):
            place = bisect.bisect_left(values, number)
            if place < len(shown) and at >= since:
                lags.append(shown[place][0] - at)
        told = max(told, count)
    return lags


@contextmanager
def _watched(centre: Centre, browsers: int, readers: int) -> Iterator[tuple[list[Any], list[Reader]]]:
    """So many boards open in Chromium, and so many by visitors who ask as the page does."""
    with ExitStack() as stack:
        browser = stack.enter_context(Browser())
        pages = [browser.page(centre.port, LEADER, BOARD) for _page in range(browsers)]
        visitors = [Reader(centre.port, LEADER, BOARD) for _visitor in range(readers)]
        for visitor in visitors:
            stack.callback(visitor.close)
            visitor.start()
        for page in pages:
            watch(page, 1)
        yield pages, visitors


def _lag(centre: Centre) -> Iterator[Result]:
    """From the source to the screen."""
    before = flow.counted(centre.home, "dossier")
    with _watched(centre, BROWSERS, READERS) as (pages, readers):
        base = seen(pages[0])[-1][1]
        with _flowing(centre, "steady", RATE) as system:
            arrivals = _Arrivals(system)
            arrivals.start()
            time.sleep(10)
            began = time.time()
            time.sleep(SECONDS)
            memory = _memory(f"memory of all processes at {RATE} events/s, {BROWSERS + READERS} viewers", centre)
            arrivals.close()
            counts = system.hold()
            flow.settled(centre.home, "dossier", {"steady": counts}, before)
            time.sleep(3)
        lags: list[float] = []
        for page in pages:
            shown = seen(page)
            if shown[-1][1] - base != ended(counts):
                raise RuntimeError(f"the page shows {shown[-1][1] - base}, the system told {ended(counts)}")
            lags += _lags(arrivals.seen, shown, base, began)
    asked = [time for reader in readers for time in reader.times]
    floor = _polled(len(lags))
    note = (
        f"{RATE} events/s, {BROWSERS} boards in Chromium and {READERS} more viewers over HTTP; p50 "
        f"{statistics.median(lags):.1f} s, highest {max(lags):.1f} s, n={len(lags)}; parts asked {len(asked)} times, "
        f"p95 {spread(asked)[1]:.0f} ms; floor: looking at the source every {EVERY:g} s, and nothing else"
    )
    yield Result("source to screen, p95", spread(lags)[1] / 1e3, "s", floor, target=LAG, note=note)
    yield memory


def _memory(what: str, centre: Centre) -> Result:
    """What the processes take of the machine: pages that several share count once."""
    memory, resident = centre.memory, sum(centre.resident.values()) >> 20
    parts = ", ".join(f"{name} {size >> 20}" for name, size in memory.items())
    note = f"shared pages counted once: {parts}; {resident} MB where each process counts them anew"
    return Result(what, sum(memory.values()) / (1 << 20), "MB", target=MEMORY, note=note)


def _polled(number: int) -> float:
    """The 95th percentile of what waiting for the next look takes, in seconds."""
    chance = random.Random(2026)
    return spread([chance.random() * EVERY for _each in range(max(number, 1000))])[1] / 1e3


def _burst(centre: Centre) -> Iterator[Result]:
    """Ten times as much for a minute, and how long until all is as before."""
    before = flow.counted(centre.home, "dossier")
    with _watched(centre, 1, READERS) as (pages, _readers):
        base = seen(pages[0])[-1][1]
        with _flowing(centre, "usual", RATE) as usual, _flowing(centre, "burst", RATE * (BURST - 1)) as burst:
            time.sleep(BURST_SECONDS)
            counts = burst.hold()
            over = time.time()
            arrivals = _Arrivals(usual)
            arrivals.start()
            time.sleep(NORMAL * 1.5)
            arrivals.close()
            published = {"usual": usual.hold(), "burst": counts}
            here = flow.settled(centre.home, "dossier", published, before)
            time.sleep(5)
        shown = seen(pages[0])
    wrong = here.missing(*published.values())
    total = sum(map(ended, published.values()))
    if shown[-1][1] - base != total:
        wrong.append(f"the page shows {shown[-1][1] - base}, the systems told {total}")
    back = _back(arrivals.seen, shown, base + ended(counts), over)
    told = counts["distinct"]
    note = f"{told:,} events in {BURST_SECONDS:.0f} s beside {RATE}/s; floor: {EVERY:g} s until the next look"
    yield Result("burst: screen back within 3 s of the source after", back, "s", EVERY, target=NORMAL, note=note)
    yield Result("burst: differences", len(wrong), "", target=0, note="; ".join(wrong) or "nothing lost, nothing twice")
    yield _memory("burst: memory of all processes", centre)


def _back(arrivals: list[tuple[float, int]], shown: list[tuple[float, int]], base: int, over: float) -> float:
    """Seconds after the burst from which on every dossier is shown within the promised lag."""
    values = [value - base for _at, value in shown]
    last = over
    for at, count in arrivals:
        place = bisect.bisect_left(values, count)
        if place < len(shown) and shown[place][0] - at > LAG:
            last = shown[place][0]
    return last - over


def _streams(centre: Centre) -> Iterator[Result]:
    """Two hundred open streams while things flow: how late an event is heard, how long a page takes meanwhile."""
    visitor = Visitor(centre.port)
    visitor.log_in(LEADER)
    with _flowing(centre, "streams", STREAM_RATE):
        time.sleep(5)
        alone, few = _hear(centre, visitor, 1, STREAM_SECONDS / 2)
        views, many = _hear(centre, visitor, STREAMS, STREAM_SECONDS)
    note = f"{STREAMS} streams, n={len(many)}, highest {max(many) * 1e3:.0f} ms; floor: one stream"
    yield Result("event to client, p95", spread(many)[1], "ms", spread(few)[1], target=EVENT, note=note)
    note = (
        f"board and overview by turns, {STREAMS} streams open, n={len(views)}; p50 {spread(views)[0]:.0f}; floor: one"
    )
    yield Result("page views meanwhile, p95", spread(views)[1], "ms", spread(alone)[1], target=VIEW, note=note)


def _hear(centre: Centre, visitor: Visitor, number: int, seconds: float) -> tuple[list[float], list[float]]:
    """Seconds of page views, and of news from being told to being heard, with so many streams open."""
    heard: list[tuple[int, float]] = []

    def hear(number: int, name: str, _facts: dict[str, Any]) -> None:
        if name != "hello":
            heard.append((number, time.time()))

    streams = [Stream(visitor, hear) for _each in range(number)]
    for stream in streams:
        stream.start()
    views: list[float] = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for path in ("/", "/boards/dossiers"):
            started = time.perf_counter()
            if visitor.get(path).status != 200:
                raise RuntimeError(path)
            views.append(time.perf_counter() - started)
            time.sleep(0.5)
    for stream in streams:
        stream.close()
    with closing(sqlite3.connect(centre.home / "toancanh.sqlite3", timeout=60)) as database:
        told = dict(database.execute("SELECT id, (julianday(at) - 2440587.5) * 86400 FROM base_news").fetchall())
    if len(heard) < number * seconds / 4:
        raise RuntimeError(f"{number} streams heard {len(heard)} events in {seconds:.0f} s")
    return views, [at - told[number] for number, at in heard]
