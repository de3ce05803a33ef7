"""How far a database has been read: the last cursor value, and the rows told there, known again by their hashes."""

import hashlib
import json
import math
from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from toancanh.base.problems import Problem
from toancanh.sources.connectors.connector import Cursor, Row

REMEMBERED = 50_000  # rows already told that a cursor knows again; beyond it the oldest may be told twice

Value = Any  # of a cursor: one of KINDS
KINDS: dict[str, tuple[type, Callable[[Any], str], Callable[[str], Any]]] = {
    "datetime": (datetime, datetime.isoformat, datetime.fromisoformat),
    "date": (date, date.isoformat, date.fromisoformat),
    "int": (int, str, int),
    "decimal": (Decimal, str, Decimal),
    "float": (float, repr, float),
    "text": (str, str, str),
}
CURSORS = tuple(kind for kind, _write, _reader in KINDS.values())


class Told:
    """The last cursor value, and the rows already told from there back to the overlap, known by their hashes."""

    def __init__(self, cursor: Cursor, overlap: float) -> None:
        self._overlap = overlap
        self._last: Value = None
        self._marks: dict[str, Value] = {}
        if cursor:
            self._last = _read(cursor["type"], cursor["value"])
            for value, marks in cursor["told"].items():
                self._marks |= dict.fromkeys(marks, _read(cursor["type"], value))
        if self._last is not None:
            self._check()

    def _check(self) -> None:
        if self._overlap and not isinstance(self._last, date):
            told = _("chỉ dùng được khi cột con trỏ là thời điểm hoặc ngày")
            raise Problem("connector.option", option="overlap", reason=told)

    def __len__(self) -> int:
        return len(self._marks)

    def __contains__(self, mark: str) -> bool:
        return mark in self._marks

    @property
    def floor(self) -> Value:
        """From where the next look reads."""
        if isinstance(self._last, datetime):
            return self._last - timedelta(seconds=self._overlap)
        if isinstance(self._last, date):
            return self._last - timedelta(days=math.ceil(self._overlap / 86_400))
        return self._last

    def add(self, value: Value, mark: str) -> None:
        """A row is told."""
        if self._last is None or isinstance(value, str) or later(value, self._last):
            first, self._last = self._last is None, value
            if first:
                self._check()
        self._marks[mark] = value

    def cursor(self) -> Cursor:
        """What is kept; forgets what no look can meet again."""
        floor = self.floor
        near = self._last.__class__ is str
        kept = {m: v for m, v in self._marks.items() if (v == floor if near else not later(floor, v))}
        if len(kept) > REMEMBERED:
            kept = dict(sorted(kept.items(), key=lambda item: item[1])[-REMEMBERED:])
        self._marks = kept
        told: dict[str, list[str]] = {}
        for mark, value in kept.items():
            told.setdefault(written(value)["value"], []).append(mark)
        return {**written(self._last), "told": told}


def written(value: Value) -> dict[str, str]:
    """A cursor value as JSON keeps it."""
    name, write = next((name, write) for name, (kind, write, _reader) in KINDS.items() if isinstance(value, kind))
    return {"type": name, "value": write(value)}


def _read(kind: str, text: str) -> Value:
    return KINDS[kind][2](text)


def later(one: Value, other: Value) -> bool:
    """Whether one comes after the other. Raises connector.option where they cannot be compared."""
    try:
        return bool(one > other)
    except TypeError:
        told = _("giá trị con trỏ đổi kiểu giữa chừng: {one}, {other}").format(one=one, other=other)
        raise Problem("connector.option", option="cursor_column", reason=told) from None


def moment(text: str) -> date | None:
    """A moment or a day as a cursor starts from it; None where it is neither."""
    for read in (date.fromisoformat, datetime.fromisoformat):
        with suppress(ValueError):
            return read(text) if "-" in text else None
    return None


def mark(row: Row) -> str:
    """By what a row is known again: 96 bits of its content."""
    text = json.dumps(row, ensure_ascii=True, sort_keys=True, default=str)
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()
