"""Limits: after how long something is late, as `law.toml` holds them."""

import tomllib
from pathlib import Path
from typing import NamedTuple

from toancanh.units.calendar import Span


class Limit(NamedTuple):
    """How much of what may pass before a dossier is waited for too long, by what law, and how sure that is."""

    reason: str
    option: str
    value: int
    span: Span
    law: str
    certainty: str


_LAW = tomllib.loads((Path(__file__).parent / "law.toml").read_text(encoding="utf-8"))

LIMITS = {entry["reason"]: Limit(**(entry | {"span": Span(entry["span"])})) for entry in _LAW["limit"]}
