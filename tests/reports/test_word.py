"""The DOCX file of a formal document, read back as Word reads it."""

import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Mm
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reports.examples import COLUMNS, LETTERHEAD, slip
from tests.reports.reading import File
from tests.reports.test_pdf import HOSTILE, LETTERS
from toancanh.reports import decree, pdf, word
from toancanh.reports.decree import STYLES, Urgency
from toancanh.reports.formal import Column, FormalDocument, Heading, Paragraph, Table, clean


def opened(document: FormalDocument) -> Any:
    return docx.Document(io.BytesIO(word.write(document)))


@cache
def written(count: int = 6) -> Any:
    return opened(slip(count))


def cell(file: Any, table: int, row: int, column: int) -> list[str]:
    return [each.text for each in file.tables[table].cell(row, column).paragraphs if each.text]


def styled(file: Any, key: str) -> list[Any]:
    """The paragraphs of an element, wherever they stand."""
    name = STYLES[key].name
    cells = [each for table in file.tables for row in table.rows for each in row.cells]
    lines = [*file.paragraphs, *(line for each in cells for line in each.paragraphs)]
    return [line for line in lines if line.style.name == name and line.text]


def test_issuing_body_and_number_stand_left_national_title_and_date_right() -> None:
    file = written()
    assert cell(file, 0, 0, 0) == ["UBND TỈNH ĐẮK LẮK", "TRUNG TÂM GIÁM SÁT,", "ĐIỀU HÀNH THÔNG MINH"]
    assert cell(file, 0, 0, 1) == ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
    assert cell(file, 0, 1, 0) == ["Số: 05/PCB-IOC"]
    assert cell(file, 0, 1, 1) == ["Đắk Lắk, ngày 03 tháng 11 năm 2026"]


def test_the_body_follows_kind_subject_and_addressee_and_ends_with_its_mark() -> None:
    lines = [each.text for each in written().paragraphs if each.text]
    assert lines[:3] == [
        "PHIẾU CẢNH BÁO",
        "Về việc hồ sơ thủ tục hành chính quá hạn giải quyết",
        "Kính gửi: Ủy ban nhân dân phường Buôn Ma Thuột",
    ]
    assert lines[3].startswith("Căn cứ Nghị định số 118/2025/NĐ-CP")
    assert lines[-1].endswith("năm 2026./.")


def test_recipients_stand_left_of_the_signer() -> None:
    file = written()
    assert cell(file, 2, 0, 0) == [
        "Nơi nhận:",
        "- Như trên;",
        "- Văn phòng UBND tỉnh (để biết);",
        "- Trung tâm Phục vụ hành chính công tỉnh;",
        "- Lưu: VT, IOC.",
    ]
    assert cell(file, 2, 0, 1) == ["KT. GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "Nguyễn Thị Hằng"]
    assert styled(file, "signer")[0].paragraph_format.space_before.mm > 20


@pytest.mark.parametrize("key", STYLES)
def test_every_element_has_a_style_of_its_own(key: str) -> None:
    style = written().styles[STYLES[key].name]
    look = STYLES[key]
    assert (style.font.size.pt, bool(style.font.bold), bool(style.font.italic)) == (look.size, look.bold, look.italic)


def test_no_paragraph_is_set_by_hand() -> None:
    names = {each.name for each in STYLES.values()}
    file = written()
    lines = [
        *file.paragraphs,
        *(line for table in file.tables for row in table.rows for c in row.cells for line in c.paragraphs),
    ]
    assert {line.style.name for line in lines if line.text} <= names
    assert not any(run.font.size or run.font.bold or run.font.italic for line in lines for run in line.runs)


def test_the_font_is_the_decrees_and_the_language_vietnamese() -> None:
    normal = written().styles["Normal"].element
    fonts = normal.find(f".//{qn('w:rFonts')}")
    assert {fonts.get(qn(f"w:{script}")) for script in ("ascii", "hAnsi", "cs", "eastAsia")} == {"Times New Roman"}
    assert normal.find(f".//{qn('w:lang')}").get(qn("w:val")) == "vi-VN"
    assert written().core_properties.language == "vi-VN"


def test_the_page_is_a4_with_the_decrees_margins_and_numbers_from_the_second() -> None:
    section = written().sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    margins = (section.top_margin, section.bottom_margin, section.left_margin, section.right_margin)
    assert [round(each.mm) for each in margins] == [decree.TOP, decree.BOTTOM, decree.LEFT, decree.RIGHT]
    assert section.different_first_page_header_footer
    assert "PAGE" in section.header._element.xml
    assert "PAGE" not in section.first_page_header._element.xml


def test_a_document_with_a_wide_table_lies_across() -> None:
    section = opened(slip(landscape=True)).sections[0]
    assert section.orientation == WD_ORIENT.LANDSCAPE
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)


def test_the_head_of_a_table_is_repeated_and_its_rows_are_kept_whole() -> None:
    table = written(200).tables[1]
    head, *rows = table._tbl.tr_lst
    assert head.find(f".//{qn('w:tblHeader')}") is not None
    assert all(row.find(f".//{qn('w:tblHeader')}") is None for row in rows)
    assert all(row.find(f".//{qn('w:cantSplit')}") is not None for row in rows)
    assert len(rows) == 200
    assert [each.text for each in table.rows[0].cells] == [each.title for each in COLUMNS]
    assert table.rows[200].cells[1].text == "000.00.12.H15-261005-0200"


def test_a_row_that_may_fill_a_page_may_be_torn() -> None:
    table = Table((Column("Cột", 1),), (("a" * 10_000,), ("b",)))
    rows = opened(slip(body=(table,))).tables[1]._tbl.tr_lst
    assert [row.find(f".//{qn('w:cantSplit')}") is not None for row in rows] == [True, False, True]


def test_tables_that_follow_each_other_stay_two() -> None:
    table = Table((Column("Cột", 1),), (("a",),))
    body = opened(slip(body=(table, table))).element.body
    tags = [each.tag.rpartition("}")[2] for each in body]
    assert tags.count("tbl") == 4
    assert "tbl tbl" not in " ".join(tags)
    assert tags[-2:] == ["p", "sectPr"]


def test_rules_are_as_long_as_in_the_pdf() -> None:
    head = replace(LETTERHEAD, issuer=("Sở Y tế",))
    document = slip(letterhead=head)
    borders = list(opened(document).element.body.iter(qn("w:pBdr")))
    drawn = File(pdf.draw(document))
    lines = [drawn.line("SỞ Y TẾ"), drawn.line("Độc lập - Tự do"), drawn.line("Về việc hồ sơ")]
    across = decree.SHORT - decree.LEFT - decree.RIGHT
    rooms = [across * decree.ISSUER, across * (1 - decree.ISSUER), across]
    for border, line, room, share in zip(borders, lines, rooms, (decree.RULE, 1, decree.RULE), strict=True):
        indent = border.getparent().find(qn("w:ind"))
        length = room - sum(int(indent.get(qn(f"w:{side}"))) / word.TWIP for side in ("left", "right"))
        assert abs(length - (line.right - line.left) * share) < 1


def test_an_official_letter_has_its_subject_below_its_number() -> None:
    file = opened(slip(kind="", subject="giải quyết hồ sơ", symbol=("IOC", "TH"), urgency=Urgency.HIGH))
    assert cell(file, 0, 1, 0) == ["Số: 05/IOC-TH", "V/v giải quyết hồ sơ", "THƯỢNG KHẨN"]
    assert not styled(file, "kind")
    frame = styled(file, "urgency")[0]._p.find(f".//{qn('w:pBdr')}")
    assert [each.tag.rpartition("}")[2] for each in frame] == ["top", "left", "bottom", "right"]


def test_several_addressees_stand_below_the_colon() -> None:
    lines = styled(opened(slip(addressees=("Sở Xây dựng", "Sở Y tế"))), "addressee")
    assert [each.text for each in lines] == ["Kính gửi:", "- Sở Xây dựng;", "- Sở Y tế."]
    head, first, second = (each.paragraph_format.left_indent for each in lines)
    assert first == second
    assert round((first - head) / Mm(1)) == word.UNDER


def test_the_last_paragraph_keeps_with_the_signature() -> None:
    last = [each for each in written().paragraphs if each.text][-1]
    assert last.paragraph_format.keep_with_next


def test_the_file_says_what_it_is() -> None:
    about = written().core_properties
    assert about.title == slip().title
    assert about.author == "Trung tâm giám sát, điều hành thông minh"
    assert about.created.replace(tzinfo=UTC) == datetime(2026, 11, 3, tzinfo=UTC)


def test_the_same_document_gives_the_same_bytes() -> None:
    assert word.write(slip()) == word.write(slip())
    with zipfile.ZipFile(io.BytesIO(word.write(slip()))) as file:
        assert {each.date_time for each in file.infolist()} == {word.MOMENT}


def test_every_vietnamese_letter_and_every_mark_comes_back() -> None:
    text = f"{' '.join(LETTERS)} {HOSTILE}"
    file = opened(
        slip(subject=text, body=(Paragraph(text), Heading(text, "clause"), Table((Column("a", 1),), ((text,),))))
    )
    assert [each.text for each in file.paragraphs].count(text) == 3
    assert file.tables[1].rows[1].cells[0].text == text


@given(st.text(), st.text(), st.text())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_comes_back_cleaned(first: str, second: str, third: str) -> None:
    table = Table((Column("a", 1),), ((third,),))
    file = opened(slip(subject=first, addressees=(), body=(Paragraph(second), table, Paragraph("Hết"))))
    assert [each.text for each in styled(file, "subject")] == [clean(first)] * bool(clean(first))
    assert [each.text for each in styled(file, "body")] == [*[clean(second)] * bool(clean(second)), "Hết./."]
    assert file.tables[1].rows[1].cells[0].text == clean(third)


def test_two_thousand_rows_and_ten_thousand_letters_are_written() -> None:
    file = opened(slip(2000, recipients=("Ư" * 10_000,)))
    assert len(file.tables[1]._tbl.tr_lst) == 2001
