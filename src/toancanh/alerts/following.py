"""Following: rules are read soon after what they rest on changed, and again and again where they rest on time.

One loop of the installation does this, in the fast worker, whoever holds its lock.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db import close_old_connections

from toancanh.alerts import evaluation, holding, kinds, rules
from toancanh.alerts.rules import Rule
from toancanh.base import clock, home, loops, news
from toancanh.base.jobs import FAST
from toancanh.base.news import Follower, Item
from toancanh.base.problems import Problem

PAUSE = 0.1  # seconds between two looks at the news
_LEAST = 1.0  # seconds between two readings of a rule, on average
# How much sooner one may come: where news come once a second, each would else wait until the next is told.
_SLACK = 0.8
_SHARE = 0.1  # of the time, at most, in which one rule is read
_WAIT = 2.0  # seconds between two tries to be the one that evaluates
_TIDY = 60.0  # seconds between two looks for alerts of rules that are read no more


@dataclass
class Turns:
    """Whose turn it is: of each rule when it was last read, how long that took, and whether anything changed since."""

    clock: Callable[[], float] = time.monotonic
    _begun: dict[str, float] = field(default_factory=dict)
    _next: dict[str, float] = field(default_factory=dict)  # when it would be read again at its rate
    _rest: dict[str, float] = field(default_factory=dict)  # how long that is after the time before
    _stale: set[str] = field(default_factory=set)

    def hear(self, found: Iterable[Rule], items: Iterable[Item]) -> None:
        """Mark the rules that rest on what the news is about."""
        topics = {topic for item in items if (topic := _topic(item))}
        if topics:
            self._stale |= {rule.code for rule in found if _hears(rule) & topics}

    def due(self, found: Iterable[Rule]) -> list[Rule]:
        """The rules that are to be read now: those that hold others back, then whose next turn after this is soonest.

        So what is read quickly does not wait for what takes long, and that is read as well.
        """
        return sorted(filter(self._due, found), key=lambda rule: (not rule.inhibits, self._after(rule.code)))

    def read(self, code: str, begun: float) -> None:
        """Say that a rule was read, from a moment of the clock until now."""
        # The first reading also loads what all later ones use: how long it took says nothing of them.
        took = self.clock() - begun if code in self._begun else 0.0
        rest = max(_LEAST, took / _SHARE)
        self._begun[code], self._rest[code] = begun, rest
        self._next[code] = max(self._next.get(code, begun), begun) + rest
        self._stale.discard(code)

    def _after(self, code: str) -> float:
        return self._next.get(code, 0.0) + self._rest.get(code, 0.0)

    def _due(self, rule: Rule) -> bool:
        begun = self._begun.get(rule.code)
        if begun is None:
            return True
        now = self.clock()
        again = rule.code in self._stale or now - begun >= kinds.get(rule.kind).every
        return again and now >= self._next[rule.code] - _SLACK


def _topic(item: Item) -> str:
    if item.name == "records.changed":
        return str(item.facts.get("record_type", ""))
    return "sources" if item.name == "sources.changed" else ""


def _hears(rule: Rule) -> frozenset[str]:
    try:
        return rule.hears
    except Exception:  # what it rests on is gone; reading it says so
        return frozenset()


def follow(stopping: threading.Event) -> None:
    """Evaluate until told to stop; wait where another process does."""
    while not stopping.is_set():
        try:
            with home.current().lock("alerts", wait=False):
                _follow(stopping)
        except Problem as problem:
            if problem.code != "home.busy":
                raise
            stopping.wait(_WAIT)


def _follow(stopping: threading.Event) -> None:
    follower, turns = Follower(news.newest()), Turns()
    tidied = held = 0.0
    while not stopping.is_set():
        close_old_connections()
        found = rules.in_force()
        turns.hear(found, follower.read())
        due = turns.due(found)
        for rule in due[:1]:
            begun = held = turns.clock()
            evaluation.evaluate(wanted=[rule])
            turns.read(rule.code, begun)
        if turns.clock() - held >= _LEAST:  # silences begin and end by the clock
            held = turns.clock()
            holding.bring_up(clock.now())
        if turns.clock() - tidied >= _TIDY:
            tidied = turns.clock()
            evaluation.tidy()
        if len(due) < 2:
            stopping.wait(PAUSE)


loops.register(loops.Loop("alerts", FAST, follow))
