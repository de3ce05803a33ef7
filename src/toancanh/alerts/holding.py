"""Holding: what keeps an alert out of the queue, which stays what it is: a wider alert, or a silence."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from toancanh.alerts import rules, silences
from toancanh.alerts.models import Alert, AlertChange, Silence
from toancanh.base import clock, events, rows
from toancanh.units.tree import Tree

Act = AlertChange.Act


@dataclass
class Holds:
    """What may hold alerts back at a moment: firing alerts of rules that inhibit others, and silences that last."""

    inhibitors: Sequence[Alert] = ()
    inhibits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    silences: Sequence[Silence] = ()
    at: datetime = field(default_factory=clock.now)
    _within: dict[str, frozenset[str]] = field(default_factory=dict)

    def inhibitor(self, alert: Alert) -> Alert | None:
        """The alert that holds this one back; None where there is none."""
        for each in self.inhibitors:
            if alert.rule in self.inhibits.get(each.rule, ()) and each.pk != alert.pk and self._lies_in(alert, each):
                return each
        return None

    def silence(self, alert: Alert, now: datetime) -> Silence | None:
        """The silence that holds this one back; None where there is none."""
        return next((each for each in self.silences if self._meant(each, alert)), None)

    def _lies_in(self, alert: Alert, wider: Alert) -> bool:
        match wider.subject_kind:
            case "sources":
                return alert.subject_kind in ("source", "host")
            case "host":
                return alert.facts.get("host") == wider.subject_id
            case "rule":
                return alert.rule == wider.subject_id
            case "unit":
                return bool(alert.owner) and alert.owner in self._under(wider.subject_id)
        return wider.subject in (alert.subject, (wider.subject_kind, str(alert.facts.get(wider.subject_kind))))

    def _meant(self, silence: Silence, alert: Alert) -> bool:
        return (
            silence.rule in ("", alert.rule)
            and (not silence.subject_kind or (silence.subject_kind, silence.subject_id) == alert.subject)
            and (not silence.unit or (bool(alert.owner) and alert.owner in self._under(silence.unit)))
        )

    def _under(self, unit: str) -> frozenset[str]:
        if unit not in self._within:
            self._within[unit] = frozenset(Tree.at(clock.local(self.at).date()).within(unit) | {unit})
        return self._within[unit]


NONE = Holds()


def now(moment: datetime) -> Holds:
    """What may hold alerts back at a moment."""
    inhibits = {rule.code: rule.inhibits for rule in rules.known().values() if rule.inhibits and rule.enabled}
    firing = Alert.objects.filter(rule__in=list(inhibits), state=Alert.State.FIRING).order_by("fired_at", "pk")
    return Holds(list(firing) if inhibits else (), inhibits, silences.lasting(moment), moment)


def bring_up(moment: datetime) -> int:
    """Hold back and let go what is to be at a moment; returns how many alerts that concerned."""
    holds = now(moment)
    concerned = Q(inhibited_by__isnull=False) | Q(silence__isnull=False)
    if holds.inhibitors:
        concerned |= Q(rule__in={code for each in holds.inhibitors for code in holds.inhibits[each.rule]})
    if holds.silences:
        concerned |= _meant(holds.silences)
    found = Alert.objects.filter(concerned, state=Alert.State.FIRING)
    differing = [alert.pk for alert in found.select_related("silence") if _changes(alert, holds, moment)]
    done = 0
    for start in range(0, len(differing), 100):
        done += _bring_up(differing[start : start + 100], holds, moment)
    return done


def _bring_up(pks: Sequence[int], holds: Holds, moment: datetime) -> int:
    from toancanh.alerts import life

    with transaction.atomic():
        alerts = list(Alert.objects.select_for_update().filter(pk__in=pks, state=Alert.State.FIRING))
        changes, free = [], []
        for alert in alerts:
            held = alert.held
            changes += _changes(alert, holds, moment)
            if held and not alert.held:
                free.append(alert)
        rows.update(alerts, ["inhibited_by", "silence"])
        AlertChange.objects.bulk_create(changes)
        if alerts:
            life.tell(alerts)
        for alert in free:
            events.emit("alert.released", alert=alert.pk, rule=alert.rule, subject=alert.subject)
    return len(alerts)


def _changes(alert: Alert, holds: Holds, moment: datetime) -> list[AlertChange]:
    """Set what holds an alert back, and say what of it changed."""
    changes = []
    by, silence = holds.inhibitor(alert), holds.silence(alert, moment)
    if by is not None and _held_by(by, alert):
        by = None  # two that would hold each other back: the one that was first stands
    if alert.inhibited_by_id != (by.pk if by else None):
        alert.inhibited_by = by
        act = Act.INHIBITED if by else Act.RELEASED
        changes.append(AlertChange.of(alert, act, moment, other=by.pk if by else None))
    if alert.silence_id != (silence.pk if silence else None):
        alert.silence = silence
        told = {"other": silence.pk, "note": silence.reason} if silence else {}
        changes.append(AlertChange.of(alert, Act.SILENCED if silence else Act.HEARD, moment, **told))
    return changes


def _held_by(by: Alert, alert: Alert) -> bool:
    seen: set[int] = set()
    each: Alert | None = by
    while each is not None and each.pk not in seen:
        seen.add(each.pk)
        if each.inhibited_by_id == alert.pk:
            return True
        each = each.inhibited_by
    return False


def _meant(found: Iterable[Silence]) -> Q:
    """What silences may mean, a unit's subtree told apart later."""
    meant = Q(pk__in=())
    for each in found:
        one = Q(pk__gt=0)
        if each.rule:
            one &= Q(rule=each.rule)
        if each.subject_kind:
            one &= Q(subject_kind=each.subject_kind, subject_id=each.subject_id)
        meant |= one
    return meant


SOON = timedelta(seconds=5)  # how late a silence may begin or end
