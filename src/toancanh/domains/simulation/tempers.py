"""Tempers: how soon the officers of a unit open and answer their slips, and whether they ever do."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple


class Temper(NamedTuple):
    """How officers of a unit are: the hours that an answer takes them, at the pace of real ones."""

    name: str
    share: float  # of the units that answer at all
    least: float
    most: float
    late: float = 0.0  # so large a share of their slips is left until the deadline has passed


NEVER = Temper("never", 0.0, 0.5, 4.0)
ANSWERING = (
    Temper("quick", 0.26, 0.4, 2.0),
    Temper("usual", 0.46, 1.0, 6.0),
    Temper("slow", 0.20, 4.0, 8.0),
    Temper("late", 0.08, 2.0, 8.0, 0.7),
)
_OPEN_ONLY = 0.5  # of the slips that are never answered, so many are opened all the same
_EXTENSION = 0.06  # for so many slips more time is asked
_IN_PARTS = 0.15  # so many are answered in two parts


def spread(units: Iterable[str], seed: int, never: float) -> dict[str, Temper]:
    """The temper of each unit; so large a share of them never answers. Shares are kept as nearly as numbers allow."""
    order = sorted(units, key=lambda unit: hashlib.sha256(f"{seed} {unit}".encode()).digest())
    bound = round(never * len(order))
    found = dict.fromkeys(order[:bound], NEVER)
    answering, reached = order[bound:], 0.0
    for temper in ANSWERING:
        first = round(reached * len(answering))
        reached += temper.share
        found |= dict.fromkeys(answering[first : round(reached * len(answering))], temper)
    return found


@dataclass(frozen=True)
class Plan:
    """When an officer does what with a slip whose turn is hers; None is never."""

    opens: datetime | None
    asks: datetime | None  # for more time
    answers: datetime | None
    rest: datetime | None  # when what she left out at first is answered
    part: float = 1.0  # of what stands in the slip she answers so much at first


def plan(temper: Temper, roll: Random, since: datetime, due: datetime, speed: float, again: bool = False) -> Plan:
    """What becomes of a slip first seen at `since`, so many times as fast as real officers are; `again`: returned."""
    thought = timedelta(hours=roll.uniform(temper.least, temper.most) / speed)
    opens = since + thought * roll.uniform(0.1, 0.5)
    late, asked, parted = roll.random() < temper.late, roll.random() < _EXTENSION, roll.random() < _IN_PARTS
    if temper is NEVER:
        return Plan(opens if roll.random() < _OPEN_ONLY else None, None, None, None)
    if again:
        return Plan(since, None, since + thought / 2, since + thought / 2)
    answers = since + thought
    if late:
        answers = max(answers, due + thought)
    asks = since + thought * 0.8 if asked and not late else None
    if asks is not None:
        answers += thought
    return Plan(opens, asks, answers, answers + thought / 2 if parted else answers, 0.5 if parted else 1.0)
