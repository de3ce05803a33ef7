"""Idempotency: what a caller asks for again under the same key is answered as the first time, and done once."""

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from toancanh.base import clock
from toancanh.base.models import Done
from toancanh.base.problems import Problem, Words, register

KEPT = timedelta(days=7)
LONGEST = 120  # characters of a key

register(
    {
        "idempotency.other": Words(
            _("Khoá Idempotency-Key này đã dùng cho một yêu cầu khác."), _("Dùng một khoá mới cho mỗi yêu cầu."), 422
        ),
        "idempotency.key": Words(_("Khoá Idempotency-Key dài quá {most} ký tự."), _("Dùng một UUID."), 422),
    }
)


def once(caller: str, key: str, asked: Any, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` answers, or answered when the caller asked the same under this key; without a key always anew.

    It is done and kept in one transaction, so whoever is killed in between leaves nothing of either. A refusal is not
    kept. Raises idempotency.other, idempotency.key, and what `make` raises.
    """
    if not key:
        return make()
    if len(key) > LONGEST:
        raise Problem("idempotency.key", most=LONGEST)
    digest = hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = Done.objects.create(caller=caller, key=key, digest=digest, at=clock.now())
        except IntegrityError:
            known = Done.objects.get(caller=caller, key=key)
            if known.digest != digest:
                raise Problem("idempotency.other") from None
            return dict(known.answer)
        row.answer = make()
        row.save(update_fields=["answer"])
    return dict(row.answer)


def forget() -> int:
    """Forget keys after their time; returns how many."""
    return int(Done.objects.filter(at__lt=clock.now() - KEPT).delete()[0])
