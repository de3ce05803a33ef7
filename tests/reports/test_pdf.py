"""The PDF file of a formal document: where its elements stand, what is left of its letters."""

import unicodedata
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reports.examples import COLUMNS, LETTERHEAD, slip
from tests.reports.reading import File
from toancanh.reports import decree, files, pdf
from toancanh.reports.decree import Urgency
from toancanh.reports.formal import Column, Heading, Paragraph, Table

VOWELS = [base + tone for base in "aăâeêioôơuưy" for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")]
LETTERS = [unicodedata.normalize("NFC", each) for each in VOWELS] + ["đ"]
LETTERS += [each.upper() for each in LETTERS]
HOSTILE = (
    r"""#panic("x") #import "@preview/a:1.0.0" $x^2$ *b* _i_ `r` <l> @ref \u{41} // c /* d */ ~ -- ... """
    r"""= + [ ] { } & ' " ;"""
)


@cache
def drawn(count: int = 6) -> File:
    return File(files.pdf(slip(count)))


def read(*body: Paragraph | Heading | Table) -> File:
    return File(pdf.draw(slip(body=body)))


def squeezed(text: str) -> str:
    return "".join(text.split())


def test_the_national_title_stands_right_and_the_issuing_body_left() -> None:
    file = drawn()
    nation, motto = file.line("CỘNG HÒA XÃ HỘI"), file.line("Độc lập - Tự do")
    superior, issuer = file.line("UBND TỈNH ĐẮK LẮK"), file.line("TRUNG TÂM GIÁM SÁT")
    assert (nation.text, motto.text) == ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc")
    assert issuer.right < nation.left
    assert nation.middle > decree.SHORT / 2 > superior.right
    assert abs(nation.middle - motto.middle) < 1
    assert abs(superior.top - nation.top) < 0.5
    assert abs(superior.middle - issuer.middle) < 1
    assert (nation.font, motto.font, issuer.font, superior.font) == (*["Tinos-Bold"] * 3, "Tinos-Regular")
    assert (nation.size, motto.size) == (12, 13)


def test_the_rule_below_the_motto_is_as_long_as_it_and_the_others_a_third_to_a_half() -> None:
    file = drawn()
    motto = file.line("Độc lập - Tự do")
    left, right, _top = file.rule_below(motto)
    assert abs(left - motto.left) < 1
    assert abs(right - motto.right) < 1
    for line in (file.line("ĐIỀU HÀNH THÔNG MINH"), file.line("Về việc hồ sơ")):
        left, right, top = file.rule_below(line)
        assert abs((left + right) / 2 - line.middle) < 1
        assert top - line.bottom < 2
    whole = file.line("Về việc hồ sơ")
    left, right, _top = file.rule_below(whole)
    assert 1 / 3 <= (right - left) / (whole.right - whole.left) <= 1 / 2


def test_a_long_name_of_the_issuing_body_takes_more_lines() -> None:
    head = replace(LETTERHEAD, issuer=("Ban Quản lý các khu công nghiệp và khu kinh tế tỉnh Đắk Lắk",))
    file = File(pdf.draw(slip(letterhead=head)))
    assert "BANQUẢNLÝCÁCKHUCÔNGNGHIỆPVÀKHUKINHTẾTỈNHĐẮKLẮK" in file.text
    assert file.line("BAN QUẢN LÝ").right < file.line("CỘNG HÒA").left


def test_number_and_date_stand_on_one_line_below_body_and_motto() -> None:
    file = drawn()
    number, day = file.line("Số: 05/PCB-IOC"), file.line("Đắk Lắk, ngày 03 tháng 11 năm 2026")
    assert abs(number.top - day.top) < 0.5
    assert number.top > file.line("ĐIỀU HÀNH THÔNG MINH").bottom
    assert abs(number.middle - file.line("UBND TỈNH").middle) < 1
    assert abs(day.middle - file.line("Độc lập").middle) < 1
    assert (number.font, day.font) == ("Tinos-Regular", "Tinos-Italic")
    assert (number.size, day.size) == (13, 13)


def test_kind_subject_and_addressee_stand_in_the_middle() -> None:
    file = drawn()
    middle = (decree.LEFT + decree.SHORT - decree.RIGHT) / 2
    kind, subject, to = file.line("PHIẾU CẢNH BÁO"), file.line("Về việc hồ sơ"), file.line("Kính gửi:")
    assert all(abs(each.middle - middle) < 1 for each in (kind, subject, to))
    assert kind.bottom < subject.top < to.top
    assert (kind.font, subject.font, to.font) == ("Tinos-Bold", "Tinos-Bold", "Tinos-Regular")
    assert to.text.endswith("Ủy ban nhân dân phường Buôn Ma Thuột")


def test_paragraphs_are_drawn_in_and_fill_the_line() -> None:
    ground, more = drawn().line("Căn cứ Nghị định"), drawn().line("phủ về thực hiện")
    assert abs(ground.left - decree.LEFT - decree.INDENT) < 0.5
    assert abs(more.left - decree.LEFT) < 0.5
    assert abs(more.right - decree.SHORT + decree.RIGHT) < 0.5
    assert ground.font == "Tinos-Italic"
    assert ground.size >= 14


def test_recipients_stand_left_of_the_signer_on_the_level_of_the_competence() -> None:
    page = len(drawn()) - 1
    to, listed = drawn().line("Nơi nhận:", page), drawn().line("- Như trên;", page)
    competence, position = drawn().line("KT. GIÁM ĐỐC", page), drawn().line("PHÓ GIÁM ĐỐC", page)
    name = drawn().line("Nguyễn Thị Hằng", page)
    assert abs(to.left - decree.LEFT) < 0.5
    assert abs(listed.left - decree.LEFT) < 0.5
    assert abs(to.top - competence.top) < 1.5
    assert competence.left > decree.SHORT / 2
    assert competence.bottom < position.bottom < name.top - 20  # room for a signature
    assert abs(competence.middle - name.middle) < 1
    assert (to.font, to.size, listed.size) == ("Tinos-BoldItalic", 12, 11)


def test_pages_are_numbered_in_the_middle_above_from_the_second() -> None:
    file = drawn(200)
    middle = (decree.LEFT + decree.SHORT - decree.RIGHT) / 2
    for page in range(1, len(file)):
        number = file.lines(page)[0]
        assert number.text == str(page + 1)
        assert abs(number.middle - middle) < 0.5
        assert number.bottom < decree.TOP
        assert number.size in (13, 14)
    assert all(line.top >= decree.TOP - 0.5 for line in drawn(200).lines(0))


def test_the_head_of_a_table_is_repeated_and_no_row_is_lost() -> None:
    file = drawn(200)
    assert len(file) > 10
    assert file.line("Mã hồ sơ", 0)
    assert file.line("Mã hồ sơ", 1)
    assert all(squeezed(f"000.00.12.H15-2610{place % 28 + 1:02}-{place:04}") in file.text for place in range(1, 201))


def test_the_signature_stands_on_no_page_of_its_own() -> None:
    for count in range(8, 16):
        file = File(pdf.draw(slip(count)))
        last = [line.text for line in file.lines(len(file) - 1)]
        assert any(text.endswith("./.") for text in last)


def test_an_official_letter_has_its_subject_below_its_number_and_no_kind() -> None:
    file = File(
        pdf.draw(slip(kind="", symbol=("IOC", "TH"), subject="giải quyết hồ sơ quá hạn", urgency=Urgency.FLASH))
    )
    about, number = file.line("V/v giải quyết hồ sơ quá hạn"), file.line("Số: 05/IOC-TH")
    assert abs(about.middle - number.middle) < 1
    assert number.bottom < about.top
    assert about.size == 12
    assert "PHIẾU" not in file.text
    mark = file.line("HỎA TỐC")
    assert about.bottom < mark.top
    assert mark.font == "Tinos-Bold"


def test_several_addressees_stand_below_the_colon() -> None:
    file = File(pdf.draw(slip(addressees=("Sở Xây dựng", "Sở Y tế"))))
    head, first, second = file.line("Kính gửi:"), file.line("- Sở Xây dựng;"), file.line("- Sở Y tế.")
    assert first.left == second.left
    assert head.right - 2.5 < first.left < head.right
    assert head.bottom < first.bottom < second.bottom


def test_a_document_with_a_wide_table_lies_across() -> None:
    file = File(pdf.draw(slip(40, landscape=True)))
    nation = file.line("CỘNG HÒA")
    assert nation.middle > decree.LONG / 2
    assert max(line.right for line in file.lines(0)) <= decree.LONG - decree.RIGHT + 0.5


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_every_vietnamese_letter_comes_back_in_every_style(form: str) -> None:
    letters = unicodedata.normalize(form, " ".join(LETTERS))
    assert len(LETTERS) == 146
    file = read(Paragraph(letters), Paragraph(letters, "ground"), Heading(letters, "clause"), Paragraph("Hết"))
    assert file.text.count(squeezed(" ".join(LETTERS))) == 3
    fonts = {line.font for page in range(len(file)) for line in file.lines(page)}
    assert fonts == {"Tinos-Regular", "Tinos-Italic", "Tinos-Bold", "Tinos-BoldItalic"}


def test_markup_in_a_text_is_shown_as_it_is() -> None:
    table = Table((Column("Cột", 1),), ((HOSTILE,),))
    file = File(pdf.draw(slip(subject=HOSTILE, addressees=(HOSTILE,), body=(Paragraph(HOSTILE), table))))
    assert file.text.count(squeezed(HOSTILE)) == 4


@given(
    st.lists(st.text(st.sampled_from("#$<>@\\\"`*_[]{}/=~-+'&%;:,.!?()|^ aeđẳỵ"), min_size=1), min_size=4, max_size=4)
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_of_marks_comes_back(texts: list[str]) -> None:
    paragraph, cell, name, to = texts
    table = Table((Column("Cột", 1), Column("Hẹp", 0.1)), ((cell, cell),))
    file = File(pdf.draw(slip(subject=name, addressees=(to,), recipients=(), body=(Paragraph(paragraph), table))))
    for text in (paragraph, cell, name):
        assert squeezed(text) in file.text


@given(st.text(), st.text())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_can_be_drawn(first: str, second: str) -> None:
    table = Table((Column("Cột", 1),), ((second,),))
    assert len(File(pdf.draw(slip(subject=first, kind=second, body=(Paragraph(first), table))))) >= 1


@pytest.mark.parametrize("text", ["Ư" * 10_000, "từ " * 3_300, "0-" * 5_000], ids=["one word", "words", "dashes"])
def test_a_line_of_ten_thousand_characters_stays_on_the_pages(text: str) -> None:
    wide, narrow = Column("Rộng", 9), Column("Hẹp", 2)
    file = read(Paragraph(text), Table((wide, narrow), (("", text),)))
    assert file.text.count(text[0]) >= 2 * text.count(text[0])
    for page in range(len(file)):
        for line in file.lines(page):
            assert line.left > decree.LEFT - 1
            assert line.right < decree.SHORT - decree.RIGHT + 1
            assert line.bottom < decree.LONG - decree.BOTTOM + 1


def test_a_table_of_two_thousand_rows_is_drawn_whole() -> None:
    file = drawn(2000)
    assert all(line.right < decree.SHORT - decree.RIGHT + 0.5 for line in file.lines(len(file) // 2))
    assert "-2000" in file.text


def test_the_same_document_gives_the_same_bytes() -> None:
    assert pdf.draw(slip()) == pdf.draw(slip())


def test_a_document_without_a_name_to_sign_or_a_table_is_drawn() -> None:
    file = File(pdf.draw(slip(body=(), addressees=(), recipients=())))
    assert file.text.count("./.") == 1


def test_the_columns_of_the_example_keep_their_order() -> None:
    lines = [line.text for line in drawn(200).lines(1)][1:]
    assert lines[0] == COLUMNS[0].title
