"""The revision of units and calendar: a token that every process compares before it trusts what it remembers."""

import secrets
from typing import Any

from toancanh.base import events
from toancanh.units.models import Revision


def current() -> str:
    """The token of what is stored now; empty before anything was."""
    return Revision.objects.filter(pk=1).values_list("token", flat=True).first() or ""


def renew() -> None:
    """Make everything remembered under the old token stale, in all processes, and say `units.changed` on commit."""
    Revision.objects.update_or_create(pk=1, defaults={"token": secrets.token_hex(16)})
    events.emit("units.changed")


def on_change(sender: Any, **kwargs: Any) -> None:
    """Signal receiver: a row was saved or deleted."""
    renew()
