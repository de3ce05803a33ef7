"""The catalogue of procedures that the simulator draws from: a named sample, filled up to the size of a province."""

import csv
import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.utils.translation import gettext as _

from toancanh.units.calendar import Span

# Đắk Lắk, report on digital transformation 2022: 1.674 procedures, of which 407 of level 3 and 655 of level 4 (today
# partly and fully online, Decree 42/2022/NĐ-CP). In that year 875 met any dossier (245 of level 3, 459 of level 4),
# and of those 226 and 410 met a dossier sent online.
TOTAL = {"none": 612, "partial": 407, "full": 655}
IN_USE = {"none": 171, "partial": 245, "full": 459}
USED_ONLINE = {"none": 0, "partial": 226, "full": 410}
# Share of all dossiers that falls on procedures outside the named sample; an assumption.
REST = 0.12

_SAMPLE = Path(__file__).parent / "sample" / "procedures.csv"
_TERMS = (1, 3, 5, 7, 10, 15, 20, 30)  # working days

_WORKING_DAYS = {Span.HOUR: 1 / 8, Span.DAY: 5 / 7, Span.WORKING_DAY: 1, Span.MONTH: 21}


class Term(NamedTuple):
    """How long a procedure may take at most, in the unit that it is declared in (`DonViTinh`)."""

    amount: int
    span: Span


class Procedure(NamedTuple):
    """One procedure: who decides ("province" or "commune"), within how long, and how much is online.

    `term_days` counts what `span` says, working days where nothing is said. `weight` is its part of all dossiers (the
    catalogue sums to 1), `online` is none, partial or full, `used_online` whether anybody sends it online, `fee` in
    đồng.
    """

    code: str
    name: str
    field: str
    owner: str
    term_days: int
    online: str
    fee: int
    weight: float
    used_online: bool
    span: Span = Span.WORKING_DAY

    @property
    def term(self) -> Term:
        """How long it may take."""
        return Term(self.term_days, self.span)

    @property
    def working_days(self) -> float:
        """About how many working days of eight hours that is."""
        return self.term_days * _WORKING_DAYS[self.span]


@cache
def named() -> tuple[Procedure, ...]:
    """The sample of well-known procedures, by weight of the sample alone."""
    with _SAMPLE.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    whole = sum(float(row["weight"]) for row in rows)
    return tuple(
        Procedure(
            row["code"],
            row["name"],
            row["field"],
            row["owner"],
            int(row["term_days"]),
            row["online"],
            int(row["fee"]),
            float(row["weight"]) / whole,
            row["online"] != "none",
            Span(row["span"] or Span.WORKING_DAY),
        )
        for row in rows
    )


@cache
def catalogue() -> tuple[Procedure, ...]:
    """All 1,674 procedures: the sample first, then generated ones of falling weight, then those nobody asked for."""
    sample = named()
    fields = sorted({procedure.field for procedure in sample})
    used: list[tuple[str, bool]] = []
    idle: list[str] = []
    for online, total in TOTAL.items():
        known = sum(procedure.online == online for procedure in sample)
        known_online = sum(procedure.used_online for procedure in sample if procedure.online == online)
        active = IN_USE[online] - known
        online_active = USED_ONLINE[online] - known_online
        used += [(online, number < online_active) for number in range(active)]
        idle += [online] * (total - IN_USE[online])
    # Spread the levels over the ranks instead of one level after the other; 7919 is prime, so every place is met once.
    used = [used[place * 7919 % len(used)] for place in range(len(used))]
    falling = [1 / (rank + 5) for rank in range(len(used))]
    weights = [REST * value / sum(falling) for value in falling] + [0.0] * len(idle)
    levels = used + [(online, False) for online in idle]
    generated = [
        Procedure(
            code=f"tc.{fields[number % len(fields)]}.{100 + number // len(fields)}",
            name=f"Thủ tục mô phỏng số {number + 1}",
            field=fields[number % len(fields)],
            owner="commune" if number % 4 == 3 else "province",
            term_days=_TERMS[number % len(_TERMS)],
            online=online,
            fee=(0, 0, 20_000, 100_000, 0)[number % 5],
            weight=weight,
            used_online=used_online,
        )
        for number, ((online, used_online), weight) in enumerate(zip(levels, weights, strict=True))
    ]
    return (*(procedure._replace(weight=procedure.weight * (1 - REST)) for procedure in sample), *generated)


@cache
def terms() -> dict[str, Term]:
    """How long each procedure of the catalogue may take."""
    return {procedure.code: procedure.term for procedure in catalogue()}


@cache
def digest() -> str:
    """What differs once other terms hold."""
    return hashlib.sha256(repr(sorted(terms().items())).encode()).hexdigest()[:16]


def title(code: str | None) -> str:
    """The title of a procedure; one that no catalogue lists is known by its code and says so."""
    return _titles().get(code or "") or f"{code or '–'} {_('(chưa có trong danh mục)')}"


@cache
def _titles() -> dict[str, str]:
    return {procedure.code: procedure.name for procedure in catalogue()}
