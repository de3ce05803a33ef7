"""Rules: what makes an alert, as data. What domains and floors ship in code is version 0 of it.

A rule reads values of subjects; the life of the alerts is the same for all kinds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Max
from django.utils.translation import gettext_lazy as _

from toancanh.alerts import kinds
from toancanh.base import versions
from toancanh.base.models import Version
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.base.words import Bilingual

if TYPE_CHECKING:
    from toancanh.access.scope import Scope
    from toancanh.alerts.trials import Trial

KIND = "rule"
MOST = 500
Subject = tuple[str, str]

register_problems(
    {
        "rule.unknown": Words(_("Không có luật cảnh báo `{rule}`."), _("Xem các luật ở trang Luật cảnh báo."), 404),
        "rule.no_replay": Words(
            _("Không thử được luật này với quá khứ: {reason}."), _("Ban hành rồi theo dõi luật từ nay về sau."), 422
        ),
    }
)


class Missing(StrEnum):
    """What becomes of an alert where there is no data to judge by."""

    KEEP = "keep"  # it stays as it is, and says so
    FIRE = "fire"
    CLEAR = "clear"


class Group(StrEnum):
    """What a person would handle together."""

    UNIT = "unit"
    TERRITORY = "territory"  # the unit above
    SOURCE = "source"
    RULE = "rule"


@dataclass(frozen=True)
class Reading:
    """What a rule read of a subject: the value, None where there is no data, and facts for the words of the alert."""

    subject: Subject
    value: float | None
    owner: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


_NOTHING = Bilingual("", "")


@dataclass(frozen=True)
class Step:
    """A limit beyond which an alert is more severe."""

    limit: float
    severity: int


@dataclass(frozen=True)
class Flapping:
    """An alert that would fire and clear more than `changes` times within a while is held until it was calm."""

    changes: int = 6
    within: timedelta = timedelta(hours=1)
    calm: timedelta = timedelta(minutes=15)


@dataclass(frozen=True)
class Slip:
    """What a firing alert asks of the unit it is about: an answer within working time.

    `unit` of the amount is hour or day; `automatic` says that the slip goes out by itself.
    """

    automatic: bool
    amount: float
    unit: str
    text: Bilingual
    law: str = ""


@dataclass(frozen=True)
class Rule:
    """An alert fires once a value has been at or beyond `limit` for `pending`, and clears once it is back past `clear`.

    Between the two it stays what it is, so that a value that wavers around the limit does not flap. `above` says on
    which side of the limit things are wrong; `steps` are limits further on. Its alerts hold those of the rules it
    `inhibits` back, about what lies in their subject. More than `most` new alerts at once are held back.
    """

    code: str
    kind: str
    title: Bilingual
    sentence: Bilingual  # over {value}, {limit} and the facts
    limit: float
    options: Mapping[str, Any] = field(default_factory=dict)
    clear: float | None = None
    above: bool = True
    pending: timedelta = timedelta()
    severity: int = 3
    steps: tuple[Step, ...] = ()
    missing: Missing = Missing.KEEP
    absent: Missing = Missing.KEEP  # the same of a subject that is not read at all
    digits: int = 0
    group: Group = Group.UNIT
    inhibits: tuple[str, ...] = ()
    enabled: bool = True
    law: str = ""
    verified: bool = False  # whether somebody has seen the document that the law names
    advice: Bilingual = _NOTHING  # what to do about it
    most: int = MOST
    flapping: Flapping = Flapping()
    slip: Slip | None = None
    version: int = 0

    def wrong(self, value: float) -> bool:
        """Whether a value is at the limit or beyond it."""
        return self._beyond(value, self.limit)

    def right(self, value: float) -> bool:
        """Whether a value is back far enough for an alert to clear."""
        clear = self.limit if self.clear is None else self.clear
        return value < clear if self.above else value > clear

    def severity_at(self, value: float | None) -> int:
        """How severe an alert of that value is, by the limits further on."""
        reached = [each.severity for each in self.steps if value is not None and self._beyond(value, each.limit)]
        return max([self.severity, *reached])

    def read(self, now: datetime) -> Iterable[Reading]:
        """The values of its subjects as of a moment."""
        return kinds.get(self.kind).read(self, now)

    @property
    def hears(self) -> frozenset[str]:
        """The topics of news after which it must be read again."""
        return kinds.get(self.kind).hears(self)

    @property
    def domain(self) -> str:
        """The field of government it belongs to, by the beginning of its code."""
        return self.code.partition(".")[0]

    def _beyond(self, value: float, limit: float) -> bool:
        return value >= limit if self.above else value <= limit


_RULES: dict[str, Rule] = {}


@dataclass(frozen=True)
class _InForce:
    token: Any
    rules: dict[str, Rule]
    unreadable: dict[str, Problem]


_kept: _InForce | None = None


def register(rule: Rule) -> Rule:
    """Ship a rule under its code: it is version 0 of what can be published anew."""
    if _RULES.setdefault(rule.code, rule) is not rule:
        raise ValueError(f"rule `{rule.code}` is registered twice")
    return rule


def shipped() -> list[Rule]:
    """The rules that are declared in code, by code."""
    return [_RULES[code] for code in sorted(_RULES)]


def known() -> dict[str, Rule]:
    """Every rule by its code as its latest version says, also those that are switched off."""
    return _read().rules


def get(code: str) -> Rule | None:
    """The rule of that code as its latest version says; None for one that there is no longer."""
    return known().get(code)


def in_force() -> list[Rule]:
    """The rules that are read, by code; those that hold others back come first."""
    found = [rule for rule in known().values() if rule.enabled]
    return sorted(found, key=lambda rule: (not rule.inhibits, rule.code))


def unreadable() -> dict[str, Problem]:
    """Rules whose published version cannot be read any more, by code, and why."""
    return _read().unreadable


def try_out(rule: Rule, since: date, until: date, scope: "Scope | None" = None) -> "Trial":
    """What a rule would have done from one day to another, by what is known today; nothing is written.

    Raises rule.no_replay, trial.span, trial.days, trial.ahead.
    """
    from toancanh.alerts import trials

    return trials.play(rule, since, until, scope)


def _read() -> _InForce:
    """What is in force: read again once something was published, which one cheap question tells."""
    global _kept
    published = Version.objects.filter(kind=KIND, state=Version.State.PUBLISHED)
    told = published.aggregate(count=Count("pk"), latest=Max("published_at"), highest=Max("pk"))
    token = (*told.values(), *((code, id(rule)) for code, rule in _RULES.items()))
    if _kept is None or _kept.token != token:
        _kept = _made(token)
    return _kept


def _made(token: Any) -> _InForce:
    from toancanh.alerts import definition

    found, wrong = {}, {}
    for code, edition in versions.in_force(KIND).items():
        own = _RULES.get(code)
        if edition.number == 0 and own is not None:
            found[code] = own
            continue
        try:
            found[code] = definition.read(code, edition.definition, edition.number)
        except Problem as problem:
            wrong[code] = problem
    return _InForce(token, found, wrong)
