"""Notices: what people are told."""

from datetime import datetime
from typing import Any

from toancanh.access.models import User
from toancanh.base.words import Bilingual


def tell(
    person: User,
    *,
    key: str,
    thread: str,
    subject: Bilingual,
    text: Bilingual,
    link: str,
    severity: int,
    about: tuple[str, str],
    unit: str,
    at: datetime | None = None,
) -> Any:
    """Tell a person something, once by its key."""
