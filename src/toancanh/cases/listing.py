"""Lists of cases as people and programs read them: one filter, the same rows on screen, in exports and over HTTP."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from toancanh.access.models import User
from toancanh.access.scope import Scope
from toancanh.base import audit, clock
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.base.words import Bilingual
from toancanh.cases import access, kinds, search, workflow
from toancanh.cases.models import Case, Item
from toancanh.cases.workflow import Workflow
from toancanh.units import labels
from toancanh.units.calendar import WorkingCalendar
from toancanh.units.tree import Tree

COUNTED = 10_000  # a longer list says "more than"

register_problems(
    {
        "case.filter": Words(
            _("Bộ lọc `{name}` không nhận giá trị “{value}”."),
            _("Chọn giá trị trong danh sách, hoặc bỏ bộ lọc này."),
            422,
        ),
    }
)


@dataclass(frozen=True)
class CaseFilter:
    """Which cases. Texts as an address or a command line has them; "" does not narrow."""

    kind: str = ""
    reason: str = ""
    unit: str = ""  # with everything under it
    state: str = ""  # a state of the workflow, or open, closed, overdue, late, near, asked (for more time), all
    severity: str = ""  # at least
    since: str = ""  # made on that day or later
    until: str = ""
    q: str = ""
    mine: str = ""  # watched by whoever asks

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "CaseFilter":
        """From the parameters of an address; others are left alone."""
        return cls(**{each.name: str(given.get(each.name) or "").strip() for each in fields(cls)})

    @property
    def query(self) -> dict[str, str]:
        """The parameters that narrow."""
        return {each.name: getattr(self, each.name) for each in fields(self) if getattr(self, each.name)}


def cases(wanted: CaseFilter, scope: Scope, person: User | None = None, now: datetime | None = None) -> QuerySet[Case]:
    """The cases in a scope that a filter lets through: open ones first, by deadline, then those closed last.

    Raises case.filter.
    """
    now = now or clock.now()
    _known(wanted)
    found = _stated(_narrowed(access.visible(scope), wanted, person), wanted, now)
    if wanted.q:
        found = search.matching(found, wanted.q, access.codes_of(scope))
    if wanted.state == "closed":
        return found.order_by("-closed_at", "-pk")
    if wanted.state in ("open", "overdue", "near"):
        # In the order of an index of those; but what is searched for is found first, and put in order then.
        return found.order_by(Coalesce("due_at", "due_at") if wanted.q else "due_at", "pk")
    return found.order_by("-is_open", "due_at", "pk")


_STATES = ("", "all", "open", "closed", "overdue", "near", "late", "asked")


def _known(wanted: CaseFilter) -> None:
    """Refuse what there is not: an empty list would say that all is well."""
    codes = [kind.code for kind in kinds.all_kinds()]
    states = {state.code for code in codes for state in kinds.get(code).workflow.states}
    checks = (
        ("kind", wanted.kind, not wanted.kind or wanted.kind in codes),
        ("state", wanted.state, wanted.state in _STATES or wanted.state in states),
        ("severity", wanted.severity, wanted.severity in ("", *"12345")),
        ("unit", wanted.unit, not wanted.unit or labels.ever(wanted.unit) is not None),
    )
    for name, value, known in checks:
        if not known:
            raise Problem("case.filter", name=name, value=value)


def _narrowed(found: QuerySet[Case], wanted: CaseFilter, person: User | None) -> QuerySet[Case]:
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.reason:
        found = found.filter(reason=wanted.reason)
    if wanted.unit:
        found = found.filter(unit__in=Tree.at(clock.today()).holdings(wanted.unit) or {wanted.unit})
    if wanted.severity:
        found = found.filter(severity__gte=_number("severity", wanted.severity))
    if wanted.since:
        found = found.filter(created_at__gte=_beginning("since", wanted.since))
    if wanted.until:
        found = found.filter(created_at__lt=_beginning("until", wanted.until) + timedelta(days=1))
    if wanted.mine and person is not None:
        found = found.filter(watchers__person=person)
    return found


def _stated(found: QuerySet[Case], wanted: CaseFilter, now: datetime) -> QuerySet[Case]:
    match wanted.state:
        case "" | "all":
            return found
        case "open":
            return found.filter(is_open=True)
        case "closed":
            return found.filter(is_open=False)
        case "overdue":
            return found.filter(is_open=True, due_at__lt=now, answered_at=None)
        case "near":
            near = WorkingCalendar.load().add_hours(now, 4)
            return found.filter(is_open=True, due_at__gte=now, due_at__lte=near, answered_at=None)
        case "asked":
            return found.filter(is_open=True, extended="asked")
        case "late":
            return found.filter(late=True)
    return found.filter(state=wanted.state)


def counted(found: QuerySet[Case]) -> int:
    """How many cases a list has, COUNTED + 1 standing for more."""
    return found.order_by()[: COUNTED + 1].count()


def numbers(found: QuerySet[Case]) -> list[int]:
    """The cases of a list by their keys, at most COUNTED + 1."""
    return list(found.values_list("pk", flat=True)[: COUNTED + 1])


def fetched(found: QuerySet[Case] | list[int]) -> list[Case]:
    """The cases of a few places in a list: found in an index first, so that no others are read."""
    pks = found if isinstance(found, list) else list(found.values_list("pk", flat=True))
    by_pk = Case.objects.in_bulk(pks)
    return [by_pk[pk] for pk in pks if pk in by_pk]


@dataclass(frozen=True)
class Tally:
    """How many open cases wait for an answer, how many of those are overdue, how many were answered."""

    waiting: int
    overdue: int
    answered: int


def tally(scope: Scope, now: datetime) -> Tally:
    """The open cases in a scope, counted."""
    waiting = Q(answered_at=None)
    found = access.visible(scope).filter(is_open=True)
    return Tally(
        **found.aggregate(
            waiting=Count("pk", filter=waiting),
            overdue=Count("pk", filter=waiting & Q(due_at__lt=now)),
            answered=Count("pk", filter=~waiting),
        )
    )


@dataclass(frozen=True)
class Told:
    """A case in words of the active language."""

    case: Case
    flow: Workflow
    now: datetime

    @property
    def what(self) -> str:
        """What it is about, without whose it is."""
        words = self.case.facts.get("title")
        return str(Bilingual.of(words)) if words else self.case.title

    @property
    def title(self) -> str:
        """What it is about, and whose it is."""
        return f"{self.what}: {self.unit}" if self.case.facts.get("title") else self.case.title

    @cached_property
    def unit(self) -> str:
        """Who must act."""
        return labels.name(self.case.unit)

    @property
    def kind(self) -> str:
        """What kind of case it is."""
        return str(self.flow.title)

    @property
    def state(self) -> str:
        """Where it stands."""
        return str(self.flow.state(self.case.state).title)

    @cached_property
    def number(self) -> str:
        """Its formal number: 12/PCB-IOC."""
        return f"{self.case.number}/{self.flow.numbered}" if self.case.number else str(self.case.pk)

    @cached_property
    def hours(self) -> float:
        """Working hours until its deadline; negative past it."""
        return WorkingCalendar.load().hours_between(self.now, self.case.due_at)

    @property
    def left(self) -> str:
        """The time until its deadline, or past it, in words."""
        hours, over = abs(self.hours), self.hours < 0
        amount = f"{hours / 8:.1f}" if hours >= 16 else f"{hours:.1f}"
        told = amount.removesuffix(".0").replace(".", "," if (get_language() or "vi").startswith("vi") else ".")
        if hours >= 16:
            words = _("quá {amount} ngày làm việc") if over else _("còn {amount} ngày làm việc")
        else:
            words = _("quá {amount} giờ làm việc") if over else _("còn {amount} giờ làm việc")
        return str(words).format(amount=told)

    @property
    def text(self) -> str:
        """What the slip says besides."""
        words = self.case.facts.get("text") or ""
        return str(Bilingual.of(words))

    @cached_property
    def overdue(self) -> bool:
        """Whether nobody has answered in time."""
        return self.case.is_open and self.case.answered_at is None and self.now > self.case.due_at


def told(case: Case, now: datetime | None = None) -> Told:
    """A case in words."""
    return Told(case, workflow.of_frozen(case.workflow_id), now or clock.now())


def as_dict(case: Case, now: datetime | None = None) -> dict[str, Any]:
    """A case as programs read it."""
    words = told(case, now)
    return {
        "case": case.pk,
        "kind": case.kind,
        "number": words.number,
        "title": words.title,
        "reason": case.reason,
        "unit": case.unit,
        "unit_name": words.unit,
        "state": case.state,
        "open": case.is_open,
        "outcome": case.outcome,
        "severity": case.severity,
        "day": case.day.isoformat(),
        "created_at": clock.stamp(case.created_at),
        "due_at": clock.stamp(case.due_at),
        "opened_at": _stamp(case.opened_at),
        "answered_at": _stamp(case.answered_at),
        "closed_at": _stamp(case.closed_at),
        "working_hours_left": round(words.hours, 2) if case.is_open else None,
        "late": case.late,
        "overdue": words.overdue,
        "extended": case.extended,
        "next_at": _stamp(case.next_at),
        "items": case.count,
        "unanswered": case.left,
        "parent": case.parent_id,
        "simulated": case.simulated,
        "revision": case.revision,
    }


def item_as_dict(item: Item) -> dict[str, Any]:
    """What stands in a case, as programs read it."""
    return {
        "item": item.pk,
        "kind": item.kind,
        "record": item.record,
        "state": item.state,
        "since": clock.stamp(item.since),
        "due_at": _stamp(item.due_at),
        "answer": item.answer,
        "note": item.note,
        "new_date": item.new_date.isoformat() if item.new_date else None,
        "answered_at": _stamp(item.answered_at),
        "facts": item.facts,
    }


def history(case: Case) -> list[dict[str, Any]]:
    """What was done with a case, oldest first, in words of the active language."""
    return [
        {
            "at": clock.stamp(entry.at),
            "act": entry.act,
            "actor": {"kind": entry.actor_kind, "id": entry.actor_id},
            "what": audit.sentence(entry),
            "revision": entry.detail.get("revision"),
        }
        for entry in audit.entries("case", str(case.pk))
    ]


HEADINGS = (
    _("Số"),
    _("Loại"),
    _("Tiêu đề"),
    _("Đơn vị"),
    _("Trạng thái"),
    _("Mức độ"),
    _("Lập lúc"),
    _("Hạn"),
    _("Mở lúc"),
    _("Trả lời lúc"),
    _("Đóng lúc"),
    _("Trễ"),
    _("Số mục"),
    _("Chờ trả lời"),
    _("Mô phỏng"),
)


def rows(found: QuerySet[Case]) -> Iterator[list[Any]]:
    """A list of cases as cells under HEADINGS, in its order."""
    now = clock.now()
    for case in found.iterator(chunk_size=1000):
        words = told(case, now)
        moments = (case.created_at, case.due_at, case.opened_at, case.answered_at, case.closed_at)
        late = case.late or words.overdue
        yield [
            words.number,
            words.kind,
            words.title,
            words.unit,
            words.state,
            case.severity,
            *(clock.written(each) if each else "" for each in moments),
            str(_("có")) if late else "",
            case.count,
            case.left,
            str(_("có")) if case.simulated else "",
        ]


def _stamp(moment: datetime | None) -> str | None:
    return clock.stamp(moment) if moment else None


def _number(name: str, value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise Problem("case.filter", name=name, value=value) from None


def _beginning(name: str, value: str) -> datetime:
    try:
        day: date = clock.parse_day(value)
    except ValueError:
        raise Problem("case.filter", name=name, value=value) from None
    return clock.parse_moment(day.isoformat(), beginning=True)
