"""Scope: a unit, everything under it at the date of the record, and what was merged into it; codes are whole."""

from datetime import date

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from toancanh.access.models import User
from toancanh.access.scope import EVERYTHING, Scope, of_unit, of_user
from toancanh.base.problems import Problem
from toancanh.units.tree import Tree

BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)
LATER = date(2026, 3, 2)
units = pytest.mark.usefixtures("units")


@units
def test_a_unit_sees_its_own_records():
    assert of_unit("gso:24133", LATER).covers("gso:24133", LATER)


@units
def test_a_province_sees_its_communes_and_departments():
    scope = of_unit("gso:66", LATER)
    assert scope.covers("gso:24133", LATER)
    assert scope.covers("agency:dak-lak.sxd", LATER)


@units
def test_a_commune_sees_neither_its_province_nor_its_sibling():
    scope = of_unit("gso:24133", LATER)
    assert not scope.covers("gso:66", LATER)
    assert not scope.covers("gso:24121", LATER)


@units
def test_a_department_sees_nothing_of_the_communes():
    assert of_unit("agency:dak-lak.sxd", LATER).codes == {"agency:dak-lak.sxd"}


@units
@pytest.mark.parametrize("alike", ["gso:241", "gso:24133", "gso:240", "gso:2", "gso:66", "agency:bac-ninh"])
def test_codes_that_begin_alike_are_not_the_same(alike):
    scope = of_unit("gso:24", LATER)  # Bắc Ninh; communes of Đắk Lắk are 24xxx
    assert scope.covers("gso:24", LATER)
    assert not scope.covers(alike, LATER)


@units
def test_no_commune_of_another_province_is_in_the_scope_of_a_code_that_begins_alike():
    mine = of_unit("gso:24", LATER).codes
    tree = Tree.at(LATER)
    assert all(tree.path(code)[0].ref == "gso:24" for code in mine if code in tree)


@units
def test_the_successor_sees_the_records_of_what_was_merged_into_it():
    scope = of_unit("gso:24611", LATER)  # Bắc Gia Nghĩa of Lâm Đồng, made of communes of Đắk Nông
    for old in ("gso:24612", "gso:24619"):
        assert Tree.at(BEFORE).path(old)[0].ref == "gso:67"
        assert scope.covers(old, BEFORE)
        assert scope.covers(old, AFTER)  # what its records still tell: a dossier may end under another unit


@units
def test_the_new_lam_dong_sees_old_dak_nong_and_the_new_dak_lak_does_not():
    lam_dong, dak_lak = of_unit("gso:68", LATER), of_unit("gso:66", LATER)
    for old in Tree.at(BEFORE).within("gso:67"):
        if old.startswith("gso:"):
            assert lam_dong.covers(old, BEFORE)
            assert not dak_lak.covers(old, BEFORE)


@units
def test_the_predecessors_are_left_out_where_asked():
    scope = of_unit("gso:68", LATER, predecessors=False)
    assert not scope.covers("gso:67", BEFORE)
    assert scope.covers("gso:68", AFTER)


@units
def test_one_code_is_two_territories_before_and_after_the_reform():
    narrow = of_unit("gso:66", LATER, predecessors=False)
    assert not narrow.covers("gso:66", BEFORE)
    assert narrow.covers("gso:66", AFTER)
    assert of_unit("gso:66", LATER).covers("gso:66", BEFORE)


@units
def test_a_commune_whose_code_was_reused_does_not_see_the_other_territory():
    # 24121 was Tân Hòa until 30/6/2025 and is Tân Lập since, which was made of Tân Hòa and others.
    assert Tree.at(BEFORE)["gso:24121"].name != Tree.at(AFTER)["gso:24121"].name
    assert not of_unit("gso:24121", LATER, predecessors=False).covers("gso:24121", BEFORE)


@units
def test_a_unit_that_is_gone_has_no_scope_of_today():
    with pytest.raises(Problem) as caught:
        of_unit("gso:67", LATER)
    assert caught.value.code == "unit.not_there"


@units
def test_somebody_without_unit_sees_everything_and_with_one_only_it():
    assert of_user(User(username="a", role="admin")) is EVERYTHING
    assert not of_user(User(username="b", role="admin", unit="gso:24133")).everything


def test_no_spans_see_nothing():
    assert not Scope(()).covers("gso:66", LATER)
    assert Scope(()).sql() == "false"


CODES = st.sampled_from(["gso:24", "gso:241", "gso:24133", "gso:66", "agency:a.b", "x'y"])
DAYS = st.dates(date(2025, 6, 25), date(2025, 7, 5))
SPANS = st.lists(st.tuples(CODES, st.none() | DAYS, st.none() | DAYS), max_size=6).map(tuple)
ROWS = st.lists(st.tuples(CODES, DAYS), min_size=1, max_size=25)
database = duckdb.connect()


@given(SPANS, ROWS)
@settings(deadline=None, max_examples=150)
def test_the_database_sees_exactly_what_the_scope_covers(spans, rows):
    scope = Scope(spans)
    values = ", ".join(f"('{code.replace(chr(39), chr(39) * 2)}', DATE '{day}')" for code, day in rows)
    query = f"SELECT unit, day::VARCHAR FROM (VALUES {values}) t(unit, day) WHERE {scope.sql()}"
    seen = sorted(database.execute(query).fetchall())
    assert seen == sorted((code, day.isoformat()) for code, day in rows if scope.covers(code, day))


@given(SPANS, SPANS, CODES, DAYS)
def test_an_intersection_sees_what_both_see(one, other, code, day):
    both = Scope(one).intersect(Scope(other))
    assert both.covers(code, day) is (Scope(one).covers(code, day) and Scope(other).covers(code, day))


@given(SPANS, st.randoms(use_true_random=False))
def test_the_cache_key_does_not_depend_on_the_order_of_spans(spans, random):
    shuffled = list(spans)
    random.shuffle(shuffled)
    assert Scope(spans).key == Scope(tuple(shuffled)).key


@given(SPANS, CODES, DAYS)
def test_a_scope_that_sees_more_has_another_cache_key(spans, code, day):
    wider = Scope((*spans, (code, day, day)))
    if not Scope(spans).covers(code, day):
        assert Scope(spans).key != wider.key
    assert Scope(spans).key != EVERYTHING.key


@units
@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_unit_lies_in_the_scope_of_all_above_it(data):
    day = data.draw(st.sampled_from([BEFORE, AFTER, LATER]))
    tree = Tree.at(day)
    unit = data.draw(st.sampled_from(sorted(tree.within("gso:66") | tree.within("gso:68"))))
    for above in tree.path(unit):
        assert of_unit(above.ref, day).covers(unit, day)
