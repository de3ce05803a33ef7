"""Lists of units as programs read them."""

from datetime import date
from typing import Any

from toancanh.units import tree as trees
from toancanh.units.tree import Node, Tree


def units(day: date, within: str = "") -> list[Node]:
    """The units of a day by code, all or under one (itself included). Raises unit.not_there."""
    tree = Tree.at(day)
    if within:
        trees.at(within, day)
        return [tree[code] for code in sorted(tree.within(within))]
    return sorted(tree, key=lambda node: node.ref)


def as_dict(node: Node) -> dict[str, Any]:
    """A unit as programs read it."""
    return {
        "code": node.ref,
        "name": node.name,
        "name_en": node.name_en,
        "kind": node.kind,
        "subkind": node.subkind,
        "parent": node.parent,
        "valid_from": node.valid_from.isoformat() if node.valid_from else None,
        "valid_to": node.valid_to.isoformat() if node.valid_to else None,
        "latitude": node.latitude,
        "longitude": node.longitude,
        "area": node.area,
    }
