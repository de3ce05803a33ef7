"""What is wrong with dossiers: late ones, unit by unit, of which slips are sent; and stocks and rates of a unit."""

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toancanh.alerts.deadlines import Watch, deadline, register
from toancanh.alerts.rules import Slip
from toancanh.alerts.thresholds import threshold
from toancanh.base.options import Option, Shape
from toancanh.base.words import Bilingual
from toancanh.domains.dossiers import deadlines
from toancanh.domains.dossiers.limits import LIMITS
from toancanh.domains.dossiers.records import DOSSIER

if TYPE_CHECKING:
    import pyarrow as pa

_SENTENCE = Bilingual(
    "{name}: {value} hồ sơ, lâu nhất từ {oldest} ({examples})",
    "{name}: {value} dossiers, the longest since {oldest} ({examples})",
)
_TOLD = tomllib.loads((Path(__file__).parent / "slips.toml").read_text(encoding="utf-8"))


def _declare(reason: str, entry: Mapping[str, Any]) -> None:
    """A watch of the dossiers that a reason holds of, and the rule that sends slips of them."""
    title = Bilingual.of(entry["title"])
    limit = LIMITS.get(reason)
    law = entry.get("law") or (limit.law if limit else "")

    def read(now: datetime, told: Mapping[str, Any]) -> "pa.Table":
        return deadlines.waiting(reason, now, told)

    options: tuple[Option, ...] = ()
    if limit:
        words = Bilingual.of(entry["option"])
        options = (Option(limit.option, words, Shape.NUMBER, default=limit.value, minimum=0, maximum=100),)
    register(Watch(f"dossiers.{reason}", DOSSIER.name, title, read, options))
    deadline(
        f"dossiers.{reason}",
        f"dossiers.{reason}",
        title,
        sentence=_SENTENCE,
        severity=entry["severity"],
        law=law,
        slip=Slip(True, entry["amount"], entry["unit"], Bilingual.of(entry["text"]), law),
    )


for _entry in _TOLD["rule"]:
    _declare(_entry["reason"], _entry)

# The limits are the sample's, chosen so that few units stand out; an installation sets its own.
threshold(
    "dossiers.many_overdue",
    "dossiers.overdue",
    Bilingual("Nhiều hồ sơ quá hạn", "Many overdue dossiers"),
    limit=100,
    clear=90,
    kinds=("commune", "department"),
    pending=timedelta(minutes=1),
    severity=4,
)
threshold(
    "dossiers.on_time_rate",
    "dossiers.on_time_rate",
    Bilingual("Tỷ lệ đúng hạn thấp", "Low on-time rate"),
    limit=90,
    clear=92,
    above=False,
    least=50,
    digits=2,
    kinds=("commune", "department"),
    pending=timedelta(minutes=1),
    severity=3,
)
