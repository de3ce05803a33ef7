"""Kinds of rules: what each reads, by which options, and how it is read again for days that are past."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from toancanh.base.options import Option, Text

if TYPE_CHECKING:
    from toancanh.alerts.rules import Reading, Rule

Moment = tuple[datetime, "list[Reading]"]


@dataclass(frozen=True)
class Kind:
    """A kind of rule: the readings of a rule at a moment, made of its options.

    `hears` names the topics of news whose change it must follow: record types, or `sources`; all else depends on the
    clock and is read every so many seconds. `more` gives the options that others bring with them;
    `check` refuses those that do not go together. `ready` says whether what a rule rests on is whole now; where it is
    not the rule is not read, and its alerts stay as they are. `replay` tells what
    would have been read from one day to another, and raises rule.no_replay where nothing was kept to tell it from.
    """

    code: str
    title: Text
    options: tuple[Option, ...]
    read: "Callable[[Rule, datetime], Iterable[Reading]]"
    replay: "Callable[[Rule, date, date], Iterator[Moment]]"
    hears: "Callable[[Rule], frozenset[str]]" = lambda _rule: frozenset()
    more: Callable[[Mapping[str, Any]], tuple[Option, ...]] = lambda _told: ()
    check: Callable[[Mapping[str, Any]], None] = lambda _told: None
    ready: "Callable[[Rule], bool]" = lambda _rule: True
    every: float = 10.0
    remark: Text = ""  # what a trial against the past cannot know
    writable: bool = True  # whether a rule of this kind can be made on screen

    def options_of(self, told: Mapping[str, Any]) -> tuple[Option, ...]:
        """All options, given what is told already."""
        return (*self.options, *self.more(told))


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind of rules known under its code."""
    if _KINDS.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"kind of rules `{kind.code}` is registered twice")
    return kind


def get(code: str) -> Kind:
    """The kind of that code. Raises KeyError."""
    return _KINDS[code]


def all_kinds() -> list[Kind]:
    """Every kind, by code."""
    return [_KINDS[code] for code in sorted(_KINDS)]
