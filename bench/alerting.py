"""Alerting: from an event at the source to the alert on an open page, in a steady flow and after a burst.

Rules on how many events of a unit came since a moment fire once for each unit, at the event that reaches the limit: the
moment of that event is known, and so is the one at which the alert stood in the queue on the screen.
"""

import os
import sqlite3
import statistics
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from bench import flow, live
from bench.common import Centre, Result, ready, spread, temporary
from bench.live import BURST, BURST_SECONDS, LEADER, NORMAL, RATE
from bench.viewers import Browser

LAG, SECONDS = 3.0, 90.0
STEADY, AFTER, WHILE = 8, 8, 150  # events of a unit at which it fires
# Notes when an alert first stood in the queue, in milliseconds of the clock.
_NOTE = """() => {
  window.shown = {}
  const note = () => {
    for (const each of document.querySelectorAll('li[id^=alert-]')) {
      const number = each.id.slice(6)
      if (!(number in window.shown)) window.shown[number] = Date.now()
    }
  }
  note()
  new MutationObserver(note).observe(document.body, {subtree: true, childList: true, attributes: true})
}"""


def measure() -> Iterator[Result]:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # the browser's loop runs in this thread, and nothing else in it
    with temporary() as folder:
        home = folder / "home"
        ready(home)
        live._history(home)
        with Centre(home) as centre, Browser() as browser:
            centre.quiet()
            page = browser.page(centre.port, LEADER, "/alerts")
            page.evaluate(_NOTE)
            yield from _steady(centre, page)
            yield from _burst(centre, page)


def _steady(centre: Centre, page: Any) -> Iterator[Result]:
    with live._flowing(centre, "steady", RATE):
        time.sleep(10)
        _publish("bench.first", _in(5), STEADY)
        _publish("bench.second", _in(5 + SECONDS / 2), STEADY)
        time.sleep(SECONDS + 10)
        yield live._memory(f"memory of all processes at {RATE} events/s, alerts firing", centre)
    time.sleep(8)
    shown, unseen, wrong = _compared(centre, page, "bench.first", "bench.second")
    times = [each.lag for each in shown]
    note = (
        f"{RATE} events/s, the queue open in Chromium; p50 {statistics.median(times):.1f} s, highest "
        f"{max(times):.1f} s, n={len(times)}, {unseen} more on later pages; {_parts(shown)}; "
        f"load {os.getloadavg()[0]:.1f}; floor: a look every {live.EVERY:g} s"
    )
    floor = live._polled(len(times))
    yield Result("event to alert on the screen, p95", spread(times)[1] / 1e3, "s", floor, target=LAG, note=note)
    yield Result("alerts that differ", len(wrong), "", target=0, note="; ".join(wrong[:5]) or "each fired, once")


def _burst(centre: Centre, page: Any) -> Iterator[Result]:
    """Ten times as much for a minute: how long until alerts are as quick as before, and whether each was made."""
    _withdraw("bench.first", "bench.second")
    before = flow.counted(centre.home, "dossier")
    with live._flowing(centre, "usual", RATE) as usual, live._flowing(centre, "burst", RATE * (BURST - 1)) as burst:
        _publish("bench.while", _in(3), WHILE)
        _publish("bench.after", _in(BURST_SECONDS), AFTER)
        _publish("bench.later", _in(BURST_SECONDS + NORMAL / 2), AFTER)
        time.sleep(BURST_SECONDS)
        told = {"burst": burst.hold()}
        over = time.time()
        time.sleep(NORMAL * 1.5)
        told["usual"] = usual.hold()
        here = flow.settled(centre.home, "dossier", told, before)
        time.sleep(8)
    shown, unseen, differing = _compared(centre, page, "bench.while", "bench.after", "bench.later")
    wrong = here.missing(*told.values()) + differing
    back = max(0.0, max((each.shown for each in shown if each.lag > LAG), default=over) - over)
    highest = max(each.lag for each in shown)
    after = [each for each in shown if each.due > over]
    note = (
        f"{told['burst']['distinct']:,} events in {BURST_SECONDS:.0f} s beside {RATE}/s; n={len(shown)}, {unseen} "
        f"more on later pages, highest {highest:.1f} s, after it p95 "
        f"{spread([each.lag for each in after])[1] / 1e3:.1f} s; {_parts(after)}; load {os.getloadavg()[0]:.1f}"
    )
    yield Result("burst: alerts within 3 s of their event after", back, "s", target=NORMAL, note=note)
    yield Result(
        "burst: events and alerts that differ",
        len(wrong),
        "",
        target=0,
        note="; ".join(wrong[:5]) or "nothing lost, nothing twice",
    )
    yield live._memory("burst: memory of all processes, alerts firing", centre)


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _publish(code: str, since: datetime, limit: int) -> None:
    """Let alerts fire for each unit at so many events since a moment."""
    from toancanh.alerts import definition
    from toancanh.alerts.rules import KIND, Missing, Rule
    from toancanh.base import audit, versions
    from toancanh.base.words import Bilingual

    options = {
        "of": "records",
        "record_type": "dossier",
        "conditions": f"at >= {since.isoformat()}",
        "minutes": 600,
        "by": "unit",
        "measure": "count",
        "least": 0,
    }
    words = Bilingual("{met} sự kiện", "{met} events")
    rule = Rule(code, "burst", words, words, limit, options, severity=5, absent=Missing.KEEP, most=5000)
    versions.draft(KIND, code, definition.write(rule), actor=audit.SYSTEM)
    versions.publish(KIND, code, actor=audit.SYSTEM, note="bench")


def _withdraw(*codes: str) -> None:
    from toancanh.alerts.rules import KIND
    from toancanh.base import audit, versions

    for code in codes:
        told = {**versions.current(KIND, code).definition, "enabled": False}
        versions.draft(KIND, code, told, actor=audit.SYSTEM)
        versions.publish(KIND, code, actor=audit.SYSTEM, note="bench")


@dataclass(frozen=True)
class _Shown:
    """An alert on the screen: when its event came about, was known here, made it fire, and when it was seen."""

    due: float
    known: float
    fired: float
    shown: float

    @property
    def lag(self) -> float:
        """Seconds from the event to the screen."""
        return self.shown - self.due


def _parts(shown: list[_Shown]) -> str:
    """Where the time goes, in words."""
    told = (
        ("in the warehouse", [each.known - each.due for each in shown]),
        ("an alert", [each.fired - each.known for each in shown]),
        ("on the screen", [each.shown - each.fired for each in shown]),
    )
    return "p50 and p95 until " + ", ".join(
        f"{what} {middle / 1e3:.1f} and {high / 1e3:.1f} s"
        for what, (middle, high) in ((w, spread(t)) for w, t in told)
    )


def _compared(centre: Centre, page: Any, *codes: str) -> tuple[list[_Shown], int, list[str]]:
    """Of rules: the alerts that were seen, how many were not, and what is not as it must be."""
    from toancanh.alerts import rules
    from toancanh.warehouse import reading

    seen = {int(number): at / 1e3 for number, at in page.evaluate("window.shown").items()}
    shown, unseen, wrong = [], 0, []
    for code in codes:
        rule = rules.known()[code]
        since = rule.options["conditions"].partition(">= ")[2]
        rows = reading.fetch(
            'SELECT unit, epoch("at") AS moment, epoch(known_at) AS known '
            f'FROM {reading.records("dossier")} WHERE "at" >= ? ORDER BY 2',
            [datetime.fromisoformat(since)],
        ).to_pylist()
        moments: dict[str, list[tuple[float, float]]] = defaultdict(list)
        for row in rows:
            moments[row["unit"]].append((row["moment"], row["known"]))
        due = {unit: times[int(rule.limit) - 1] for unit, times in moments.items() if len(times) >= rule.limit}
        with closing(sqlite3.connect(centre.home / "toancanh.sqlite3", timeout=60)) as database:
            sql = (
                "SELECT subject_id, id, (julianday(fired_at) - 2440587.5) * 86400 FROM alerts_alert "
                "WHERE rule = ? AND subject_kind = 'unit'"
            )
            fired = database.execute(sql, [code]).fetchall()
        units = [unit for unit, _number, _at in fired]
        wrong += [f"{code} {unit}: no alert" for unit in due.keys() - set(units)]
        wrong += [f"{code} {unit}: more than one" for unit in {each for each in units if units.count(each) > 1}]
        wrong += [f"{code} {unit}: no reason" for unit in set(units) - due.keys()]
        for unit, number, at in fired:
            if number in seen and unit in due:
                shown.append(_Shown(*due[unit], at, seen[number]))
            else:
                unseen += 1
    return shown, unseen, wrong
