"""Summaries: what was sent, opened, answered and closed in time, by unit and month."""

from datetime import date, timedelta

from demands import HERE, HOUR, NOW, THERE, follow, member, slip

from toancanh.access import scope
from toancanh.cases import actions
from toancanh.cases.summary import summary

DAY = timedelta(days=1)
NOVEMBER = date(2026, 11, 1), date(2026, 11, 30)


def test_a_month_tells_of_each_unit_what_became_of_its_slips(people):
    follow(member("A1"), member("A2"), member("B1", THERE))
    actions.act(slip(unit=HERE).pk, "answer", person=people["lan"], fields={"answer": "done"}, now=NOW + 2 * HOUR)
    follow(member("A1"), member("B1", THERE), now=NOW + 3 * HOUR)
    found = summary("slip", *NOVEMBER, scope.EVERYTHING, NOW + 4 * DAY)
    there, here = found.units  # the worse one first
    assert (here.sent, here.opened, here.answered, here.in_time, here.overdue) == (1, 1, 1, 1, 0)
    assert (here.records, here.over, here.middle, here.rate) == (2, 1, 2.0, 100.0)
    assert (there.sent, there.opened, there.answered, there.overdue, there.rate) == (1, 0, 0, 1, 0.0)
    assert (found.whole.sent, found.whole.rate, found.whole.over) == (2, 50.0, 1)
    assert [(month.records, month.over) for month in found.months] == [(3, 1)]


def test_before_any_is_due_who_has_not_answered_comes_first(people):
    follow(member("A1"), member("B1", THERE))
    actions.act(slip(unit=HERE).pk, "answer", person=people["lan"], fields={"answer": "done"}, now=NOW)
    assert [line.unit for line in summary("slip", *NOVEMBER, scope.EVERYTHING, NOW + HOUR).units] == [THERE, HERE]


def test_a_slip_that_closed_itself_in_time_counts_as_dealt_with(people):
    follow(member("A1"))
    follow(now=NOW + HOUR)
    whole = summary("slip", *NOVEMBER, scope.EVERYTHING, NOW + 4 * DAY).whole
    assert (whole.answered, whole.in_time, whole.closed, whole.middle) == (1, 1, 1, None)


def test_months_stand_in_their_order_and_hold_what_was_sent_in_them(people):
    follow(member("A1"))
    follow(member("A1"), member("A2"), now=NOW + 40 * DAY)
    months = summary("slip", date(2026, 1, 1), date(2027, 12, 31), scope.EVERYTHING).months
    assert [(line.name, line.sent) for line in months] == [("11/2026", 1), ("01/2027", 1)]


def test_nobody_is_told_of_units_beyond_his_scope(people):
    follow(member("A1"), member("B1", THERE))
    found = summary("slip", *NOVEMBER, scope.of_user(people["lan"]))
    assert [line.unit for line in found.units] == [HERE]
