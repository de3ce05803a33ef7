"""JSON: an array of objects, an object that holds one, or one object per line."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from toancanh.base.problems import Problem
from toancanh.base.text import whole
from toancanh.sources import objects
from toancanh.sources.layout import FileRule
from toancanh.sources.readers import Chunk, Refusal, headers, portions


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
                names |= dict.fromkeys(objects.flatten(item))
        if not self._total:
            raise Problem("file.empty", name=name)
        if not names:
            raise Problem("file.items_missing", name=name, at="")
        self._keys = list(names)
        self._mixed = objects.mixed(names)
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
            content = objects.loads(first)
            if isinstance(content, dict) and (more or not (self.rule.items or _holds_list(content))):
                return None
            if not more:
                return content
        return objects.loads(self.path.read_text(self._encoding))

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
                        yield number, objects.loads(line)
                    except (ValueError, RecursionError) as error:
                        reason = _("lồng nhau quá sâu") if isinstance(error, RecursionError) else str(error)
                        text = whole(line.strip())
                        yield number, Refusal(number, "", text[:200], "row.json", {"reason": reason}, {"#1": text})

    def _rows(self) -> Iterator[tuple[int, list[str] | Refusal]]:
        return ((number, objects.row(item, number, self._keys, self._mixed)) for number, item in self._objects())


def _holds_list(content: dict[str, Any]) -> bool:
    return any(
        isinstance(value, list) or (isinstance(value, dict) and _holds_list(value)) for value in content.values()
    )
