"""Reconciliations: the same things as two sources tell them; which record types, which fields, how near is equal."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from toancanh.base import numbers
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.base.words import Bilingual
from toancanh.warehouse.types import RecordType
from toancanh.warehouse.types import get as get_type

# What is found of a thing. Young ones are on the way, whichever of the other three they are.
ONLY_LEFT, ONLY_RIGHT, DIFFERS, ON_THE_WAY = KINDS = ("only_left", "only_right", "differs", "on_the_way")
_NEARLY = 99.99
SYNCED = ("both", "left", "right")  # how far the right side has what the left one has
COUNTS = ("left", "right", "both", "equal", *KINDS)

register_problems(
    {
        "reconciliation.unknown": Words(_("Không có đối soát `{name}`."), _("Dùng một trong: {known}."), 404),
        "reconciliation.field": Words(_("Đối soát này không so trường `{field}`."), _("Dùng một trong: {known}."), 422),
        "reconciliation.kind": Words(_("Không có loại lệch `{kind}`."), _("Dùng một trong: {known}."), 422),
    }
)


@dataclass(frozen=True)
class Compared:
    """A field that both sides tell, and how far they may lie apart and still be equal.

    `same_day`: two moments of one calendar day in Vietnam; `within`: two moments so far apart; else the same value.
    `empty` is what an empty field stands for.
    """

    field: str
    same_day: bool = False
    within: timedelta | None = None
    empty: int | str | None = None


@dataclass(frozen=True)
class Side:
    """One of the two: its record type, and who tells it."""

    record_type: str
    name: Bilingual

    @property
    def kind(self) -> RecordType:
        """The record type."""
        return get_type(self.record_type)


@dataclass(frozen=True)
class Reconciliation:
    """Two record types that tell of the same things, matched by the subject, which both name alike.

    What differs is a difference once neither side has changed for `grace`; until then it is on the way. A thing belongs
    to the unit and day that the left side tells, to those of the right side where the left one does not know it.
    """

    code: str
    domain: str
    title: Bilingual
    things: Bilingual
    left: Side
    right: Side
    compared: tuple[Compared, ...]
    grace: timedelta = timedelta(hours=24)
    unit: str = "unit"
    day: str = "received_at"
    law: str = ""

    @property
    def hours(self) -> int:
        """The grace in hours."""
        return int(self.grace.total_seconds() // 3600)

    @property
    def subject(self) -> tuple[str, ...]:
        """The fields that name a thing."""
        return self.left.kind.subject

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the compared fields."""
        return tuple(each.field for each in self.compared)


_KNOWN: dict[str, Reconciliation] = {}


def register(reconciliation: Reconciliation) -> Reconciliation:
    """Make a reconciliation known under its code. Raises ValueError where the two sides cannot be matched."""
    left, right = reconciliation.left.kind, reconciliation.right.kind
    if left.subject != right.subject:
        raise ValueError(f"reconciliation `{reconciliation.code}`: {left.name} and {right.name} have other subjects")
    for name in (*reconciliation.fields, reconciliation.unit, reconciliation.day):
        left.field(name), right.field(name)
    if _KNOWN.setdefault(reconciliation.code, reconciliation) is not reconciliation:
        raise ValueError(f"reconciliation `{reconciliation.code}` is registered twice")
    return reconciliation


def get(code: str) -> Reconciliation:
    """The reconciliation of that code. Raises reconciliation.unknown."""
    if code not in _KNOWN:
        raise Problem("reconciliation.unknown", name=code, known=", ".join(sorted(_KNOWN)))
    return _KNOWN[code]


def all_reconciliations(domain: str = "") -> list[Reconciliation]:
    """Every reconciliation, or those of a domain, by code."""
    return [each for _code, each in sorted(_KNOWN.items()) if domain in ("", each.domain)]


@dataclass(frozen=True)
class Counts:
    """How many things there are: on each side and on both, and of each kind.

    Every thing is one of `equal`, `differs`, `only_left`, `only_right`, `on_the_way`. `fields` tells of each compared
    field in how many things it differs; one may differ in several.
    """

    left: int = 0
    right: int = 0
    both: int = 0
    equal: int = 0
    only_left: int = 0
    only_right: int = 0
    differs: int = 0
    on_the_way: int = 0
    fields: Mapping[str, int] = field(default_factory=dict)

    @property
    def judged(self) -> int:
        """The things that are not on the way."""
        return self.equal + self.differs + self.only_left + self.only_right

    @property
    def all(self) -> int:
        """All things either side knows."""
        return self.judged + self.on_the_way

    @property
    def agreement(self) -> float | None:
        """What is equal in a hundred of what can be judged: all only where nothing differs, None where nothing is."""
        found = numbers.ratio(self.equal, self.judged)
        return found if found is None or self.equal == self.judged else min(found, _NEARLY)

    def as_dict(self) -> dict[str, object]:
        """As programs read them; `agreement` in percent."""
        return {name: self.of(name) for name in COUNTS} | {"fields": dict(self.fields), "agreement": self.agreement}

    def of(self, kind: str) -> int:
        """How many there are of a kind."""
        return int(getattr(self, kind))


class Synced(NamedTuple):
    """How far the right side has what the left one has: things in both, of the left side, of the right side."""

    both: int
    left: int
    right: int

    @property
    def whole(self) -> int:
        """What there should be: the larger of the two (766/QĐ-TTg, 1.4)."""
        return max(self.left, self.right)
