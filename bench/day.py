"""A working day of two systems at twenty times its speed, 72 minutes, with faults switched on and off all the while.

Afterwards both sides must have counted alike. TOANCANH_BENCH_MINUTES ends it sooner; where no MQTT broker answers at
127.0.0.1:1883 the air stations are left out. What was seen is kept beside the results, as are pictures of the board.
"""

import itertools
import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench import flow
from bench.common import FOLDER, PASSWORD, Centre, Result, ready, temporary
from bench.viewers import Browser

SPEED = 20
MINUTES = float(os.environ.get("TOANCANH_BENCH_MINUTES", "72"))
ON, OFF = 40.0, 50.0  # seconds
STATIONS = 10
MEMORY = 1536.0
LOOK = 10.0  # seconds between two samples
PICTURE = 240.0


def measure() -> Iterator[Result]:
    with temporary() as folder, ExitStack() as stack:
        home = folder / "home"
        ready(home)
        day = _working_day()
        words = ("--from", day.isoformat(), "--speed", SPEED)
        systems = {"mot-cua": (stack.enter_context(flow.System(home, "dossiers", words)), "dossier")}
        flow.connect(home, flow.onestop(systems["mot-cua"][0]))
        if _broker():
            topic = f"bench/{os.getpid()}"
            flow.connect(home, flow.stations(topic))
        flow.run(home, "user", "create", "leader", "--role", "leader", stdin=PASSWORD + "\n")
        centre = stack.enter_context(Centre(home))
        if _broker():
            words = (*words, "--stations", STATIONS, "--topic", topic)
            systems["khong-khi"] = (stack.enter_context(flow.System(home, "sensors", words)), "measurement")
        kept = FOLDER / "day"
        kept.mkdir(parents=True, exist_ok=True)
        samples = _live(centre, {name: system for name, (system, _type) in systems.items()}, kept)
        begun = time.monotonic()
        published = {name: system.hold() for name, (system, _type) in systems.items()}
        for name, (_system, kind) in systems.items():
            here = flow.settled(home, kind, {name: published[name]})
            wrong = "; ".join(here.missing(published[name])) or "both sides equal"
            note = f"{day:%d/%m/%Y} at {SPEED}x, {MINUTES:g} min; {json.dumps(published[name])}; {here}: {wrong}"
            yield Result(f"simulated day, {name}: rows", here.records, "rows", published[name]["distinct"], note=note)
            yield Result(
                f"simulated day, {name}: differences", len(here.missing(published[name])), "", target=0, note=wrong
            )
        yield Result("simulated day: all is in after the last row", time.monotonic() - begun, "s", target=60)
        yield from _curves(samples, kept)


def _working_day() -> date:
    """The last one that is over."""
    from toancanh.base.clock import today
    from toancanh.units.calendar import WorkingCalendar

    calendar, day = WorkingCalendar.load(), today() - timedelta(1)
    while not calendar.is_working_day(day):
        day -= timedelta(1)
    return day


def _broker() -> bool:
    try:
        with socket.create_connection(("127.0.0.1", 1883), 2):
            return True
    except OSError:
        return False


def _live(centre: Centre, systems: dict[str, flow.System], kept: Path) -> list[dict[str, Any]]:
    """Switch one fault after the other on and off and watch, for the whole day."""
    plans = {name: itertools.cycle(system.kinds()) for name, system in systems.items()}
    samples: list[dict[str, Any]] = []
    begun = time.monotonic()
    turn = itertools.cycle(systems)
    fault, look, picture = 15.0, 0.0, 30.0
    on = ""
    with ExitStack() as stack:
        file, errors = (stack.enter_context((kept / name).open("w")) for name in ("samples.jsonl", "browser.txt"))
        page = stack.enter_context(Browser()).page(
            centre.port, "leader", "/boards/dossiers", lambda text: errors.write(f"{text}\n")
        )
        while (at := time.monotonic() - begun) < MINUTES * 60:
            if at >= fault:
                name = next(turn)
                on = f"{name} {next(plans[name])}"
                systems[name].fault(on.split()[1], ON)
                _say(f"{at:5.0f} s  {on}")
                fault = at + ON + OFF
            if at >= look:
                sample = {"at": round(at), "fault": on, "memory": centre.memory, "cpu": sum(centre.processor.values())}
                sample |= {name: _published(system) for name, system in systems.items()}
                samples.append(sample | {"page": _shown(page)})
                file.write(json.dumps(samples[-1]) + "\n")
                file.flush()
                look = at + LOOK
            if at >= picture:
                page.screenshot(path=kept / f"{at:05.0f}.png", full_page=True)
                picture = at + PICTURE
            time.sleep(0.5)
    return samples


def _published(system: flow.System) -> dict[str, Any] | None:
    try:
        counts = system.counts()
    except OSError:
        return None
    return {key: counts[key] for key in ("distinct", "malformed", "clock") if key in counts}


def _shown(page: Any) -> list[str]:
    """The mark of the line, and the figures of the first panel."""
    mark = page.locator("[data-live-mark]").all_inner_texts()
    return [*(each.strip() for each in mark[:1]), *page.locator(".figure-number").all_inner_texts()[:5]]


def _curves(samples: list[dict[str, Any]], kept: Path) -> Iterator[Result]:
    """Memory and processor time over the day."""
    (kept / "samples.json").write_text(json.dumps(samples, indent=1))
    sums = [sum(each["memory"].values()) / (1 << 20) for each in samples]
    quarter = max(1, len(sums) // 4)
    last = samples[-1]["memory"]
    parts = ", ".join(f"{name} {size / (1 << 20):.0f}" for name, size in last.items())
    yield Result("simulated day: memory of all processes, highest", max(sums), "MB", target=MEMORY, note=parts)
    early, late = sum(sums[quarter : 2 * quarter]) / quarter, sum(sums[-quarter:]) / quarter
    yield Result(
        "simulated day: memory in the last quarter", late, "MB", early, note="floor: in the second quarter of the day"
    )
    taken = samples[-1]["cpu"] - samples[0]["cpu"]
    share = taken / (samples[-1]["at"] - samples[0]["at"]) * 100 if samples[-1]["at"] else 0.0
    yield Result("simulated day: processor, average", share, "% of a core")


def _say(text: str) -> None:
    sys.stderr.write(f"  {text}\n")
