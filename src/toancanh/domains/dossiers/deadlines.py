"""Deadlines: which dossiers a rule has to speak of now, and what a page says of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from toancanh.base import clock
from toancanh.base.clock import local
from toancanh.domains.dossiers.clock import ENDED, PAUSED
from toancanh.domains.dossiers.limits import LIMITS
from toancanh.domains.dossiers.records import DOSSIER
from toancanh.units.calendar import WorkingCalendar
from toancanh.warehouse.sql import names, text

if TYPE_CHECKING:  # a process that asks for nothing does without the engine
    import pyarrow as pa

_PLAIN = ("unit", "received_at", "source")
_IN_WORDS = ("procedure", "state", "channel")
_TOLD = ("dossier_id", *_PLAIN, *_IN_WORDS, "at", "deadline_at", "finished_at", "simulated")


def waiting(reason: str, now: datetime, options: Mapping[str, Any]) -> "pa.Table":
    """The dossiers that a reason holds of at a moment, the longest first.

    Columns: `record`, `unit`, `since` (when it became so), `due_at` (null where nobody knows it; midnight in Vietnam is
    a day that lasts until its end), `received_at`, `procedure`, `channel`, `simulated`. Reasons and their options, with
    what `law.toml` says where they are not given:

    * `near_deadline` (`before`): the clock runs, the deadline has not passed, and is no later than the end of that many
      working days from now.
    * `overdue`: the clock runs, and the deadline has passed.
    * `online_not_accepted` (`hours`): sent online and only registered for longer than so many working hours.
    * `supplement_expired` (`days`): papers were asked for, and the term of so many working days for them has passed.

    Raises KeyError for another reason, ValueError for a number that is negative or no number.
    """
    from toancanh.domains.dossiers import lateness

    limit = LIMITS.get(reason)
    amount = int(options.get(limit.option, limit.value)) if limit else 0
    if amount < 0:
        raise ValueError(f"{reason}: {amount}")
    return lateness.find(reason, now, amount, WorkingCalendar.load())


def describe(records: Sequence[str], now: datetime | None = None) -> dict[str, dict[str, Any]]:
    """What a page says of dossiers, by their ids; those that are not known are left out.

    `procedure` (its title), `state` and `channel` in words, `unit`, `received_at`, `due_at` (as `waiting` tells it),
    `ended`, `stands` (whether the clock does), `hours` (working hours left, negative when the deadline has passed; None
    without a deadline and after the end), `source`, `simulated`.
    """
    from toancanh.warehouse import derived, reading

    if not records:
        return {}
    wanted, calendar, now = sorted(set(records)), WorkingCalendar.load(), now or clock.now()
    rows = reading.fetch(
        f"SELECT {names(_TOLD)} FROM {derived.current(DOSSIER.name)} WHERE dossier_id BETWEEN {text(wanted[0])} AND "
        f"{text(wanted[-1])} AND dossier_id IN ({', '.join(map(text, wanted))})"
    )
    return {row["dossier_id"]: _described(row, calendar, now) for row in rows.to_pylist()}


def _described(row: Mapping[str, Any], calendar: WorkingCalendar, now: datetime) -> dict[str, Any]:
    ended = row["finished_at"] is not None or row["state"] in ENDED
    stands = not ended and row["state"] in PAUSED
    last = row["deadline_at"]
    hours = None if ended or last is None else calendar.hours_between(row["at"] if stands else now, last)
    words = {name: DOSSIER.field(name).say(row[name]) for name in _IN_WORDS}
    plain = {name: row[name] for name in _PLAIN}
    more = {"ended": ended, "stands": stands, "hours": hours, "simulated": bool(row["simulated"])}
    return words | plain | {"due_at": last and told(last)} | more


def told(last: datetime) -> datetime:
    """A last moment as deadlines are told: one that is the end of a day is that day, at midnight."""
    here = local(last)
    return here.replace(hour=0, minute=0, second=0, microsecond=0) if here.time() == time.max else last
