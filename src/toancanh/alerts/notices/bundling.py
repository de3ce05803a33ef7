"""Bundling: when what waits for one address goes, and what goes together."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Protocol

from toancanh.base import clock

LONGEST = timedelta(minutes=2)  # that a notice waits for others, outside quiet hours
WINDOW = LONGEST - timedelta(seconds=10)  # what is left is the sender's
URGENT = 5  # a severity that waits for nothing, and is told at night, too
GIVE_UP = timedelta(hours=24)
MOST = 20  # tries
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=2)


@dataclass(frozen=True)
class Quiet:
    """Hours of the Vietnamese day in which only what is urgent is told; they may go beyond midnight."""

    since: time
    until: time

    def covers(self, moment: datetime) -> bool:
        """Whether a moment lies in them."""
        here = clock.local(moment).time()
        if self.since <= self.until:
            return self.since <= here < self.until
        return here >= self.since or here < self.until

    def end(self, moment: datetime) -> datetime:
        """When the quiet hours end that cover a moment."""
        here = clock.local(moment)
        day = here.date() + timedelta(days=int(here.time() >= self.until))
        return datetime.combine(day, self.until, clock.VIETNAM).astimezone(moment.tzinfo)


class Waiting(Protocol):
    """What waits: since when, and how urgent it is."""

    at: datetime
    severity: int


def due_at(at: datetime, severity: int, quiet: Quiet | None) -> datetime:
    """When a notice goes at the latest: at once, after the window, or where that is quiet when the quiet hours end."""
    if severity >= URGENT:
        return at
    latest = at + WINDOW
    return quiet.end(latest) if quiet and quiet.covers(latest) else latest


def going[Each: Waiting](waiting: Sequence[Each], quiet: Quiet | None, now: datetime) -> list[Each]:
    """Those of what waits for an address that go together now.

    One that is due takes all with it. A clock that was set back makes nothing wait longer.
    """
    if quiet and quiet.covers(now):
        return [each for each in waiting if each.severity >= URGENT]
    due = any(each.severity >= URGENT or abs(now - each.at) >= WINDOW for each in waiting)
    return list(waiting) if due else []


def pause(tries: int, seed: object) -> timedelta:
    """How long to wait after so many tries: twice as long each time, up to two hours, a fifth more or less."""
    length = min(FIRST_PAUSE * 2 ** min(tries - 1, 20), LONGEST_PAUSE)
    return length * random.Random(f"{seed}:{tries}").uniform(0.8, 1.2)  # noqa: S311 - spreads load, hides nothing
