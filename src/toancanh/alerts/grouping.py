"""Grouping: alerts that one person would handle together have one key."""

from datetime import datetime

from django.utils.translation import gettext as _

from toancanh.alerts.models import Alert
from toancanh.alerts.rules import Group, Reading, Rule
from toancanh.base import clock
from toancanh.units import labels
from toancanh.units.tree import Tree


def key(rule: Rule, reading: Reading, now: datetime) -> str:
    """The key of the group that an alert of this reading belongs to: what it is of, and which."""
    if rule.group is Group.RULE:
        return f"rule:{rule.code}"
    if rule.group is Group.SOURCE:
        source = reading.subject[1] if reading.subject[0] == "source" else str(reading.facts.get("source", ""))
        return f"source:{source}"
    if rule.group is Group.TERRITORY and reading.owner:
        node = Tree.at(clock.local(now).date()).get(reading.owner)
        return f"unit:{(node.parent if node else None) or reading.owner}"
    return f"unit:{reading.owner}"


def title(group: str, first: Alert, rule: Rule | None) -> str:
    """What a group is called, by its key and its first alert."""
    of, _colon, which = group.partition(":")
    if of == "rule":
        return str(rule.title) if rule else which
    if of == "source":
        return str(first.facts.get("name") or which)
    return labels.name(which) if which else _("Toàn tỉnh")
