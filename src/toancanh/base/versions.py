"""Versions: what people write as data and publish, such as rules, workflows and texts. What is published never changes.

Number 0 is what the product ships; those of an installation count from 1, and the highest published one is in force.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from toancanh.base import audit, clock, rows
from toancanh.base.audit import Ref
from toancanh.base.models import Frozen, Version
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems

Definition = Mapping[str, Any]  # JSON-like

audit.register(
    {
        "version.drafted": _("{actor} soạn bản nháp số {number}."),
        "version.published": _("{actor} ban hành bản số {number}: {note}"),
        "version.discarded": _("{actor} bỏ bản nháp số {number}."),
    }
)
register_problems(
    {
        "version.unknown": Words(_("Không có {title} `{name}`."), _("Xem danh mục và kiểm tra lại mã."), 404),
        "version.number": Words(
            _("{title} `{name}` không có bản số {number}."), _("Xem các bản đã ban hành và chọn một bản."), 404
        ),
        "version.no_draft": Words(
            _("{title} `{name}` không có bản nháp."), _("Soạn bản nháp trước, rồi ban hành."), 409
        ),
        "version.changed": Words(
            _("{author} đã sửa bản nháp này lúc {at}, sau khi bạn mở nó."),
            _("Tải lại trang để xem bản mới nhất, rồi sửa tiếp."),
            409,
        ),
        "version.note": Words(
            _("Chưa ghi lý do ban hành."), _("Ghi một câu: thay đổi gì, vì sao, theo văn bản nào."), 422
        ),
    }
)


@dataclass(frozen=True)
class Kind:
    """A kind of versioned data: what ships, and the check that reads a definition whole or raises Problem."""

    name: str
    title: str | Promise
    shipped: Callable[[], Mapping[str, Definition]]
    check: Callable[[str, Definition], Definition]


@dataclass(frozen=True)
class Edition:
    """One version of one thing; `number` 0 is what ships, and nobody published it."""

    code: str
    number: int
    definition: Definition
    at: datetime | None = None
    by: str = ""
    note: str = ""


_KINDS: dict[str, Kind] = {}


def register(kind: Kind) -> Kind:
    """Make a kind known under its name."""
    if _KINDS.setdefault(kind.name, kind) is not kind:
        raise ValueError(f"kind of versioned data `{kind.name}` is registered twice")
    return kind


def kind_of(name: str) -> Kind:
    """The kind of that name. Raises KeyError."""
    return _KINDS[name]


def in_force(kind: str) -> dict[str, Edition]:
    """Everything of a kind that is in force, by code: what ships, and over it the latest that was published."""
    found = {code: Edition(code, 0, definition) for code, definition in _KINDS[kind].shipped().items()}
    published = Version.objects.filter(kind=kind, state=Version.State.PUBLISHED)
    latest = published.values("code").annotate(newest=Max("number")).values_list("code", "newest")
    newest = dict(latest.order_by())
    for row in published.filter(code__in=newest) if newest else ():
        if row.number == newest[row.code]:
            found[row.code] = _edition(row)
    return {code: found[code] for code in sorted(found)}


_CURRENT = "SELECT * FROM base_version WHERE kind = %s AND code = %s AND state = %s ORDER BY number DESC LIMIT 1"


def current(kind: str, code: str) -> Edition:
    """What is in force of one. Raises version.unknown."""
    for row in Version.objects.raw(_CURRENT, [kind, code, Version.State.PUBLISHED]):
        return _edition(row)
    shipped = _KINDS[kind].shipped().get(code)
    if shipped is None:
        raise Problem("version.unknown", title=_KINDS[kind].title, name=code)
    return Edition(code, 0, shipped)


def at(kind: str, code: str, number: int) -> Edition:
    """One published version; 0 is what ships. Raises version.number."""
    row = Version.objects.filter(kind=kind, code=code, number=number, state=Version.State.PUBLISHED).first()
    if row is not None:
        return _edition(row)
    shipped = _KINDS[kind].shipped().get(code) if number == 0 else None
    if shipped is None:
        raise Problem("version.number", title=_KINDS[kind].title, name=code, number=number)
    return Edition(code, 0, shipped)


def history(kind: str, code: str) -> list[Version]:
    """All versions that an installation made of one, newest first, its draft among them."""
    return list(Version.objects.filter(kind=kind, code=code).order_by("-number"))


def draft_of(kind: str, code: str) -> Version | None:
    """The draft of one, if somebody has begun it."""
    return Version.objects.filter(kind=kind, code=code, state=Version.State.DRAFT).first()


def mark(version: Version | None) -> str:
    """What differs once a draft was saved again; a form carries it. "" where there is none."""
    return clock.stamp(version.made_at) if version else ""


def draft(kind: str, code: str, definition: Definition, *, actor: Ref, seen: str | None = None) -> Version:
    """Keep a definition as the one draft of a code, in place of the draft before.

    `seen` is the mark of the draft that the author saw. Raises version.changed where it is another's by now, and
    whatever the check of the kind raises.
    """
    checked = dict(_KINDS[kind].check(code, definition))
    with transaction.atomic():
        known = Version.objects.select_for_update().filter(kind=kind, code=code, state=Version.State.DRAFT).first()
        if seen is not None and known is not None and mark(known) != seen:
            raise _changed(known)
        now = clock.now()
        if known is None:
            highest = Version.objects.filter(kind=kind, code=code).aggregate(n=Max("number"))["n"] or 0
            known = Version(kind=kind, code=code, number=highest + 1, state=Version.State.DRAFT)
        known.definition, known.made_by, known.made_at = checked, actor[1], now
        try:
            with transaction.atomic():
                known.save()
        except IntegrityError:  # two began a draft in one moment
            raise _changed(Version.objects.get(kind=kind, code=code, state=Version.State.DRAFT)) from None
        audit.record("version.drafted", actor=actor, target=(kind, code), number=known.number)
    return known


def publish(kind: str, code: str, *, actor: Ref, note: str, seen: str | None = None) -> Version:
    """Put the draft in force from now on. Raises version.no_draft, version.note, version.changed, and as `draft`."""
    if not note.strip():
        raise Problem("version.note")
    with transaction.atomic():
        known = Version.objects.select_for_update().filter(kind=kind, code=code, state=Version.State.DRAFT).first()
        if known is None:
            raise Problem("version.no_draft", title=_KINDS[kind].title, name=code)
        if seen is not None and mark(known) != seen:
            raise _changed(known)
        known.definition = dict(_KINDS[kind].check(code, known.definition))  # the world may have changed since
        known.state, known.note = Version.State.PUBLISHED, note.strip()[:500]
        known.published_by, known.published_at = actor[1], clock.now()
        known.save()
        audit.record("version.published", actor=actor, target=(kind, code), number=known.number, note=known.note)
    return known


def discard(kind: str, code: str, *, actor: Ref) -> None:
    """Forget the draft. Raises version.no_draft."""
    with transaction.atomic():
        known = draft_of(kind, code)
        if known is None:
            raise Problem("version.no_draft", title=_KINDS[kind].title, name=code)
        audit.record("version.discarded", actor=actor, target=(kind, code), number=known.number)
        known.delete()


def freeze(definition: Definition) -> int:
    """The key of a copy that stays, whatever is published after; equal definitions share one."""
    text = json.dumps(definition, sort_keys=True, ensure_ascii=False)
    digest = hashlib.sha256(text.encode()).hexdigest()
    for (pk,) in rows.ask("SELECT id FROM base_frozen WHERE digest = %s", [digest]):
        return int(pk)
    return Frozen.objects.get_or_create(digest=digest, defaults={"definition": dict(definition)})[0].pk


def _edition(row: Version) -> Edition:
    return Edition(row.code, row.number, row.definition, row.published_at, row.published_by, row.note)


def _changed(row: Version) -> Problem:
    at = f"{clock.local(row.made_at):%H:%M:%S %d/%m/%Y}"
    return Problem("version.changed", author=row.made_by, at=at)
