"""Names of units as readers see them, whatever the day."""

from datetime import date

from django.utils.translation import get_language

from toancanh.units.tree import Node, Register, reference


def versions(code: str) -> list[Node]:
    """All units that ever bore a code, oldest first."""
    nodes = Register.now().by_ref.get(reference(code), [])
    return sorted(nodes, key=lambda node: node.valid_from or date.min)


def ever(code: str) -> Node | None:
    """The latest unit that bore a code, or None."""
    return next(reversed(versions(code)), None)


def on(code: str, day: date | None) -> Node | None:
    """The unit that bears a code on a day; where none does, the latest that ever did."""
    if day is not None:
        found = next((node for node in versions(code) if node.valid_on(day)), None)
        if found is not None:
            return found
    return ever(code)


def name(code: str, day: date | None = None) -> str:
    """The name of a unit on a day, in the active language; an unknown code is its own name."""
    node = on(code, day) if code else None
    if node is None:
        return code
    return node.name_en if (get_language() or "vi").startswith("en") and node.name_en else node.name
