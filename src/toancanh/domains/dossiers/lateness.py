"""Lateness: which dossiers a reason holds of, asked of the current states.

For every reason the moments that decide are reckoned once by the calendar; then it is one question to the current
states, whose `deadline_at` was reckoned when they were made.
"""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toancanh.base.clock import VIETNAM, local
from toancanh.domains.dossiers.clock import ASKED, ENDED, PAUSED, REGISTERED
from toancanh.domains.dossiers.reckoning import micros, times
from toancanh.domains.dossiers.records import DOSSIER
from toancanh.domains.dossiers.rollups import ONLINE
from toancanh.units import worktime
from toancanh.units.calendar import Span, WorkingCalendar
from toancanh.units.worktime import Whole, WorkTime, day_of, end_of
from toancanh.warehouse import derived, reading
from toancanh.warehouse.sql import moment as sql_moment
from toancanh.warehouse.sql import names

_DAY = timedelta(days=1)
_TOLD = (
    "dossier_id",
    "unit",
    "procedure",
    "channel",
    "received_at",
    "deadline_at",
    "resumed_at",
    "at",
    "simulated",
)
_YEARS = 10  # in which a dossier that waits can have come in
# Dossiers whose time runs, and can run out: neither registered only, nor waiting for the applicant, nor ended.
_RUNNING = f"finished_at IS NULL AND state NOT IN {(REGISTERED, *PAUSED, *ENDED)}"


class _Question(NamedTuple):
    """Which states are asked for, and since when each of the rows found is so, in microseconds since 1970 UTC."""

    where: str
    since: Callable[[pa.Table], Whole]


def find(reason: str, now: datetime, amount: int, calendar: WorkingCalendar) -> pa.Table:
    """The answer of `deadlines.waiting`; `amount` is the number of hours or days that the reason has."""
    asked = _QUESTIONS[reason](now, amount, calendar)
    rows = reading.fetch(f"SELECT {names(_TOLD)} FROM {derived.current(DOSSIER.name)} WHERE {asked.where}")
    since = asked.since(rows)
    due, known = micros(rows["deadline_at"])
    due = np.where(due == end_of(day_of(due)), due + 1 - 24 * worktime.HOUR * worktime.SECOND, due)
    found = pa.table(
        {
            "record": rows["dossier_id"],
            "unit": rows["unit"],
            "since": times(since, np.ones(len(since), bool)),
            "due_at": times(due, known),
            "received_at": rows["received_at"],
            "procedure": rows["procedure"],
            "channel": rows["channel"],
            "simulated": pc.fill_null(rows["simulated"], fill_value=False),
        }
    )
    return found.take(pa.array(np.argsort(since, kind="stable")))


def _near(now: datetime, before: int, calendar: WorkingCalendar) -> _Question:
    """No later than the end of the working day so many after this one."""

    def since(rows: pa.Table) -> Whole:
        """The beginning of the working day so many before that of the deadline, or when the clock began to run."""
        days, place = np.unique(day_of(micros(rows["deadline_at"])[0]), return_inverse=True)
        due = [worktime.day(int(number)) for number in days]
        first = [calendar.add_working_days(day, -before) if before else day for day in due]
        begun = np.array([worktime.day_number(day) for day in first], np.int64)[place]
        starts = [micros(rows[name])[0] for name in ("received_at", "resumed_at")]
        return np.maximum.reduce([worktime.utc(begun, np.zeros_like(begun)), *starts])

    last = calendar.add_term(now, before, Span.WORKING_DAY)
    due = f"deadline_at >= {sql_moment(now)} AND deadline_at <= {sql_moment(last)}"
    return _Question(f"{_RUNNING} AND {due}", since)


def _overdue(now: datetime, _amount: int, _calendar: WorkingCalendar) -> _Question:
    def since(rows: pa.Table) -> Whole:
        return np.maximum(micros(rows["deadline_at"])[0] + 1, micros(rows["received_at"])[0])

    return _Question(f"{_RUNNING} AND deadline_at < {sql_moment(now)}", since)


def _not_accepted(now: datetime, hours: int, calendar: WorkingCalendar) -> _Question:
    line, allowed = _line(now, calendar), hours * worktime.HOUR * worktime.SECOND

    def since(rows: pa.Table) -> Whole:
        received = micros(rows["received_at"])[0]
        return line.add_worked(received, np.full(len(received), allowed))

    here = np.array([int(now.timestamp() * worktime.SECOND)])
    cutoff = int(line.add_worked(here, np.array([-allowed]))[0])
    sent = f"state = {REGISTERED} AND channel = {ONLINE} AND received_at < make_timestamptz({cutoff})"
    return _Question(f"finished_at IS NULL AND {sent}", since)


def _not_supplemented(now: datetime, days: int, calendar: WorkingCalendar) -> _Question:
    last = local(now).date()
    while calendar.add_term(datetime.combine(last, time(), VIETNAM), days, Span.WORKING_DAY) >= now:
        last -= _DAY
    cutoff = datetime.combine(last + _DAY, time(), VIETNAM)

    def since(rows: pa.Table) -> Whole:
        at = micros(rows["at"])[0]
        return _line(now, calendar).add_term(at, np.full(len(at), days), Span.WORKING_DAY) + 1

    return _Question(f'finished_at IS NULL AND state = {ASKED} AND "at" < {sql_moment(cutoff)}', since)


def _line(now: datetime, calendar: WorkingCalendar) -> WorkTime:
    return worktime.of_years(calendar, now.year - _YEARS, now.year + 1)


_QUESTIONS: dict[str, Callable[[datetime, int, WorkingCalendar], _Question]] = {
    "near_deadline": _near,
    "overdue": _overdue,
    "online_not_accepted": _not_accepted,
    "supplement_expired": _not_supplemented,
}
