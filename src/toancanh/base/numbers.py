"""Numbers as Vietnamese and English readers write them."""

from decimal import ROUND_HALF_UP, Decimal

_SWAP = str.maketrans(",.", ".,")


def plain(value: float | int | Decimal, digits: int | None = None, language: str = "vi") -> str:
    """The value with thousands marks: 1.265.362 and 95,99 in Vietnamese, 1,265,362 and 95.99 in English.

    Without `digits` all significant decimals are shown; with it the value is rounded half up to that many.
    """
    number = Decimal(str(value))
    if digits is not None:
        number = number.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    elif number == number.to_integral():
        number = number.quantize(Decimal(1))
    else:
        number = number.normalize()
    text = f"{number:,f}"
    return text.translate(_SWAP) if language.startswith("vi") else text


def ratio(part: float, whole: float, digits: int = 2) -> float | None:
    """part / whole in percent, rounded half up to `digits`; None where the whole is zero."""
    if not whole:
        return None
    exact = Decimal(str(part)) * 100 / Decimal(str(whole))
    return float(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))
