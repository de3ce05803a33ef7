"""Escalation: the next step of every open case has a moment; at that moment somebody is told."""

from datetime import datetime, timedelta

from toancanh.cases.models import Case
from toancanh.cases.workflow import Measure, Party, Step, Term, Workflow
from toancanh.units.calendar import WorkingCalendar

AGAIN = Term(1, Measure.WORKING_DAYS)  # the last step comes again and again
SOON = timedelta(minutes=1)


def next_moment(case: Case, workflow: Workflow, now: datetime) -> datetime:
    """When somebody is told next: by the chain while it is the unit's turn, else a working day after the last change.

    Never in the past, or a case that fell behind would be told of many times at once.
    """
    calendar = WorkingCalendar.load()
    turn = workflow.state(case.state).turn
    if turn in (Party.UNIT, Party.HEAD) and case.step < len(workflow.chain):
        moment = workflow.chain[case.step].after.from_(case.due_at, calendar)
        return max(moment, now + SOON)
    return calendar.add_days(calendar.add_hours(now, 0), AGAIN.amount)


def step_of(case: Case, workflow: Workflow) -> Step:
    """The step that is due: the next of the chain, its last again, or whoever's turn it is."""
    turn = workflow.state(case.state).turn
    if turn in (Party.UNIT, Party.HEAD) or turn is None:
        return workflow.chain[min(case.step, len(workflow.chain) - 1)]
    return Step(AGAIN, turn, workflow.texts["review"])


def first_step(workflow: Workflow, due_at: datetime, now: datetime) -> int:
    """The first step that is not over when a case begins: a late beginning skips what lies behind it, but the last."""
    calendar = WorkingCalendar.load()
    ahead = (place for place, step in enumerate(workflow.chain) if step.after.from_(due_at, calendar) > now)
    return next(ahead, len(workflow.chain) - 1)
