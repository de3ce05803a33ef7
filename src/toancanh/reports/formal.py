"""Formal documents: what an administrative document says, element by element, without how it is drawn.

The elements and the ways they are written are those of Decree 30/2020/NĐ-CP (05/3/2020), annex I. Texts are in NFC, in
one line each, and hold nothing that no page can show, whatever they were made from.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any, Literal

from toancanh.base import text
from toancanh.reports import decree
from toancanh.reports.decree import Urgency

MOST_LINES = 30  # of a row that is kept whole
UNKNOWN = "\ufffd"  # stands where a character was that no page can show
# Named after a person: written in full as the place (II.4.a).
WHOLE_NAMES = ("Thành phố Hồ Chí Minh",)


def clean(value: str) -> str:
    """The text in NFC and one line; what cannot be shown is marked, what has no shape (direction, joiners) left out."""
    value = text.nfc(value)
    if value.isprintable():
        return value
    kept = (each if each.isprintable() else _mark(each) for each in value)
    return text.nfc("".join(kept))


def _mark(character: str) -> str:
    return "" if unicodedata.category(character) == "Cf" else UNKNOWN


def _cleaned(value: Any) -> Any:
    if type(value) is str:
        return clean(value)
    return tuple(map(_cleaned, value)) if isinstance(value, tuple) else value


class _Clean:
    """Its texts are cleaned when it is made."""

    def __post_init__(self) -> None:
        for each in fields(self):  # type: ignore[arg-type]
            object.__setattr__(self, each.name, _cleaned(getattr(self, each.name)))


@dataclass(frozen=True)
class Paragraph(_Clean):
    """A paragraph of the body; a `ground` is one of the legal grounds before it."""

    text: str
    style: Literal["body", "ground"] = "body"


@dataclass(frozen=True)
class Heading(_Clean):
    """A title in the body, with its number: of a section (`I. KẾT QUẢ`) or of a clause (`1. Phạm vi`)."""

    text: str
    style: Literal["section", "clause"] = "section"


@dataclass(frozen=True)
class Column(_Clean):
    """A column of a table: what stands above it, its share of the width, where its cells begin."""

    title: str
    share: float
    align: Literal["left", "center", "right"] = "left"


@dataclass(frozen=True)
class Table(_Clean):
    """A table; its head is repeated on every page. Raises ValueError where its cells do not fit its columns."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.columns or any(each.share <= 0 for each in self.columns):
            raise ValueError("a table needs columns, each with a share of the width")
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"every row has {len(self.columns)} cells")

    def widths(self, whole: float) -> list[float]:
        """The width of each column where the table is `whole` wide."""
        total = sum(each.share for each in self.columns)
        return [whole * each.share / total for each in self.columns]

    def tearable(self, row: Sequence[str], whole: float) -> bool:
        """Whether the end of a page may tear this row, in a table `whole` millimetres wide: it might fill a page."""
        room = (width - decree.PADDING * 2 for width in self.widths(whole))
        return any(len(cell) * decree.WIDEST > MOST_LINES * most for cell, most in zip(row, room, strict=True))


Block = Paragraph | Heading | Table


@dataclass(frozen=True)
class Signer(_Clean):
    """Who signs: `competence` as "KT. GIÁM ĐỐC" (empty where the head signs), position, full name without degrees."""

    position: str
    name: str = ""
    competence: str = ""


@dataclass(frozen=True)
class Letterhead(_Clean):
    """Who issues documents here: the body it belongs to, itself, its letters in symbols, its place, who signs.

    `issuer` is its name in the lines it is to stand in, `filed` says where the copy is kept, as "VT, IOC".
    Raises ValueError where nobody issues.
    """

    superior: str
    issuer: tuple[str, ...]
    symbol: str
    place: str
    signer: Signer
    filed: str = "VT"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.name:
            raise ValueError("a letterhead names who issues")

    @property
    def name(self) -> str:
        """The name of the issuing body in one line."""
        return " ".join(self.issuer)

    @classmethod
    def of_province(cls, name: str) -> "Letterhead":
        """That of a province's operations centre where nothing else is set: `name` as "Tỉnh Đắk Lắk"."""
        kind = next((each for each in ("Tỉnh ", "Thành phố ") if name.startswith(each)), "")
        return cls(
            superior=f"UBND {name}",
            issuer=("Trung tâm giám sát,", "điều hành thông minh"),
            symbol="IOC",
            place=name if name in WHOLE_NAMES else name.removeprefix(kind),
            signer=Signer("Giám đốc"),
            filed="VT, IOC",
        )


@dataclass(frozen=True)
class FormalDocument(_Clean):
    """An administrative document, ready to be drawn.

    `number` counts within the year, from 1; `symbol` has the groups of letters after it ("PCB", "IOC"). `kind` is the
    name of the kind of document; without one it is an official letter (công văn) and `subject` stands after "V/v".
    `recipients` are those beside the addressees and the file. Raises ValueError where the number is none.
    """

    letterhead: Letterhead
    number: int
    symbol: tuple[str, ...]
    day: date
    subject: str
    body: tuple[Block, ...]
    kind: str = ""
    addressees: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    urgency: Urgency | None = None
    landscape: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.number < 1:
            raise ValueError("a document's number counts from 1")

    @property
    def title(self) -> str:
        """Kind, number and subject in one line: what a reader's window shows above it."""
        number = self.number_line
        return f"{f'{self.kind} {number[0].lower()}{number[1:]}' if self.kind else number}: {self.subject}"

    @property
    def number_line(self) -> str:
        """`Số: 05/PCB-IOC` (II.3.c: numbers below 10 with a zero before them)."""
        return f"Số: {self.number:02}/{'-'.join(self.symbol)}"

    @property
    def place_and_date(self) -> str:
        """`Đắk Lắk, ngày 03 tháng 11 năm 2026` (II.4.b: days below 10, months 1 and 2 with a zero before them)."""
        month = f"{self.day.month:02}" if self.day.month < 3 else str(self.day.month)
        return f"{self.letterhead.place}, ngày {self.day.day:02} tháng {month} năm {self.day.year}"

    @property
    def addressee_lines(self) -> tuple[str, ...]:
        """One addressee stands on the line of "Kính gửi:", several on lines of their own below it (II.9.d)."""
        if len(self.addressees) < 2:
            return tuple(f"Kính gửi: {each}" for each in self.addressees)
        return ("Kính gửi:", *_listed(self.addressees))

    @property
    def recipient_lines(self) -> tuple[str, ...]:
        """What stands below "Nơi nhận:", the file last (II.9.d)."""
        above = ("Như trên",) if self.addressees else ()
        return _listed((*above, *self.recipients, f"Lưu: {self.letterhead.filed}"))

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The body with the mark of its end, `./.`, behind its last words."""
        *before, last = self.body or (Paragraph(""),)
        if isinstance(last, Paragraph):
            return (*before, replace(last, text=f"{last.text.rstrip(' .;')}{decree.CLOSING}"))
        return (*before, last, Paragraph(decree.CLOSING))


def _listed(names: Sequence[str]) -> tuple[str, ...]:
    """Names as a list of the decree: a dash before each, a semicolon behind, a full stop behind the last."""
    ends = [";"] * (len(names) - 1) + ["."]
    return tuple(f"- {name.rstrip(' .;')}{end}" for name, end in zip(names, ends, strict=True))
