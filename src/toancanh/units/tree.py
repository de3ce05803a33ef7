"""Trees of units: who stands under whom on one day, and whose records a unit may see over time."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Self

from django.db.models import F
from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem, Words, register
from toancanh.base.text import search_key
from toancanh.units import revision, spelling
from toancanh.units.models import Unit, UnitChange

Span = tuple[str, date | None, date | None]

register(
    {
        "unit.not_there": Words(
            _("Không có đơn vị mã “{unit}” vào ngày {day}."),
            _("Kiểm tra mã và ngày; mã đơn vị đổi nghĩa từ 01/7/2025."),
            404,
        )
    }
)


def reference(code: str) -> str:
    """`66` and `gso:66` both as `gso:66`."""
    return code if ":" in code else f"gso:{code}"


@dataclass(frozen=True, slots=True)
class Node:
    """A unit as the tree keeps it; `parent` is the parent's `scheme:code`, to be read on the same day."""

    id: int
    ref: str
    name: str
    name_en: str
    kind: str
    subkind: str
    parent: str | None
    valid_from: date | None
    valid_to: date | None
    latitude: float | None
    longitude: float | None
    area: float | None
    name_key: str
    search_key: str
    other_names: tuple[str, ...]

    def valid_on(self, day: date) -> bool:
        """True when the unit exists on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)

    def meets(self, start: date | None, end: date | None) -> bool:
        """True when the unit exists on some day of the stretch; open ends are open."""
        return (self.valid_to is None or start is None or start <= self.valid_to) and (
            self.valid_from is None or end is None or self.valid_from <= end
        )


@dataclass(frozen=True, slots=True)
class Link:
    """One change of units as the tree keeps it: ids of the unit before and the unit after."""

    before: int
    after: int
    on: date
    area_share: float
    people_share: float
    estimated: bool
    whole: bool
    law: str


class Register:
    """All units and changes of all times, read once per revision and kept by the process."""

    _kept: "Register | None" = None

    def __init__(self, token: str) -> None:
        self.token = token
        self.nodes: dict[int, Node] = {}
        self.by_ref: dict[str, list[Node]] = defaultdict(list)
        self.under: dict[str, list[Node]] = defaultdict(list)
        self.trees: dict[int, Tree] = {}
        columns = (
            "id scheme code name name_en kind subkind parent__scheme parent__code valid_from valid_to latitude"
            " longitude area name_key search_key other_names"
        )
        for row in (
            Unit.objects.order_by(F("valid_from").asc(nulls_first=True), "id")
            .values_list(*columns.split())
            .iterator(chunk_size=5000)
        ):
            pk, scheme, code, name, name_en, kind, subkind, up_scheme, up_code, *rest, others = row
            parent = f"{up_scheme}:{up_code}" if up_scheme else None
            facts = (name, name_en, kind, subkind, parent, *rest, tuple(others))
            node = Node(pk, f"{scheme}:{code}", *facts)
            self.nodes[pk] = node
            self.by_ref[node.ref].append(node)
            if parent:
                self.under[parent].append(node)
        edges = {node.valid_from for node in self.nodes.values() if node.valid_from}
        edges |= {date.fromordinal(node.valid_to.toordinal() + 1) for node in self.nodes.values() if node.valid_to}
        self.edges = sorted(edges)

    @classmethod
    def now(cls) -> Self:
        """The register of the present revision."""
        token = revision.current()
        if not isinstance(cls._kept, cls) or cls._kept.token != token:
            cls._kept = cls(token)
        return cls._kept

    @cached_property
    def by_name(self) -> dict[str, list[Node]]:
        """Units of all days by the key of each of their names."""
        named: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes.values():
            for name_key in spelling.keys(node.name, *node.other_names):
                named[name_key].append(node)
        return dict(named)

    @cached_property
    def links(self) -> list[Link]:
        """All changes, oldest first."""
        fields = ["before_id", "after_id", "on", "area_share", "people_share", "estimated", "whole", "law"]
        return [Link(*row) for row in UnitChange.objects.order_by("on", "id").values_list(*fields)]

    @cached_property
    def out_of(self) -> dict[int, list[Link]]:
        """Changes by the id of the unit before."""
        return _grouped(self.links, "before")

    @cached_property
    def into(self) -> dict[int, list[Link]]:
        """Changes by the id of the unit after."""
        return _grouped(self.links, "after")


class Tree:
    """The units of one day, `scheme:code` each (`66` is read as `gso:66`). Get it with `Tree.at`."""

    def __init__(self, register: Register, day: date) -> None:
        self.register = register
        self.day = day
        self.nodes = {node.ref: node for node in register.nodes.values() if node.valid_on(day)}
        self._under: dict[str | None, list[Node]] = defaultdict(list)
        for node in self.nodes.values():
            self._under[node.parent if node.parent in self.nodes else None].append(node)

    @cached_property
    def by_name(self) -> dict[str, list[Node]]:
        """Units by the key of each of their names, without the kind before it and the parent's name after it."""
        named: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes.values():
            above = self.nodes.get(node.parent) if node.parent else None
            for name_key in spelling.keys(node.name, *node.other_names, above=above.name if above else ""):
                named[name_key].append(node)
        return dict(named)

    @cached_property
    def by_plain_name(self) -> dict[str, list[Node]]:
        """Units by the key of their name without accents; for suggestions only."""
        named: dict[str, list[Node]] = defaultdict(list)
        for node in self.nodes.values():
            named[spelling.key(search_key(spelling.split(node.name)[1]))].append(node)
        return dict(named)

    @classmethod
    def at(cls, day: date) -> "Tree":
        """The tree of that day, remembered for all days between two changes."""
        register = Register.now()
        edge = bisect_right(register.edges, day)
        if edge not in register.trees:
            register.trees[edge] = cls(register, day)
        return register.trees[edge]

    @cached_property
    def heirs(self) -> dict[str, str]:
        """Of every code that nobody bears any more: the code of the unit that answers for what its last unit left.

        That is the one with the greatest share of it; of a unit that has no successor the one above it.
        """
        found = {}
        for ref, nodes in self.register.by_ref.items():
            gone = [node for node in nodes if node.valid_to and node.valid_to < self.day]
            if ref not in self.nodes and gone and (heir := self._heir(gone[-1])):
                found[ref] = heir
        return found

    def _heir(self, node: Node) -> str | None:
        register, seen = self.register, {node.id}
        while node.ref not in self.nodes:  # a code that is borne anew is borne by the heir
            links = register.out_of.get(node.id, ())
            if links:
                node = register.nodes[max(links, key=lambda link: (link.people_share, link.area_share)).after]
            else:
                last = node.valid_to or self.day
                above = [up for up in register.by_ref.get(node.parent or "", ()) if up.valid_on(last)]
                if not above:
                    return None
                node = above[0]
            if node.id in seen:
                return None
            seen.add(node.id)
        return node.ref

    def answering(self, code: str) -> str:
        """The code of the unit that answers for a code's records: its own, its heir's, or the code if it is unknown."""
        return code if code in self.nodes else self.heirs.get(code, code)

    def holdings(self, code: str) -> frozenset[str]:
        """The codes of the unit, of all under it, and of all that left their records to one of these."""
        inside = self.within(code)
        return inside | {ref for ref, heir in self.heirs.items() if heir in inside}

    def __contains__(self, code: str) -> bool:
        return reference(code) in self.nodes

    def __iter__(self) -> Iterator[Node]:
        return iter(self.nodes.values())

    def __len__(self) -> int:
        return len(self.nodes)

    def __getitem__(self, code: str) -> Node:
        """The unit of that code. Raises KeyError."""
        return self.nodes[reference(code)]

    def get(self, code: str) -> Node | None:
        """The unit of that code, or None."""
        return self.nodes.get(reference(code))

    @property
    def roots(self) -> tuple[Node, ...]:
        """The units without a parent, by code."""
        return tuple(sorted(self._under[None], key=lambda node: node.ref))

    def children(self, code: str) -> tuple[Node, ...]:
        """The units directly under it, by code."""
        return tuple(sorted(self._under.get(reference(code), ()), key=lambda node: node.ref))

    def within(self, code: str) -> frozenset[str]:
        """The codes of the unit and of all units under it; empty for a code nobody bears that day."""
        if code not in self:
            return frozenset()
        found, todo = set(), [reference(code)]
        while todo:
            ref = todo.pop()
            if ref not in found:
                found.add(ref)
                todo.extend(node.ref for node in self._under.get(ref, ()))
        return frozenset(found)

    def path(self, code: str) -> tuple[Node, ...]:
        """The unit and all above it, the topmost first; empty for a code nobody bears that day."""
        steps: list[Node] = []
        node = self.get(code)
        while node and node not in steps:
            steps.append(node)
            node = self.nodes.get(node.parent) if node.parent else None
        return tuple(reversed(steps))


def at(code: str, day: date) -> Node:
    """The unit of that code on that day. Raises unit.not_there."""
    node = Tree.at(day).get(code)
    if node is None:
        raise Problem("unit.not_there", unit=code, day=f"{day:%d/%m/%Y}")
    return node


def spans(code: str, day: date, *, predecessors: bool = False) -> list[Span]:
    """The unit of that day and all under it, each (code, first day, last day) of its existence.

    With `predecessors` also every unit whose change led into one of these, with all that stood under it, however far
    back: what the successor of merged units sees. Raises unit.not_there.
    """
    at(code, day)
    tree = Tree.at(day)
    nodes = {tree[ref].id: tree[ref] for ref in tree.within(code)}
    if predecessors:
        register = tree.register
        todo = list(nodes.values())
        while todo:
            node = todo.pop()
            before = [register.nodes[link.before] for link in register.into.get(node.id, ()) if link.on <= day]
            last = min(node.valid_to or day, day)
            before += [child for child in register.under.get(node.ref, ()) if child.meets(node.valid_from, last)]
            for earlier in before:
                if earlier.id not in nodes:
                    nodes[earlier.id] = earlier
                    todo.append(earlier)
    return sorted(
        ((node.ref, node.valid_from, node.valid_to) for node in nodes.values()),
        key=lambda span: (span[0], span[1] or date.min),
    )


def _grouped(links: list[Link], end: str) -> dict[int, list[Link]]:
    groups: dict[int, list[Link]] = defaultdict(list)
    for link in links:
        groups[getattr(link, end)].append(link)
    return dict(groups)
