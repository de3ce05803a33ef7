"""Objects: JSON objects as rows of text. Nested objects become columns `outer.inner`."""

import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from toancanh.base.text import whole
from toancanh.sources.marks import MARK, kept, number_text
from toancanh.sources.readers import Refusal


def mixed(columns: Iterable[str]) -> list[str]:
    """The columns that hold a value in some objects and an object in others."""
    names = list(columns)
    return [name for name in names if any(other.startswith(f"{name}.") for other in names)]


def row(item: Any, number: int, columns: Sequence[str], mixed: Sequence[str]) -> list[str] | Refusal:
    """An item as a row of text, or why it cannot be one."""
    if isinstance(item, Refusal):
        return item
    if not isinstance(item, dict):
        text = _shown(item)
        return Refusal(number, "", text, "row.not_object", {"value": text}, {"#1": text})
    if again := whole(_twice(item)):
        text = _shown(item)
        return Refusal(number, again, text, "row.json_twice", {"key": again}, {"#1": text})
    flat = flatten(item)
    for name in mixed:
        if isinstance(inner := _inner(item, name), dict):
            flat[name] = f"{MARK}cell.object{MARK}{_shown(inner)}"
    return [kept(_text(flat.get(name))) for name in columns]


def _shown(item: Any) -> str:
    """The beginning of an item as JSON."""
    return whole(json.dumps(item, ensure_ascii=False, default=str)[:200])


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return number_text(value)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


class _Twice(dict[str, Any]):
    """An object that has a key twice: which value is meant cannot be told."""

    key = ""


def loads(text: str | bytes) -> Any:
    """JSON whose numbers keep their digits, and whose objects remember a key they have twice. Raises ValueError."""
    return json.loads(text, parse_float=Decimal, object_pairs_hook=_object)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        found = _Twice(found)
        keys = [key for key, _value in pairs]
        found.key = next(key for key in keys if keys.count(key) > 1)
    return found


def _twice(item: dict[str, Any], before: str = "") -> str:
    """The first key, with those around it, that an object or one within it has twice; empty if there is none."""
    if isinstance(item, _Twice):
        return f"{before}{item.key}"
    inner = (_twice(value, f"{before}{key}.") for key, value in item.items() if isinstance(value, dict))
    return next((found for found in inner if found), "")


def _inner(item: dict[str, Any], path: str) -> Any:
    """What stands in an object under a column's name."""
    content: Any = item
    for key in path.split("."):
        content = content.get(key) if isinstance(content, dict) else None
    return item.get(path, content)


def flatten(item: dict[str, Any], before: str = "") -> dict[str, Any]:
    """An object without objects in it: `{"a": {"b": 1}}` gives `{"a.b": 1}`."""
    flat: dict[str, Any] = {}
    for key, value in item.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{before}{key}.")
        else:
            flat[f"{before}{key}"] = value
    return flat
