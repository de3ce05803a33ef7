"""Lists of alerts as people and programs read them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from toancanh.access.scope import Scope
from toancanh.alerts import rules
from toancanh.alerts.models import Alert
from toancanh.base import clock
from toancanh.base.numbers import plain
from toancanh.indicators import catalogue
from toancanh.units import labels

_SHOWN = timedelta(days=7)  # how long cleared alerts stand in the list


@dataclass(frozen=True)
class Told:
    """An alert in words of the active language."""

    alert: Alert
    title: str
    what: str
    where: str
    owner: str
    url: str

    @property
    def since(self) -> datetime:
        """When what is wrong was first seen."""
        return self.alert.since


def alerts(state: str = "", scope: Scope | None = None, province: str = "", *, sources: bool = True) -> QuerySet[Alert]:
    """Alerts that fired, worst and newest first; without a state those that fire, then those that lately cleared.

    Only of units in the scope, where one without an owner is the province's; those about sources only where `sources`
    says that they may be seen.
    """
    found = Alert.objects.exclude(fired_at=None)
    found = (
        found.filter(state=state)
        if state
        else found.filter(Q(state=Alert.State.FIRING) | Q(cleared_at__gte=clock.now() - _SHOWN))
    )
    if not sources:
        found = found.exclude(subject_kind="source")
    codes = scope.codes if scope else None
    if codes is not None:
        found = found.filter(owner__in=codes | {""} if province in codes else codes)
    return found.order_by("-state", "-severity", "-since", "pk")


def told(alert: Alert, known: Mapping[str, rules.Rule] | None = None) -> Told:
    """An alert in words; `known` spares the question for the rules where many are told."""
    rule = (rules.known() if known is None else known).get(alert.rule)
    facts = dict(alert.facts)
    name = labels.name(alert.subject_id) if alert.subject_kind == "unit" else str(facts.get("name", alert.subject_id))
    words = {**facts, "name": name, "value": _number(alert.value, rule), "limit": _number(alert.limit, rule)}
    if "indicator" in facts:
        words["indicator"] = str(catalogue.get(facts["indicator"]).name)
    what = str(rule.sentence).format_map(_Lenient(words)) if rule else alert.rule
    return Told(
        alert,
        str(rule.title) if rule else alert.rule,
        what,
        name,
        labels.name(alert.owner) if alert.owner else "",
        _url(alert),
    )


def as_dict(alert: Alert) -> dict[str, Any]:
    """An alert as programs read it."""
    words = told(alert)
    return {
        "alert": alert.pk,
        "rule": alert.rule,
        "subject": {"kind": alert.subject_kind, "id": alert.subject_id, "name": words.where},
        "state": alert.state,
        "severity": alert.severity,
        "owner": alert.owner,
        "title": words.title,
        "what": words.what,
        "value": alert.value,
        "limit": alert.limit,
        "missing": alert.missing,
        "since": clock.stamp(alert.since),
        "fired_at": clock.stamp(alert.fired_at) if alert.fired_at else None,
        "cleared_at": clock.stamp(alert.cleared_at) if alert.cleared_at else None,
        "checked_at": clock.stamp(alert.checked_at),
        "changes": [
            {"at": clock.stamp(each.at), "state": each.state, "value": each.value, "missing": each.missing}
            for each in alert.changes.all()
        ],
    }


def _url(alert: Alert) -> str:
    if alert.subject_kind == "source":
        load = alert.facts.get("load")
        return f"/loads/{load}" if load else f"/sources/{alert.subject_id}"
    indicator = alert.facts.get("indicator")
    if indicator:
        return f"/boards/{catalogue.get(indicator).domain}?unit={alert.subject_id}"
    return f"/units/{alert.subject_id}"


def _number(value: float | None, rule: rules.Rule | None) -> str:
    return "–" if value is None else plain(round(value, rule.digits if rule else 0), None, get_language() or "vi")


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"
