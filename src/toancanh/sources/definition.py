"""Definition: a source as a TOML file says it, or a form: what it is, how it is connected, what it promises."""

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from toancanh.base.problems import Checks, Problem
from toancanh.sources import mappings, registry
from toancanh.sources.connectors import connector
from toancanh.sources.models import Source
from toancanh.units import labels
from toancanh.warehouse import types, withdrawal
from toancanh.warehouse.types import RecordType

_TOP = ("name", "title", "record_type", "mapping", "owner", "paused", "connector", "secrets", "promise", "contract")
_PROMISE = ("every", "fresh", "hours")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,78}")
_TAKEN = ("new", "live", withdrawal.SOURCE)  # by pages (/sources/new) and by the warehouse


@dataclass(frozen=True)
class Definition:
    """A source as it is to be."""

    name: str
    title: str
    record_type: str
    mapping: str = ""
    owner: str = ""
    paused: bool = False
    connector: str = ""
    every: float = 60.0
    options: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    expected_every: int | None = None
    fresh_within: int | None = None
    hours: str = Source.Hours.ALWAYS
    contract: str = Source.Contract.EVOLVE


def at(path: Path) -> Definition:
    """The source that a TOML file describes. Raises file.missing and what `of` raises."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise Problem("file.unreadable", path=str(path), reason=error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise _wrong("", _("tệp không phải UTF-8")) from None
    try:
        return of(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise _wrong("", str(error)) from None


def of(told: dict[str, Any]) -> Definition:
    """A source from the tables of its file; nothing is stored.

    Raises source.definition, connector.*, mapping.*: the first that is found, the others with it.
    """
    checks, nothing = Checks(), dict[str, Any]()
    checks.make(None, _known, told, _TOP, "")
    promise = checks.make(nothing, _table, told, "promise")
    checks.make(None, _known, promise, _PROMISE, "promise.")
    connected = dict(checks.make(nothing, _table, told, "connector"))
    chosen, every = str(connected.pop("kind", "")), connected.pop("every", 60)
    written = checks.make(nothing, _table, told, "secrets")
    secrets = {name: checks.make("", _secret, name, value) for name, value in written.items()}
    kind = checks.make("", _record_type, told)
    found = Definition(
        name=checks.make("", _name, told),
        title=str(told.get("title") or told.get("name", "")),
        record_type=kind,
        mapping=checks.make("", _mapping, told, kind, chosen),
        owner=checks.make("", _owner, told),
        paused=bool(told.get("paused", False)),
        connector=chosen,
        every=checks.make(0.0, _every, every),
        options=checks.make(nothing, connector.read, chosen, connected, secrets) if chosen else {},
        secrets=secrets,
        expected_every=checks.make(None, _minutes, promise, "every"),
        fresh_within=checks.make(None, _minutes, promise, "fresh"),
        hours=checks.make("", _choice, promise.get("hours", "always"), Source.Hours.values, "promise.hours"),
        contract=checks.make("", _choice, told.get("contract", "evolve"), Source.Contract.values, "contract"),
    )
    checks.end()
    return found


def _name(told: dict[str, Any]) -> str:
    name = str(told.get("name", ""))
    if not _NAME.fullmatch(name):
        raise _wrong("name", _("cần chữ thường không dấu, chữ số và dấu gạch ngang"))
    if name in _TAKEN:
        raise _wrong("name", _("là tên dành riêng; đặt tên khác"))
    return name


def _record_type(told: dict[str, Any]) -> str:
    kind, known = str(told.get("record_type", "")), [each.name for each in record_types()]
    if kind not in known:
        raise _wrong("record_type", _("phải là một trong: {known}").format(known=", ".join(known)))
    return kind


def _mapping(told: dict[str, Any], kind: str, connected: str) -> str:
    """The mapping, which is of the record type and needs no whole file where rows come page by page."""
    name = str(told.get("mapping", ""))
    if not name:
        return name
    mapping = mappings.find(name)
    if kind and mapping.record_type and mapping.record_type != kind:
        raise Problem("mapping.record_type", name=name, record_type=mapping.record_type, expected=kind)
    grouped = [field for field, rule in mapping.fields.items() if rule.groups]
    if grouped and connected and connected not in connector.FILES:
        reason = _("`{fields}` dựa vào vị trí trong cả tệp, nên không dùng được khi dữ liệu đến từng phần")
        raise _wrong("mapping", reason.format(fields=", ".join(grouped)))
    return name


def _owner(told: dict[str, Any]) -> str:
    owner = str(told.get("owner", ""))
    if owner and labels.ever(owner) is None:
        raise _wrong("owner", _("chưa từng có đơn vị nào mang mã này"))
    return owner


def _every(seconds: Any) -> float:
    if not isinstance(seconds, int | float) or not 0.2 <= seconds <= 86400 * 31:
        raise _wrong("connector.every", _("là số giây giữa hai lần hỏi, từ 0.2 trở lên"))
    return float(seconds)


def record_types() -> list[RecordType]:
    """What a source may tell: all but the warehouse's own notes of what was withdrawn."""
    return [each for each in types.all_types() if each is not withdrawal.RECORD]


def taken(name: str) -> bool:
    """Whether a source of that name is there, or declared by a domain."""
    return registry.declares(name) is not None or Source.objects.filter(name=name).exists()


def _secret(name: str, value: Any) -> str:
    if isinstance(value, dict) and set(value) == {"env"}:
        found = os.environ.get(str(value["env"]))
        if not found:
            raise _wrong(f"secrets.{name}", _("biến môi trường {name} chưa được đặt").format(name=value["env"]))
        return found
    if not isinstance(value, str):
        raise _wrong(f"secrets.{name}", _('là một chuỗi, hoặc { env = "TÊN_BIẾN" }'))
    return value


def _minutes(promise: dict[str, Any], key: str) -> int | None:
    value = promise.get(key)
    if value is not None and (not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 527_040):
        raise _wrong(f"promise.{key}", _("là số phút nguyên, từ 1 trở lên"))
    return value


def _choice(value: Any, known: list[str], key: str) -> str:
    if value not in known:
        raise _wrong(key, _("phải là một trong: {known}").format(known=", ".join(known)))
    return str(value)


def _table(told: dict[str, Any], key: str) -> dict[str, Any]:
    value = told.get(key, {})
    if not isinstance(value, dict):
        raise _wrong(key, _("phải là một bảng: [{key}]").format(key=key))
    return value


def _known(told: dict[str, Any], known: tuple[str, ...], before: str) -> None:
    checks = Checks()
    for key in told:
        checks.make(None, _one_of, key, known, before)
    checks.end()


def _one_of(key: str, known: tuple[str, ...], before: str) -> None:
    if key not in known:
        raise _wrong(f"{before}{key}", _("không có; các mục: {known}").format(known=", ".join(known)))


def _wrong(key: str, reason: str) -> Problem:
    return Problem("source.definition", key=key or "–", reason=reason)
