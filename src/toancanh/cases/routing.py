"""Routing: which unit must act on a record."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from toancanh.cases.workflow import Route
from toancanh.units.tree import Tree

PARENT = "@parent"


def unit_for(routes: Iterable[Route], unit: str, facts: Mapping[str, Any], day: date) -> str:
    """The unit that acts on a record of `unit`: by the first route that fits it, else the unit itself.

    A unit that is gone by that day is answered for by its heir, so is a unit that a route names.
    """
    tree = Tree.at(day)
    for route in routes:
        value = str(facts.get(route.field) or "")
        if value and value.startswith(route.begins):
            if route.to != PARENT:
                return tree.answering(route.to)
            node = tree.get(tree.answering(unit))
            return node.parent if node and node.parent and node.parent in tree else tree.answering(unit)
    return tree.answering(unit)
