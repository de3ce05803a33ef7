"""Slips: what a rule finds is sent once, answered, and followed until nothing of it is left."""

from datetime import date, timedelta

import pytest
from demands import DEMAND, HERE, HOUR, NOW, THERE, follow, member, slip

from toancanh.alerts.notices.models import Notice
from toancanh.base import audit
from toancanh.base.problems import Problem
from toancanh.cases import actions, slips, walking
from toancanh.cases.models import Case, Item
from toancanh.units.calendar import WorkingCalendar

DAY = timedelta(days=1)


def answer(people, case, who="lan", now=NOW, **fields):
    return actions.act(case.pk, "answer", person=people[who], fields={"answer": "done"} | fields, now=now)


def told(case):
    return [audit.sentence(entry) for entry in audit.entries("case", str(case.pk))]


def test_one_slip_goes_to_each_unit_for_a_reason_and_a_working_day(people):
    done = follow(member("A1"), member("A2"), member("B1", THERE))
    assert (done.sent, done.stood) == (2, 3)
    assert sorted(Case.objects.values_list("unit", "count", "left")) == [(HERE, 2, 2), (THERE, 1, 1)]
    assert {case.day for case in Case.objects.all()} == {date(2026, 11, 26)}


def test_the_same_records_make_no_second_slip(people):
    follow(member("A1"))
    again = follow(member("A1"), now=NOW + HOUR)
    assert (again.sent, again.grown, Case.objects.count(), Item.objects.count()) == (0, 0, 1, 1)


def test_what_comes_later_on_that_day_stands_in_the_same_slip(people):
    follow(member("A1"))
    done = follow(member("A1"), member("A2"), now=NOW + HOUR)
    assert (done.sent, done.grown) == (0, 1)
    assert (slip().count, slip().left) == (2, 2)


def test_what_comes_on_the_next_day_makes_the_next_slip(people):
    follow(member("A1"))
    follow(member("A1"), member("A2"), now=NOW + DAY)
    assert [(case.day, case.count) for case in Case.objects.order_by("day")] == [
        (date(2026, 11, 26), 1),
        (date(2026, 11, 27), 1),
    ]


def test_what_comes_on_a_day_off_belongs_to_the_next_working_day(people):
    saturday = NOW + 2 * DAY
    follow(member("A1"), now=saturday)
    assert slip().day == date(2026, 11, 30)


def test_a_slip_is_due_by_working_time(people):
    follow(member("A1"))
    assert slip().due_at == WorkingCalendar.load().add_hours(NOW, 8)


def test_slips_are_numbered_by_year_without_gaps(people):
    follow(member("A1"), member("B1", THERE))
    follow(member("A1"), member("B1", THERE), member("A2"), now=NOW + DAY)
    next_year = NOW.replace(year=2027, month=1, day=5)
    follow(member("A1"), member("B1", THERE), member("A2"), member("A3"), now=next_year)
    assert list(Case.objects.order_by("pk").values_list("year", "number")) == [
        (2026, 1),
        (2026, 2),
        (2026, 3),
        (2027, 1),
    ]


def test_a_slip_closes_itself_when_nothing_in_it_is_left(people):
    follow(member("A1"), member("A2"))
    follow(member("A2"), now=NOW + HOUR)
    assert slip().is_open
    assert slip().left == 1
    follow(now=NOW + 2 * HOUR)
    case = slip()
    assert (case.is_open, case.state, case.outcome, case.late) == (False, "closed", "cleared", False)
    assert set(Item.objects.values_list("state", flat=True)) == {"cleared"}
    assert told(case)[-1] == "Cả 2 mục đã hết; phiếu tự đóng."


def test_what_is_over_only_after_the_deadline_counts_as_late(people):
    follow(member("A1"))
    follow(now=NOW + 3 * DAY)
    assert slip().late


def test_the_unit_answers_and_the_centre_accepts(people):
    follow(member("A1"), member("A2"))
    case = answer(people, slip(), items=[slip().items.get(record="A1").pk], answer="waiting", note="Chờ bổ sung")
    assert (case.state, case.left) == ("opened", 1)
    case = answer(people, case, answer="done")
    assert (case.state, case.left, case.late) == ("answered", 0, False)
    case = actions.act(case.pk, "accept", person=people["truc"], now=NOW)
    assert (case.is_open, case.outcome) == (False, "accepted")
    assert told(case) == [
        "toancanh lập vụ việc, giao Phường Buôn Ma Thuột, hạn 09:00 27/11/2026.",
        "lan trả lời 1 mục: Đang chờ công dân. Còn 1 mục.",
        "lan trả lời 1 mục: Đã giải quyết xong. Còn 0 mục.",
        "truc chấp nhận giải trình.",
    ]


def test_what_was_accepted_is_not_sent_again_until_it_has_been_over(people):
    follow(member("A1"))
    answer(people, slip(), answer="waiting", note="Chờ")
    actions.act(slip().pk, "accept", person=people["truc"], now=NOW)
    assert follow(member("A1"), now=NOW + DAY).sent == 0
    follow(now=NOW + 2 * DAY)
    assert follow(member("A1"), now=NOW + 5 * DAY).sent == 1


def test_a_new_date_holds_until_it_has_passed_and_is_given_once(people):
    follow(member("A1"))
    answer(people, slip(), answer="apology", new_date="30/11/2026")
    actions.act(slip().pk, "accept", person=people["truc"], now=NOW)
    assert follow(member("A1"), now=NOW + 4 * DAY).sent == 0  # the 30th itself
    assert follow(member("A1"), now=NOW + 5 * DAY).sent == 1
    second = slip(is_open=True)
    with pytest.raises(Problem) as refused:
        answer(people, second, answer="apology", new_date="10/12/2026", now=NOW + 5 * DAY)
    assert refused.value.code == "slip.again"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"answer": "apology"}, "case.entry"),
        ({"answer": "apology", "new_date": "01/11/2026"}, "slip.past"),
        ({"answer": "apology", "new_date": "29/11/2026"}, "slip.day_off"),
        ({"answer": "apology", "new_date": "01/12/2099"}, "slip.far"),
        ({"answer": "apology", "new_date": "sớm thôi"}, "case.entry"),
        ({"answer": "wrong_data"}, "case.entry"),
        ({"answer": "explained", "note": "x"}, "slip.answer"),
        ({"answer": "never"}, "case.entry"),
        ({"answer": ""}, "case.entry"),
        ({"items": [987654]}, "slip.nothing"),
        ({"items": ["một"]}, "case.entry"),
    ],
)
def test_an_answer_that_cannot_be_is_refused_and_nothing_changes(people, fields, code):
    follow(member("A1"))
    with pytest.raises(Problem) as refused:
        answer(people, slip(), **fields)
    assert refused.value.code == code
    assert (slip().left, slip().revision) == (1, 0)


def test_an_answer_after_the_deadline_is_taken_and_marked_late(people):
    follow(member("A1"))
    case = answer(people, slip(), now=NOW + 4 * DAY)
    assert (case.state, case.late) == ("answered", True)


def test_more_time_is_asked_for_once_and_granted_by_the_centre(people):
    follow(member("A1"))
    before = slip().due_at
    actions.act(slip().pk, "ask_extension", person=people["lan"], fields={"reason": "Mất điện"}, now=NOW)
    case = actions.act(slip().pk, "grant_extension", person=people["truc"], now=NOW)
    assert case.due_at == WorkingCalendar.load().add_days(before, 2)
    with pytest.raises(Problem) as again:
        actions.act(case.pk, "ask_extension", person=people["lan"], fields={"reason": "Nữa"}, now=NOW)
    assert again.value.code == "case.times"


def test_what_was_returned_is_answered_again(people):
    follow(member("A1"))
    answer(people, slip(), answer="waiting", note="Chờ")
    case = actions.act(
        slip().pk, "return", person=people["truc"], fields={"reason": "Nêu rõ giấy tờ còn thiếu"}, now=NOW
    )
    assert (case.state, case.left, case.answered_at) == ("returned", 1, None)
    assert answer(people, case, answer="done").state == "answered"


def test_the_chain_reminds_the_unit_then_its_head_the_centre_and_the_leader(people):
    follow(member("A1"))
    moments = [slip().next_at]
    for _turn in range(4):
        assert walking.walk(slip().next_at - timedelta(seconds=1)) == 0
        assert walking.walk(slip().next_at) == 1
        moments.append(slip().next_at)
    assert [line.split(":")[0] for line in told(slip())[1:]] == [
        "toancanh đôn đốc cán bộ đơn vị",
        "toancanh đôn đốc lãnh đạo đơn vị",
        "toancanh đôn đốc trung tâm điều hành",
        "toancanh đôn đốc lãnh đạo tỉnh",
    ]
    assert moments == sorted(moments)
    assert (slip().severity, slip().is_open) == (5, True)
    assert slip().next_at > moments[-2]


def test_after_a_long_standstill_each_step_is_taken_once(people):
    follow(member("A1"))
    late = NOW + 30 * DAY
    for _turn in range(3):
        walking.walk(late)
    assert sum("đôn đốc" in line for line in told(slip())) == 1
    assert slip().next_at > late


def test_a_clock_set_back_takes_no_step_twice(people):
    follow(member("A1"))
    walking.walk(slip().next_at)
    assert walking.walk(NOW - 10 * DAY) == 0


def test_the_second_of_two_officers_sees_what_the_first_did_and_decides(people):
    follow(member("A1"), member("A2"))
    seen = slip().revision
    answer(people, slip(), items=[slip().items.get(record="A1").pk])
    with pytest.raises(Problem, match="lan trả lời 1 mục: Đã giải quyết xong"):
        actions.act(slip().pk, "answer", person=people["mai"], fields={"answer": "done"}, seen=seen, now=NOW)
    assert slip().left == 1


def test_a_running_slip_keeps_the_workflow_that_it_began_with(people):
    from toancanh.base import versions
    from toancanh.cases import kinds, workflow

    follow(member("A1"))
    changed = versions.current(kinds.WORKFLOW, "slip").definition | {"due": {"amount": 2, "measure": "working_days"}}
    versions.draft(kinds.WORKFLOW, "slip", changed, actor=("user", "dulieu"))
    versions.publish(kinds.WORKFLOW, "slip", actor=("user", "dulieu"), note="Thử")
    follow(member("A1"), member("B1", THERE))
    old, new = slip(unit=HERE), slip(unit=THERE)
    assert (workflow.of_frozen(old.workflow_id).due.amount, workflow.of_frozen(new.workflow_id).due.amount) == (8, 2)
    assert new.due_at == WorkingCalendar.load().add_days(NOW, 2)


def test_open_slips_of_a_unit_that_is_gone_go_to_its_heir_with_a_note(people):
    follow(member("A1"))
    gone = "gso:24118"  # a ward of Buôn Ma Thuột until 30/6/2025
    Case.objects.update(unit=gone)
    assert walking.inherit(NOW) == 1
    case = slip()
    assert case.unit != gone
    assert case.is_open
    assert "không còn" in told(case)[-1]
    assert walking.inherit(NOW) == 0


def test_records_of_a_unit_that_is_gone_are_sent_to_its_heir(people):
    follow(member("A1", "gso:24118"))
    assert slip().unit != "gso:24118"


def test_a_route_sends_a_group_of_procedures_elsewhere(people):
    from toancanh.base import versions
    from toancanh.cases import kinds

    routes = [{"field": "procedure", "begins": ["tc.dat-dai"], "to": THERE}]
    changed = versions.current(kinds.WORKFLOW, "slip").definition | {"routes": routes}
    versions.draft(kinds.WORKFLOW, "slip", changed, actor=("user", "dulieu"))
    versions.publish(kinds.WORKFLOW, "slip", actor=("user", "dulieu"), note="Thử")
    follow(member("A1", procedure="tc.dat-dai.001"), member("A2", procedure="tc.ho-tich.001"))
    assert sorted(Case.objects.values_list("unit", "count")) == [(HERE, 1), (THERE, 1)]


def test_a_withdrawn_slip_does_not_come_back_at_the_next_look(people):
    follow(member("A1"))
    actions.act(slip().pk, "withdraw", person=people["truc"], fields={"reason": "Gửi nhầm"}, now=NOW)
    assert follow(member("A1"), now=NOW + DAY).sent == 0


def test_a_slip_that_closed_today_is_not_opened_again_by_what_comes_later(people):
    follow(member("A1"))
    follow(now=NOW + HOUR)
    follow(member("A2"), now=NOW + 2 * HOUR)
    assert sorted(Case.objects.values_list("day", "is_open")) == [
        (date(2026, 11, 26), False),
        (date(2026, 11, 27), True),
    ]


def test_a_reason_of_another_rule_has_slips_of_its_own(people):
    from dataclasses import replace

    follow(member("A1"))
    follow(member("A1"), demand=replace(DEMAND, reason="dossiers.near_deadline"))
    assert Case.objects.count() == 2


def test_every_open_slip_has_a_next_step(people):
    follow(member("A1"), member("B1", THERE))
    answer(people, slip(unit=HERE))
    assert not Case.objects.filter(is_open=True, next_at=None).exists()
    assert slip(unit=HERE).next_at > NOW


def test_what_was_answered_waits_again_once_something_new_stands_in_it(people):
    follow(member("A1"))
    answer(people, slip(), answer="waiting", note="Chờ")
    follow(member("A1"), member("A2"), now=NOW + HOUR)
    assert (slip().state, slip().left, slip().answered_at) == ("opened", 1, None)


def test_what_is_added_after_the_deadline_gets_a_time_of_its_own(people):
    follow(member("A1"))
    Case.objects.update(due_at=NOW + HOUR)
    follow(member("A1"), member("A2"), now=NOW + 2 * HOUR)
    assert slip().due_at == WorkingCalendar.load().add_hours(NOW + 2 * HOUR, 8)


def test_a_slip_is_answered_when_what_was_not_answered_is_over(people):
    follow(member("A1"), member("A2"))
    answer(people, slip(), items=[slip().items.get(record="A1").pk], answer="waiting", note="Chờ")
    follow(member("A1"), now=NOW + HOUR)
    assert (slip().state, slip().left, slip().late) == ("answered", 0, False)
    assert slip().answered_at == NOW + HOUR


def heard(person):
    return [notice.text["vi"] for notice in Notice.objects.filter(person=person).order_by("pk")]


def test_a_new_slip_says_by_when_it_is_to_be_answered(people):
    follow(member("A1"))
    assert heard(people["lan"]) == ["Phiếu cảnh báo mới, hạn trả lời 09:00 27/11/2026."]


def test_the_centre_hears_who_asks_for_more_time_and_why(people):
    follow(member("A1"))
    actions.act(slip().pk, "ask_extension", person=people["lan"], fields={"reason": "Mất điện"}, now=NOW)
    assert heard(people["truc"]) == ["Phường Buôn Ma Thuột xin gia hạn: Mất điện"]


@pytest.mark.parametrize(("head", "who"), [(True, "hung"), (False, "chutich")])
def test_what_is_escalated_reaches_the_head_of_the_unit_or_the_leaders(people, head, who):
    if not head:
        people["hung"].delete()
    follow(member("A1"))
    actions.act(slip().pk, "escalate", person=people["truc"], fields={"reason": "Cần chỉ đạo"}, now=NOW)
    assert heard(people[who])[-1] == "Phiếu cảnh báo gửi Phường Buôn Ma Thuột cần được chỉ đạo. Cần chỉ đạo"


def test_a_slip_by_hand_says_what_is_to_be_done(people):
    with pytest.raises(Problem) as refused:
        slips.send(people["truc"], HERE, "Báo cáo", "  ")
    assert refused.value.code == "case.entry"


def test_more_time_is_not_asked_for_any_longer_once_all_is_answered(people):
    follow(member("A1"))
    actions.act(slip().pk, "ask_extension", person=people["lan"], fields={"reason": "Mất điện"}, now=NOW)
    answer(people, slip(), answer="done")
    assert slip().extended == ""
