"""Mappings: a TOML file by a data steward that says which column of a file is which field, and how it is written."""

import re
import tomllib
from collections.abc import Iterator
from collections.abc import Mapping as Dict
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from toancanh.base import home
from toancanh.base.problems import Problem
from toancanh.base.text import whole
from toancanh.sources import parsers
from toancanh.sources.layout import FileRule
from toancanh.sources.marks import number_text
from toancanh.warehouse import types
from toancanh.warehouse.types import RecordType

_TOP = ("record_type", "title", "file", "fields", "unit")
_FILE = ("format", "sheet", "delimiter", "encoding", "header", "decimal", "items")
_UNIT = ("code", "name", "kind", "parent")
_FOLDERS: list[Path] = []


@dataclass(frozen=True)
class Rule:
    """Where the text of one field comes from and how it is read. Exactly one origin is set."""

    columns: tuple[str, ...] = ()
    separator: str = " "
    value: str | None = None
    order_within: tuple[str, ...] = ()
    first: str = ""
    other: str = ""
    last: str = ""
    last_when: str = ""
    group: tuple[str, ...] = ()
    on: str = ""
    format: str = ""
    decimal: str = ""
    codes: dict[str, str] | None = None
    default: str | None = None
    lookup: str = "code"
    within: str = ""
    unknown: str = "reject"

    @property
    def by_state(self) -> bool:
        """Whether the value is told by the row's place within its group."""
        return bool(self.first or self.other or self.last)

    @property
    def groups(self) -> tuple[str, ...]:
        """The columns whose equal values make a group, if the rule needs one."""
        return self.order_within or self.group

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of the file that the rule reads."""
        return tuple(column for column in (*self.columns, *self.groups, self.last_when) if column)

    @property
    def told(self) -> tuple[str, ...]:
        """The values that the rule itself tells."""
        own = (self.value, self.first, self.other, self.last, self.default, *(self.codes or {}).values())
        return tuple(value for value in own if value is not None)


@dataclass(frozen=True)
class OwnUnit:
    """A unit that only this mapping knows, to be made before its first load."""

    code: str
    name: str
    kind: str = "agency"
    parent: str = ""


@dataclass(frozen=True)
class Mapping:
    """A read mapping. The empty one serves files whose headers are the field names."""

    name: str = ""
    text: str = ""
    record_type: str = ""
    file: FileRule = field(default_factory=FileRule)
    fields: Dict[str, Rule] = field(default_factory=dict)
    units: tuple[OwnUnit, ...] = ()


def add_folder(folder: Path) -> None:
    """Look for mappings in one more folder, such as that of an installed domain."""
    if folder not in _FOLDERS:
        _FOLDERS.append(folder)


def available() -> dict[str, Path]:
    """The mappings that can be called by name; the installation's own come before those of the domains."""
    folders = [home.current().mappings, *_FOLDERS]
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            found.setdefault(path.stem, path)
            found.setdefault(f"{folder.parent.name}/{path.stem}", path)
    return found


def at(text: str) -> Mapping:
    """The mapping at a path or of a name: for whoever may read the files of this machine. Raises as `find` does."""
    path = Path(text).expanduser()
    return parse(_read(path), whole(path.stem)) if path.suffix == ".toml" and path.is_file() else find(text)


def find(name: str) -> Mapping:
    """The mapping of that name. Raises mapping.unknown or what is wrong with it."""
    if not name:
        return Mapping()
    known = available()
    if name not in known:
        raise Problem("mapping.unknown", name=name, known=", ".join(sorted(known)) or "–")
    return parse(_read(known[name]), name)


def _read(path: Path) -> str:
    """The text of a mapping. Raises mapping.unreadable and mapping.encoding."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Problem("mapping.unreadable", path=str(path), reason=error.strerror or str(error)) from None
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise Problem("mapping.encoding", path=str(path), line=line, byte=f"{content[error.start]:02X}") from None


def parse(text: str, name: str) -> Mapping:
    """The mapping in a text. Raises problems `mapping.*` that name the key and its line."""
    if not text:
        return Mapping(name)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Problem("mapping.syntax", name=name, reason=_vietnamese(str(error))) from None
    return _Parser(name, text).mapping(content)


def _vietnamese(reason: str) -> str:
    return re.sub(r"\(at line (\d+), column (\d+)\)", r"(dòng \1, cột \2)", reason)


class _Parser:
    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text

    def mapping(self, content: dict[str, Any]) -> Mapping:
        self._known(content, _TOP, "")
        record_type = self._record_type(content.get("record_type"))
        rules = self._table(content, "fields")
        names = [each.name for each in record_type.fields]
        for key in rules:
            if key not in names:
                line = self._line(key)
                shown = {"record_type": record_type.name, "field": key, "known": ", ".join(names)}
                raise Problem("mapping.field_unknown", name=self.name, line=line, **shown)
        return Mapping(
            self.name,
            self.text,
            record_type.name,
            self._file(self._table(content, "file")),
            {key: self._rule(key, value) for key, value in rules.items()},
            tuple(self._units(content.get("unit", []))),
        )

    def _record_type(self, value: Any) -> RecordType:
        known = [each.name for each in types.all_types()]
        if value not in known:
            raise self._wrong("record_type", value, ", ".join(known))
        return types.get(value)

    def _file(self, table: dict[str, Any]) -> FileRule:
        self._known(table, _FILE, "file")
        header = table.get("header", 1)
        rows = tuple(header) if isinstance(header, list) else (header,)
        if not rows or not all(type(row) is int and row > 0 for row in rows) or list(rows) != sorted(set(rows)):
            raise self._wrong("header", header, "3, [2, 3]")
        decimal = self._choice(table, "decimal", ("", ",", "."))
        chosen = self._choice(table, "format", ("", "csv", "xlsx", "xls", "ods", "json", "parquet")).lower()
        sheet = table.get("sheet", "")
        if not isinstance(sheet, str | int) or isinstance(sheet, bool) or (isinstance(sheet, int) and sheet < 1):
            raise self._wrong("sheet", sheet, "“Tháng 10”, 2")
        delimiter = self._text(table, "delimiter")
        if len(delimiter) > 1:
            raise self._wrong("delimiter", delimiter, '";", ",", "\\t", "|"')
        encodings = ("", "utf-8", "utf-16", "tcvn3", "vni", "cp1258")
        return FileRule(
            chosen,
            sheet,
            delimiter,
            self._choice(table, "encoding", encodings).lower(),
            rows,
            decimal,
            self._text(table, "items"),
        )

    def _rule(self, target: str, value: Any) -> Rule:
        if isinstance(value, str):
            return Rule(columns=(value,))
        if not isinstance(value, dict):
            raise self._wrong(target, value, '"tên cột", { column = "tên cột" }')
        known = ("column", *(key for key in Rule.__dataclass_fields__))
        self._known(value, known, target)
        columns = self._columns(value, "columns") or self._columns(value, "column")
        codes = value.get("codes")
        if codes is not None and not (
            isinstance(codes, dict) and all(isinstance(c, str | int | float | bool) for c in codes.values())
        ):
            raise self._wrong("codes", codes, '{ "Trực tiếp" = 1, "*" = 9 }')
        rule = Rule(
            columns=columns,
            separator=self._text(value, "separator", " "),
            value=_scalar(value["value"]) if "value" in value else None,
            codes={_key(key): _scalar(code) for key, code in codes.items()} if codes is not None else None,
            default=_scalar(value["default"]) if "default" in value else None,
            **{key: _scalar(value[key]) for key in ("first", "other", "last", "last_when") if key in value},
            order_within=self._columns(value, "order_within"),
            group=self._columns(value, "group"),
            on=self._choice(value, "on", ("", "first", "last")),
            format=self._format(value),
            decimal=self._choice(value, "decimal", ("", ",", ".")),
            lookup=self._choice(value, "lookup", ("code", "name"), "code"),
            within=self._text(value, "within"),
            unknown=self._unknown(value),
        )
        origins = [bool(rule.columns), rule.value is not None, bool(rule.order_within), rule.by_state]
        if sum(origins) != 1:
            raise self._wrong(target, value, "đúng một trong: column, columns, value, order_within, first/other/last")
        if (rule.by_state or rule.on) and not rule.group:
            raise self._wrong(target, value, 'group = "cột nhóm"')
        return rule

    def _columns(self, value: dict[str, Any], key: str) -> tuple[str, ...]:
        """One column of the file, or several."""
        columns = value.get(key, [])
        columns = [columns] if isinstance(columns, str) else columns
        if not isinstance(columns, list) or not all(isinstance(column, str) and column for column in columns):
            raise self._wrong(key, columns, '"cột", ["cột 1", "cột 2"]')
        return tuple(columns)

    def _format(self, value: dict[str, Any]) -> str:
        text = self._text(value, "format")
        if text:
            try:
                parsers.format_pattern(text)
            except ValueError:
                raise self._wrong("format", text, "yyyy-MM-dd, dd/MM/yyyy, dd/MM/yyyy HH:mm:ss") from None
        return text

    def _unknown(self, value: dict[str, Any]) -> str:
        text = self._text(value, "unknown", "reject")
        if text not in ("accept", "reject") and ":" not in text:
            raise self._wrong("unknown", text, "reject, accept, agency:…")
        return text

    def _units(self, tables: Any) -> Iterator[OwnUnit]:
        if not isinstance(tables, list):
            raise self._wrong("unit", tables, "[[unit]]")
        for table in tables:
            self._known(table, _UNIT, "unit")
            for key in ("code", "name"):
                if not table.get(key):
                    raise self._wrong(f"unit.{key}", table.get(key), "code, name")
            yield OwnUnit(
                self._text(table, "code"),
                self._text(table, "name"),
                self._text(table, "kind", "agency"),
                self._text(table, "parent"),
            )

    def _table(self, content: dict[str, Any], key: str) -> dict[str, Any]:
        table = content.get(key, {})
        if not isinstance(table, dict):
            raise self._wrong(key, table, f"[{key}]")
        return table

    def _known(self, table: dict[str, Any], known: tuple[str, ...], inside: str) -> None:
        for key in table:
            if key not in known:
                shown = f"{inside}.{key}" if inside else key
                raise Problem(
                    "mapping.key_unknown", name=self.name, line=self._line(key), key=shown, known=", ".join(known)
                )

    def _text(self, table: dict[str, Any], key: str, default: str = "") -> str:
        value = table.get(key, default)
        if not isinstance(value, str):
            raise self._wrong(key, value, '"…"')
        return value

    def _choice(self, table: dict[str, Any], key: str, allowed: tuple[str, ...], default: str = "") -> str:
        value = table.get(key, default)
        if not isinstance(value, str) or value.lower() not in allowed:
            raise self._wrong(key, value, ", ".join(f'"{choice}"' for choice in allowed if choice))
        return value

    def _wrong(self, key: str, value: Any, expected: str) -> Problem:
        shown = {"key": key, "value": "–" if value is None else value, "expected": expected}
        return Problem("mapping.value", name=self.name, line=self._line(key.rpartition(".")[2]), **shown)

    def _line(self, key: str) -> str:
        """Where the key stands, in words; empty if it cannot be told."""
        pattern = re.compile(rf"""(^|[\s{{,\[.])["']?{re.escape(key)}["']?\s*[=\].]""")
        for number, line in enumerate(self.text.splitlines(), 1):
            if pattern.search(line):
                return f", dòng {number}"
        return ""


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return number_text(value) if isinstance(value, float) else str(value)


def _key(text: str) -> str:
    return " ".join(text.split())


def guess(missing: list[str], present: list[str]) -> str:
    """A hint which column may be meant, or nothing."""
    pairs = [(name, close[0]) for name in missing if (close := get_close_matches(name, present, 1, 0.6))]
    return " (" + ", ".join(f"“{name}” ≈ “{close}”" for name, close in pairs) + ")" if pairs else ""
