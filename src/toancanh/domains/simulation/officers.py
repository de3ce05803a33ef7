"""Simulated officers: they read the slips of their units at a centre, think, and answer, over its HTTP API."""

import heapq
import math
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

import structlog

from toancanh.base.clock import local, now, written
from toancanh.domains.simulation import replies, tempers
from toancanh.domains.simulation.faults import Faults
from toancanh.domains.simulation.line import DownError, Line, RefusedError
from toancanh.domains.simulation.tempers import NEVER, Plan, Temper

if TYPE_CHECKING:
    from toancanh.units.calendar import WorkingCalendar

log = structlog.get_logger()
KINDS = ("silent", "twice")
_LOOK = timedelta(minutes=30)  # a real officer looks that often
_SOONEST, _LATEST = timedelta(seconds=0.5), timedelta(minutes=5)
_TURN = ("sent", "opened", "returned")  # states in which it is the unit's turn
_ATTEMPTS = 3  # after so many refusals in a row a slip is left alone until it changes
_IDLE = 0.05  # seconds
_BARRING = ("slip.again", "slip.answer")


class Account(NamedTuple):
    """Somebody of a unit who may log in."""

    username: str
    unit: str
    head: bool = False


@dataclass
class Seen:
    """A slip as the officer remembers it: since when it is her turn, for which time, and what the centre refused."""

    since: datetime
    turn: int = 0
    answered: bool = False  # when it was read last
    revision: int = -1
    refusals: int = 0
    barred: set[str] = field(default_factory=set)  # answers that do not do
    asked: bool = False


@dataclass
class Desk:
    """The people of one unit, and the slips that they know."""

    unit: str
    officer: str
    head: str
    temper: Temper
    roll: Random
    slips: dict[int, Seen] = field(default_factory=dict)
    waiting: int = 0


class Officers:
    """The officers of units at a centre, in a thread of their own; what they did is counted exactly.

    What is at units without an account of ours is left alone.
    """

    def __init__(
        self,
        line: Line,
        accounts: Iterable[Account],
        seed: int,
        speed: float,
        never: float,
        faults: Faults,
        calendar: "WorkingCalendar",
        clock: Callable[[], datetime] = now,
    ) -> None:
        self.faults, self.ended, self.held = faults, line.ended, threading.Event()
        self._line, self._seed, self._speed, self._clock = line, seed, speed, clock
        self._calendar = calendar
        self._desks = _desks(list(accounts), seed, never)
        self._due = [(clock() + self._pause(desk) * desk.roll.random(), unit) for unit, desk in self._desks.items()]
        heapq.heapify(self._due)
        self._counts: Counter[str] = Counter()
        self._answers: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._slips: set[int] = set()
        self._lock, self._thread = threading.Lock(), threading.Thread(target=self._run, name="officers", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def publish(self) -> None:
        """They work in a thread of their own."""

    def finish(self, seconds: float) -> None:
        """Let what is being done come to its end, within so many seconds."""
        self.ended.set()
        self._thread.join(seconds)

    def work(self) -> None:
        """Let those at the desks whose time has come look and do what is due. Raises DownError."""
        while self._due and self._due[0][0] <= self._clock() and not self.ended.is_set():
            if self.held.is_set() or self.faults.kind == "silent":
                return
            desk = self._desks[heapq.heappop(self._due)[1]]
            following = self._clock() + self._pause(desk)
            try:
                following = self._look(desk)
            finally:
                heapq.heappush(self._due, (following, desk.unit))

    def counts(self) -> dict[str, Any]:
        """What was done in this run: what the centre has answered, each thing once."""
        with self._lock:
            desks = self._desks.values()
            return {
                "units": len(desks),
                "tempers": dict(sorted(Counter(desk.temper.name for desk in desks).items())),
                **{name: self._counts[name] for name in ("looks", "opened", "answered")},
                "by_answer": dict(sorted(self._answers.items())),
                "slips": len(self._slips),
                **{name: self._counts[name] for name in ("again", "late", "extensions")},
                "refused": dict(sorted(self._refused.items())),
                "pending": sum(desk.waiting for desk in desks if desk.temper is not NEVER),
                "never": sum(desk.waiting for desk in desks if desk.temper is NEVER),
                "clock": written(self._clock()),
                "failing": self._line.failing or None,
            }

    def _run(self) -> None:
        while not self.ended.wait(_IDLE):
            try:
                self.work()
            except DownError:
                return
            except Exception:
                log.exception("officers stumbled")
                self.ended.wait(1.0)

    def _look(self, desk: Desk) -> datetime:
        """Read the slips of a desk and do what is due; when to look next."""
        try:
            found = [case for case in self._line.slips(desk.officer) if case["unit"] == desk.unit]
        except RefusedError as error:
            self._refuse(error)
            return self._clock() + self._pause(desk)
        self._count("looks")
        desk.slips = {case["case"]: self._seen(desk, case) for case in found}
        mine = [case for case in found if case["state"] in _TURN and case["unanswered"]]
        desk.waiting = len(mine)
        following = self._clock() + self._pause(desk)
        for case in mine:
            if self.ended.is_set():
                break
            due = self._tend(desk, case)
            if due is not None:
                following = min(following, max(due, self._clock() + _SOONEST))
        return following

    def _tend(self, desk: Desk, case: dict[str, Any]) -> datetime | None:
        """Do what is due with a slip; when the next thing is, None: nothing that is known."""
        seen = desk.slips[case["case"]]
        if seen.refusals >= _ATTEMPTS:
            return None
        again = case["state"] == "returned"
        deadline = datetime.fromisoformat(case["due_at"])
        plan = tempers.plan(desk.temper, self._roll("plan", case, seen), seen.since, deadline, self._speed, again)
        who = desk.head if desk.head and (again or case["overdue"]) else desk.officer
        try:
            return self._follow(plan, who, case, seen)
        except RefusedError as error:
            self._refuse(error)
            seen.refusals += 1
            return self._clock() + _SOONEST  # she reads what changed, and decides anew

    def _follow(self, plan: Plan, who: str, case: dict[str, Any], seen: Seen) -> datetime | None:
        moment = self._clock()
        if case["state"] == "sent":
            if plan.opens is None or moment < plan.opens:
                return plan.opens
            case = self._act(who, case, seen, "open", {})
            self._count("opened")
        if plan.asks is not None and not case["extended"] and not seen.asked:
            if moment < plan.asks:
                return plan.asks
            seen.asked = True
            reason = self._roll("ask", case, seen).choice(replies.REASONS)
            case = self._act(who, case, seen, "ask_extension", {"reason": reason})
            self._count("extensions")
        begun = case["unanswered"] < case["items"]
        due = plan.rest if begun else plan.answers
        if due is None or moment < due:
            return due
        self._answer(who, case["case"], seen, 1.0 if begun or moment >= (plan.rest or moment) else plan.part)
        return plan.rest if plan.rest and plan.rest > moment else None

    def _answer(self, who: str, number: int, seen: Seen, part: float) -> None:
        """Answer so large a part of what waits in a slip."""
        case = self._line.read(who, number)
        if all(each["action"] != "answer" for each in case["actions"]):
            return
        waiting = [item for item in case["records"] if item["state"] == "open"]
        offered = {each["answer"] for each in case["answers"]} - seen.barred
        chosen = waiting[: max(1, math.ceil(part * len(waiting)))]
        again, roll = case["state"] == "returned", self._roll("answer", case, seen)
        found = replies.choose(chosen, offered, roll, local(self._clock()), self._calendar)
        for reply, items in found.items():
            try:
                case = self._act(who, case, seen, "answer", reply.fields(items))
            except RefusedError as error:
                if error.code in _BARRING:
                    seen.barred.add(reply.answer)
                raise
            over = case["state"] == "answered"
            with self._lock:
                self._counts["answered"] += len(items)
                self._answers[reply.answer] += len(items)
                self._counts["again"] += over and again
                self._counts["late"] += over and case["late"] and number not in self._slips
                if over:
                    self._slips.add(number)

    def _act(self, who: str, case: dict[str, Any], seen: Seen, action: str, fields: dict[str, Any]) -> dict[str, Any]:
        times = 2 if self.faults.kind == "twice" else 1
        done = self._line.act(who, case["case"], action, case["revision"], fields, times)
        seen.refusals, seen.revision, seen.answered = 0, done["revision"], done["state"] not in _TURN
        return done

    def _seen(self, desk: Desk, case: dict[str, Any]) -> Seen:
        """What is remembered of a slip; one that came back, or grew, is thought about anew."""
        seen = desk.slips.get(case["case"]) or Seen(self._clock())
        answered = case["state"] not in _TURN
        if seen.answered and not answered:
            seen.since, seen.turn = self._clock(), seen.turn + 1
        seen.answered = answered
        if case["revision"] != seen.revision:
            seen.revision, seen.refusals = case["revision"], 0
        return seen

    def _roll(self, what: str, case: dict[str, Any], seen: Seen) -> Random:
        return Random(f"{self._seed} {what} {case['case']} {seen.turn}")  # noqa: S311 - a simulation, to be repeated

    def _pause(self, desk: Desk) -> timedelta:
        return min(max(_LOOK / self._speed * desk.roll.uniform(0.7, 1.3), _SOONEST), _LATEST)

    def _count(self, name: str) -> None:
        with self._lock:
            self._counts[name] += 1

    def _refuse(self, error: RefusedError) -> None:
        with self._lock:
            self._refused[error.code or str(error.status)] += 1


def _desks(accounts: list[Account], seed: int, never: float) -> dict[str, Desk]:
    """A desk for each unit that has an officer, with its head where it has one."""
    officers = {each.unit: each.username for each in accounts if not each.head}
    heads = {each.unit: each.username for each in accounts if each.head}
    found = tempers.spread(officers, seed, never)
    return {
        unit: Desk(unit, name, heads.get(unit, ""), found[unit], Random(f"{seed} {unit}"))  # noqa: S311
        for unit, name in officers.items()
    }
