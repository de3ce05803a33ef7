"""Following: slips are brought up to what the rules have just found, in a loop of the worker that reads the rules.

What was found is handed over in memory, so that no record is read twice. Whoever is killed in between loses nothing:
the next reading finds the same, and what has its slip already gets no other.
"""

import threading
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from django.db import close_old_connections
from django.utils.translation import gettext

from toancanh.alerts import actions as taking
from toancanh.alerts import deadlines, rules
from toancanh.alerts.models import Alert
from toancanh.alerts.rules import Rule
from toancanh.base import events, loops
from toancanh.base.jobs import FAST
from toancanh.cases import listing, slips
from toancanh.cases.models import Case
from toancanh.cases.slips import Demand
from toancanh.cases.workflow import Measure, Term

if TYPE_CHECKING:
    import pyarrow as pa

PAUSE = 0.2  # seconds between two looks for what was found
_MEASURES = {"hour": Measure.WORKING_HOURS, "day": Measure.WORKING_DAYS}


class Found(NamedTuple):
    """What a rule found at a moment, and the units of which slips may be sent."""

    rule: Rule
    members: "pa.Table"
    units: frozenset[str]
    at: datetime


_FOUND: dict[str, Found] = {}
_SETTLE = threading.Event()
_NEWS = threading.Event()


def hear(rules: list[str], at: datetime) -> None:
    """Keep what rules found whose alerts call for slips; the last reading of each counts."""
    for found in _calling(rules):
        members = deadlines.members(found, at)
        _FOUND[found.code] = Found(found, members, _firing(found.code), at)
    _SETTLE.set()
    _NEWS.set()


def follow_up() -> int:
    """Bring the slips up to what was found since the last time; returns how many were sent."""
    sent = 0
    while _FOUND:
        _code, found = _FOUND.popitem()
        sent += slips.follow(demand(found.rule), found.members, found.at, found.units).sent
        _take_on(found.rule)
    if _SETTLE.is_set():
        _SETTLE.clear()
        slips.settle()
    return sent


def _take_on(rule: Rule) -> None:
    """Alerts of which a slip is under way wait for nobody on watch."""
    under_way = Case.objects.filter(kind=slips.KIND, reason=rule.code, is_open=True).order_by("created_at")
    slip = {case.unit: listing.told(case).number for case in under_way.only("unit", "number", "workflow")}
    waiting = Alert.objects.filter(rule=rule.code, state=Alert.State.FIRING, acknowledged_at=None, subject_kind="unit")
    handled = {pk: unit for pk, unit in waiting.values_list("pk", "subject_id") if unit in slip}
    if handled:
        note = gettext("Đã gửi phiếu {number}")
        taking.take_on({pk: note.format(number=slip[unit]) for pk, unit in handled.items()})


def demand(rule: Rule) -> Demand:
    """What a rule that calls for slips demands of a unit."""
    assert rule.slip is not None  # noqa: S101 - only such rules are asked
    slip = rule.slip
    return Demand(
        reason=rule.code,
        title=rule.title,
        item=deadlines.watch_of(rule).record_type,
        law=slip.law or rule.law,
        text=slip.text,
        term=Term(int(slip.amount), _MEASURES[slip.unit]),
        severity=rule.severity,
    )


def _calling(codes: list[str]) -> list[Rule]:
    wanted = set(codes)
    return [
        rule
        for rule in rules.in_force()
        if rule.code in wanted and rule.kind == "deadline" and rule.slip is not None and rule.slip.automatic
    ]


def _firing(code: str) -> frozenset[str]:
    """The units whose alert of a rule fires, and is not held back."""
    found = Alert.objects.filter(rule=code, state=Alert.State.FIRING, subject_kind="unit")
    return frozenset(alert.subject_id for alert in found if not alert.held)


def _run(stopping: threading.Event) -> None:
    while not stopping.is_set():
        if _NEWS.wait(PAUSE):
            _NEWS.clear()
            close_old_connections()
            follow_up()


events.listen("alerts.evaluated", hear)
loops.register(loops.Loop("slips", FAST, _run))
