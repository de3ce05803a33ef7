"""Transform: a chunk of text rows as typed rows of a record type, and the rows that cannot be one."""

import json
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa

from toancanh.access.scope import EVERYTHING, Scope
from toancanh.base.problems import Problem
from toancanh.base.text import name_key
from toancanh.sources import columns, mappings, outside, validation
from toancanh.sources.layout import PLACE, TRAILING
from toancanh.sources.lookup import Lookup
from toancanh.sources.mappings import Mapping, Rule
from toancanh.sources.marks import MARK, NUMBER
from toancanh.sources.parsers import Options
from toancanh.sources.positions import Positions
from toancanh.sources.readers import TROUBLES, Chunk, Reader, Refusal
from toancanh.sources.rowview import RowView
from toancanh.units.tree import Register
from toancanh.warehouse.types import Field, Kind, RecordType

_LISTED = 20  # texts of a mapping that one refusal names


class Portion(NamedTuple):
    """What became of a chunk: rows ready for the warehouse (own fields and `row`), and the refused ones by row."""

    rows: pa.Table
    refused: list[Refusal]


@dataclass
class _Column:
    field: Field
    rule: Rule
    options: Options
    lookup: Lookup | None
    shown: str  # the column as the owner of the file knows it
    marked: bool  # whether its rule tells numbers


class Transformer:
    """Turns the chunks of one opened file into rows. Raises file.columns_missing or mapping.columns_absent.

    `register` holds the units where they are not the stored ones; rows outside `scope` are refused. A `lenient` one
    drops a value that cannot be used, where the row can do without it, instead of refusing the row.
    """

    def __init__(
        self,
        record_type: RecordType,
        mapping: Mapping,
        reader: Reader,
        name: str,
        register: Register | None = None,
        scope: Scope = EVERYTHING,
        *,
        lenient: bool = False,
    ) -> None:
        self._register, self._scope, self._lenient = register, scope, lenient
        self._dropped: dict[tuple[str, str], dict[str, Any]] = {}
        self._type, self._mapping, self._reader, self._name = record_type, mapping, reader, name
        self._columns = [self._plan(field, rule) for field, rule in self._bind()]
        used = {column for each in self._columns for column in each.rule.needs}
        ignored = [c for c in reader.columns if c not in used and c not in TRAILING and not c.startswith("#")]
        self.notes = list(reader.notes)
        if ignored:
            self.notes.append(("file.columns_ignored", {"names": ", ".join(f"“{column}”" for column in ignored)}))
        groups = {each.rule.groups for each in self._columns if each.rule.groups}
        named = {c for each in self._columns if each.field.name in record_type.subject for c in each.rule.columns}
        for group in sorted(groups):
            if named and set(group) != named:
                shown = {"group": ", ".join(group), "subject": ", ".join(sorted(named))}
                self.notes.append(("mapping.group_differs", shown))
        self._positions = {group: Positions(reader, group) for group in sorted(groups)}

    @property
    def required(self) -> list[tuple[str, ...]]:
        """The columns of the file that each field without which no row can be kept is read from, any of them."""
        bound = [each for each in self._columns if validation.needed(each.field, self._type)]
        return [each.rule.columns for each in bound if each.rule.columns and each.rule.default is None]

    def taken_dropped(self) -> list[dict[str, Any]]:
        """What a lenient one dropped since this was last asked: column, how many values, the first of them."""
        found, self._dropped = list(self._dropped.values()), {}
        return found

    def _drop(self, column: _Column, value: str | None) -> None:
        told = {"column": column.shown, "rows": 0, "value": (value or "")[:80]}
        self._dropped.setdefault((column.shown, column.field.name), told)["rows"] += 1

    def __call__(self, chunk: Chunk) -> Portion:
        """The rows of a chunk, typed or refused; nothing is lost between the two."""
        refusals = {refusal.row: refusal for refusal in chunk.refused}
        failures: dict[int, tuple[_Column, Problem]] = {}

        def fail(place: int, column: _Column, problem: Problem, value: str | None) -> None:
            if self._lenient and not validation.needed(column.field, self._type):
                self._drop(column, value)
            else:
                failures.setdefault(place, (column, problem))

        marked = columns.marked(chunk.rows) if self._reader.marks else frozenset()
        placed: dict[str, pl.Series] = {}
        texts: dict[str, pl.Series] = {}
        values: dict[str, pl.Series] = {}
        for column in self._columns:
            text = self._text(column, chunk, placed)
            # What a corrected download brings along of a group may be marked, too.
            read_marked = bool(column.rule.groups) or not marked.isdisjoint(column.rule.needs)
            if read_marked:
                text, troubles = _troubles(text)
                for place, (problem, told) in troubles.items():
                    fail(place, column, problem, told)
            said = columns.clean(text)
            text = self._recode(said, column)
            if read_marked or column.marked:
                text = columns.written(text, column.field.kind, column.options)
            texts[column.field.name] = text
            values[column.field.name], failed = columns.cast(text, column.field.kind, column.options)
            for place, problem in failed.items():
                fail(place, column, _foreign(said[place], column.rule) or problem, said[place])
        for column in self._columns:
            if column.lookup and column.field.unit_at:
                day_field = self._type.field(column.field.unit_at)
                name = column.field.name
                given = values[name]
                values[name], failed = column.lookup.resolve(given, _days(values[day_field.name], day_field.kind))
                if validation.needed(day_field, self._type):
                    # The day is at fault, and such a row is refused for its own reason.
                    dayless = [place for place, problem in failed.items() if problem.code == "unit.no_day"]
                    values[name] = values[name].scatter(dayless, given.gather(dayless))
                    failed = {place: problem for place, problem in failed.items() if problem.code != "unit.no_day"}
                for place, problem in failed.items():
                    fail(place, column, problem, given[place])
        typed = pl.DataFrame([values[field.name].alias(field.name) for field in self._type.fields])
        by_name = {column.field.name: column for column in self._columns}
        sound = _without(typed, failures)
        again = True
        while again:  # a value that was dropped may have hidden another
            again = False
            whole = typed if len(sound) == typed.height else typed[sound]
            for place, field, problem in validation.violations(whole, self._type):
                at = int(sound[place])
                fail(at, by_name[field.name], problem, texts[field.name][at])
                if at not in failures:
                    typed[at, field.name], again = None, True
        if self._type.check is not None:
            view = RowView(whole)
            for view.place, place in enumerate(sound):
                if place not in failures and (wrong := self._type.check(view)):
                    code, name, params = wrong
                    failures[place] = (by_name.get(name, self._columns[0]), Problem(code, **params))
        for place, name, problem in outside.violations(whole, self._type, self._scope):
            failures.setdefault(int(sound[place]), (by_name[name], problem))
        raws = self._as_written(chunk.rows[sorted(failures)]).rows(named=True) if failures else []
        for place, raw in zip(sorted(failures), raws, strict=True):
            column, problem = failures[place]
            row = chunk.numbers[place]
            value = _shown(column, texts[column.field.name][place], raw)
            kept = {name: _unmarked(cell) for name, cell in raw.items() if name not in TRAILING}
            if placed:
                kept[PLACE] = json.dumps({name: series[place] for name, series in placed.items()})
            refusals[row] = Refusal(row, column.shown, value[:200], problem.code, _plain(problem.params), kept)
        good = _without(typed, failures)
        table = typed if len(good) == typed.height else typed[good]
        numbers = chunk.numbers if len(good) == typed.height else chunk.numbers.gather(good)
        schema = pa.schema([*self._type.arrow, pa.field("row", pa.int64())])
        rows = table.with_columns(numbers.alias("row")).to_arrow().cast(schema)
        return Portion(rows, [refusals[row] for row in sorted(refusals)])

    def _bind(self) -> list[tuple[Field, Rule]]:
        """Every field with its rule in terms of the file's own columns."""
        present = self._reader.columns
        shown = ", ".join(f"“{column}”" for column in present if column not in TRAILING)
        bound: list[tuple[Field, Rule]] = []
        absent: list[str] = []
        missing: list[str] = []
        for field in self._type.fields:
            rule = self._mapping.fields.get(field.name)
            if rule is None:
                column = _match(field.name, present)
                if column is None and validation.needed(field, self._type):
                    missing.append(field.name)
                bound.append((field, Rule(columns=(column,)) if column else Rule(value="")))
                continue
            names = {name: _match(name, present) for name in rule.needs}
            absent += [name for name, found in names.items() if found is None]
            bound.append((field, _renamed(rule, {name: found or name for name, found in names.items()})))
        if absent:
            params = {"missing": ", ".join(f"“{name}”" for name in dict.fromkeys(absent)), "present": shown}
            raise Problem(
                "mapping.columns_absent", name=self._mapping.name, guess=mappings.guess(absent, present), **params
            )
        nested = [column for column in present if any(column.startswith(f"{name}.") for name in missing)]
        if nested:
            names = dict.fromkeys(column.partition(".")[0] for column in nested)
            params = {"fields": ", ".join(names), "columns": ", ".join(nested)}
            raise Problem("file.columns_nested", name=self._name, **params)
        if missing:
            params = {"missing": ", ".join(missing), "present": shown}
            raise Problem("file.columns_missing", name=self._name, guess=mappings.guess(missing, present), **params)
        return bound

    def _plan(self, field: Field, rule: Rule) -> _Column:
        decimal = rule.decimal or self._mapping.file.decimal
        temporal = field.kind in (Kind.DATE, Kind.TIME)
        options = Options(decimal, rule.format if temporal else "", self._reader.serials)
        lookup = Lookup(rule, field.unit_at, self._register) if field.unit_at else None
        marked = any(NUMBER in value for value in rule.told)
        return _Column(field, rule, options, lookup, ", ".join(rule.columns) or field.name, marked)

    def _text(self, column: _Column, chunk: Chunk, placed: dict[str, pl.Series]) -> pl.Series:
        """The raw text of one field for all rows of a chunk."""
        rule, rows = column.rule, chunk.rows
        if not (rule.groups):
            return self._cells(rule, rows)
        places = self._positions[rule.groups].of(chunk)
        first, last = places["ordinal"] == 1, places["ordinal"] == places["size"]
        if rule.order_within:
            text = places["ordinal"].cast(pl.String)
        elif rule.by_state:
            if rule.last_when:
                last = last & (rows[rule.last_when].str.strip_chars() != "")
            text = pl.Series([rule.other] * rows.height, dtype=pl.String)
            if rule.first:
                text = text.set(first, rule.first)
            if rule.last:
                text = text.set(last, rule.last)
        else:
            text = self._cells(rule, rows).set(~(first if rule.on == "first" else last), "")
        if PLACE in rows.columns:
            # A corrected download holds some rows of a group only; it brings along where they stood.
            kept = [_place(cell, column.field.name) for cell in rows[PLACE]]
            text = pl.Series(
                [old if old is not None else new for old, new in zip(kept, text, strict=True)], dtype=pl.String
            )
        placed[column.field.name] = text
        return text

    def _cells(self, rule: Rule, rows: pl.DataFrame) -> pl.Series:
        if rule.value is not None:
            return pl.Series([rule.value] * rows.height, dtype=pl.String)
        if len(rule.columns) == 1:
            return rows[rule.columns[0]]
        parts = [pl.col(name).str.strip_chars().replace("", None) for name in rule.columns]
        return (
            self._as_written(rows.select(rule.columns))
            .select(pl.concat_str(parts, separator=rule.separator, ignore_nulls=True))
            .to_series()
        )

    def _as_written(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows of the file as somebody would write them for the fields that read them."""
        kinds = {each.rule.columns[0]: each for each in reversed(self._columns) if len(each.rule.columns) == 1}
        plain = Options(self._mapping.file.decimal)
        return rows.with_columns(
            columns.written(text, kinds[text.name].field.kind, kinds[text.name].options)
            if text.name in kinds
            else columns.written(text, Kind.TEXT, plain)
            for text in rows
        )

    def _recode(self, text: pl.Series, column: _Column) -> pl.Series:
        rule = column.rule
        if rule.codes is not None:
            others = rule.codes.get("*")
            known = {old: new for old, new in rule.codes.items() if old != "*"}
            said = columns.written(text, Kind.TEXT, column.options)
            text = said.replace_strict(
                known, default=pl.lit(others) if others is not None else text, return_dtype=pl.String
            ).set(text.is_null(), None)
        return text if rule.default is None else text.fill_null(rule.default)


def _troubles(text: pl.Series) -> tuple[pl.Series, dict[int, tuple[Problem, str]]]:
    """The text without cells that the file has no usable value for, and what is wrong with each of those."""
    marked = text.str.contains(MARK, literal=True)
    found = {}
    for place in marked.arg_true() if marked.any() else ():
        code, _, told = text[place][text[place].index(MARK) + 1 :].partition(MARK)
        found[place] = (Problem(code, **{TROUBLES[code]: told}), told)
    return text.set(marked, "") if found else text, found


def _match(name: str, present: list[str]) -> str | None:
    """The column of that name; failing that, the only one that differs in case and spaces alone."""
    if name in present:
        return name
    close = [column for column in present if name_key(column) == name_key(name)]
    return close[0] if len(close) == 1 else None


def _renamed(rule: Rule, names: dict[str, str]) -> Rule:
    return replace(
        rule,
        columns=tuple(names[column] for column in rule.columns),
        order_within=tuple(names[column] for column in rule.order_within),
        group=tuple(names[column] for column in rule.group),
        last_when=names.get(rule.last_when, ""),
    )


def _foreign(said: str | None, rule: Rule) -> Problem | None:
    """That a text is none of those which the mapping knows, where it lists them; None for one it does know."""
    if rule.codes is None or said is None or "*" in rule.codes:
        return None
    said = said.removesuffix(NUMBER)
    if said in rule.codes:
        return None
    known = [f"“{text}”" for text in rule.codes]
    more = ", …" if len(known) > _LISTED else ""
    return Problem("code.unknown", value=said, allowed=", ".join(known[:_LISTED]) + more)


def _days(values: pl.Series, kind: Kind) -> pl.Series:
    """Calendar days in Vietnam."""
    return values.dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.date() if kind == Kind.TIME else values


def _without(rows: pl.DataFrame, failures: dict[int, Any]) -> pl.Series:
    """The places of the rows that have not failed."""
    places = pl.int_range(rows.height, eager=True)
    return places.filter(~places.is_in(list(failures))) if failures else places


def _shown(column: _Column, text: str | None, raw: dict[str, str]) -> str:
    if len(column.rule.columns) == 1:
        return _unmarked(raw.get(column.rule.columns[0], ""))
    return text or ""


def _unmarked(cell: str) -> str:
    """The cell as a person sees it, without our mark."""
    if cell is None or MARK not in cell:
        return cell or ""
    code, _, told = cell[cell.index(MARK) + 1 :].partition(MARK)
    return "" if code == "cell.merged" else told


def _place(cell: str, name: str) -> str | None:
    try:
        found = json.loads(cell).get(name)
    except (ValueError, AttributeError):
        return None
    return None if found is None else str(found)


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    """Parameters as JSON can keep them."""
    return {key: value if isinstance(value, str | int | float | list) else str(value) for key, value in params.items()}
