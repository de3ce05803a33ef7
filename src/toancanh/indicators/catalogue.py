"""The catalogue: what is measured, as data and as code."""

import hashlib
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.base.text import search_key
from toancanh.base.words import Bilingual

register_problems(
    {
        "indicator.unknown": Words(
            _("Không có chỉ tiêu `{indicator}` trong danh mục."),
            _("Xem danh mục ở trang Chỉ tiêu hoặc ở /api/v1/indicators, rồi sửa mã."),
            404,
        ),
    }
)


class Kind(StrEnum):
    """How a measure behaves when added up over units and over time."""

    FLOW = "flow"
    STOCK = "stock"
    RATIO = "ratio"
    MEAN = "mean"
    INDEX = "index"
    RANK = "rank"


KIND_TITLES = {
    Kind.FLOW: _("Lượng trong kỳ"),
    Kind.STOCK: _("Lượng tại thời điểm"),
    Kind.RATIO: _("Tỷ lệ"),
    Kind.MEAN: _("Bình quân"),
    Kind.INDEX: _("Chỉ số tổng hợp"),
    Kind.RANK: _("Thứ hạng"),
}

FOLDING = {
    Kind.FLOW: _("Cộng theo đơn vị và theo thời gian."),
    Kind.STOCK: _("Cộng theo đơn vị; theo thời gian lấy giá trị cuối kỳ."),
    Kind.RATIO: _("Tổng tử số chia tổng mẫu số, theo đơn vị và theo thời gian."),
    Kind.MEAN: _("Tổng tử số chia tổng mẫu số, nếu có; nếu không thì không gộp."),
    Kind.INDEX: _("Không gộp."),
    Kind.RANK: _("Không gộp."),
}


class Direction(StrEnum):
    """Which way is better."""

    UP = "up"
    DOWN = "down"
    NONE = "none"


DIRECTION_TITLES = {
    Direction.UP: _("Càng cao càng tốt"),
    Direction.DOWN: _("Càng thấp càng tốt"),
    Direction.NONE: _("Không xét hướng"),
}


RUNNING = "running "


class Term(NamedTuple):
    """A measure in a signed sum; summed over the days of the period, or running: over all days up to its end."""

    sign: int
    measure: str
    running: bool


@dataclass(frozen=True)
class Formula:
    """How a figure is computed from a rollup: signed sums of its measures, `-late` taken away.

    `running` sums from the beginning of time to the end of the period (a stock of what entered and did not leave); a
    term does so alone as `running received`, `-running finished`. Those that run and those that do not are apart: what
    one of a kind takes away it takes from its own kind.
    """

    rollup: str
    part: tuple[str, ...]
    whole: tuple[str, ...] = ()
    running: bool = False

    def code(self) -> str:
        """The formula as a line of code, for definition pages."""
        head = RUNNING if self.running else ""
        text = head + _signed(self.part)
        return f"({text}) / ({_signed(self.whole)})" if self.whole else text

    @cached_property
    def measures(self) -> tuple[str, ...]:
        """Names of all measures used, without signs."""
        return tuple(dict.fromkeys(term.measure for term in (*self.added, *self.divided)))

    @cached_property
    def added(self) -> tuple[Term, ...]:
        """The terms of the part."""
        return tuple(_term(text, running=self.running) for text in self.part)

    @cached_property
    def divided(self) -> tuple[Term, ...]:
        """The terms of the whole."""
        return tuple(_term(text, running=self.running) for text in self.whole)

    @cached_property
    def runs(self) -> bool:
        """Whether any of its terms is running."""
        return any(term.running for term in (*self.added, *self.divided))


def _term(text: str, *, running: bool) -> Term:
    name = text.removeprefix("-")
    measure = name.removeprefix(RUNNING)
    return Term(-1 if text.startswith("-") else 1, measure, running or measure != name)


def _signed(texts: tuple[str, ...]) -> str:
    told = []
    for term in (_term(text, running=False) for text in texts):
        told.append(f"{'-' if term.sign < 0 else '+'} {RUNNING if term.running else ''}sum({term.measure})")
    return " ".join(told).removeprefix("+ ")


@dataclass(frozen=True)
class Target:
    """A value to reach by a date, with its legal basis. `unit` empty: holds for every unit."""

    value: float
    by: str = ""
    law: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Indicator:
    """What is measured: definition, unit of measure, direction, grain, responsible unit, law."""

    code: str
    domain: str
    name: Bilingual
    kind: Kind
    measure: Bilingual
    definition: Bilingual
    direction: Direction = Direction.NONE
    grain: str = "year"
    owner: str = ""
    law: str = ""
    pillar: str = ""
    leading: bool = False
    digits: int | None = None
    formula: Formula | None = None
    targets: tuple[Target, ...] = field(default=())
    version: int = 1

    @cached_property
    def label(self) -> str:
        """Definition version: number and a digest of everything that decides values."""
        content = repr((self.kind, self.definition.vi, self.formula, self.version))
        return f"v{self.version}-{hashlib.sha256(content.encode()).hexdigest()[:8]}"

    def target(self, unit: str) -> Target | None:
        """The target that holds for a unit: its own, else the common one."""
        return next((t for t in self.targets if t.unit == unit), next((t for t in self.targets if not t.unit), None))

    @property
    def computation(self) -> Formula:
        """The formula of an indicator that is computed. Raises TypeError for one that is reported."""
        if self.formula is None:
            raise TypeError(f"indicator `{self.code}` is reported, not computed")
        return self.formula

    @property
    def kind_title(self) -> str:
        """The kind in words."""
        return str(KIND_TITLES[self.kind])

    @property
    def direction_title(self) -> str:
        """The direction in words."""
        return str(DIRECTION_TITLES[self.direction])

    @property
    def folding(self) -> str:
        """How it folds, in words."""
        return str(FOLDING[self.kind])


_CATALOGUE: dict[str, Indicator] = {}


def register(indicators: Iterable[Indicator]) -> None:
    """Add indicators; a code is registered once."""
    for indicator in indicators:
        if _CATALOGUE.setdefault(indicator.code, indicator) is not indicator:
            raise ValueError(f"indicator `{indicator.code}` is registered twice")


def get(code: str) -> Indicator:
    """The indicator of that code. Raises indicator.unknown."""
    try:
        return _CATALOGUE[code]
    except KeyError:
        raise Problem("indicator.unknown", indicator=code) from None


def all_indicators(domain: str | None = None) -> list[Indicator]:
    """Every indicator, in order of declaration."""
    return [each for each in _CATALOGUE.values() if domain is None or each.domain == domain]


def search(text: str, domain: str | None = None) -> list[Indicator]:
    """The indicators whose names or code have all the words, without accents; the nearest names first."""
    words = search_key(text).split()
    wanted = " ".join(words)
    ranked = []
    for place, each in enumerate(all_indicators(domain)):
        names = [search_key(each.name.vi), search_key(each.name.en), each.code]
        if not words or not all(word in " ".join(names) for word in words):
            continue
        nearness = 0 if wanted in names else 1 if any(n.startswith(wanted) for n in names) else 2
        if nearness == 2 and not any(f" {wanted}" in name for name in names):
            nearness = 3
        ranked.append((nearness, not each.leading, place, each))
    return [each for *_rank, each in sorted(ranked, key=lambda found: found[:3])]


def read(path: Path, domain: str) -> list[Indicator]:
    """The reported indicators of a domain's `indicators.toml`. Raises ValueError naming the entry and the key."""
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("indicator", [])
    found = []
    for number, entry in enumerate(entries, 1):
        try:
            found.append(
                Indicator(
                    code=entry["code"],
                    domain=domain,
                    name=Bilingual.of(entry["name"]),
                    kind=Kind(entry["kind"]),
                    measure=Bilingual.of(entry["measure"]),
                    definition=Bilingual.of(entry["definition"]),
                    direction=Direction(entry.get("direction", "none")),
                    grain=entry.get("grain", "year"),
                    owner=entry.get("owner", ""),
                    law=entry.get("law", ""),
                    pillar=entry.get("pillar", ""),
                    leading=entry.get("leading", False),
                    digits=entry.get("digits"),
                    targets=tuple(Target(**target) for target in entry.get("target", [])),
                    version=entry.get("version", 1),
                )
            )
        except (KeyError, ValueError, TypeError) as error:
            raise ValueError(f"{path}: entry {number} ({entry.get('code', '?')}): {error}") from error
    return found
