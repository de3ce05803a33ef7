"""The sample province: whom it lets in, and who is simulated there."""

import pytest

from toancanh.base import clock
from toancanh.config import demo
from toancanh.units.models import Unit
from toancanh.units.tree import Tree

pytestmark = pytest.mark.usefixtures("units")
OWN = {"gso:24133", "agency:dak-lak.sxd"}


def test_every_commune_and_department_has_one_officer_but_those_of_whoever_tries_it():
    tree = Tree.at(clock.today())
    kinds = (Unit.Kind.COMMUNE, Unit.Kind.DEPARTMENT)
    there = {code for code in tree.within(demo.PROVINCE) if tree[code].kind in kinds}
    officers = [part.unit for part in demo.parts(clock.today()) if part.role == "officer"]
    assert len(officers) == len(set(officers)) >= 102
    assert set(officers) == there - OWN


def test_a_few_units_have_a_head():
    parts = demo.parts(clock.today())
    heads = [part.unit for part in parts if part.role == "head"]
    assert 10 <= len(set(heads)) == len(heads) <= 20
    assert set(heads) < {part.unit for part in parts if part.role == "officer"}


def test_their_names_are_told_apart_and_say_that_they_are_simulated():
    parts = demo.parts(clock.today())
    assert len({part.username for part in parts}) == len(parts)
    assert all(part.name.endswith("(mô phỏng)") for part in parts)
    assert "Cán bộ phường Tân Lập (mô phỏng)" in {part.name for part in parts}
