"""Marks: signs that readers put into the text of a cell which is more, or less, than its text."""

from decimal import Decimal

from toancanh.base.text import is_whole, whole

# Stands before the text of a cell that has no usable value: MARK + code + MARK + one parameter. Never in real text.
MARK = "\ufdd0"
# Stands after the text of a number with a fraction that was a number in the file already, not text. Never in real text.
NUMBER = "\ufdd1"


def kept(cell: str) -> str:
    """A cell as it is; marked where it holds characters that cannot be kept."""
    return cell if is_whole(cell) else f"{MARK}cell.letter{MARK}{whole(cell)}"


def number_text(value: float | int | Decimal) -> str:
    """A number that was a number already: as text, and with NUMBER after it where text could be read in two ways."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**63:
        value = int(value)
    text = str(value)
    return text + NUMBER if "." in text else text
