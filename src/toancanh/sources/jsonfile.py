"""JSON: an array of objects, an object that holds one, or one object per line."""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from toancanh.base.problems import Problem
from toancanh.base.text import whole
from toancanh.sources.layout import FileRule
from toancanh.sources.readers import MARK, Chunk, Refusal, headers, kept, number_text, portions


class JsonReader:
    """A JSON file. Lines are streamed; an array is read whole. Nested objects become columns `outer.inner`."""

    serials: date | None = None
    marks = True

    def __init__(self, path: Path, name: str, rule: FileRule) -> None:
        self.path, self.name, self.rule = path, name, rule
        self.notes: list[tuple[str, dict[str, Any]]] = []
        with path.open("rb") as handle:
            mark = handle.read(2)
        self._encoding = "utf-16" if mark in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        self._items: list[Any] | None = None
        try:
            content = self._document()
        except UnicodeDecodeError as error:
            row = error.object[: error.start].count(b"\n") + 1
            byte = f"{error.object[error.start]:02X}"
            raise Problem("file.encoding_unknown", name=name, row=row, byte=byte) from None
        except ValueError as error:
            raise Problem("file.broken", name=name, kind="JSON", reason=str(error)) from None
        except RecursionError:
            raise Problem("file.broken", name=name, kind="JSON", reason=_("lồng nhau quá sâu")) from None
        if content is not None:
            self._items = self._find_items(content)
        names: dict[str, None] = {}
        self._total = 0
        for _number, item in self._objects():
            self._total += 1
            if isinstance(item, dict):
                names |= dict.fromkeys(_flatten(item))
        if not self._total:
            raise Problem("file.empty", name=name)
        if not names:
            raise Problem("file.items_missing", name=name, at="")
        self._keys = list(names)
        # Columns that hold a value in some rows and an object in others.
        self._mixed = [key for key in names if any(other.startswith(f"{key}.") for other in names)]
        self.columns = headers(self._keys, name)

    def chunks(self, start: int = 0) -> Iterator[Chunk]:
        """The chunks from number `start` on."""
        yield from portions(self._rows(), self.columns, self._total, start)

    def _document(self) -> Any:
        """What the whole file says as one JSON text; None where each line is an object of its own."""
        with self.path.open(encoding=self._encoding) as handle:
            filled = (line for line in handle if line.strip())
            first, more = next(filled, ""), next(filled, None) is not None
        with suppress(ValueError):
            content = _loads(first)
            if isinstance(content, dict) and (more or not (self.rule.items or _holds_list(content))):
                return None
            if not more:
                return content
        return _loads(self.path.read_text(self._encoding))

    def _find_items(self, content: Any) -> list[Any]:
        path = self.rule.items
        for key in path.split(".") if path else []:
            content = content.get(key) if isinstance(content, dict) else None
        if isinstance(content, dict):
            lists = [value for value in content.values() if isinstance(value, list)]
            content = content.get("items", lists[0] if len(lists) == 1 else None)
        if not isinstance(content, list):
            raise Problem("file.items_missing", name=self.name, at=f" (`{path}`)" if path else "")
        return content

    def _objects(self) -> Iterator[tuple[int, Any]]:
        if self._items is not None:
            yield from enumerate(self._items, 1)
            return
        with self.path.open(encoding=self._encoding) as handle:
            for number, line in enumerate(handle, 1):
                if line.strip():
                    try:
                        yield number, _loads(line)
                    except (ValueError, RecursionError) as error:
                        reason = _("lồng nhau quá sâu") if isinstance(error, RecursionError) else str(error)
                        text = whole(line.strip())
                        yield number, Refusal(number, "", text[:200], "row.json", {"reason": reason}, {"#1": text})

    def _rows(self) -> Iterator[tuple[int, list[str] | Refusal]]:
        for number, item in self._objects():
            if isinstance(item, Refusal):
                yield number, item
            elif isinstance(item, dict) and (twice := whole(_twice(item))):
                text = _shown(item)
                yield number, Refusal(number, twice, text, "row.json_twice", {"key": twice}, {"#1": text})
            elif isinstance(item, dict):
                flat = _flatten(item)
                for key in self._mixed:
                    if isinstance(inner := _inner(item, key), dict):
                        flat[key] = f"{MARK}cell.object{MARK}{_shown(inner)}"
                yield number, [kept(_text(flat.get(key))) for key in self._keys]
            else:
                text = _shown(item)
                yield number, Refusal(number, "", text, "row.not_object", {"value": text}, {"#1": text})


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


def _holds_list(content: dict[str, Any]) -> bool:
    return any(
        isinstance(value, list) or (isinstance(value, dict) and _holds_list(value)) for value in content.values()
    )


class _Twice(dict[str, Any]):
    """An object that has a key twice: which value is meant cannot be told."""

    key = ""


def _loads(text: str) -> Any:
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


def _flatten(item: dict[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in item.items():
        if isinstance(value, dict):
            flat |= _flatten(value, f"{before}{key}.")
        else:
            flat[f"{before}{key}"] = value
    return flat
