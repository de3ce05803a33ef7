"""Our corrections of the package, one fact a row: what the official lists say otherwise.

name, also, was          name on 30/6/2025; another official spelling; the name until a day
unit, since, follows     a commune only the list of 4/1/2025 has; one it has not yet; which became which
pair, no-pair            a commune that went, or did not go, into another on 1/7/2025
area-only, people-only   that part took area but no people, or people but no area
all-area, all-people     that part took all of it
also-after, then, recoded    another spelling since 1/7/2025; the name, or the code, since a later day
"""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path
from typing import NamedTuple


class Override(NamedTuple):
    """One corrected fact about a code; `to` is the other code where there are two."""

    fact: str
    code: str
    to: str
    value: str
    since: date | None
    until: date | None
    note: str


class Overrides:
    """The table that ships with the product, by kind of fact."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Override]] = defaultdict(list)
        with Path(__file__).with_name("overrides.csv").open(encoding="utf-8", newline="") as handle:
            for row in csv.DictReader(handle):
                fact, code, to, value, since, until, note = row.values()
                self.rows[fact].append(Override(fact, code, to, value, _day(since), _day(until), note))

    def by_code(self, fact: str) -> dict[str, Override]:
        """The facts of one kind, one a code."""
        return {row.code: row for row in self.rows[fact]}

    def values(self, fact: str) -> dict[str, tuple[str, ...]]:
        """All values of one kind by code."""
        found: dict[str, tuple[str, ...]] = {}
        for row in self.rows[fact]:
            found[row.code] = (*found.get(row.code, ()), row.value)
        return found

    def pairs(self, fact: str) -> set[tuple[str, str]]:
        """Pairs (code before, code after)."""
        return {(row.code, row.to) for row in self.rows[fact]}


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
