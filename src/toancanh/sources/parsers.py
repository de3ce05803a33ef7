"""Parsers: the text of one cell as a value of its kind, or the reason why it is none. Exact and slow."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

from toancanh.base import clock
from toancanh.base.problems import Problem
from toancanh.base.text import nfc
from toancanh.warehouse.types import Kind


@dataclass(frozen=True)
class Options:
    """What a mapping says about the notation of a column.

    `serials` is day 0 of a spreadsheet, whose bare numbers may be days.
    """

    decimal: str = ""
    format: str = ""
    serials: date | None = None


def parse(text: str, kind: Kind, options: Options | None = None) -> Any:
    """The value of a non-empty cell. Raises Problem with the reason."""
    return _PARSERS[kind](nfc(text), options or Options())


_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
# 1.234 and 1,234: thousands to one reader, a fraction to another. 0,125 has no thousands.
_EITHER = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_MIXED = {
    ",": re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?"),
    ".": re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?"),
}


def number(text: str, options: Options) -> Decimal:
    """A number in plain, Vietnamese or English notation; what could be either is refused unless `decimal` decides."""
    bare = text.replace(" ", "").replace("−", "-")
    if options.decimal:
        other = "." if options.decimal == "," else ","
        if _MIXED[options.decimal].fullmatch(bare):
            return Decimal(bare.replace(other, "").replace(",", "."))
        if options.decimal == "." and _PLAIN.fullmatch(bare):
            return Decimal(bare)
        code = "number.ambiguous" if _MIXED[other].fullmatch(bare) else "number.malformed"
        raise Problem(code, value=text)
    if _EITHER.fullmatch(bare):
        raise Problem("number.ambiguous", value=text)
    if _PLAIN.fullmatch(bare):
        return Decimal(bare)
    if _MIXED[","].fullmatch(bare):
        return Decimal(bare.replace(".", "").replace(",", "."))
    if _MIXED["."].fullmatch(bare):
        return Decimal(bare.replace(",", ""))
    raise Problem("number.malformed", value=text)


def integer(text: str, options: Options) -> int:
    """A whole number that 64 bits hold."""
    value = number(text, options)
    if value != value.to_integral():
        raise Problem("number.not_whole", value=text)
    if not -(2**63) <= value < 2**63:
        raise Problem("number.too_large", value=text)
    return int(value)


def real(text: str, options: Options) -> float:
    """A finite number."""
    value = float(number(text, options))
    if value in (float("inf"), float("-inf")):
        raise Problem("number.too_large", value=text)
    return value


_TRUE = {"true", "1", "có", "x", "yes", "y", "đúng", "t"}
_FALSE = {"false", "0", "không", "no", "n", "sai", "f"}


def boolean(text: str, options: Options) -> bool:
    """Yes or no, in Vietnamese or English."""
    lowered = text.casefold()
    if lowered in _TRUE or lowered in _FALSE:
        return lowered in _TRUE
    raise Problem("boolean.malformed", value=text)


_ISO_DAY = re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})")
_LOCAL_DAY = re.compile(r"(?P<d>\d{1,2})(?P<s>[/.\-])(?P<m>\d{1,2})(?P=s)(?P<y>\d{4})")
_CLOCK = re.compile(
    r"(?P<H>\d{1,2}):(?P<M>\d{2})(:(?P<S>\d{2})([.,](?P<f>\d{1,9}))?)?\s*(?P<z>Z|z|UTC|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
)
_SERIAL = re.compile(r"\d{4,6}([.,]\d+)?")
_FORMATS = {"yyyy": r"(?P<y>\d{4})", "yy": r"(?P<yy>\d{2})", "MM": r"(?P<m>\d{1,2})", "M": r"(?P<m>\d{1,2})",
            "dd": r"(?P<d>\d{1,2})", "d": r"(?P<d>\d{1,2})", "HH": r"(?P<H>\d{1,2})", "H": r"(?P<H>\d{1,2})",
            "mm": r"(?P<M>\d{2})", "ss": r"(?P<S>\d{2})"}  # fmt: skip
_FORMAT_PARTS = re.compile("yyyy|yy|MM|M|dd|d|HH|H|mm|ss")


def format_pattern(text: str) -> re.Pattern[str]:
    """A pattern of day and time ("dd/MM/yyyy HH:mm") as a regular expression. Raises ValueError."""
    pieces: list[str] = []
    end = 0
    for part in _FORMAT_PARTS.finditer(text):
        pieces += (re.escape(text[end : part.start()]), _FORMATS[part[0]])
        end = part.end()
    pattern = "".join([*pieces, re.escape(text[end:])])
    if (
        not {"(?P<m>", "(?P<d>"} <= {group for group in ("(?P<m>", "(?P<d>") if group in pattern}
        or "(?P<y" not in pattern
    ):
        raise ValueError(text)
    try:
        return re.compile(pattern)
    except re.error:
        raise ValueError(text) from None


def day(text: str, options: Options) -> date:
    """A calendar day, ISO or dd/MM/yyyy. A time beside it is refused unless it is midnight."""
    expected = options.format or "2022-01-31, 31/01/2022"
    match = _match(text, options)
    if match:
        return _day(match, text, expected)
    if options.serials and not options.format and _SERIAL.fullmatch(text):
        return _checked(_serial(text, options.serials).date(), text)
    if not options.format and len(text) > 10 and (text[10] in "T " and text[11:].startswith("00:00")):
        return day(text[:10], options)
    raise Problem("date.malformed", value=text, expected=expected)


def moment(text: str, options: Options) -> datetime:
    """An instant in UTC. Without an offset it is Vietnamese time; a day alone is its first moment."""
    expected = options.format or "2022-01-31 14:30:00, 2022-01-31T14:30:00+07:00, 31/01/2022 14:30"
    if options.format:
        match = format_pattern(options.format).fullmatch(text)
        if match is None:
            raise Problem("time.malformed", value=text, expected=expected)
        return _instant(_day(match, text, expected), match, text)
    if options.serials and _SERIAL.fullmatch(text):
        return clock.local(_serial(text, options.serials)).astimezone(UTC)
    head, separator, tail = text.partition("T" if "T" in text else " ")
    # A Vietnamese clerk may write the hour first: 14:30 31/01/2022.
    if separator and ":" in head and (_ISO_DAY.fullmatch(tail) or _LOCAL_DAY.fullmatch(tail)):
        head, tail = tail, head
    match = _ISO_DAY.fullmatch(head) or _LOCAL_DAY.fullmatch(head)
    if match is None:
        raise Problem("time.malformed", value=text, expected=expected)
    date_part = _day(match, text, expected)
    hour = _CLOCK.fullmatch(tail.strip()) if separator else None
    if separator and hour is None:
        raise Problem("time.malformed", value=text, expected=expected)
    return _instant(date_part, hour, text)


def _match(text: str, options: Options) -> re.Match[str] | None:
    if options.format:
        return format_pattern(options.format).fullmatch(text)
    return _ISO_DAY.fullmatch(text) or _LOCAL_DAY.fullmatch(text)


def _day(match: re.Match[str], text: str, expected: str) -> date:
    parts = match.groupdict()
    year = int(parts["y"]) if parts.get("y") else 2000 + int(parts["yy"])
    month, number_of_day = int(parts["m"]), int(parts["d"])
    if not 1 <= month <= 12:
        raise Problem("date.impossible_month", value=text, month=month, expected=expected)
    if not 1900 <= year <= 2199:
        raise Problem("date.year", value=text, year=year)
    try:
        return date(year, month, number_of_day)
    except ValueError:
        raise Problem(
            "date.impossible", value=text, day=number_of_day, month=month, year=year, expected=expected
        ) from None


def _checked(value: date, text: str) -> date:
    if not 1900 <= value.year <= 2199:
        raise Problem("date.year", value=text, year=value.year)
    return value


def _instant(value: date, match: re.Match[str] | None, text: str) -> datetime:
    parts = match.groupdict() if match else {}
    hour, minute, second = (int(parts.get(key) or 0) for key in "HMS")
    micro = int((parts.get("f") or "0").ljust(6, "0")[:6])
    try:
        naive = datetime(value.year, value.month, value.day, hour, minute, second, micro)  # noqa: DTZ001
    except ValueError:
        raise Problem("time.impossible", value=text) from None
    zone = parts.get("z")
    if not zone:
        return clock.local(naive).astimezone(UTC)
    return naive.replace(tzinfo=_offset(zone, text)).astimezone(UTC)


def _offset(zone: str, text: str) -> timezone:
    if zone in ("Z", "z", "UTC"):
        return UTC
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    if hours > 14 or minutes > 59:
        raise Problem("time.impossible", value=text)
    sign = -1 if zone[0] == "-" else 1
    return timezone(sign * timedelta(hours=hours, minutes=minutes))


def _serial(text: str, zero: date) -> datetime:
    days = Decimal(text.replace(",", "."))
    seconds = round((days % 1) * 86400)
    return datetime.combine(zero, time()) + timedelta(days=int(days), seconds=seconds)


_PARSERS: dict[Kind, Callable[[str, Options], Any]] = {
    Kind.TEXT: lambda text, _options: text,
    Kind.INTEGER: integer,
    Kind.NUMBER: real,
    Kind.BOOLEAN: boolean,
    Kind.DATE: day,
    Kind.TIME: moment,
}
