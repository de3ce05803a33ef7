"""The audit log: every act has a registered name with a sentence, and a place in a hash chain."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.db import connection, transaction
from django.utils.functional import Promise
from django.utils.translation import get_language

from toancanh.base import clock, numbers, rows
from toancanh.base.models import AuditEntry
from toancanh.base.problems import explain

Ref = tuple[str, str]
SYSTEM: Ref = ("system", "toancanh")
_SENTENCES: dict[str, str | Promise] = {}
_GENESIS = "0" * 64


def register(sentences: Mapping[str, str | Promise]) -> None:
    """Make acts known: dotted name to a sentence over {actor}, {object} and the details."""
    _SENTENCES.update(sentences)


def record(act: str, *, actor: Ref, target: Ref, **detail: Any) -> AuditEntry:
    """Append one act; the caller's transaction decides whether it happened. Raises KeyError for an unknown act."""
    _SENTENCES[act]
    with transaction.atomic(savepoint=False):
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":  # one writer of the chain at a time, until commit
                cursor.execute("SELECT pg_advisory_xact_lock(hashtext('toancanh.audit'))")
            cursor.execute("SELECT digest FROM base_auditentry ORDER BY id DESC LIMIT 1")
            (last,) = cursor.fetchone() or (_GENESIS,)
        entry = AuditEntry(
            at=clock.now(),
            act=act,
            actor_kind=actor[0],
            actor_id=actor[1],
            object_kind=target[0],
            object_id=target[1],
            detail=detail,
            previous=last,
        )
        entry.digest = digest(entry)
        rows.insert([entry])
    return entry


def digest(entry: AuditEntry) -> str:
    """SHA-256 over the entry and the digest before it."""
    content = [
        entry.at.isoformat(),
        entry.act,
        entry.actor_kind,
        entry.actor_id,
        entry.object_kind,
        entry.object_id,
        entry.detail,
        entry.previous,
    ]
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def broken() -> int | None:
    """The id of the first entry whose place in the chain is false, or None."""
    previous = _GENESIS
    for entry in AuditEntry.objects.order_by("id").iterator():
        if entry.previous != previous or entry.digest != digest(entry):
            return entry.pk
        previous = entry.digest
    return None


def entries(kind: str, pk: str) -> list[AuditEntry]:
    """What was done with an object, oldest first."""
    return list(AuditEntry.objects.filter(object_kind=kind, object_id=pk).order_by("id"))


def count(kind: str, pk: str, act: str) -> int:
    """How many times something was done with an object."""
    return AuditEntry.objects.filter(object_kind=kind, object_id=pk, act=act).count()


def sentence(entry: AuditEntry) -> str:
    """What happened, in the active language."""
    words = str(_SENTENCES.get(entry.act, entry.act))
    language = get_language() or "vi"
    told = {
        key: numbers.plain(value, None, language) if isinstance(value, int) and not isinstance(value, bool) else value
        for key, value in entry.detail.items()
    }
    if "problem" in told:
        told["problem"] = explain(told["problem"], entry.detail.get("params", {})).what.removesuffix(".")
    return words.format_map({**told, "actor": entry.actor_id, "object": entry.object_id})
