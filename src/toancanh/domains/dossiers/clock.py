"""The clock of a dossier: until when it is in time, whether its time runs, and what it counts for.

The rules are those of index 2.1 of 766/QĐ-TTg, as a copy of the description of its formulas tells them:

* A dossier ends when it is processed (9), else when its result is returned (10), else when it is stopped, refused or
  withdrawn (8, 3, 7). A first request for papers (5) that is still open counts as an end, at the moment of the request.
* More than one request for papers counts as overdue.
* The time the applicant took to bring the papers is taken off, in working time: it moves the deadline. Where the source
  told another deadline after the request, that has been done already. A request after the deadline moves nothing.
* Unfinished dossiers are measured at the end of the period.
* Without a deadline it is the longest term of the procedure from the receipt on; where that is not known either, the
  dossier is not counted. Nor is one that is only registered (1), whose term has not begun.

A deadline at midnight in Vietnam is a day without a clock time, and lasts until the end of that day, as terms of days
and months do. While papers or payment are awaited (5, 6) the clock stands; payment moves no deadline, since no rule at
hand says so. `rollups.py` counts by the same rules, of all dossiers at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Any

from toancanh.base.clock import local
from toancanh.domains.dossiers.procedures import Term
from toancanh.units.calendar import WorkingCalendar, end_of

REGISTERED, REFUSED, ASKED, PAYING, STOPPED, PROCESSED, RETURNED = 1, 3, 5, 6, 8, 9, 10
PAUSED = (ASKED, PAYING)
CLOSED = (7, STOPPED, PROCESSED, RETURNED)
ENDED = (REFUSED, *CLOSED)
_DAY_END = time.max


class Verdict(StrEnum):
    """What a dossier counts for at the end of a period."""

    ON_TIME = "on_time"
    OVERDUE = "overdue"
    RUNNING = "running"
    NOT_COUNTED = "not_counted"


@dataclass(frozen=True)
class Standing:
    """How a dossier stands at a moment.

    `due_at` is the last moment that is in time, None where nobody knows it; `ended_at` the end, None while there is
    none. `stands` says that the clock does; `hours` are the working hours left until the deadline, negative when it has
    passed, counted from the end, from when the clock began to stand, or from the moment.
    """

    due_at: datetime | None
    ended_at: datetime | None
    stands: bool
    hours: float | None
    verdict: Verdict

    @property
    def overdue(self) -> bool:
        """Whether it is late now: not ended, the clock runs, and the deadline has passed."""
        return self.ended_at is None and not self.stands and self.hours is not None and self.verdict is Verdict.OVERDUE


def standing(
    events: Sequence[Mapping[str, Any]], term: Term | None, calendar: WorkingCalendar, moment: datetime
) -> Standing | None:
    """How a dossier stands at a moment, by its events in their order; None before the first of them.

    The end of a period is the first moment after it, so that what falls due on its last day has fallen due.
    An event has `state`, `at`, `received_at`, `due_at` and `finished_at`; those later than the moment are left out.
    """
    told = [event for event in events if event["at"] <= moment]
    if not told:
        return None
    last = told[-1]
    asked = next((place for place, event in enumerate(told) if event["state"] == ASKED), None)
    requests = sum(event["state"] == ASKED for event in told)
    due_at = _deadline(told, asked, term, calendar)
    ended_at = _end(told)
    stands = ended_at is None and last["state"] in PAUSED
    # The first request for papers, while it is open, is an end for the measure only.
    measured = ended_at or (last["at"] if stands else moment)
    hours = calendar.hours_between(measured, due_at) if due_at else None
    if last["state"] == REGISTERED or (due_at is None and requests < 2):
        verdict = Verdict.NOT_COUNTED
    elif requests > 1 or (due_at is not None and measured > due_at):
        verdict = Verdict.OVERDUE
    elif ended_at is None and last["state"] != ASKED:
        verdict = Verdict.RUNNING
    else:
        verdict = Verdict.ON_TIME
    return Standing(due_at, ended_at, stands, hours, verdict)


def last_moment(due_at: datetime) -> datetime:
    """The last moment that is in time: a deadline at midnight is a day, and lasts until its end."""
    here = local(due_at)
    return end_of(here.date()) if here.time() == time() else here


def _deadline(
    told: Sequence[Mapping[str, Any]], asked: int | None, term: Term | None, calendar: WorkingCalendar
) -> datetime | None:
    """The deadline with the time that the applicant took for papers."""
    last = told[-1]
    due_at: datetime | None = None
    if last["due_at"] is not None:
        due_at = last_moment(last["due_at"])
    elif term is not None and last["state"] != REGISTERED:
        due_at = calendar.add_term(last["received_at"], *term)
    if due_at is None or asked is None or asked + 1 == len(told):
        return due_at
    if last["due_at"] is not None and last["due_at"] != told[asked]["due_at"]:
        return due_at
    start = told[asked]["at"]
    taken = calendar.worked(start, min(event["at"] for event in told[asked + 1 :]))
    if start > due_at or taken <= timedelta():
        return due_at
    moved = calendar.add_worked(due_at, taken)
    return end_of(moved.date()) if due_at.time() == _DAY_END else moved


def _end(told: Sequence[Mapping[str, Any]]) -> datetime | None:
    last = told[-1]
    ended: datetime | None = last["finished_at"]
    if ended is None and last["state"] in ENDED:
        processed = [event["finished_at"] or event["at"] for event in told if event["state"] == PROCESSED]
        ended = max(processed, default=last["at"])
    return ended
