"""A name finds a unit only when it is certain which one is meant, on that day."""

from datetime import date

import pytest

from toancanh.base.problems import Problem
from toancanh.units import spelling
from toancanh.units.names import Resolver
from toancanh.units.search import search

BEFORE, AFTER = date(2025, 6, 30), date(2026, 10, 1)
pytestmark = pytest.mark.usefixtures("units")


def find(text: str, day: date = AFTER, within: str | None = None) -> str:
    return Resolver(day, within).find(text).ref


def refused(text: str, day: date = AFTER, within: str | None = None) -> Problem:
    with pytest.raises(Problem) as problem:
        Resolver(day, within).find(text)
    return problem.value


@pytest.mark.parametrize(
    "text", ["66", "gso:66", "Đắk Lắk", "Tỉnh Đắk Lắk", "tỉnh ĐẮK LẮK", "T. Đắk Lắk", " Đắk  Lắk "]
)
def test_a_province_is_found_by_code_and_by_every_way_of_writing_it(text):
    assert find(text) == "gso:66"


@pytest.mark.parametrize(
    "text", ["Phường Tân Lập", "P. Tân Lập", "P.Tân Lập", "Tân Lập", "phường tân lập", "Tân Lập, Đắk Lắk"]
)
def test_a_ward_is_found_with_and_without_its_kind(text):
    assert find(text, within="gso:66") == "gso:24121"


def test_both_ways_of_placing_a_tone_are_one_name():
    assert find("Xã Hoà Phú", within="66") == find("Xã Hòa Phú", within="66")
    assert find("P. Tuy Hoà", within="66") == "gso:22015"


def test_apostrophes_blanks_and_hyphens_do_not_matter():
    assert find("Xã Cư M’gar", within="66") == find("Xã Cư M'gar", within="66") == find("Xã Cư M' gar", within="66")


def test_other_official_spellings_find_the_same_unit():
    assert find("Xã Ea Khăl, Huyện Ea H'leo", BEFORE) == find("Xã Ea Khal, Huyện Ea H'leo", BEFORE) == "gso:24202"


def test_a_chain_of_names_tells_namesakes_apart():
    assert find("Xã Hòa Thắng, Thành phố Buôn Ma Thuột, Đắk Lắk", BEFORE) == "gso:24166"
    assert find("Xã Hòa Thắng, Đắk Lắk", BEFORE) == "gso:24166"
    assert find("Xã Hòa Thắng, TP Buôn Ma Thuột", BEFORE) == "gso:24166"


def test_a_short_ward_number_is_read():
    assert find("P.4, Quận 3, TP. Hồ Chí Minh", BEFORE) == find("Phường 4, Quận 3, Thành phố Hồ Chí Minh", BEFORE)


def test_a_department_is_found_with_and_without_the_name_of_its_province():
    assert find("Sở Xây dựng", within="66") == find("Sở Xây dựng tỉnh Đắk Lắk") == "agency:dak-lak.sxd"
    assert find("agency:dak-lak.sxd") == "agency:dak-lak.sxd"


def test_a_bare_name_shared_with_a_province_means_the_province_in_the_whole_country():
    assert find("Tây Ninh") == "gso:80"


def test_namesakes_are_refused_with_every_candidate_and_its_parents():
    problem = refused("Xã Hòa Thắng", BEFORE)
    assert problem.code == "unit.ambiguous"
    assert {"gso:24166", "gso:23053"} <= set(problem.params["refs"])
    assert "Thành phố Buôn Ma Thuột, Tỉnh Đắk Lắk" in str(problem)


def test_a_name_of_another_time_is_refused_with_its_dates_and_successor():
    problem = refused("Xã Hòa Thắng, TP Buôn Ma Thuột")
    assert problem.code == "unit.expired"
    assert "30/06/2025" in str(problem)
    assert problem.params["refs"] == ["gso:24121"]


def test_a_gone_province_is_refused_by_code_and_by_name_with_its_successor():
    for text in ("67", "gso:67", "Đắk Nông", "Tỉnh Đắk Nông"):
        problem = refused(text)
        assert (problem.code, problem.params["refs"]) == ("unit.expired", ["gso:68"])


def test_a_gone_district_is_refused_with_what_its_communes_became():
    problem = refused("Huyện Krông Nô")
    assert problem.code == "unit.expired"
    assert problem.params["refs"]


@pytest.mark.parametrize("text", ["Dak Lak", "tan lap", "Xa Hoa Thang", "Tân Lâp"])
def test_a_name_without_its_accents_never_decides(text):
    assert refused(text, within="66").code == "unit.unknown"


def test_a_name_without_accents_suggests():
    assert "Phường Tân Lập, Tỉnh Đắk Lắk (gso:24121)" in str(refused("Tan Lap", within="66"))


@pytest.mark.parametrize("text", ["Phuong Buon Ma Thuot", "phường Buon Ma Thuot", "Buon Ma Thuot", "P. Buon Ma Thuot"])
def test_a_name_without_accents_suggests_with_its_kind_and_without(text):
    assert "Tên gần giống: Phường Buôn Ma Thuột, Tỉnh Đắk Lắk (gso:" in str(refused(text, within="66"))


def test_a_suggestion_can_be_written_as_it_is_told():
    told = str(refused("Tan Lap", within="66"))
    suggestion = "Phường Tân Lập, Tỉnh Đắk Lắk (gso:24121)"
    assert suggestion in told
    assert find(suggestion, within="66") == "gso:24121"
    assert find("Tân Lập (gso:24121)") == "gso:24121"


@pytest.mark.parametrize("text", ["Phường Buôn Ma Thuột (gso:24121)", "Tân Lập (gso:99)", "(gso:24121)", "Tân Lập ()"])
def test_a_name_with_the_code_of_another_is_no_unit(text):
    assert refused(text).code == "unit.unknown"


def test_the_kind_that_was_said_is_suggested_first():
    for text, first in (("Xa Tan An", "Xã Tân An"), ("Phuong Tan An", "Phường Tân An")):
        assert f"Tên gần giống: {first}," in str(refused(text))


def test_a_name_with_a_wrong_letter_is_told_the_one_that_was_meant():
    assert "Tên gần giống: Phường Buôn Ma Thuột," in str(refused("Phường Buôn Ma Thuộc"))
    assert "Tên gần giống: không có" in str(refused("Phường Không Đâu Cả"))


def test_the_wrong_kind_is_not_the_unit():
    assert refused("Xã Tân Lập", within="66").code in ("unit.unknown", "unit.expired")


def test_a_unit_outside_is_unknown():
    assert refused("Phường Hoàn Kiếm", within="66").code == "unit.unknown"


@pytest.mark.parametrize("text", ["", ",", "…", "Xã", "99", "gso:", "agency:none"])
def test_nonsense_is_unknown(text):
    assert refused(text).code == "unit.unknown"


def test_search_needs_no_accents_and_knows_all_dates():
    assert search("dak nong")[0].ref == "gso:67"
    assert search("buon ma thuot")[0].name in ("Phường Buôn Ma Thuột", "Thành phố Buôn Ma Thuột")
    assert search("đắk lắk")[0].ref == "gso:66"
    assert [node.ref for node in search("gso:24121")][:1] == ["gso:24121"]
    assert search("so xay dung dak lak")[0].ref == "agency:dak-lak.sxd"


def test_search_on_a_day_finds_only_units_of_that_day():
    assert all(node.valid_on(AFTER) for node in search("dak", day=AFTER, limit=500))
    assert search("gia nghia", day=BEFORE)[0].kind == "district"


def test_search_for_nothing_finds_nothing():
    assert search("") == search("  ") == search("qqqq") == []


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("Xã Hòa Thắng", "Hoa Thang Commune"),
        ("Phường 4", "Ward 4"),
        ("Thành phố Đồng Nai", "Dong Nai City"),
        ("Tỉnh Đắk Lắk", "Dak Lak Province"),
        ("Đặc khu Phú Quý", "Phu Quy Special Zone"),
    ],
)
def test_names_have_an_english_form(name, english):
    assert spelling.english(name) == english
