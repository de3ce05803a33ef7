"""Workflows: the states of a kind of case, who may move it, by when, and who is told when nobody does. Pure data.

A workflow is declared by a floor or a domain, changed on screen as versioned data, and frozen for every case that
begins. It is a table looked up by state and action; there is nothing in it for a library of state machines to do.
"""

import copy
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from django.utils.translation import gettext_lazy as _

from toancanh.base.models import Frozen
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.base.words import Bilingual
from toancanh.units.calendar import WorkingCalendar

register_problems(
    {
        "workflow.wrong": Words(
            _("Quy trình `{name}` không dùng được: {reason}"), _("Sửa chỗ được nêu rồi lưu lại."), 422
        ),
    }
)


class Party(StrEnum):
    """On whose behalf somebody acts on a case."""

    UNIT = "unit"  # officers of the unit that must act
    HEAD = "head"  # the head of that unit
    OFFICE = "office"  # operators of the centre
    LEADER = "leader"
    SYSTEM = "system"


class Measure(StrEnum):
    """What a term is counted in."""

    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    HOURS = "hours"
    DAYS = "days"


@dataclass(frozen=True)
class Term:
    """A length of time; a negative one leads back."""

    amount: int
    measure: Measure

    def from_(self, moment: datetime, calendar: WorkingCalendar) -> datetime:
        """The moment at its end."""
        match self.measure:
            case Measure.HOURS:
                return moment + timedelta(hours=self.amount)
            case Measure.DAYS:
                return moment + timedelta(days=self.amount)
            case Measure.WORKING_DAYS:
                return calendar.add_days(moment, self.amount) if self.amount else moment
            case Measure.WORKING_HOURS if self.amount >= 0:
                return calendar.add_hours(moment, self.amount)
        return calendar.take_hours(moment, -self.amount)


@dataclass(frozen=True)
class State:
    """A state, and whose turn it is in it; nobody's, if the case is closed."""

    code: str
    title: Bilingual
    turn: Party | None = None


@dataclass(frozen=True)
class Entry:
    """What an action asks for: text, lines, date, file or choice."""

    name: str
    title: Bilingual
    shape: str = "text"
    required: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Transition:
    """What may be done in some states, by whom, and where it leads ("" stays); at most `times` in a case, if set.

    `outcome` is that of the case, where it closes it; `asked` says that the unit must have asked for more time.
    """

    action: str
    title: Bilingual
    sources: tuple[str, ...]
    target: str
    who: tuple[Party, ...]
    entries: tuple[Entry, ...] = ()
    times: int = 0
    outcome: str = ""
    asked: bool = False


@dataclass(frozen=True)
class Answer:
    """One of the answers to an item: what it asks for, and how often it may be given of one record."""

    code: str
    title: Bilingual
    of: tuple[str, ...]  # kinds of item
    note: bool = False
    new_date: bool = False
    times: int = 0


@dataclass(frozen=True)
class Step:
    """One step of the escalation chain: so long after the deadline (before it, if negative) these are told."""

    after: Term
    to: Party
    text: Bilingual
    severity: int = 0  # raised to, if higher


@dataclass(frozen=True)
class Route:
    """Where a record goes whose `field` begins with one of `begins`: a unit's code, or "@parent" of its own unit."""

    field: str
    begins: tuple[str, ...]
    to: str


@dataclass(frozen=True)
class Workflow:
    """Everything that a case of a kind goes by."""

    code: str
    title: Bilingual
    states: tuple[State, ...]
    start: str
    transitions: tuple[Transition, ...]
    due: Term
    chain: tuple[Step, ...]
    routes: tuple[Route, ...] = ()
    answers: tuple[Answer, ...] = ()
    extension: Term | None = None
    numbered: str = ""  # the symbol behind the number of the year; "" where cases have none
    texts: Mapping[str, Bilingual] = field(default_factory=dict)
    law: str = ""

    @cached_property
    def written(self) -> dict[str, Any]:
        """It as JSON-like data, not to be changed."""
        data: dict[str, Any] = json.loads(json.dumps(asdict(self)))  # as it is kept: lists, no tuples
        return data

    def state(self, code: str) -> State:
        """The state of that code. Raises KeyError."""
        return next(state for state in self.states if state.code == code)

    def is_open(self, code: str) -> bool:
        """Whether a case in that state still waits for somebody."""
        return self.state(code).turn is not None

    def transition(self, action: str) -> Transition | None:
        """The transition of an action."""
        return next((each for each in self.transitions if each.action == action), None)

    def answer(self, code: str) -> Answer | None:
        """The answer of that code."""
        return next((each for each in self.answers if each.code == code), None)


def write(workflow: Workflow) -> dict[str, Any]:
    """A workflow as JSON-like data."""
    return copy.deepcopy(workflow.written)


def read(data: Mapping[str, Any]) -> Workflow:
    """A workflow from data. Raises workflow.wrong, naming the place."""
    name = str(data.get("code", "?"))
    try:
        return _checked(_read(data))
    except (KeyError, TypeError, ValueError) as error:
        raise Problem("workflow.wrong", name=name, reason=str(error)) from None


def kept(data: Mapping[str, Any]) -> Workflow:
    """The same as `read`, remembered. Raises workflow.wrong."""
    return _of_text(json.dumps(data, sort_keys=True))


@lru_cache(maxsize=64)
def _of_text(text: str) -> Workflow:
    return read(json.loads(text))


@lru_cache(maxsize=256)
def of_frozen(pk: int) -> Workflow:
    """The workflow that was frozen under a key; what is frozen never changes."""
    return read(Frozen.objects.get(pk=pk).definition)


def _read(data: Mapping[str, Any]) -> Workflow:
    return Workflow(
        code=data["code"],
        title=Bilingual.of(data["title"]),
        states=tuple(
            State(each["code"], Bilingual.of(each["title"]), Party(each["turn"]) if each.get("turn") else None)
            for each in data["states"]
        ),
        start=data["start"],
        transitions=tuple(_transition(each) for each in data["transitions"]),
        due=_term(data["due"]),
        chain=tuple(
            Step(_term(each["after"]), Party(each["to"]), Bilingual.of(each["text"]), int(each.get("severity", 0)))
            for each in data["chain"]
        ),
        routes=tuple(Route(each["field"], tuple(each["begins"]), each["to"]) for each in data.get("routes", ())),
        answers=tuple(
            Answer(
                each["code"],
                Bilingual.of(each["title"]),
                tuple(each["of"]),
                bool(each.get("note")),
                bool(each.get("new_date")),
                int(each.get("times", 0)),
            )
            for each in data.get("answers", ())
        ),
        extension=_term(data["extension"]) if data.get("extension") else None,
        numbered=data.get("numbered", ""),
        texts={name: Bilingual.of(text) for name, text in data.get("texts", {}).items()},
        law=data.get("law", ""),
    )


def _transition(data: Mapping[str, Any]) -> Transition:
    return Transition(
        data["action"],
        Bilingual.of(data["title"]),
        tuple(data["sources"]),
        data["target"],
        tuple(Party(each) for each in data["who"]),
        tuple(
            Entry(
                each["name"],
                Bilingual.of(each["title"]),
                each.get("shape", "text"),
                bool(each.get("required")),
                tuple(each.get("choices", ())),
            )
            for each in data.get("entries", ())
        ),
        int(data.get("times", 0)),
        data.get("outcome", ""),
        bool(data.get("asked")),
    )


def _term(data: Mapping[str, Any]) -> Term:
    return Term(int(data["amount"]), Measure(data["measure"]))


def _checked(workflow: Workflow) -> Workflow:
    codes = {state.code for state in workflow.states}
    named = {workflow.start} | {code for each in workflow.transitions for code in each.sources}
    named |= {each.target for each in workflow.transitions if each.target}
    if unknown := named - codes:
        raise ValueError(str(_("không có trạng thái {states}")).format(states=", ".join(sorted(unknown))))
    reached, grown = {workflow.start}, True
    while grown:
        more = {each.target for each in workflow.transitions if each.target and reached & set(each.sources)} - reached
        reached, grown = reached | more, bool(more)
    if stray := codes - reached:
        raise ValueError(str(_("không bao giờ tới trạng thái {states}")).format(states=", ".join(sorted(stray))))
    if not any(state.turn is None for state in workflow.states):
        raise ValueError(str(_("không có trạng thái kết thúc")))
    if workflow.due.amount <= 0:
        raise ValueError(str(_("thời hạn phải lớn hơn 0")))
    if not workflow.chain:
        raise ValueError(str(_("cần ít nhất một bước đôn đốc")))
    return workflow
