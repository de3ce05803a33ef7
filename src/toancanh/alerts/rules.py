"""Rules: what makes an alert. A rule reads values of subjects; the life of the alerts is the same for all kinds."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from toancanh.base.words import Bilingual

Subject = tuple[str, str]


class Missing(StrEnum):
    """What becomes of an alert where there is no data to judge by."""

    KEEP = "keep"  # it stays as it is, and says so
    FIRE = "fire"
    CLEAR = "clear"


@dataclass(frozen=True)
class Reading:
    """What a rule read of a subject: the value, None where there is no data, and facts for the words of the alert."""

    subject: Subject
    value: float | None
    owner: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """An alert fires once a value has been at or beyond `limit` for `pending`, and clears once it is back past `clear`.

    Between the two it stays what it is, so that a value that wavers around the limit does not flap. `kind` is threshold
    or silence; `above` says on which side of the limit things are wrong; `read` gives the values as of a moment.
    """

    code: str
    kind: str
    title: Bilingual
    sentence: Bilingual  # over {value}, {limit} and the facts
    read: Callable[[datetime], Iterable[Reading]]
    limit: float
    clear: float | None = None
    above: bool = True
    pending: timedelta = timedelta()
    severity: int = 3
    missing: Missing = Missing.KEEP
    absent: Missing = Missing.KEEP  # the same of a subject that is not read at all
    digits: int = 0

    def wrong(self, value: float) -> bool:
        """Whether a value is at the limit or beyond it."""
        return value >= self.limit if self.above else value <= self.limit

    def right(self, value: float) -> bool:
        """Whether a value is back far enough for an alert to clear."""
        clear = self.limit if self.clear is None else self.clear
        return value < clear if self.above else value > clear


_RULES: dict[str, Rule] = {}


def register(rule: Rule) -> Rule:
    """Make a rule known under its code."""
    if _RULES.setdefault(rule.code, rule) is not rule:
        raise ValueError(f"rule `{rule.code}` is registered twice")
    return rule


def get(code: str) -> Rule | None:
    """The rule of that code; None for one that is no longer declared."""
    return _RULES.get(code)


def all_rules() -> list[Rule]:
    """Every rule, by code."""
    return [_RULES[code] for code in sorted(_RULES)]
