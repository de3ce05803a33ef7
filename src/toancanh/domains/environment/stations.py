"""Simulated stations: where they stand."""

import random
from datetime import date
from typing import NamedTuple

from toancanh.units.models import Unit
from toancanh.units.tree import Tree


class Station(NamedTuple):
    """A simulated station, the commune it stands in, and how much of its air is traffic's (0 to 1)."""

    code: str
    unit: str
    traffic: float


def within(province: str, day: date, number: int, seed: int) -> list[Station]:
    """So many stations in the communes of a province on a day; the same ones under the same seed, MP.KK01 first."""
    tree = Tree.at(day)
    communes = sorted(code for code in tree.within(province) if tree[code].kind == Unit.Kind.COMMUNE)
    chance = random.Random(f"{seed}:{province}")  # noqa: S311 - a simulation, to be repeated
    chance.shuffle(communes)
    return [Station(f"MP.KK{n + 1:02d}", communes[n % len(communes)], chance.random()) for n in range(number)]
