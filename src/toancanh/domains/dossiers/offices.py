"""Offices: the units that take in dossiers, each from a day to a day."""

from datetime import date
from typing import NamedTuple

from toancanh.units.models import Unit
from toancanh.units.tree import Register, spans

# A district worked for some fifteen communes, at a one-stop desk of its own, until 30/6/2025.
_LEVELS = {
    Unit.Kind.DEPARTMENT: ("province", 1.0),
    Unit.Kind.DISTRICT: ("commune", 6.0),
    Unit.Kind.COMMUNE: ("commune", 1.0),
}


class Office(NamedTuple):
    """A unit that takes in dossiers, from `start` to `end` (both inclusive; None is open).

    `level` is "province" or "commune" and decides which procedures come to it, `weight` its part of them.
    """

    code: str
    level: str
    weight: float = 1.0
    start: date | None = None
    end: date | None = None


def within(province: str, day: date) -> list[Office]:
    """The departments, districts and communes of a province and of those merged into it, up to that day.

    Raises unit.not_there.
    """
    nodes = {(node.ref, node.valid_from): node for node in Register.now().nodes.values()}
    found = []
    for code, start, end in spans(province, day, predecessors=True):
        kind = Unit.Kind(nodes[code, start].kind)
        if kind in _LEVELS:
            found.append(Office(code, *_LEVELS[kind], start, end))
    return found
