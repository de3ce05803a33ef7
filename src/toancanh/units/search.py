"""Search: units of all dates by any part of a name, without accents, or by code."""

import re
from datetime import date

from toancanh.base import clock
from toancanh.units import spelling
from toancanh.units.tree import Node, Register, reference

_LEVELS = {"province": 0, "district": 1, "commune": 1, "department": 1, "agency": 1}


def search(text: str, day: date | None = None, limit: int | None = 20) -> list[Node]:
    """The units whose names have all the words, best first: the whole name, its beginning, word beginnings, the rest.

    Of equal ones those that exist today (or on `day`, when only units of that day are wanted) come first. Without a
    `limit` all of them.
    """
    register = Register.now()
    words = spelling.searchable(text).replace(",", " ").split()
    wanted = " ".join(words)
    if not wanted:
        return []
    ranked = []
    today = day or clock.today()
    starts = [re.compile(rf"\b{re.escape(word)}") for word in words]
    by_code = {node.id for node in register.by_ref.get(reference(text.strip()), ())}
    for node in register.nodes.values():
        if day and not node.valid_on(day):
            continue
        key = node.search_key
        if node.id in by_code:
            place = 0
        elif not all(word in key for word in words):
            continue
        else:
            place = _place(key, wanted, starts)
        ranked.append((place, not node.valid_on(today), _LEVELS.get(node.kind, 2), len(key), node.ref, node.id))
    return [register.nodes[each[-1]] for each in sorted(ranked)[:limit]]


def _place(key: str, wanted: str, starts: list[re.Pattern[str]]) -> int:
    names = [name for whole in key.split(" | ") for name in (whole, spelling.bare_of_searchable(whole))]
    if wanted in names:
        return 1
    if any(name.startswith(wanted) for name in names):
        return 2
    if f" {wanted}" in key:
        return 3
    return 4 if all(start.search(key) for start in starts) else 5
