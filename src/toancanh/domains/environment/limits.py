"""Limits of what may be in the air, as `law.toml` holds them."""

import tomllib
from datetime import date
from pathlib import Path
from typing import NamedTuple


class Limit(NamedTuple):
    """The most that a parameter averaged over a time may come to, in µg/m³, from a day to a day.

    Both days are inclusive; None is open.
    """

    parameter: str
    averaging: str
    value: float
    since: date
    until: date | None = None


_LAW = tomllib.loads((Path(__file__).parent / "law.toml").read_text(encoding="utf-8"))

DOCUMENT = f"{_LAW['document']}, {_LAW['place']}"
LIMITS = tuple(Limit(**entry) for entry in _LAW["limit"])


def averaged_over(averaging: str) -> tuple[Limit, ...]:
    """The limits for readings averaged over that time."""
    return tuple(limit for limit in LIMITS if limit.averaging == averaging)
