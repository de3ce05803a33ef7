"""Lineage: what a unit came from and what became of it, with shares."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from toancanh.units.models import Unit
from toancanh.units.tree import Link, Node, Register, reference

CHANGE_2025 = date(2025, 7, 1)


@dataclass(frozen=True, slots=True)
class Relation:
    """Another unit, and the shares of the earlier one that are now in the later one."""

    unit: Node
    on: date
    area_share: float
    people_share: float
    estimated: bool
    whole: bool
    law: str


@dataclass(frozen=True, slots=True)
class Fate:
    """A unit that was under another, and what became of it."""

    unit: Node
    successors: tuple[Relation, ...]


def successors(unit: Node | Unit) -> tuple[Relation, ...]:
    """What the unit became, greatest share of the people first.

    A district has no successor of its own: it became what its communes became, and their shares are not its own.
    """
    register = Register.now()
    return _sorted(_relation(register.nodes[link.after], link) for link in register.out_of.get(unit.id, ()))


def predecessors(unit: Node | Unit) -> tuple[Relation, ...]:
    """What the unit came from, with the share of each that it took."""
    register = Register.now()
    return _sorted(_relation(register.nodes[link.before], link) for link in register.into.get(unit.id, ()))


def fates(unit: Node | Unit) -> tuple[Fate, ...]:
    """What became of each commune that was under the unit on its last day, by code; empty while the unit lives."""
    if unit.valid_to is None:
        return ()
    register = Register.now()
    below: list[Node] = []
    todo = list(register.under.get(unit.ref, ()))
    while todo:
        node = todo.pop()
        if not node.valid_on(unit.valid_to):
            continue
        if node.kind == Unit.Kind.COMMUNE or node.id in register.out_of:
            below.append(node)
        todo.extend(register.under.get(node.ref, ()))
    return tuple(Fate(node, successors(node)) for node in sorted(below, key=lambda node: node.ref))


def heirs(unit: Node | Unit) -> tuple[Relation, ...]:
    """All units the unit became, through any number of changes; for a district those of its communes."""
    register = Register.now()
    todo = [unit.id] if unit.id in register.out_of else [fate.unit.id for fate in fates(unit)]
    found: dict[int, Relation] = {}
    while todo:
        for link in register.out_of.get(todo.pop(), ()):
            if link.after not in found:
                found[link.after] = _relation(register.nodes[link.after], link)
                todo.append(link.after)
    return _sorted(found.values())


def before(code: str) -> list[str]:
    """Codes of everything that led into any unit of that code, however far back, without the code itself."""
    register = Register.now()
    seen = {node.id for node in register.by_ref.get(reference(code), ())}
    todo, found = list(seen), set()
    while todo:
        for link in register.into.get(todo.pop(), ()):
            if link.before not in seen:
                seen.add(link.before)
                todo.append(link.before)
                found.add(register.nodes[link.before].ref)
    return sorted(found - {reference(code)})


def ended(pk: int) -> bool:
    """True when the unit of that key has a last day."""
    return Register.now().nodes[pk].valid_to is not None


def _relation(node: Node, link: Link) -> Relation:
    return Relation(node, link.on, link.area_share, link.people_share, link.estimated, link.whole, link.law)


def _sorted(relations: Iterable[Relation]) -> tuple[Relation, ...]:
    return tuple(sorted(relations, key=lambda one: (-one.people_share, -one.area_share, one.unit.ref)))
