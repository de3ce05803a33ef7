"""Audits: what is stuck anywhere in the centre becomes an alert, in the same queue as all that is wrong."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from toancanh.alerts import kinds
from toancanh.alerts.kinds import Kind, Moment
from toancanh.alerts.rules import Group, Missing, Reading, Rule, register
from toancanh.base import checks, clock
from toancanh.base.problems import Problem
from toancanh.base.words import Bilingual

# An alert on alerts that nobody looks at would be one more that nobody looks at; sources have rules of their own.
_LEFT_OUT = ("alerts.", "sources.silent")


def read(_rule: Rule, _now: datetime) -> Iterator[Reading]:
    """How many findings each check of what is stuck has, the heavy ones left out; the first of them in words."""
    for name, findings in checks.run(heavy=False).items():
        if name.startswith(_LEFT_OUT):
            continue
        wrong = [finding for finding in findings if finding.level != "info"]
        if not wrong:
            yield Reading(("check", name), 0.0)
            continue
        since = min((finding.since for finding in wrong if finding.since), default=None)
        with override("vi"):
            what = wrong[0].explain().what
        facts = {"name": what, "since": clock.stamp(since) if since else ""}
        yield Reading(("check", name), float(len(wrong)), "", facts)


def _replay(_rule: Rule, _since: date, _until: date) -> Iterator[Moment]:
    raise Problem("rule.no_replay", reason=_now("điều gì từng bị tắc không được lưu lại"))


KIND = kinds.register(Kind("audit", _("Việc bị tắc"), (), read, _replay, every=60.0, writable=False))
STUCK = register(
    Rule(
        "auditor.stuck",
        "audit",
        Bilingual("Việc bị tắc", "Something is stuck"),
        Bilingual("{name}", "{name}"),
        limit=1.0,
        pending=timedelta(minutes=2),
        severity=4,
        absent=Missing.CLEAR,
        group=Group.RULE,
    )
)
