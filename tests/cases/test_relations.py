"""Relations of cases: parts close with the whole, and nobody learns by them of what he may not see."""

import pytest
from demands import HERE, THERE, follow, member, slip

from toancanh.access import scope
from toancanh.base.problems import Problem
from toancanh.cases import actions, relations, slips


@pytest.fixture
def whole(people):
    """A slip with a part at another unit, and with a part of that part."""
    follow(member("HS-01"))
    whole = slip()
    part = slips.send(people["truc"], THERE, "Một phần", "Cùng xử lý", parent=whole)
    return whole, part, slips.send(people["truc"], HERE, "Phần nhỏ", "Cùng xử lý", parent=part)


def kinds(case, person=None):
    seen = scope.of_user(person) if person else scope.EVERYTHING
    return {each.case.pk: each.kind for each in relations.of(case, seen)}


def test_parts_close_with_the_whole(whole, people):
    first, *parts = whole
    actions.act(first.pk, "answer", person=people["lan"], fields={"answer": "done"})
    actions.act(first.pk, "accept", person=people["truc"], fields={"note": "Đúng"})
    for part in parts:
        part.refresh_from_db()
        assert (part.is_open, part.outcome) == (False, "accepted")


def test_the_whole_stays_open_when_a_part_closes(whole, people):
    first, part, _small = whole
    actions.act(part.pk, "withdraw", person=people["truc"], fields={"reason": "Gửi nhầm"})
    first.refresh_from_db()
    assert first.is_open


def test_a_case_knows_what_it_is_a_part_of_and_what_its_parts_are(whole):
    first, part, small = whole
    assert kinds(part) == {first.pk: "parent", small.pk: "child"}


def test_a_link_is_seen_from_both_ends(whole, people):
    first, _part, small = whole
    actions.link(first, small, people["truc"])
    assert kinds(first)[small.pk] == kinds(small)[first.pk] == "related"


def test_what_lies_out_of_sight_is_not_told(whole, people):
    first, part, small = whole
    actions.link(first, part, people["truc"])
    assert kinds(first, people["lan"]) == {}
    assert kinds(part, people["bao"]) == {}
    assert kinds(small, people["lan"]) == {}


def test_nothing_becomes_a_part_of_what_is_over(whole, people):
    _first, part, _small = whole
    actions.act(part.pk, "withdraw", person=people["truc"], fields={"reason": "Gửi nhầm"})
    with pytest.raises(Problem) as refused:
        slips.send(people["truc"], HERE, "Muộn", "Cùng xử lý", parent=part)
    assert refused.value.code == "case.over"
