"""Handlers: what actions that many kinds of case have do beyond moving the case."""

from django.utils.translation import gettext_lazy as _

from toancanh.access.roles import Role
from toancanh.base import clock
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.cases import access, actions, escalation
from toancanh.cases.acting import Acting
from toancanh.cases.models import Case, Link
from toancanh.cases.workflow import Party
from toancanh.units import labels
from toancanh.units.calendar import WorkingCalendar
from toancanh.units.tree import Tree

register_problems(
    {
        "case.same_unit": Words(_("Vụ việc đã ở {unit}."), _("Chọn đơn vị khác."), 422),
    }
)


def opened(acting: Acting) -> None:
    """The unit has seen it."""
    acting.case.opened_at = acting.case.opened_at or acting.now


def asked_extension(acting: Acting) -> None:
    """The unit asks for more time; the centre decides."""
    acting.case.extended = "asked"


def granted_extension(acting: Acting) -> None:
    """The deadline moves by the workflow's extension."""
    case = acting.case
    assert acting.workflow.extension is not None  # noqa: S101 - who offers the action has one
    case.due_at = acting.workflow.extension.from_(max(case.due_at, acting.now), WorkingCalendar.load())
    case.extended = "granted"
    case.step = escalation.first_step(acting.workflow, case.due_at, acting.now)
    acting.detail["due"] = f"{clock.local(case.due_at):%H:%M %d/%m/%Y}"


def refused_extension(acting: Acting) -> None:
    """The deadline stays."""
    acting.case.extended = "refused"


def escalated(acting: Acting) -> None:
    """Whoever comes next above the unit in the chain is told at once: its head, if it has one, or the leaders."""
    case, flow = acting.case, acting.workflow
    place = next((place for place in range(case.step, len(flow.chain)) if _above(case, flow.chain[place].to)), -1)
    due = flow.chain[place]
    case.step = place + 1 if place >= 0 else len(flow.chain)
    case.severity = max(case.severity, due.severity, min(case.severity + 1, 5))
    acting.detail["party"] = str(actions.PARTIES[due.to])
    actions.tell(access.people(due.to, case.unit), acting, flow.texts.get("escalated") or due.text)


def _above(case: Case, party: Party) -> bool:
    if party is Party.HEAD:
        return any(person.role == Role.HEAD for person in access.people(party, case.unit))
    return party is Party.LEADER


def reassigned(acting: Acting) -> None:
    """It goes to another unit, which begins anew. Raises case.unit, case.same_unit."""
    case, unit = acting.case, acting.fields["unit"]
    if unit not in Tree.at(clock.local(acting.now).date()):
        raise Problem("case.unit", unit=unit)
    if unit == case.unit:
        raise Problem("case.same_unit", unit=labels.name(unit))
    acting.units.add(case.unit)
    acting.detail |= {"was": case.unit, "from_name": labels.name(case.unit), "unit_name": labels.name(unit)}
    case.unit, case.opened_at = unit, None
    case.words = actions.words(case, acting.workflow)


def duplicated(acting: Acting) -> None:
    """It is about what another case is about, which goes on. Raises case.link."""
    number = acting.fields["other"]
    other = Case.objects.filter(pk=number).exclude(pk=acting.case.pk).first()
    if other is None or acting.person is None or not access.sees(acting.person, other):
        raise Problem("case.link", other=number)
    Link.objects.update_or_create(case=acting.case, other=other, defaults={"kind": Link.Kind.DUPLICATE})
