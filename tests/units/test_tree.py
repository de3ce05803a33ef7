"""The tree of a day, and whose records the successor of a merged unit sees."""

from datetime import date, timedelta

import pytest
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toancanh.base.problems import Problem
from toancanh.units.models import Unit
from toancanh.units.tree import Register, Tree, spans

BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)
pytestmark = pytest.mark.usefixtures("units")


def communes(code: str, day: date) -> set[str]:
    tree = Tree.at(day)
    return {ref for ref in tree.within(code) if tree[ref].kind == "commune"}


def test_dak_lak_had_180_communes_and_has_102():
    assert len(communes("gso:66", BEFORE)) == 180
    assert len(communes("gso:66", AFTER)) == 102


def test_lam_dong_had_137_communes_and_has_124():
    assert len(communes("gso:68", BEFORE)) == 137
    assert len(communes("gso:68", AFTER)) == 124


def test_dak_nong_had_71_communes_in_8_districts_and_is_gone():
    tree = Tree.at(BEFORE)
    assert len(communes("gso:67", BEFORE)) == 71
    assert len(tree.children("gso:67")) == 8
    assert "gso:67" not in Tree.at(AFTER)


def test_the_country_has_34_provinces_and_3321_communes_and_no_district():
    tree = Tree.at(AFTER)
    count = {kind: sum(node.kind == kind for node in tree) for kind in ("province", "district", "commune")}
    assert count == {"province": 34, "district": 0, "commune": 3321}
    subkinds = [node.subkind for node in tree if node.kind == "commune"]
    assert [subkinds.count(each) for each in ("xã", "phường", "đặc khu")] == [2621, 687, 13]


def test_one_code_names_two_communes_before_and_after_the_reform():
    assert Tree.at(BEFORE)["24121"].name == "Phường Tân Hòa"
    assert Tree.at(AFTER)["24121"].name == "Phường Tân Lập"
    assert [node.name for node in Tree.at(BEFORE).path("24121")] == [
        "Tỉnh Đắk Lắk",
        "Thành phố Buôn Ma Thuột",
        "Phường Tân Hòa",
    ]


def test_dong_nai_is_a_city_since_30_april_2026_with_its_communes_under_it_all_along():
    eve, day = date(2026, 4, 29), date(2026, 4, 30)
    assert Tree.at(eve)["75"].subkind == "tỉnh"
    assert Tree.at(day)["75"].subkind == "thành phố"
    assert communes("75", eve) == communes("75", day)
    assert Tree.at(day)["26425"].name == "Phường Xuân Lộc"


def test_departments_stand_under_their_province():
    tree = Tree.at(AFTER)
    assert "agency:dak-lak.skhcn" in tree.within("gso:66")
    assert tree["agency:dak-lak.skhcn"].kind == "department"


def test_a_code_is_no_prefix_of_another():
    assert "gso:660" not in Tree.at(BEFORE).within("gso:66")


def test_a_commune_sees_the_records_of_those_it_was_made_of_until_they_ended():
    assert spans("24121", AFTER, predecessors=True) == [
        ("gso:24118", None, BEFORE),
        ("gso:24121", None, BEFORE),
        ("gso:24121", AFTER, None),
        ("gso:24166", None, BEFORE),
    ]
    assert spans("24121", AFTER) == [("gso:24121", AFTER, None)]


def test_the_new_dak_lak_sees_phu_yen_before_the_merger_and_not_dak_nong():
    seen = spans("gso:66", date(2026, 11, 1), predecessors=True)
    assert ("gso:54", None, BEFORE) in seen
    assert ("gso:555", None, BEFORE) in seen
    assert not {"gso:67", "gso:660"} & {ref for ref, _start, _end in seen}
    assert communes("54", BEFORE) <= {ref for ref, _start, _end in seen}


def test_the_old_dak_lak_sees_nothing_of_the_new_one():
    assert all(end == BEFORE or end < BEFORE for _ref, _start, end in spans("66", BEFORE, predecessors=True) if end)
    assert "gso:54" not in {ref for ref, _start, _end in spans("66", BEFORE, predecessors=True)}


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dates(date(2024, 1, 1), date(2026, 12, 31)))
def test_on_every_day_each_unit_is_under_what_its_path_says(day):
    tree = Tree.at(day)
    for root in tree.roots:
        assert all(tree.path(ref)[0] is root for ref in tree.within(root.ref))
    assert sum(len(tree.within(root.ref)) for root in tree.roots) == len(tree)


def test_units_that_change_are_seen_at_once():
    before = len(Tree.at(AFTER))
    Unit.objects.create(scheme="facility", code="1", name="Trạm Y tế", kind="facility", name_key="x", search_key="x")
    assert len(Tree.at(AFTER)) == before + 1


def test_a_code_nobody_bears_that_day_is_refused_by_spans_and_empty_in_the_tree():
    with pytest.raises(Problem) as refused:
        spans("gso:67", AFTER)
    assert refused.value.code == "unit.not_there"
    assert Tree.at(AFTER).within("gso:67") == frozenset()
    assert Tree.at(AFTER).path("gso:67") == ()


def test_no_unit_overlaps_another_of_its_code():
    ends: dict[str, date | None] = {}
    for unit in Unit.objects.order_by("scheme", "code", F("valid_from").asc(nulls_first=True)):
        if unit.ref in ends:
            last = ends[unit.ref]
            assert last is not None, unit.ref
            assert unit.valid_from is not None, unit.ref
            assert unit.valid_from >= last + timedelta(1), unit.ref
        ends[unit.ref] = unit.valid_to


def test_what_a_unit_left_is_answered_for_by_its_greatest_successor():
    tree = Tree.at(AFTER)
    assert tree.heirs["gso:24118"] == tree.heirs["gso:24166"] == "gso:24121"
    assert tree.answering("gso:24121") == "gso:24121"
    assert tree.answering("gso:67") == "gso:68"
    assert tree.answering("agency:nowhere.x") == "agency:nowhere.x"
    assert {"gso:24118", "gso:24121", "gso:24166"} == tree.holdings("gso:24121")


def test_what_a_district_left_is_answered_for_by_the_province():
    assert Tree.at(AFTER).heirs["gso:643"] == "gso:66"


def test_before_the_change_nobody_has_left_anything_to_the_new_units():
    assert "gso:24118" not in Tree.at(BEFORE).heirs


def test_every_unit_that_is_gone_has_exactly_one_that_answers_for_it():
    tree = Tree.at(AFTER)
    gone = {
        ref for ref, nodes in Register.now().by_ref.items() if all(n.valid_to and n.valid_to < AFTER for n in nodes)
    }
    assert gone == tree.heirs.keys()
    assert all(heir in tree for heir in tree.heirs.values())
