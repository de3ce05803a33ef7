"""Numbers in a template: None is a dash, never zero."""

from decimal import Decimal, InvalidOperation

from django.utils.translation import get_language

from toancanh.base import numbers

MISSING = "–"
Number = float | int | Decimal


def number(value: Number | None, digits: int | str | None = None) -> str:
    """The value in the language of the page, `–` for None; other text passes unchanged."""
    if value is None or value == "":
        return MISSING
    try:
        places = None if digits is None or digits == "" else int(digits)
        return numbers.plain(value, places, get_language() or "vi")
    except (InvalidOperation, ValueError):
        return str(value)


def percent(value: Number | None, digits: int | str = 2) -> str:
    """A value that is already in percent: 95.99 as `95,99 %`, with a space that does not break."""
    return MISSING if value is None else f"{number(value, digits)}\u00a0%"


def share(part: Number | None, whole: Number | None) -> str:
    """The part in percent of the whole, to one digit; `–` where either is missing or the whole is zero."""
    value = None if part is None or whole is None else numbers.ratio(float(part), float(whole), 1)
    return percent(value, 1)


def signed(value: Number | None, digits: int | str | None = None) -> str:
    """The value with its sign, for changes: `+1,20`, `−3`, `0`."""
    if value is None:
        return MISSING
    mark = "+" if value > 0 else "−" if value < 0 else ""
    return mark + number(value if value >= 0 else -value, digits)
