"""Lists of cases: narrowed, searched without accents, in the order of urgency."""

from datetime import timedelta

import pytest
from demands import DEMAND, HERE, HOUR, NOW, THERE, follow, member, slip

from toancanh.access import scope
from toancanh.base.problems import Problem
from toancanh.base.words import Bilingual
from toancanh.cases import actions, listing
from toancanh.cases.listing import CaseFilter

DAY = timedelta(days=1)


@pytest.fixture
def three(people):
    """One slip answered, one overdue, one of another reason that is due later."""
    from dataclasses import replace

    follow(member("HS-01.A"), now=NOW - 3 * DAY)
    follow(member("HS-01.A"), member("HS-02"), member("B1", THERE), now=NOW)
    near = replace(DEMAND, reason="dossiers.near_deadline", title=Bilingual("Hồ sơ sắp đến hạn", "Near"))
    follow(member("HS-09"), demand=near, now=NOW + HOUR)
    actions.act(slip(unit=THERE).pk, "answer", person=people["bao"], fields={"answer": "done"}, now=NOW)


def found(person=None, now=NOW + 2 * HOUR, **wanted):
    seen = scope.of_user(person) if person else scope.EVERYTHING
    return [case.pk for case in listing.cases(CaseFilter(**wanted), seen, person, now)]


def test_the_most_urgent_comes_first(three):
    dues = [case.due_at for case in listing.cases(CaseFilter(), scope.EVERYTHING, None, NOW)]
    assert dues == sorted(dues)


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 4),
        ({"state": "open"}, 4),
        ({"state": "overdue"}, 1),
        ({"state": "answered"}, 1),
        ({"state": "closed"}, 0),
        ({"reason": "dossiers.near_deadline"}, 1),
        ({"unit": HERE}, 3),
        ({"unit": "gso:66"}, 4),
        ({"unit": "gso:67"}, 0),
        ({"severity": "4"}, 0),
        ({"since": "26/11/2026"}, 3),
        ({"until": "2026-11-23"}, 1),
        ({"q": "qua han"}, 3),
        ({"q": "BUÔN MA THUỘT"}, 3),
        ({"q": "sap den"}, 1),
        ({"q": "sap xyz"}, 0),
        ({"q": "HS-01"}, 1),
        ({"q": "PCB-IOC"}, 4),
        ({"q": "'; DROP TABLE cases_case; --"}, 0),
        ({"q": '"*'}, 0),
    ],
)
def test_a_list_is_narrowed(three, wanted, count):
    assert len(found(**wanted)) == count


def test_a_search_finds_nothing_beyond_the_scope(three, people):
    assert len(found(people["bao"], q="qua han")) == 1
    assert found(people["bao"], q="HS-01") == []
    assert found(people["bao"], unit=HERE) == []


@pytest.mark.parametrize("wanted", [{"severity": "cao"}, {"since": "hôm qua"}, {"until": "31/02/2026"}])
def test_a_filter_that_cannot_be_is_refused_in_words(three, wanted):
    with pytest.raises(Problem) as refused:
        found(**wanted)
    assert refused.value.code == "case.filter"


def test_what_is_told_of_time_is_working_time(three):
    case = slip(reason="dossiers.near_deadline")
    assert listing.told(case, NOW + HOUR).left == "còn 8 giờ làm việc"
    assert listing.told(case, NOW + 5 * DAY).left.startswith("quá")


def test_a_list_of_the_watched_is_ones_own(three, people):
    actions.watch(slip(unit=THERE), people["truc"])
    assert found(people["truc"], mine="1") == [slip(unit=THERE).pk]
    assert found(people["chutich"], mine="1") == []


@pytest.mark.parametrize("wanted", [{"state": "x"}, {"kind": "x"}, {"severity": "9"}, {"unit": "gso:99999"}])
def test_what_there_is_not_is_refused_not_answered_with_nothing(three, wanted):
    with pytest.raises(Problem) as refused:
        found(**wanted)
    assert refused.value.code == "case.filter"


def test_those_who_wait_for_more_time_are_listed(three, people):
    near = slip(reason="dossiers.near_deadline")
    actions.act(near.pk, "ask_extension", person=people["lan"], fields={"reason": "Mất điện"}, now=NOW)
    assert len(found(state="asked")) == 1
