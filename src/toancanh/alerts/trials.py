"""Trials: what a rule would have done in days that are past, played through the same life, in memory."""

from copy import copy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from toancanh.access.scope import Scope
from toancanh.alerts import access, kinds, life
from toancanh.alerts.life import Act
from toancanh.alerts.models import Alert
from toancanh.alerts.rules import Missing, Reading, Rule, Subject
from toancanh.base import clock
from toancanh.base.problems import Problem, Words, register
from toancanh.units import revision

MOST_DAYS = 400
_LASTED = timedelta(hours=1)  # what is read is held to have been so for as long before
SHOWN = 500  # alerts that are kept of a trial; all are counted

register(
    {
        "trial.days": Words(_("Khoảng thử dài quá {most} ngày."), _("Chọn một khoảng ngắn hơn."), 422),
        "trial.ahead": Words(_("Ngày {until} chưa qua."), _("Chỉ thử được với những ngày đã qua hoặc hôm nay."), 422),
        "trial.span": Words(_("Ngày cuối ({until}) trước ngày đầu ({since})."), _("Đổi lại hai ngày."), 422),
    }
)


@dataclass
class Trial:
    """What a rule would have done: how often it would have fired, for how many subjects, which alerts it had made.

    `remark` says what cannot be known of the past; what lies behind is taken as it is known today.
    """

    rule: Rule
    since: date
    until: date
    fired: int = 0
    moments: int = 0
    alerts: list[Alert] = field(default_factory=list)
    storms: int = 0  # moments at which it would have been held back
    subjects: set[Subject] = field(default_factory=set)

    @property
    def remark(self) -> str:
        """What cannot be known of the past."""
        return str(kinds.get(self.rule.kind).remark)


def play(rule: Rule, since: date, until: date, scope: Scope | None = None) -> Trial:
    """Play a rule from one day to another, about what lies in a scope.

    Raises trial.span, trial.days, trial.ahead, rule.no_replay.
    """
    if until < since:
        raise Problem("trial.span", since=f"{since:%d/%m/%Y}", until=f"{until:%d/%m/%Y}")
    if (until - since).days >= MOST_DAYS:
        raise Problem("trial.days", most=MOST_DAYS)
    if until > clock.today():
        raise Problem("trial.ahead", until=f"{until:%d/%m/%Y}")
    trial, stage, owners = Trial(rule, since, until), _Stage(rule), access.owners(scope)
    with revision.held():
        for moment, readings in kinds.get(rule.kind).replay(rule, since, until):
            trial.moments += 1
            if owners is not None:
                readings = [each for each in readings if each.owner in owners]
            stage.play(trial, moment, readings)
    trial.alerts.sort(key=lambda alert: (alert.fired_at or alert.since, alert.owner, alert.subject_id))
    return trial


class _Stage:
    """The alerts of a rule as they are while it is played."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.open: dict[Subject, Alert] = {}
        self.turns: dict[Subject, list[str]] = {}
        self.shown: dict[Subject, Alert] = {}  # as they fired: what is read later is not what made them

    def play(self, trial: Trial, moment: datetime, readings: list[Reading]) -> None:
        """One moment; what has to last for an hour or less is held to have lasted."""
        fresh = [r for r in readings if r.subject not in self.open and r.value is not None and self.rule.wrong(r.value)]
        if len(fresh) > self.rule.most:
            trial.storms += 1
            readings = [each for each in readings if each.subject in self.open]
        if self.rule.pending:
            self._apply(trial, moment - min(self.rule.pending, _LASTED), readings)
        self._apply(trial, moment, readings)

    def _apply(self, trial: Trial, moment: datetime, readings: list[Reading]) -> None:
        read = {each.subject for each in readings}
        for reading in readings:
            self._step(trial, reading, moment)
        if self.rule.absent is Missing.CLEAR:
            for subject in self.open.keys() - read:
                self._step(trial, Reading(subject, None), moment, absent=True)

    def _step(self, trial: Trial, reading: Reading, moment: datetime, *, absent: bool = False) -> None:
        rule = replace(self.rule, missing=self.rule.absent) if absent else self.rule
        known = self.open.get(reading.subject)
        done = life.step(rule, known, reading, moment)
        alert = done.alert
        if alert is None:
            return
        if known is None:
            alert.turns = [*self.turns.get(alert.subject, []), *alert.turns]
            self.open[alert.subject] = alert
        if Act.FIRED in done.acts:
            trial.fired += 1
            trial.subjects.add(alert.subject)
            self.shown[alert.subject] = copy(alert)
            if len(trial.alerts) < SHOWN:
                trial.alerts.append(self.shown[alert.subject])
        if shown := self.shown.get(alert.subject):
            shown.severity, shown.cleared_at = alert.severity, alert.cleared_at
        if alert.state == Alert.State.CLEARED:
            self.shown.pop(alert.subject, None)
            self.turns[alert.subject] = alert.turns
            del self.open[alert.subject]


def as_dict(trial: Trial) -> dict[str, Any]:
    """A trial as programs read it."""
    from toancanh.alerts import listing

    known = {trial.rule.code: trial.rule}
    return {
        "rule": trial.rule.code,
        "version": trial.rule.version,
        "from": trial.since.isoformat(),
        "to": trial.until.isoformat(),
        "moments": trial.moments,
        "fired": trial.fired,
        "subjects": len(trial.subjects),
        "storms": trial.storms,
        "known_at": clock.stamp(clock.now()),
        "remark": trial.remark,
        "alerts": [
            {
                "subject": {"kind": alert.subject_kind, "id": alert.subject_id, "name": told.where},
                "owner": alert.owner,
                "what": told.what,
                "severity": alert.severity,
                "value": alert.value,
                "fired_at": clock.stamp(alert.fired_at) if alert.fired_at else None,
                "cleared_at": clock.stamp(alert.cleared_at) if alert.cleared_at else None,
            }
            for alert in trial.alerts
            for told in [listing.told(alert, known)]
        ],
    }
