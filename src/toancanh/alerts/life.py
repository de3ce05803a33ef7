"""Life: how alerts come, stay and go. With `actions` the only writer of alerts.

What a reading does to an alert is decided in memory (`step`), by the same words for what is read now and for a trial
against the past; `apply` keeps it, a hundred alerts in a transaction.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import batched

from django.db import transaction
from django.db.models import Q, QuerySet

from toancanh.alerts import grouping, holding, rules, storms
from toancanh.alerts.holding import Holds
from toancanh.alerts.models import Alert, AlertChange
from toancanh.alerts.rules import Missing, Reading, Rule, Subject
from toancanh.base import events, news, rows

CHANGED = "alerts.changed"
_CHECKED = 60.0  # seconds after which an alert that stays as it is notes that it was looked at
_CHUNK = 100
_KEPT = (
    "state",
    "severity",
    "owner",
    "value",
    "missing",
    "facts",
    "checked_at",
    "fired_at",
    "cleared_at",
    "flapping",
    "calm_since",
    "turns",
    "inhibited_by",
    "silence",
)
Act = AlertChange.Act


@dataclass
class Step:
    """What one reading does: the alert as it is then, and what happened to it. None where there is no alert."""

    alert: Alert | None
    changes: list[AlertChange] = field(default_factory=list)
    touched: bool = False  # whether anything of the alert differs from what is kept

    @property
    def acts(self) -> set[str]:
        """What happened."""
        return {change.act for change in self.changes}


def step(rule: Rule, alert: Alert | None, reading: Reading, now: datetime, holds: Holds = holding.NONE) -> Step:
    """What one reading does to the alert of its subject, None where it has none; the alert is changed in place."""
    return _Turn(rule, reading, now, holds).of(alert)


class _Turn:
    """One reading at one moment."""

    def __init__(self, rule: Rule, reading: Reading, now: datetime, holds: Holds) -> None:
        self.rule, self.reading, self.now, self.holds = rule, reading, now, holds
        self.done = Step(None)

    def of(self, alert: Alert | None) -> Step:
        value = self.reading.value
        self.done.alert = alert
        if value is None:
            self._missing(alert)
        elif alert is None:
            if self.rule.wrong(value):
                self._hold(self._begin())
        else:
            self._refresh(alert, value)
            if self.rule.right(value):
                self._end(alert)
            elif alert.state == Alert.State.PENDING and not self.rule.wrong(value):
                pass  # between the two: neither confirmed nor gone
            else:
                self._hold(alert)
        return self.done

    def _missing(self, alert: Alert | None) -> None:
        match self.rule.missing:
            case Missing.FIRE:
                self._hold(alert or self._begin())
                return
            case Missing.CLEAR:
                if alert:
                    self._end(alert)
                return
        if alert and (not alert.missing or self._old(alert)):
            alert.missing, alert.checked_at = True, self.now
            self.done.touched = True

    def _begin(self) -> Alert:
        reading, rule, now = self.reading, self.rule, self.now
        kind, subject = reading.subject
        self.done.alert = alert = Alert(
            rule=rule.code,
            version=rule.version,
            subject_kind=kind,
            subject_id=subject,
            state=Alert.State.PENDING,
            severity=rule.severity_at(reading.value),
            owner=reading.owner,
            group=grouping.key(rule, reading, now),
            since=now,
            checked_at=now,
            value=reading.value,
            limit=rule.limit,
            missing=reading.value is None,
            facts=dict(reading.facts),
        )
        self._note(alert, Act.BEGUN)
        return alert

    def _refresh(self, alert: Alert, value: float) -> None:
        facts, reading = dict(self.reading.facts), self.reading
        if alert.missing or alert.value != value or alert.facts != facts or self._old(alert):
            alert.value, alert.missing, alert.checked_at, alert.facts = value, False, self.now, facts
            alert.owner = reading.owner or alert.owner
            self.done.touched = True

    def _hold(self, alert: Alert) -> None:
        """Fire an alert that has been pending for long enough; a clock that was set back makes it wait no longer."""
        rule, now = self.rule, self.now
        if alert.state == Alert.State.PENDING:
            if abs(now - alert.since) >= rule.pending:
                alert.state, alert.fired_at, alert.checked_at = Alert.State.FIRING, now, now
                self._turned(alert)
                self._note(alert, Act.FIRED)
                self.held(alert)
            return
        if alert.calm_since is not None:
            alert.calm_since = None
            self.done.touched = True
        severity = max(rule.severity_at(alert.value), alert.escalated, alert.severity)
        if severity > alert.severity:
            alert.severity = severity
            self._note(alert, Act.WORSE)

    def _end(self, alert: Alert) -> None:
        """Clear an alert, unless it has come and gone too often: then it waits until it was calm for a while."""
        if alert.state == Alert.State.FIRING and self._waits(alert):
            return
        fired = alert.state == Alert.State.FIRING
        if alert.flapping:
            alert.flapping = False
            self._note(alert, Act.CALM)
        alert.state, alert.cleared_at, alert.checked_at, alert.calm_since = (
            Alert.State.CLEARED,
            self.now,
            self.now,
            None,
        )
        alert.inhibited_by = alert.silence = None
        if fired:
            self._turned(alert)
        self._note(alert, Act.CLEARED)

    def _waits(self, alert: Alert) -> bool:
        limits = self.rule.flapping
        if alert.flapping:
            if alert.calm_since is None:
                alert.calm_since = self.now
                self.done.touched = True
            return abs(self.now - alert.calm_since) < limits.calm
        if len(self._lately(alert)) < limits.changes:
            return False
        alert.flapping, alert.calm_since = True, self.now
        self._note(alert, Act.FLAPPING)
        return True

    def _lately(self, alert: Alert) -> list[str]:
        """The moments of its latest changes; one that lies ahead was told by a clock that was set back since."""
        earliest, latest = (self.now - self.rule.flapping.within).isoformat(), self.now.isoformat()
        return [moment for moment in alert.turns if earliest <= moment <= latest]

    def _turned(self, alert: Alert) -> None:
        alert.turns = [*self._lately(alert), self.now.isoformat()]

    def held(self, alert: Alert) -> None:
        """Say what holds a firing alert back from the beginning."""
        if by := self.holds.inhibitor(alert):
            alert.inhibited_by = by
            self._note(alert, Act.INHIBITED, other=by.pk)
        if silence := self.holds.silence(alert, self.now):
            alert.silence = silence
            self._note(alert, Act.SILENCED, other=silence.pk, note=silence.reason)

    def _note(self, alert: Alert, act: str, **more: object) -> None:
        self.done.changes.append(AlertChange.of(alert, act, self.now, **more))
        self.done.touched = True

    def _old(self, alert: Alert) -> bool:
        return abs((self.now - alert.checked_at).total_seconds()) > _CHECKED


def apply(rule: Rule, readings: Iterable[Reading], now: datetime, holds: Holds | None = None) -> int:
    """Bring the alerts of a rule up to these readings; returns how many fired or cleared.

    `absent` of the rule decides on subjects that are not read. Readings are gone through once and few of them kept,
    however many there are; where more than `most` would make new alerts, none does, and one alert tells of the rule.
    """
    if rule.code == storms.STORM.code:
        return 0  # told while the rules that it is about are read
    known = {each.subject: each for each in Alert.objects.filter(rule=rule.code).exclude(state=Alert.State.CLEARED)}
    fresh: dict[Subject, Reading] = {}
    differing: list[Reading] = []
    count, read = 0, set()
    for reading in readings:
        alert = known.get(reading.subject)
        if alert is not None:
            read.add(reading.subject)
            if step(rule, alert, reading, now).touched:
                differing.append(reading)
        elif _begins(rule, reading) and reading.subject not in fresh:
            count += 1
            if count <= rule.most:
                fresh[reading.subject] = reading
    unread = replace(rule, missing=rule.absent)
    gone = [Reading(subject, None, alert.owner, alert.facts) for subject, alert in known.items() if subject not in read]
    gone = [each for each in gone if step(unread, known[each.subject], each, now).touched]
    holds = holding.now(now) if holds is None and (fresh or differing) else holds or holding.NONE
    done = _keep(rule, differing, now, holds) + _keep(unread, gone, now, holds)
    if count <= rule.most:
        done += _keep(rule, list(fresh.values()), now, holds)
    return done + _storm(rule, count, now)


def end(codes: Sequence[str], read: Set[str], now: datetime) -> int:
    """Clear the open alerts of these rules, and those about rules that are not among the `read`; returns how many."""
    done = 0
    about = Q(subject_kind="rule") & ~Q(subject_id__in=read)
    ended = Alert.objects.filter(Q(rule__in=codes) | about).exclude(state=Alert.State.CLEARED)
    for alert in ended.order_by("pk"):
        gone = Rule(alert.rule, "", rules.Bilingual("", ""), rules.Bilingual("", ""), 0.0, missing=Missing.CLEAR)
        gone = replace(gone, flapping=replace(gone.flapping, changes=1 << 30))
        done += _keep(gone, [Reading(alert.subject, None, alert.owner, alert.facts)], now, holding.NONE)
    return done


def _begins(rule: Rule, reading: Reading) -> bool:
    if reading.value is None:
        return rule.missing is Missing.FIRE
    return rule.wrong(reading.value)


def _storm(rule: Rule, count: int, now: datetime) -> int:
    """Tell of a rule that would make too many alerts at once, and that it does no longer."""
    storm = rules.get(storms.STORM.code)
    if storm is None or not storm.enabled:
        return 0
    reading = storms.reading_of(rule, count)
    # More than `most`, not as many.
    reading = replace(reading, value=max(reading.value or 0.0, 1.0) if count > rule.most else 0.0)
    open_one = Alert.objects.filter(rule=storm.code, subject_kind="rule", subject_id=rule.code)
    if count <= rule.most and not open_one.exclude(state=Alert.State.CLEARED).exists():
        return 0
    return _keep(storm, [reading], now, holding.NONE)


def _keep(rule: Rule, readings: Sequence[Reading], now: datetime, holds: Holds) -> int:
    """Take steps and keep what they do, some at a time; returns how many alerts fired or cleared."""
    return sum(_chunk(rule, chunk, now, holds) for chunk in batched(readings, _CHUNK))


def _chunk(rule: Rule, readings: Sequence[Reading], now: datetime, holds: Holds) -> int:
    subjects = [reading.subject[1] for reading in readings]
    with transaction.atomic():
        found = Alert.objects.filter(rule=rule.code, subject_id__in=subjects)
        known = {each.subject: each for each in found.select_for_update().exclude(state=Alert.State.CLEARED)}
        before = _before(rule, found, now) if len(known) < len(readings) else {}
        steps = []
        for reading in readings:
            done = step(rule, known.get(reading.subject), reading, now, holds)
            if done.alert is not None and done.alert.pk is None and done.alert.subject in before:
                done.alert.turns = [*before[done.alert.subject], *done.alert.turns]
            if done.touched:
                steps.append(done)
        return save(steps, now)


def _before(rule: Rule, found: QuerySet[Alert], now: datetime) -> dict[Subject, list[str]]:
    """The moments at which the alerts before fired and cleared, as far as they tell that a subject flaps."""
    lately = found.filter(cleared_at__gte=now - rule.flapping.within, cleared_at__lte=now)
    return {alert.subject: alert.turns for alert in lately.order_by("cleared_at")}


def save(steps: Sequence[Step], now: datetime) -> int:
    """Keep what steps did, and tell of it; returns how many alerts fired or cleared. Within a transaction."""
    alerts = [done.alert for done in steps if done.alert is not None]
    Alert.objects.bulk_create([alert for alert in alerts if alert.pk is None])
    made = {id(done.alert) for done in steps if Act.BEGUN in done.acts}
    rows.update([alert for alert in alerts if id(alert) not in made], _KEPT)
    parted = list(_parted([alert for alert in alerts if alert.state == Alert.State.CLEARED], now))
    changes = [change for done in steps for change in done.changes] + parted
    for change in changes:
        change.alert_id = change.alert.pk
    AlertChange.objects.bulk_create(changes)
    fired = [done.alert for done in steps if Act.FIRED in done.acts and done.alert is not None]
    cleared = [a for done in steps if Act.CLEARED in done.acts and (a := done.alert) and a.fired_at is not None]
    told = [a for done in steps if done.changes and (a := done.alert) is not None and a.fired_at is not None]
    if told:
        tell(told)
    for name, found in (("alert.fired", fired), ("alert.cleared", cleared)):
        for alert in found:
            events.emit(name, alert=alert.pk, rule=alert.rule, subject=alert.subject)
    return len(fired) + len(cleared)


def _parted(cleared: Sequence[Alert], now: datetime) -> Iterator[AlertChange]:
    """Part what was merged into alerts that cleared: what still fires stands for itself again."""
    children = Alert.objects.filter(parent__in=[alert.pk for alert in cleared], state=Alert.State.FIRING)
    for child in children.select_for_update() if cleared else ():
        parent, child.parent = child.parent_id, None
        child.save(update_fields=["parent"])
        yield AlertChange.of(child, Act.PARTED, now, other=parent)


def tell(alerts: Sequence[Alert]) -> None:
    """Have open pages hear of alerts that changed: the units they are about, all where one is the province's."""
    owners = {alert.owner for alert in alerts}
    names = sorted({alert.rule for alert in alerts})
    news.tell(CHANGED, rule=names[0] if len(names) == 1 else "", units=None if "" in owners else sorted(owners))
