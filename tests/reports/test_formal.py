"""What a formal document says, and how the decree has it written."""

import csv
import unicodedata
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.reports.examples import LETTERHEAD, dossiers, slip
from toancanh.reports import decree
from toancanh.reports.formal import Column, Heading, Letterhead, Paragraph, Signer, Table, clean

GOLDEN = Path(__file__).parents[1] / "golden" / "formal-layout.csv"


def golden() -> list[dict[str, str]]:
    with GOLDEN.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


@pytest.mark.parametrize("row", golden(), ids=lambda row: row["element"])
def test_each_element_is_set_as_the_decree_says(row: dict[str, str]) -> None:
    style = decree.STYLES[row["element"]]
    assert float(row["least"]) <= style.size <= float(row["most"])
    said = {"yes": True, "no": False}
    assert (style.bold, style.italic, style.capitals) == tuple(said[row[key]] for key in ("bold", "italic", "capitals"))


def test_only_what_the_decree_leaves_open_is_set_without_it() -> None:
    assert set(decree.STYLES) - {row["element"] for row in golden()} == {"heading", "cell"}


def test_page_and_distances_are_within_the_decree() -> None:
    assert (decree.SHORT, decree.LONG) == (210, 297)
    assert 20 <= decree.TOP <= 25
    assert 20 <= decree.BOTTOM <= 25
    assert 30 <= decree.LEFT <= 35
    assert 15 <= decree.RIGHT <= 20
    assert decree.INDENT in (10, 12.7)
    assert decree.BETWEEN >= 6
    assert 1 / 3 <= decree.RULE <= 1 / 2


@pytest.mark.parametrize(
    ("number", "symbol", "line"),
    [(5, ("BNV", "VP"), "Số: 05/BNV-VP"), (15, ("QĐ", "BNV"), "Số: 15/QĐ-BNV"), (120, ("UBND",), "Số: 120/UBND")],
)
def test_numbers_below_ten_have_a_zero(number: int, symbol: tuple[str, ...], line: str) -> None:
    assert slip(number=number, symbol=symbol).number_line == line


@pytest.mark.parametrize(
    ("day", "line"),
    [
        (date(2020, 1, 5), "Hà Nội, ngày 05 tháng 01 năm 2020"),
        (date(2019, 6, 29), "Hà Nội, ngày 29 tháng 6 năm 2019"),
        (date(2026, 2, 10), "Hà Nội, ngày 10 tháng 02 năm 2026"),
        (date(2026, 3, 9), "Hà Nội, ngày 09 tháng 3 năm 2026"),
        (date(2026, 11, 3), "Hà Nội, ngày 03 tháng 11 năm 2026"),
    ],
)
def test_days_below_ten_and_the_months_one_and_two_have_a_zero(day: date, line: str) -> None:
    assert slip(day=day, letterhead=replace(LETTERHEAD, place="Hà Nội")).place_and_date == line


def test_one_addressee_stands_on_the_line_several_below_it() -> None:
    assert slip(addressees=("Bộ Nội vụ",)).addressee_lines == ("Kính gửi: Bộ Nội vụ",)
    several = slip(addressees=("Bộ Nội vụ", "Bộ Kế hoạch và Đầu tư", "Bộ Tài chính"))
    assert several.addressee_lines == ("Kính gửi:", "- Bộ Nội vụ;", "- Bộ Kế hoạch và Đầu tư;", "- Bộ Tài chính.")


def test_recipients_begin_with_those_above_and_end_with_the_file() -> None:
    lines = slip(recipients=("Văn phòng UBND tỉnh;",)).recipient_lines
    assert lines == ("- Như trên;", "- Văn phòng UBND tỉnh;", "- Lưu: VT, IOC.")
    assert slip(addressees=(), recipients=()).recipient_lines == ("- Lưu: VT, IOC.",)


def test_the_mark_of_the_end_stands_behind_the_last_words() -> None:
    assert slip(body=(Paragraph("Một."), Paragraph("Hai."))).blocks == (Paragraph("Một."), Paragraph("Hai./."))
    assert slip(body=(Paragraph("Một."), dossiers(2))).blocks[-1] == Paragraph("./.")
    assert slip(body=(Heading("I. Kết quả"),)).blocks[-1] == Paragraph("./.")


def test_the_letterhead_of_a_province_follows_from_its_name() -> None:
    found = Letterhead.of_province("Tỉnh Đắk Lắk")
    assert (found.superior, found.place) == ("UBND Tỉnh Đắk Lắk", "Đắk Lắk")
    assert found.name == "Trung tâm giám sát, điều hành thông minh"
    assert Letterhead.of_province("Thành phố Huế").place == "Huế"


def test_a_place_named_after_a_person_is_written_in_full() -> None:
    assert Letterhead.of_province("Thành phố Hồ Chí Minh").place == "Thành phố Hồ Chí Minh"


def test_the_title_says_kind_number_and_subject() -> None:
    assert slip().title.startswith("Phiếu cảnh báo số: 05/PCB-IOC: Về việc hồ sơ")
    assert slip(kind="").title.startswith("Số: 05/PCB-IOC: Về việc hồ sơ")


def test_texts_are_in_nfc_and_one_line() -> None:
    assert Signer(unicodedata.normalize("NFD", "Giám  đốc\n")).position == "Giám đốc"
    assert Table((Column("a", 1),), ((" a\tb ",),)).rows == (("a b",),)


@given(st.text())
def test_a_cleaned_text_can_always_be_shown(value: str) -> None:
    assert clean(value).isprintable()
    assert clean(clean(value)) == clean(value)


def test_what_cannot_be_shown_is_marked_and_what_turns_the_direction_left_out() -> None:
    assert clean("a\x00b\ud800c\uffffd") == "a\ufffdb\ufffdc\ufffdd"
    assert clean("a\u202eb\u200bc") == "abc"


def test_a_row_has_a_cell_for_each_column() -> None:
    with pytest.raises(ValueError, match="2 cells"):
        Table((Column("a", 1), Column("b", 1)), (("1",),))
    with pytest.raises(ValueError, match="columns"):
        Table((), ())
    with pytest.raises(ValueError, match="share"):
        Table((Column("a", 0),), ())


@pytest.mark.parametrize("lines", [(), ("",), (" ",)])
def test_somebody_issues_a_document(lines: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="issues"):
        replace(LETTERHEAD, issuer=lines)


def test_numbers_count_from_one() -> None:
    with pytest.raises(ValueError, match="from 1"):
        slip(number=0)
