"""A PDF file read back: where each line of its letters stands, how it is set, which rules are drawn. Millimetres."""

import unicodedata
from collections.abc import Iterator
from ctypes import byref, c_int, create_string_buffer
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import pypdfium2
from pypdfium2 import raw

POINT = 25.4 / 72


@dataclass(frozen=True)
class Line:
    """Letters of one line and font; `top` is that of its highest letter."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    font: str

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


class File:
    """A PDF file."""

    def __init__(self, data: bytes) -> None:
        self._file = pypdfium2.PdfDocument(data)

    def __del__(self) -> None:
        self._file.close()

    def __len__(self) -> int:
        return len(self._file)

    @cached_property
    def text(self) -> str:
        """All its letters without what parts lines and words, in NFC."""
        found = "".join(page.get_textpage().get_text_range() for page in self._file)
        return "".join(unicodedata.normalize("NFC", found).replace("\ufffe", "-").split())  # a hyphen that ends a line

    def lines(self, page: int = 0) -> list[Line]:
        """The lines of a page, in the order of its letters."""
        found: list[list[tuple[str, float, float, float, float, float, str]]] = []
        for letter in self._letters(page):
            last = found[-1][-1] if found else None
            same = last is not None and last[5:] == letter[5:] and abs(last[4] - letter[4]) < 2.5
            if same and -1 < letter[1] - last[2] < 5:  # type: ignore[index]
                found[-1].append(letter)
            else:
                found.append([letter])
        return [_line(each) for each in found]

    def line(self, start: str, page: int = 0) -> Line:
        """The line that begins so, spaces aside."""
        wanted = "".join(start.split())
        return next(each for each in self.lines(page) if "".join(each.text.split()).startswith(wanted))

    def rules(self, page: int = 0) -> list[tuple[float, float, float]]:
        """Lines drawn across: left, right, distance from the top."""
        height = self._file[page].get_height()
        boxes = [each.get_bounds() for each in self._file[page].get_objects(filter=[raw.FPDF_PAGEOBJ_PATH])]
        return [
            (left * POINT, right * POINT, (height - top) * POINT)
            for left, bottom, right, top in boxes
            if top - bottom < 3 and right - left > 10
        ]

    def rule_below(self, line: Line) -> tuple[float, float, float]:
        """The nearest rule below a line of the first page."""
        below = [each for each in self.rules() if each[2] > line.bottom - 1 and each[0] < line.middle < each[1]]
        return min(below, key=lambda each: each[2])

    def _letters(self, page: int) -> Iterator[tuple[str, float, float, float, float, float, str]]:
        words = self._file[page].get_textpage()
        height = self._file[page].get_height()
        for place in range(words.count_chars()):
            letter = chr(raw.FPDFText_GetUnicode(words.raw, place))
            left, bottom, right, top = (each * POINT for each in words.get_charbox(place, loose=True))
            if letter.isspace() or letter == "\ufffe":
                continue
            name = create_string_buffer(200)
            raw.FPDFText_GetFontInfo(words.raw, place, name, 200, byref(c_int()))
            size = round(raw.FPDFText_GetFontSize(words.raw, place), 2)
            whole = height * POINT
            yield letter, left, right, whole - top, whole - bottom, size, name.value.decode().rpartition("+")[2]


def _line(letters: list[tuple[str, float, float, float, float, float, str]]) -> Line:
    parts = ((" " if after[1] - before[2] > 0.5 else "") + after[0] for before, after in pairwise(letters))
    text = letters[0][0] + "".join(parts)
    _letter, left, _right, _top, _bottom, size, font = letters[0]
    right = max(each[2] for each in letters)
    return Line(text, left, right, min(each[3] for each in letters), max(each[4] for each in letters), size, font)
