"""Lists of alerts as people and programs read them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from toancanh.alerts import grouping, rules
from toancanh.alerts.models import Alert
from toancanh.base import clock
from toancanh.base.domain import all_domains
from toancanh.base.numbers import plain
from toancanh.indicators import catalogue
from toancanh.units import labels
from toancanh.units.tree import Tree

_SHOWN = timedelta(days=7)  # how long cleared alerts stand in the list


@dataclass(frozen=True)
class Wanted:
    """Which alerts: every condition left empty holds for all. `state` is firing, cleared, or held (back)."""

    state: str = ""
    acknowledged: bool | None = None
    severity: int = 0  # at least
    rule: str = ""
    unit: str = ""  # it and all below it
    domain: str = ""


@dataclass(frozen=True)
class Told:
    """An alert in words of the active language."""

    alert: Alert
    title: str
    what: str
    where: str
    owner: str
    url: str
    advice: str = ""
    law: str = ""

    @property
    def since(self) -> datetime:
        """When what is wrong was first seen."""
        return self.alert.since


@dataclass
class Group:
    """Alerts that one person would handle together, the worst first."""

    key: str
    title: str
    alerts: list[Told] = field(default_factory=list)


def narrowed(found: QuerySet[Alert], wanted: Wanted) -> QuerySet[Alert]:
    """Those alerts that fit; without a state those that fire, then those that lately cleared.

    Order: firing before cleared, free before held back, not acknowledged before acknowledged, then the most severe,
    then the newest.
    """
    match wanted.state:
        case "held":
            found = found.filter(_HELD, state=Alert.State.FIRING)
        case Alert.State.FIRING | Alert.State.CLEARED:
            found = found.filter(state=wanted.state)
        case _:
            found = found.filter(Q(state=Alert.State.FIRING) | Q(cleared_at__gte=clock.now() - _SHOWN))
    if wanted.acknowledged is not None:
        found = found.filter(acknowledged_at__isnull=not wanted.acknowledged)
    if wanted.severity:
        found = found.filter(severity__gte=wanted.severity)
    if wanted.rule:
        found = found.filter(rule=wanted.rule)
    if wanted.domain:
        found = found.filter(rule__startswith=f"{wanted.domain}.")
    if wanted.unit:
        found = found.filter(owner__in=Tree.at(clock.today()).within(wanted.unit) | {wanted.unit})
    held = Case(When(_HELD, then=Value(1)), default=Value(0), output_field=IntegerField())
    taken = Case(When(acknowledged_at=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    ordered = found.annotate(is_held=held, is_taken=taken)
    return ordered.order_by("-state", "is_held", "is_taken", "-severity", F("fired_at").desc(), "-pk")


_HELD = Q(inhibited_by__isnull=False) | Q(silence__isnull=False) | Q(parent__isnull=False)


def queue(found: QuerySet[Alert]) -> QuerySet[Alert]:
    """Those that wait for somebody: firing, and held back by nothing."""
    return narrowed(found.exclude(_HELD), Wanted(state=Alert.State.FIRING))


def grouped(alerts: Iterable[Alert], known: Mapping[str, rules.Rule]) -> list[Group]:
    """Alerts in the groups in which they would be handled, a group where its first alert stands."""
    found: dict[str, Group] = {}
    for alert in alerts:
        key = alert.group
        if key not in found:
            found[key] = Group(key, grouping.title(key, alert, known.get(alert.rule)))
        found[key].alerts.append(told(alert, known))
    return list(found.values())


def told(alert: Alert, known: Mapping[str, rules.Rule] | None = None) -> Told:
    """An alert in words; `known` spares the question for the rules where many are told."""
    rule = (rules.known() if known is None else known).get(alert.rule)
    facts = dict(alert.facts)
    name = labels.name(alert.subject_id) if alert.subject_kind == "unit" else str(facts.get("name", alert.subject_id))
    words = {**facts, "name": name, "value": _number(alert.value, rule), "limit": _number(alert.limit, rule)}
    if isinstance(facts.get("examples"), list):
        words["examples"] = ", ".join(map(str, facts["examples"]))
    if facts.get("oldest"):
        words["oldest"] = f"{clock.local(clock.parse_moment(facts['oldest'])):%d/%m/%Y %H:%M}"
    if "indicator" in facts:
        words["indicator"] = _indicator(facts["indicator"])
    if alert.rule == "alerts.storm" and (about := (known or {}).get(alert.subject_id)):
        words["name"] = name = str(about.title)
    what = str(rule.sentence).format_map(_Lenient(words)) if rule else alert.rule
    return Told(
        alert,
        str(rule.title) if rule else alert.rule,
        what,
        name,
        labels.name(alert.owner) if alert.owner else "",
        _url(alert),
        str(rule.advice).format_map(_Lenient(words)) if rule else "",
        rule.law if rule else "",
    )


def held(alert: Alert) -> str:
    """Why an alert is held back, in words; empty where it is not."""
    parts = []
    if alert.inhibited_by_id:
        parts.append(_("do cảnh báo {alert}").format(alert=alert.inhibited_by_id))
    if alert.silence is not None:
        until = f"{clock.local(alert.silence.until):%H:%M %d/%m}"
        parts.append(_("tạm im đến {until}").format(until=until))
    if alert.parent_id:
        parts.append(_("gộp vào cảnh báo {alert}").format(alert=alert.parent_id))
    return ", ".join(parts)


def as_dict(alert: Alert, known: Mapping[str, rules.Rule] | None = None) -> dict[str, Any]:
    """An alert as programs read it."""
    words = told(alert, known)
    return {
        "alert": alert.pk,
        "rule": alert.rule,
        "version": alert.version,
        "subject": {"kind": alert.subject_kind, "id": alert.subject_id, "name": words.where},
        "state": alert.state,
        "severity": alert.severity,
        "owner": alert.owner,
        "group": alert.group,
        "title": words.title,
        "what": words.what,
        "value": alert.value,
        "limit": alert.limit,
        "missing": alert.missing,
        "flapping": alert.flapping,
        "acknowledged": alert.acknowledged,
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_at": _stamp(alert.acknowledged_at),
        "inhibited_by": alert.inhibited_by_id,
        "silenced_until": _stamp(alert.silence.until) if alert.silence else None,
        "parent": alert.parent_id,
        "since": clock.stamp(alert.since),
        "fired_at": _stamp(alert.fired_at),
        "cleared_at": _stamp(alert.cleared_at),
        "checked_at": clock.stamp(alert.checked_at),
        "changes": [
            {
                "at": clock.stamp(each.at),
                "act": each.act,
                "state": each.state,
                "severity": each.severity,
                "value": each.value,
                "missing": each.missing,
                "by": each.by,
                "note": each.note,
            }
            for each in alert.changes.all()
        ],
    }


def for_programs(found: QuerySet[Alert], start: int = 0, end: int | None = None) -> Sequence[dict[str, Any]]:
    """Alerts as programs read them, in few questions."""
    known = rules.known()
    return [as_dict(each, known) for each in found.select_related("silence").prefetch_related("changes")[start:end]]


def _stamp(moment: datetime | None) -> str | None:
    return clock.stamp(moment) if moment else None


def _indicator(code: str) -> str:
    found = next((each for each in catalogue.all_indicators() if each.code == code), None)
    return str(found.name) if found else code


def _url(alert: Alert) -> str:
    match alert.subject_kind:
        case "source":
            load = alert.facts.get("load")
            return f"/loads/{load}" if load else f"/sources/{alert.subject_id}"
        case "host" | "sources":
            return "/sources"
        case "check":
            return "/cases" if alert.subject_id.startswith("cases.") else "/alerts"
        case "rule":
            return f"/rules/{alert.subject_id}"
    indicator = alert.facts.get("indicator")
    domain = next((each.domain for each in catalogue.all_indicators() if each.code == indicator), "")
    domain = domain or next((each.code for each in all_domains() if alert.rule.startswith(f"{each.code}.")), "")
    if domain:
        return f"/boards/{domain}?unit={alert.subject_id}"
    return f"/units/{alert.subject_id}"


def _number(value: float | None, rule: rules.Rule | None) -> str:
    return "–" if value is None else plain(round(value, rule.digits if rule else 0), None, get_language() or "vi")


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "–"
