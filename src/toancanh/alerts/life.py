"""Life: how alerts come, stay and go. The only writer of alerts."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

import structlog
from django.db import transaction

from toancanh.alerts import rules
from toancanh.alerts.models import Alert, AlertChange
from toancanh.alerts.rules import Missing, Reading, Rule
from toancanh.base import clock, events, news

log = structlog.get_logger()
CHANGED = "alerts.changed"
_CHECKED = 60.0  # seconds after which an alert that stays as it is notes that it was looked at


def evaluate(now: datetime | None = None) -> int:
    """Read every rule and bring its alerts up to what it finds; returns how many changed.

    A rule that cannot be read leaves its alerts as they are, and keeps no other from being read.
    """
    changed = 0
    for rule in rules.all_rules():
        moment = now or clock.now()
        try:
            readings = list(rule.read(moment))
        except Exception:
            log.exception("alerts.rule", rule=rule.code)
            continue
        changed += apply(rule, readings, moment)
    return changed


def apply(rule: Rule, readings: Iterable[Reading], now: datetime) -> int:
    """Bring the alerts of a rule up to these readings; `absent` of the rule decides on subjects that are not read."""
    with transaction.atomic():
        known = Alert.objects.select_for_update().filter(rule=rule.code).exclude(state=Alert.State.CLEARED)
        open_ones = {(alert.subject_kind, alert.subject_id): alert for alert in known}
        changed: list[Alert] = []
        for reading in readings:
            alert = open_ones.pop(reading.subject, None)
            if (done := _step(rule, reading, alert, now)) is not None:
                changed.append(done)
        for subject, alert in open_ones.items():
            gone = Reading(subject, None, alert.owner, alert.facts)
            if (done := _missing(replace(rule, missing=rule.absent), gone, alert, now)) is not None:
                changed.append(done)
        told = [alert for alert in changed if alert.fired_at is not None]
        if told:
            owners = {alert.owner for alert in told}
            news.tell(CHANGED, rule=rule.code, units=None if "" in owners else sorted(owners))
        for alert in told:
            name = "alert.fired" if alert.state == Alert.State.FIRING else "alert.cleared"
            events.emit(name, alert=alert.pk, rule=rule.code, subject=(alert.subject_kind, alert.subject_id))
    return len(told)


def _step(rule: Rule, reading: Reading, alert: Alert | None, now: datetime) -> Alert | None:
    """What one reading does to the alert of its subject; the alert if its state changed."""
    value = reading.value
    if value is None:
        return _missing(rule, reading, alert, now)
    if alert is None:
        return _begin(rule, reading, now) if rule.wrong(value) else None
    if alert.missing or alert.value != value or alert.facts != dict(reading.facts) or _old(alert, now):
        alert.value, alert.missing, alert.checked_at, alert.facts = value, False, now, dict(reading.facts)
        alert.save(update_fields=["value", "missing", "checked_at", "facts"])
    if rule.right(value):
        return _move(alert, Alert.State.CLEARED, now)
    if alert.state == Alert.State.PENDING and not rule.wrong(value):
        return None  # between the two: neither confirmed nor gone
    return _hold(rule, alert, now)


def _missing(rule: Rule, reading: Reading, alert: Alert | None, now: datetime) -> Alert | None:
    match rule.missing:
        case Missing.FIRE:
            return _hold(rule, alert, now) if alert else _begin(rule, reading, now)
        case Missing.CLEAR:
            return _move(alert, Alert.State.CLEARED, now) if alert else None
    if alert and (not alert.missing or _old(alert, now)):
        alert.missing, alert.checked_at = True, now
        alert.save(update_fields=["missing", "checked_at"])
    return None


def _begin(rule: Rule, reading: Reading, now: datetime) -> Alert | None:
    kind, subject = reading.subject
    alert = Alert.objects.create(
        rule=rule.code,
        subject_kind=kind,
        subject_id=subject,
        state=Alert.State.PENDING,
        severity=rule.severity,
        owner=reading.owner,
        since=now,
        checked_at=now,
        value=reading.value,
        limit=rule.limit,
        missing=reading.value is None,
        facts=dict(reading.facts),
    )
    _note(alert, now)
    return _hold(rule, alert, now)


def _hold(rule: Rule, alert: Alert, now: datetime) -> Alert | None:
    """Fire an alert that has been pending for long enough; a clock that was set back makes it wait no longer."""
    waited = abs(now - alert.since)
    if alert.state == Alert.State.PENDING and waited >= rule.pending:
        return _move(alert, Alert.State.FIRING, now)
    return None


def _move(alert: Alert, state: str, now: datetime) -> Alert:
    alert.state, alert.checked_at = state, now
    if state == Alert.State.FIRING:
        alert.fired_at = now
    elif state == Alert.State.CLEARED:
        alert.cleared_at = now
    alert.save(update_fields=["state", "checked_at", "fired_at", "cleared_at"])
    _note(alert, now)
    return alert


def _note(alert: Alert, now: datetime) -> None:
    AlertChange.objects.create(alert=alert, at=now, state=alert.state, value=alert.value, missing=alert.missing)


def _old(alert: Alert, now: datetime) -> bool:
    return abs((now - alert.checked_at).total_seconds()) > _CHECKED
