"""Names: finding the one unit a text means, on a day. Without its accents a name never decides, it only suggests."""

import re
from bisect import bisect_right
from datetime import date
from difflib import get_close_matches
from functools import cached_property

from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem, Words, register
from toancanh.base.text import nfc, search_key
from toancanh.units import spelling, tree
from toancanh.units.models import Unit
from toancanh.units.tree import Node, Register, Tree

_SHOWN = 5
# As problems write a unit: its name, those above it, its code.
_DESCRIBED = re.compile(r"(.+?)\s*\(([\w-]+:[^()\s]+)\)")

register(
    {
        "unit.unknown": Words(
            _("Không có đơn vị nào tên hoặc mã “{value}” vào ngày {day}."),
            _("Kiểm tra chính tả, viết đủ dấu. Tên gần giống: {suggestions}."),
        ),
        "unit.ambiguous": Words(
            _("“{value}” có thể là nhiều đơn vị: {candidates}."),
            _("Ghi mã đơn vị, hoặc ghi thêm loại và đơn vị cấp trên, ví dụ “{example}”."),
        ),
        "unit.expired": Words(
            _("“{value}” không tồn tại vào ngày {day}: {candidates}."),
            _("Dùng đơn vị của ngày đó: {successors}."),
        ),
    }
)


class Resolver:
    """Finds units as they stood on one day, anywhere or only under one unit (itself included).

    `register` takes the place of what is stored, for units that are not stored yet.
    """

    def __init__(self, day: date, within: str | None = None, register: Register | None = None) -> None:
        self.day = day
        self.within = within
        self.tree = Tree.at(day) if register is None else _tree(register, day)
        self.register = register or Register.now()

    def find(self, text: str) -> Node:
        """The unit of a code (`66`, `gso:66`) or of a name, with or without its kind and, after commas, those above.

        A name may be followed by its code in brackets. Raises unit.unknown, unit.ambiguous, unit.expired.
        """
        text = nfc(text)
        if coded := self._by_code(text):
            return coded
        described = _DESCRIBED.fullmatch(text)
        said = described[1] if described else text
        name, *above = [part.strip() for part in said.split(",") if part.strip()] or [text]
        if described:
            coded = self._by_code(described[2])
            if coded and coded in self._named(name, self.tree.by_name):
                return coded
            raise self._unknown(text, name)
        found = [
            node for node in self._named(name, self.tree.by_name) if self._allowed(node) and self._under(node, above)
        ]
        if not above and not self.within:
            found = _provinces(found)
        if len(found) == 1:
            return found[0]
        if found:
            raise self._ambiguous(text, found)
        raise self._absent(text, name, above)

    def _by_code(self, text: str) -> Node | None:
        ref = tree.reference(text)
        known = self.register.by_ref.get(ref)
        if not known:
            return None
        node = self.tree.get(ref)
        if node is None:
            raise self._expired(text, known)
        return node if self._allowed(node) else None

    @cached_property
    def _territory(self) -> frozenset[str]:
        return self.tree.within(self.within) if self.within else frozenset()

    @cached_property
    def _history(self) -> set[tuple[str, date | None]]:
        """Identities that may be meant by names of other days."""
        if self.within is None or self.within not in self.tree:
            return set()
        return {(ref, start) for ref, start, _end in tree.spans(self.within, self.day, predecessors=True)}

    def _allowed(self, node: Node) -> bool:
        return not self.within or node.ref in self._territory

    def _named(self, name: str, index: dict[str, list[Node]]) -> list[Node]:
        """Units of that name; of that kind too, if the name begins with one."""
        kind, bare = spelling.split(name)
        found = index.get(spelling.key(bare), [])
        return [node for node in found if kind in ("", node.subkind)] if kind else found

    def _under(self, node: Node, above: list[str]) -> bool:
        """True when the names after the commas are names of units above it, in that order."""
        path = [step for step in reversed(self.tree.path(node.ref)) if step is not node]
        for name in above:
            kind, bare = spelling.split(name)
            key = spelling.key(bare)
            while path and not (
                key in spelling.keys(path[0].name, *path[0].other_names) and kind in ("", path[0].subkind)
            ):
                path.pop(0)
            if not path:
                return False
        return True

    def _absent(self, text: str, name: str, above: list[str]) -> Problem:
        others = [node for node in self._named(name, self.register.by_name) if not node.valid_on(self.day)]
        if self.within:
            others = [node for node in others if (node.ref, node.valid_from) in self._history]
        if above:
            others = [node for node in others if _stood_under(node, above)]
        else:
            others = others if self.within else _provinces(others)
        return self._expired(text, others) if others else self._unknown(text, name)

    def _unknown(self, text: str, name: str) -> Problem:
        similar = self._similar(name)
        return Problem(
            "unit.unknown",
            value=text,
            day=f"{self.day:%d/%m/%Y}",
            suggestions="; ".join(self._described(node) for node in similar[:_SHOWN]) or _("không có"),
        )

    def _similar(self, name: str) -> list[Node]:
        """Units whose names are the same without accents, or nearly so; those of the same kind first."""
        kind, bare = spelling.split(name)
        plain = search_key(bare)
        # A kind word may have lost its accents as well: Phuong Buon Ma Thuot.
        bares = dict.fromkeys((plain, spelling.bare_of_searchable(plain)))
        known = self.tree.by_plain_name
        keys = [spelling.key(one) for one in bares if spelling.key(one) in known] or self._misspelt(spelling.key(plain))
        found = [node for key in keys for node in known[key]]
        said = search_key(f"{kind} {bare}")
        return sorted(
            (node for node in found if self._allowed(node)),
            key=lambda node: not (node.subkind and said.startswith(f"{search_key(node.subkind)} ")),
        )

    def _misspelt(self, key: str) -> list[str]:
        """Names that differ from this one by a letter or two; few are compared, for a file may be wrong throughout."""
        alike = [each for each in self.tree.by_plain_name if each[:1] == key[:1] and abs(len(each) - len(key)) <= 2]
        return get_close_matches(key, alike, n=_SHOWN, cutoff=0.85)

    def _ambiguous(self, text: str, found: list[Node]) -> Problem:
        found = sorted(found, key=lambda node: node.ref)
        names = [self._described(node) for node in found[:_SHOWN]]
        more = f" (+{len(found) - _SHOWN})" if len(found) > _SHOWN else ""
        return Problem(
            "unit.ambiguous",
            value=text,
            candidates="; ".join(names) + more,
            example=", ".join(step.name for step in reversed(self.tree.path(found[0].ref))),
            refs=[node.ref for node in found],
        )

    def _expired(self, text: str, known: list[Node]) -> Problem:
        from toancanh.units import lineage

        spans = [f"{node.name} ({node.ref}, {_span(node)})" for node in known[:_SHOWN]]
        after = {
            one.unit.ref: self._described(one.unit)
            for node in known
            for one in lineage.heirs(node)
            if one.unit.valid_on(self.day)
        }
        return Problem(
            "unit.expired",
            value=text,
            day=f"{self.day:%d/%m/%Y}",
            candidates="; ".join(spans),
            successors="; ".join(list(after.values())[:_SHOWN]) + (" …" if len(after) > _SHOWN else "")
            or _("không có"),
            refs=list(after),
        )

    def _described(self, node: Node) -> str:
        """Name with code and those above."""
        above = [step.name for step in reversed(self.tree.path(node.ref)) if step.ref != node.ref]
        return f"{', '.join([node.name, *above])} ({node.ref})"


def _tree(register: Register, day: date) -> Tree:
    """The tree of a register that is not the stored one, remembered as `Tree.at` does."""
    edge = bisect_right(register.edges, day)
    if edge not in register.trees:
        register.trees[edge] = Tree(register, day)
    return register.trees[edge]


def _provinces(found: list[Node]) -> list[Node]:
    """The provinces among namesakes, if any: whom a bare name means when the whole country is spoken of."""
    return [node for node in found if node.kind == Unit.Kind.PROVINCE] or found


def _stood_under(node: Node, above: list[str]) -> bool:
    """True when the names are those of units above it on its own last (or first) day."""
    day = node.valid_to or node.valid_from or date.max
    return Resolver(day)._under(node, above)


def _span(node: Node) -> str:
    start = f"{node.valid_from:%d/%m/%Y}" if node.valid_from else "…"
    return f"{start}–{node.valid_to:%d/%m/%Y}" if node.valid_to else f"{start}–…"
