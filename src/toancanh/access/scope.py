"""Scope: a unit and everything under it at the date of the record, with what was merged into it, read-only."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from weakref import WeakKeyDictionary

from toancanh.access.models import User
from toancanh.base import clock
from toancanh.units.tree import Register, Span, spans


@dataclass(frozen=True)
class Scope:
    """Which units' records may be seen, each from a date to a date (both inclusive, None is open).

    `spans` None means everything. Codes are compared whole, never by prefix.
    """

    spans: tuple[Span, ...] | None = None

    @property
    def everything(self) -> bool:
        """Whether nothing is hidden."""
        return self.spans is None

    @cached_property
    def key(self) -> str:
        """A short digest for cache keys: two scopes with one key see the same."""
        if self.spans is None:
            return "all"
        return hashlib.sha256(repr(sorted(self.spans, key=repr)).encode()).hexdigest()[:16]

    @cached_property
    def _by_code(self) -> dict[str, list[tuple[date, date]]]:
        found: dict[str, list[tuple[date, date]]] = defaultdict(list)
        for code, since, until in self.spans or ():
            found[code].append((since or date.min, until or date.max))
        return {code: _joined(ranges) for code, ranges in found.items()}

    @property
    def codes(self) -> frozenset[str] | None:
        """Codes of all units in scope at any date; None where everything is."""
        return None if self.spans is None else frozenset(self._by_code)

    def covers(self, code: str, day: date) -> bool:
        """Whether records of that unit on that day may be seen."""
        if self.spans is None:
            return True
        return any(since <= day <= until for since, until in self._by_code.get(code, ()))

    def intersect(self, other: "Scope") -> "Scope":
        """What both see."""
        if self.spans is None:
            return other
        if other.spans is None:
            return self
        spans: list[Span] = []
        for code, mine in self._by_code.items():
            for since, until in mine:
                for start, end in other._by_code.get(code, ()):
                    low, high = max(since, start), min(until, end)
                    if low <= high:
                        spans.append((code, None if low == date.min else low, None if high == date.max else high))
        return Scope(tuple(spans))

    def sql(self, unit: str = "unit", day: str = "day") -> str:
        """A DuckDB condition over a unit column and a date expression."""
        if self.spans is None:
            return "true"
        together: dict[tuple[date, date], list[str]] = defaultdict(list)
        for code, ranges in self._by_code.items():
            for stretch in ranges:
                together[stretch].append(code)
        # Few stretches for many units. A list is compared value by value, a subquery is looked up: four times as fast.
        # A hundred values take 10 ms to plan, one text that is split takes none; no code has a line break in it.
        conditions = []
        for (since, until), codes in together.items():
            days = [f"{day} >= DATE '{since}'"] if since > date.min else []
            days += [f"{day} <= DATE '{until}'"] if until < date.max else []
            told = _literal("\n".join(codes))
            conditions.append(" AND ".join([f"{unit} IN (SELECT unnest(string_split({told}, '\n')))", *days]))
        return f"({' OR '.join(conditions)})" if conditions else "false"


def _joined(ranges: list[tuple[date, date]]) -> list[tuple[date, date]]:
    """The same days in as few stretches as can be: a code that is borne on without a day between is one."""
    found: list[tuple[date, date]] = []
    for since, until in sorted(ranges):
        if found and (found[-1][1] == date.max or since <= found[-1][1] + timedelta(days=1)):
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found


EVERYTHING = Scope()
# What people of each unit may see, for as long as the units stay what they are.
_KEPT: "WeakKeyDictionary[Register, dict[tuple[str, date, bool], Scope]]" = WeakKeyDictionary()
_MOST = 1000


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def of_unit(code: str, day: date | None = None, *, predecessors: bool = True) -> Scope:
    """A unit as it is on `day` (today), everything under it and, unless told otherwise, what was merged into them."""
    register, question = Register.now(), (code, day or clock.today(), predecessors)
    kept = _KEPT.setdefault(register, {})
    if question not in kept:
        if len(kept) >= _MOST:
            kept.clear()
        kept[question] = _of_unit(register, *question)
    return kept[question]


def _of_unit(register: Register, code: str, day: date, predecessors: bool) -> Scope:
    seen, borne = spans(code, day, predecessors=predecessors), register.by_ref
    # Where nobody bears the code after it, what its records still tell belongs to the successor.
    return Scope(tuple((ref, since, None if borne[ref][-1].valid_to == until else until) for ref, since, until in seen))


def of_codes(codes: Iterable[str]) -> Scope:
    """Units by their codes, whatever the day."""
    return Scope(tuple((code, None, None) for code in sorted(codes)))


def of_user(user: User) -> Scope:
    """What a user may see: everything if he belongs to no unit."""
    return of_unit(user.unit) if user.unit else EVERYTHING
