"""Reckoning: what was reckoned by the working calendar is reckoned anew when that changes."""

from typing import Any

from toancanh.base import home
from toancanh.warehouse.types import all_types


def reconsider(**_facts: Any) -> None:
    """Have the derived months made anew whose states would be reckoned otherwise now."""
    for kind in all_types():
        if kind.reckons and (home.current().warehouse / "derived" / kind.name).is_dir():
            from toancanh.warehouse import building  # the engine, which few processes load

            building.outdate(kind.name)
