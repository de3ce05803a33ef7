"""Columns of text as values: the usual notation all at once; the rest, and a few, cell by cell by `parsers`."""

import re
from typing import Any, NamedTuple

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from toancanh.base.problems import Problem
from toancanh.base.text import nfc
from toancanh.sources import parsers
from toancanh.sources.marks import MARK, NUMBER
from toancanh.sources.parsers import Options
from toancanh.warehouse.types import Kind

DTYPES: dict[Kind, Any] = {
    Kind.TEXT: pl.String(),
    Kind.INTEGER: pl.Int64(),
    Kind.NUMBER: pl.Float64(),
    Kind.BOOLEAN: pl.Boolean(),
    Kind.DATE: pl.Date(),
    Kind.TIME: pl.Datetime("us", "UTC"),
}
_FEW = 100  # cells: up to here each by itself is read sooner than all at once
_NO_WIDTH = "[\u200b\u2060\ufeff]"  # spaces that nobody sees
_ZONE = r"(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)$"
_ISO_DAY = r"^(?:19|20|21)\d\d-\d\d-\d\d$"
_ISO_TIME = r"^(?:19|20|21)\d\d-\d\d-\d\d[T ]\d\d:\d\d:[0-5]\d(?:\.\d{1,6})?(?:Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?$"

_NUMBERS = {
    ",": r"^-?\d{1,18}(?:,\d{1,18})?$",
    ".": r"^-?\d{1,18}(?:\.\d{1,18})?$",
    # All but 1.234, which `parsers` refuses: no fraction, one that is not of three digits, or no thousands before it.
    "": r"^-?\d{1,18}(?:\.(?:\d{1,2}|\d{4,18}))?$|^-?(?:0\d{0,17}|\d{4,18})\.\d{3}$",
}


class Cast(NamedTuple):
    """A typed column, null where the cell is empty or refused, and the reasons by place."""

    values: pl.Series
    failures: dict[int, Problem]


def clean(text: pl.Series) -> pl.Series:
    """Text in its stored form (NFC, spaces collapsed, trimmed); empty cells are null."""
    if len(text) <= _FEW:
        return pl.Series(
            text.name, [nfc(re.sub(_NO_WIDTH, "", cell)) or None if cell else None for cell in text], pl.String
        )
    if (text.str.len_bytes() != text.str.len_chars()).any():
        text = text.str.replace_all(_NO_WIDTH, "").str.normalize("NFC")
    if text.str.contains(r"^\s|\s$|\s\s|[^\S ]|[\x1c-\x1f]").any():
        text = text.str.replace_all(r"[\s\x1c-\x1f]+", " ").str.strip_chars(" ")
    if (text == "").any():
        text = text.set(text == "", None)
    return text


def cast(text: pl.Series, kind: Kind, options: Options) -> Cast:
    """Cleaned text as values of the kind. Nothing is guessed here that `parsers` would refuse."""
    if kind == Kind.TEXT:
        return Cast(text, {})
    if len(text) <= _FEW:
        return _each(text, kind, options)
    values = _FAST[kind](text, options).cast(DTYPES[kind])
    left = (values.is_null() & text.is_not_null()).arg_true()
    if not len(left):
        return Cast(values, {})
    apart = _each(text.gather(left), kind, options)
    values = values.scatter(left, apart.values)
    return Cast(values, {left[place]: problem for place, problem in apart.failures.items()})


def _each(text: pl.Series, kind: Kind, options: Options) -> Cast:
    """Each cell by itself."""
    known: dict[str | None, Any] = {None: None}
    failures: dict[int, Problem] = {}
    found: list[Any] = []
    for place, cell in enumerate(text):
        if cell not in known:
            try:
                known[cell] = parsers.parse(cell, kind, options)
            except Problem as problem:
                known[cell] = problem
        value = known[cell]
        if isinstance(value, Problem):
            failures[place] = value
        found.append(None if isinstance(value, Problem) else value)
    return Cast(pl.Series(text.name, found, DTYPES[kind]), failures)


def marked(rows: pl.DataFrame) -> frozenset[str]:
    """The columns in which a cell bears one of our marks."""
    if not rows.width or not rows.height:
        return frozenset()
    found = rows.select(pl.all().str.contains(f"[{MARK}{NUMBER}]").any())
    return frozenset(name for name, there in zip(found.columns, found.row(0), strict=True) if there)


def written(text: pl.Series, kind: Kind, options: Options) -> pl.Series:
    """Numbers that were numbers in the file already, in the notation of the column, so that only they can be meant."""
    marked = text.str.ends_with(NUMBER).fill_null(False)
    if not marked.any():
        return text
    plain = text.str.strip_suffix(NUMBER)
    if options.decimal == ",":
        plain = plain.str.replace(".", ",", literal=True)
    elif not options.decimal and kind in (Kind.INTEGER, Kind.NUMBER):
        plain = plain.str.replace(r"^(-?[1-9]\d{0,2}\.\d{3})$", "${1}0")
    return plain.zip_with(marked, text)


def _integers(text: pl.Series, options: Options) -> pl.Series:
    return _where(text, r"^-?\d{1,18}$").cast(pl.Int64, strict=False)


def _numbers(text: pl.Series, options: Options) -> pl.Series:
    plain = _where(text, _NUMBERS[options.decimal])
    if options.decimal == ",":
        plain = plain.str.replace(",", ".", literal=True)
    return plain.cast(pl.Float64, strict=False)


def _booleans(text: pl.Series, options: Options) -> pl.Series:
    return text.replace_strict(
        {"true": True, "false": False, "1": True, "0": False}, default=None, return_dtype=pl.Boolean
    )


def _days(text: pl.Series, options: Options) -> pl.Series:
    if options.format:
        return pl.Series(text.name, [None] * len(text), pl.Date)
    return _where(text, _ISO_DAY).str.to_date("%Y-%m-%d", strict=False)


def _times(text: pl.Series, options: Options) -> pl.Series:
    nothing = pl.Series(text.name, [None] * len(text), DTYPES[Kind.TIME])
    if options.format:
        return nothing
    plain = _where(text, _ISO_TIME)
    if plain.null_count() == len(plain):
        return nothing
    zoned = plain.str.contains(_ZONE).fill_null(False)
    result = nothing
    if zoned.any():
        result = _arrow_times(plain.set(~zoned, None), zone=True)
    if not zoned.all():
        local = _arrow_times(plain.set(zoned, None), zone=False).dt.replace_time_zone(
            "Asia/Ho_Chi_Minh", ambiguous="earliest", non_existent="null"
        )
        result = result.zip_with(result.is_not_null(), local.dt.convert_time_zone("UTC"))
    return result


def _arrow_times(text: pl.Series, *, zone: bool) -> pl.Series:
    """ISO times by Arrow, many times faster than any format string, which serves where one of them is impossible."""
    kind = pa.timestamp("us", tz="UTC") if zone else pa.timestamp("us")
    try:
        return pl.Series(text.name, pl.from_arrow(pc.cast(text.to_arrow().cast(pa.string()), kind)))
    except pa.ArrowInvalid:
        even = text.str.replace(" ", "T", literal=True)
        pattern = "%Y-%m-%dT%H:%M:%S%.f" + ("%#z" if zone else "")
        return even.str.to_datetime(pattern, time_unit="us", strict=False, time_zone="UTC" if zone else None)


def _where(text: pl.Series, pattern: str) -> pl.Series:
    """The cells that match; null elsewhere."""
    matching = text.str.contains(pattern).fill_null(False)
    return text if matching.all() else text.set(~matching, None)


_FAST = {
    Kind.INTEGER: _integers,
    Kind.NUMBER: _numbers,
    Kind.BOOLEAN: _booleans,
    Kind.DATE: _days,
    Kind.TIME: _times,
}
