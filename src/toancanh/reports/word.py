"""Formal documents for Word: every element in a style of its own, so that an office can change them as it is used to.

The same bytes from the same document. `python -m toancanh.reports.word` writes one and ends; `files.docx` has it do so.
"""

import io
import pickle
import sys
import unicodedata
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING, Any

from toancanh.reports import decree
from toancanh.reports.decree import STYLES
from toancanh.reports.formal import Block, FormalDocument, Table

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph

TWIP = 1440 / 25.4  # in a millimetre
MOMENT = (1980, 1, 1, 0, 0, 0)  # the first that an archive can tell
SIGNATURE = 70.0  # points above the signer's name
UNDER = 17.0  # millimetres that "Kính gửi" takes: the names stand below its colon
MIDDLE = ("nation", "motto", "superior", "issuer", "number", "date", "about", "urgency", "kind", "subject", "heading")
# How wide the bold letters are, as a share of their size; the rest are as wide as most.
COMMON = 0.5
ADVANCES = {
    letter: width
    for width, letters in {
        0.25: " .,",
        0.278: "il/",
        0.333: "t-():;j",
        0.389: "Is",
        0.444: "ecr",
        0.556: "bdhknpquS",
        0.611: "PF",
        0.667: "BELT",
        0.722: "ACDNRUVXYw",
        0.778: "GHKOQ",
        0.833: "m",
        0.944: "M",
        1.0: "W",
    }.items()
    for letter in letters
}


def write(document: FormalDocument) -> bytes:
    """The DOCX file."""
    from docx import Document

    word = Document()
    _styles(word)
    _page(word, document)
    _properties(word, document)
    _head(word, document)
    _title(word, document)
    _addressees(word, document)
    blocks = document.blocks
    for block in blocks:
        _block(word, block, document, last=block is blocks[-1])
    _foot(word, document)
    file = io.BytesIO()
    word.save(file)
    return _timeless(file)


def _timeless(file: io.BytesIO) -> bytes:
    """The same archive without the time it was written at."""
    out = io.BytesIO()
    with zipfile.ZipFile(file) as written, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as timeless:
        for each in written.infolist():
            entry = zipfile.ZipInfo(each.filename, MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            timeless.writestr(entry, written.read(each))
    return out.getvalue()


def _styles(word: "Document") -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    normal = word.styles["Normal"]
    normal.font.size = Pt(STYLES["body"].size)
    for place in (normal.element.get_or_add_rPr(), word.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}")):
        fonts = place.get_or_add_rFonts() if hasattr(place, "get_or_add_rFonts") else place.find(qn("w:rFonts"))
        fonts.attrib.clear()
        for script in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{script}"), decree.FONT)
        for found in place.findall(qn("w:lang")):
            place.remove(found)
        language = place.makeelement(qn("w:lang"), {qn("w:val"): "vi-VN", qn("w:eastAsia"): "vi-VN"})
        place.append(language)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    normal.paragraph_format.line_spacing = 1.0
    for key, look in STYLES.items():
        style = word.styles.add_style(look.name, WD_STYLE_TYPE.PARAGRAPH)
        style.element.styleId = _identifier(key)
        style.base_style = normal
        style.quick_style = True
        style.font.size, style.font.bold, style.font.italic = Pt(look.size), look.bold, look.italic
        style.font.color.rgb = RGBColor(0xFF, 0, 0) if key == "urgency" else RGBColor(0, 0, 0)
        layout = style.paragraph_format
        if key in MIDDLE or key in ("competence", "signer", "page"):
            layout.alignment = WD_ALIGN_PARAGRAPH.CENTER
        if key in ("body", "ground", "section", "clause"):
            layout.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
            layout.first_line_indent = Mm(decree.INDENT)
            layout.space_before = Pt(decree.BETWEEN)
        if key in ("section", "clause", "recipients", "competence"):
            layout.keep_with_next = True


def _page(word: "Document", document: FormalDocument) -> None:
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm

    section = word.sections[0]
    short, long = Mm(decree.SHORT), Mm(decree.LONG)
    section.orientation = WD_ORIENT.LANDSCAPE if document.landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if document.landscape else (short, long)
    section.top_margin, section.bottom_margin = Mm(decree.TOP), Mm(decree.BOTTOM)
    section.left_margin, section.right_margin = Mm(decree.LEFT), Mm(decree.RIGHT)
    section.header_distance = Mm(decree.TOP / 2)
    section.different_first_page_header_footer = True
    number = section.header.paragraphs[0]
    number.style = word.styles[STYLES["page"].name]
    number._p.append(_element("w:fldSimple", {"w:instr": "PAGE"}, _run("2")))


def _properties(word: "Document", document: FormalDocument) -> None:
    about = word.core_properties
    about.title, about.subject = document.title[:255], document.subject[:255]
    about.author = about.last_modified_by = document.letterhead.name[:255]
    about.category = document.kind[:255]
    about.language = "vi-VN"
    about.comments = ""
    about.created = about.modified = datetime(document.day.year, document.day.month, document.day.day, tzinfo=UTC)


def _head(word: "Document", document: FormalDocument) -> None:
    head = document.letterhead
    width = _width(document)
    left, right = width * decree.ISSUER, width * (1 - decree.ISSUER)
    grid = _grid(word, (left, right), 2)
    issuer, nation = grid.rows[0].cells
    if head.superior:
        _line(word, issuer, "superior", head.superior)
    *above, last = head.issuer
    for each in above:
        _line(word, issuer, "issuer", each)
    _ruled(word, issuer, "issuer", last, left, decree.RULE)
    _line(word, nation, "nation", decree.NATION)
    _ruled(word, nation, "motto", decree.MOTTO, right, 1.0)
    number, day = grid.rows[1].cells
    _line(word, number, "number", document.number_line)
    if not document.kind:
        _line(word, number, "about", f"V/v {document.subject}", above=6)
    _line(word, day, "date", document.place_and_date)
    if document.urgency:
        mark = _line(word, number, "urgency", document.urgency, above=8)
        side = (left - document.urgency.width) / 2
        _bordered(mark, side, ("top", "left", "bottom", "right"), "FF0000")


def _title(word: "Document", document: FormalDocument) -> None:
    if document.kind:
        _line(word, word, "kind", document.kind, above=14)
        _ruled(word, word, "subject", document.subject, _width(document), decree.RULE)


def _addressees(word: "Document", document: FormalDocument) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Mm

    for place, text in enumerate(document.addressee_lines):
        line = _line(word, word, "addressee", text, above=0 if place else 14)
        if len(document.addressees) == 1:
            line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        else:
            line.paragraph_format.left_indent = Mm(decree.ADDRESSEES + (UNDER if place else 0))
    _line(word, word, "recipient", "")


def _block(word: "Document", block: Block, document: FormalDocument, last: bool) -> None:
    if isinstance(block, Table):
        _table(word, block, _width(document))
        return
    line = _line(word, word, block.style, block.text)
    if last:  # no signature stands on a page of its own
        line.paragraph_format.keep_with_next = True


def _table(word: "Document", table: Table, width: float) -> None:
    """Written as text: with the library's cells 2,000 rows would take minutes."""
    from docx.oxml.ns import nsdecls, qn
    from docx.oxml.parser import parse_xml

    widths = [round(each * TWIP) for each in table.widths(width)]
    aligns = [each.align for each in table.columns]
    if word.element.body[-2:-1] and word.element.body[-2].tag == qn("w:tbl"):
        _line(word, word, "cell", "")  # tables that touch are one table to Word
    padding = round(decree.PADDING * TWIP)
    parts = [
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/>',
        '<w:jc w:val="center"/><w:tblBorders>',
        *(
            f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        ),
        '</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>',
        *(f'<w:{side} w:w="{padding}" w:type="dxa"/>' for side in ("left", "right")),
        "</w:tblCellMar></w:tblPr><w:tblGrid>",
        *(f'<w:gridCol w:w="{each}"/>' for each in widths),
        "</w:tblGrid>",
    ]
    beside = '<w:vAlign w:val="center"/>'
    heads = [_around(each, "heading", "center", beside) for each in widths]
    cells = [_around(each, "cell", align, "") for each, align in zip(widths, aligns, strict=True)]
    parts += _row([each.title for each in table.columns], heads, "<w:cantSplit/><w:tblHeader/>")
    for row in table.rows:
        parts += _row(row, cells, "" if table.tearable(row, width) else "<w:cantSplit/>")
    parts.append("</w:tbl>")
    word.element.body.insert(len(word.element.body) - 1, parse_xml("".join(parts)))


def _around(width: int, style: str, align: str, beside: str) -> str:
    """What stands in a cell of a column before its text."""
    return (
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{beside}</w:tcPr>'
        f'<w:p><w:pPr><w:pStyle w:val="{_identifier(style)}"/><w:jc w:val="{align}"/></w:pPr>'
    )


def _row(texts: Sequence[str], before: Sequence[str], marks: str) -> list[str]:
    cells = (
        f'{around}<w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p></w:tc>'
        if text
        else f"{around}</w:p></w:tc>"
        for around, text in zip(before, texts, strict=True)
    )
    return [f"<w:tr><w:trPr>{marks}</w:trPr>", *cells, "</w:tr>"]


def _foot(word: "Document", document: FormalDocument) -> None:
    """Recipients and signer: side by side, and never torn where they fit on a page."""
    from docx.shared import Pt

    head = document.letterhead
    half = _width(document) / 2
    _line(word, word, "recipient", "").paragraph_format.keep_with_next = True
    grid = _grid(word, (half, half), 1)
    grid.rows[0]._tr.get_or_add_trPr().append(_element("w:cantSplit"))
    left, right = grid.rows[0].cells
    _line(word, left, "recipients", "Nơi nhận:")
    for each in document.recipient_lines:
        _line(word, left, "recipient", each)
    for each in filter(None, (head.signer.competence, head.signer.position)):
        _line(word, right, "competence", each)
    _line(word, right, "signer", head.signer.name).paragraph_format.space_before = Pt(SIGNATURE)
    # Word wants a paragraph behind a table; this one takes no room.
    _line(word, word, "recipient", "").paragraph_format.line_spacing = Pt(1)


def _width(document: FormalDocument) -> float:
    return (decree.LONG if document.landscape else decree.SHORT) - decree.LEFT - decree.RIGHT


def _grid(word: "Document", widths: tuple[float, float], rows: int) -> Any:
    """A table without lines that holds two columns of the page; its cells are empty of paragraphs."""
    from docx.oxml.ns import qn
    from docx.shared import Mm

    grid = word.add_table(rows, 2)
    grid.autofit = False
    for row in grid.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Mm(width)
            cell._tc.remove(cell.paragraphs[0]._p)
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = Mm(width)
    margins = _element(
        "w:tblCellMar",
        {},
        *(_element(f"w:{side}", {"w:w": "0", "w:type": "dxa"}) for side in ("left", "right")),
    )
    grid._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)
    return grid


def _line(word: "Document", where: "Document | _Cell", style: str, text: str, above: float = 0) -> "Paragraph":
    from docx.shared import Pt

    look = STYLES[style]
    line = where.add_paragraph(style=word.styles[look.name])
    if text:
        line._p.append(_run(look.shown(text)))
    if above:
        line.paragraph_format.space_before = Pt(above)
    return line


def _ruled(word: "Document", where: "Document | _Cell", style: str, text: str, room: float, share: float) -> None:
    """A line of text with a rule of that share of its length below it."""
    from docx.shared import Pt

    look = STYLES[style]
    _line(word, where, style, text)
    length = min(_length(look.shown(text), look.size), room) * share
    rule = _line(word, where, "recipient", "")
    rule.paragraph_format.line_spacing = Pt(6)
    _bordered(rule, (room - length) / 2, ("top",), "000000")


def _length(text: str, size: float) -> float:
    """Millimetres of a text in the bold Times New Roman, without its kerning."""
    letters = unicodedata.normalize("NFD", text).replace("đ", "d").replace("Đ", "D")
    return sum(ADVANCES.get(each, COMMON) for each in letters if not unicodedata.combining(each)) * size * decree.POINT


def _bordered(line: "Paragraph", side: float, sides: tuple[str, ...], colour: str) -> None:
    """A paragraph drawn in from both sides, with lines at some of its edges."""
    from docx.shared import Mm

    line.paragraph_format.left_indent = line.paragraph_format.right_indent = Mm(side)
    edges = [
        _element(f"w:{each}", {"w:val": "single", "w:sz": "6", "w:space": "1", "w:color": colour}) for each in sides
    ]
    line._p.get_or_add_pPr().insert_element_before(
        _element("w:pBdr", {}, *edges),
        *("w:shd", "w:tabs", "w:suppressAutoHyphens", "w:kinsoku", "w:wordWrap", "w:overflowPunct", "w:topLinePunct"),
        *("w:autoSpaceDE", "w:autoSpaceDN", "w:bidi", "w:adjustRightInd", "w:snapToGrid", "w:spacing", "w:ind"),
        *("w:contextualSpacing", "w:mirrorIndents", "w:suppressOverlap", "w:jc", "w:textDirection"),
        *("w:textAlignment", "w:textboxTightWrap", "w:outlineLvl", "w:divId", "w:cnfStyle", "w:rPr", "w:sectPr"),
    )


def _identifier(style: str) -> str:
    """The name of an element's style inside the file."""
    return f"Decree30{style.capitalize()}"


def _run(text: str) -> Any:
    inner = _element("w:t", {"xml:space": "preserve"})
    inner.text = text
    return _element("w:r", {}, inner)


def _element(tag: str, attributes: dict[str, str] | None = None, *children: Any) -> Any:
    from docx.oxml.ns import qn
    from docx.oxml.parser import OxmlElement

    made = OxmlElement(tag, {qn(name): value for name, value in (attributes or {}).items()})
    made.extend(children)
    return made


if __name__ == "__main__":
    # What it is told comes from `files`, from nobody else.
    sys.stdout.buffer.write(write(pickle.loads(sys.stdin.buffer.read())))  # noqa: S301
