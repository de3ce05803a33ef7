"""Vietnamese text: what is one name, what is found by one search."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from toancanh.base.text import name_key, nfc, search_key, sort_key


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Hoà Thắng", "Hòa Thắng"),
        ("Thuỷ Nguyên", "Thủy Nguyên"),
        ("Khoẻ", "Khỏe"),
        ("Uỷ ban", "Ủy ban"),
        ("HOÀ  PHÚ ", "hòa phú"),
    ],
)
def test_two_ways_of_placing_a_tone_are_one_name(old, new):
    assert name_key(old) == name_key(new)


@pytest.mark.parametrize(("one", "other"), [("Hòa Thắng", "Hoa Thang"), ("Hòa", "Hóa"), ("Quý", "Quy"), ("Đa", "Da")])
def test_accents_tell_names_apart(one, other):
    assert name_key(one) != name_key(other)


@pytest.mark.parametrize("name", ["Quý", "Hoàn", "Xuyên", "Thoát", "Quỳnh Hoàng"])
def test_a_tone_with_only_one_place_stays_where_it_is(name):
    assert name_key(name) == unicodedata.normalize("NFC", name.casefold())


@given(st.text(alphabet="aàáảãạăằâấeèêềoòôốơờuùưứyýđqnghtHOÀ ", max_size=20))
def test_a_key_is_the_key_of_itself_in_whatever_normal_form(text):
    key = name_key(text)
    assert name_key(key) == key
    assert name_key(unicodedata.normalize("NFD", text)) == key


def test_searching_needs_no_accents():
    assert search_key("Phường  Buôn Ma Thuột ") == "phuong buon ma thuot"
    assert search_key("ĐẮK NÔNG") == "dak nong"


def test_text_is_stored_in_nfc_without_superfluous_spaces():
    assert nfc(unicodedata.normalize("NFD", "  Đắk\u00a0\tLắk\n")) == "Đắk Lắk"


def test_names_are_sorted_as_in_a_vietnamese_dictionary():
    right = ["An", "Ăn", "Ân", "Bình Kiến", "Buôn Hồ", "Buôn Ma Thuột", "Dang", "Đá", "Đà Nẵng", "Đắk Lắk", "Ea Kar"]
    mixed = right[::-1]
    assert sorted(mixed, key=sort_key) == right


def test_of_equal_letters_the_tone_decides():
    right = ["ma", "mà", "mả", "mã", "má", "mạ"]
    mixed = right[::-1]
    assert sorted(mixed, key=sort_key) == right
