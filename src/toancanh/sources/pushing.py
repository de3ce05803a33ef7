"""Pushing: messages that a source sends by itself, believed for their signature and taken once."""

import base64
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError
from django.db.models import Sum

from toancanh.base.models import OutboxEntry
from toancanh.base.problems import Problem
from toancanh.sources import flow, intake, vault
from toancanh.sources.connectors import connector
from toancanh.sources.connectors.push import LARGEST as LARGEST
from toancanh.sources.connectors.push import Push
from toancanh.sources.models import Source

_NOBODYS = base64.b64encode(secrets.token_bytes(32)).decode()  # what no message to a source that is none is signed with
_FULL = 500_000  # rows in the outbox above which nothing more is taken


def take(name: str, body: bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """Take the rows of a message; how many were read and rejected.

    Raises push.signature, push.body, push.too_large, push.busy, source.paused and what refuses its rows as a whole. A
    source that does not exist or is not pushed to is not told from a wrong signature.
    """
    source = Source.objects.filter(name=name, connector=Push.kind).first()
    if len(body) > LARGEST:
        raise Problem("push.too_large", most=LARGEST >> 20)
    options, locked = (source.options, vault.opened(source.secrets)) if source else ({}, {"secret": _NOBODYS})
    made = connector.made(Push.kind, options, locked)
    assert isinstance(made, Push)  # noqa: S101 - its kind says so
    rows = made.rows(body, headers)
    if source is None:
        raise Problem("push.signature", reason="–")
    if not source.running:
        raise Problem("source.paused", name=name)
    message = next(value for key, value in headers.items() if key.lower() == "webhook-id")[:120]
    if (before := flow.known(source, message)) is not None:
        return before | {"repeated": True}
    if (OutboxEntry.objects.aggregate(sum=Sum("rows"))["sum"] or 0) > _FULL:
        raise Problem("push.busy", seconds=30)
    try:
        taken = intake.take(source, rows, message=message)
    except Problem as problem:
        flow.failed(source, problem)
        raise
    except IntegrityError:  # the same message came twice at the same moment
        return (flow.known(source, message) or {}) | {"repeated": True}
    return {"read": taken.read, "rejected": taken.rejected, "repeated": False}
