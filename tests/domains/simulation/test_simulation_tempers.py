"""Tempers and replies: shares hold as nearly as they can, plans follow the deadline, answers fit what they are of."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from random import Random

import pytest

from toancanh.domains.simulation import tempers
from toancanh.domains.simulation.replies import choose
from toancanh.domains.simulation.tempers import ANSWERING, NEVER
from toancanh.units.calendar import Stretch, WorkingCalendar

UNITS = [f"gso:{number}" for number in range(114)]
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
CALENDAR = WorkingCalendar([Stretch(date(2000, 1, 1), day, time(8), time(17)) for day in range(5)], {})
BY_NAME = {each.name: each for each in ANSWERING}


def plans(name, speed=1.0, due=NOW + 24 * HOUR, number=400):
    return [tempers.plan(BY_NAME[name], Random(seed), NOW, due, speed) for seed in range(number)]


def test_three_of_a_hundred_units_never_answer_and_some_are_late():
    assert Counter(each.name for each in tempers.spread(UNITS, 2026, 0.03).values()) == {
        "never": 3, "quick": 29, "usual": 51, "slow": 22, "late": 9,
    }  # fmt: skip


def test_every_unit_has_a_temper_of_its_own_that_the_seed_decides():
    first, second = tempers.spread(UNITS, 1, 0.03), tempers.spread(reversed(UNITS), 1, 0.03)
    assert first == second
    assert set(first) == set(UNITS)
    assert first != tempers.spread(UNITS, 2, 0.03)


@pytest.mark.parametrize(("never", "silent"), [(0.0, 0), (1.0, 114), (0.5, 57)])
def test_how_many_never_answer_can_be_told(never, silent):
    assert sum(each is NEVER for each in tempers.spread(UNITS, 2026, never).values()) == silent


def test_an_officer_opens_first_and_answers_after_she_has_thought():
    for each in plans("usual"):
        assert NOW < each.opens < each.answers <= each.rest
        assert each.answers - NOW <= 12 * HOUR  # who asks for more time takes twice as long


def test_at_the_pace_of_the_demo_an_answer_takes_minutes():
    taken = [
        (each.answers - NOW).total_seconds() / 60 for name in ("quick", "usual", "slow") for each in plans(name, 24)
    ]
    assert min(taken) >= 1
    assert sum(each <= 20 for each in taken) / len(taken) > 0.9
    assert max(taken) <= 40


def test_few_ask_for_more_time_and_before_they_answer():
    found = plans("usual")
    asking = [each for each in found if each.asks]
    assert 0.02 < len(asking) / len(found) < 0.1
    assert all(each.opens < each.asks < each.answers for each in asking)


def test_some_answer_in_two_parts():
    found = plans("usual")
    parted = [each for each in found if each.part < 1]
    assert 0.08 < len(parted) / len(found) < 0.25
    assert all(each.rest > each.answers for each in parted)


def test_who_is_late_answers_most_slips_only_past_the_deadline():
    due = NOW + 30 * HOUR
    past = [each.answers > due for each in plans("late", due=due)]
    assert 0.6 < sum(past) / len(past) < 0.8
    assert not any(each.answers > due for each in plans("slow", due=due))


def test_who_never_answers_may_open_a_slip():
    found = [tempers.plan(NEVER, Random(seed), NOW, NOW + HOUR, 1.0) for seed in range(200)]
    assert {each.answers for each in found} == {each.asks for each in found} == {None}
    assert 60 < sum(each.opens is not None for each in found) < 140


def test_what_comes_back_is_answered_sooner_and_whole():
    for seed in range(100):
        first = tempers.plan(BY_NAME["usual"], Random(seed), NOW, NOW + HOUR, 1.0)
        again = tempers.plan(BY_NAME["usual"], Random(seed), NOW, NOW + HOUR, 1.0, again=True)
        assert again.asks is None
        assert again.part == 1.0
        assert again.answers < first.answers


def items(kind="dossier", due=None, number=300):
    return [{"item": pk, "kind": kind, "due_at": due.isoformat() if due else None} for pk in range(number)]


OFFERED = {"done", "apology", "waiting", "wrong_data", "explained"}


def codes(found):
    return {reply.answer for reply in found}


@pytest.mark.parametrize(
    ("told", "answers"),
    [
        (items(due=NOW - HOUR), {"done", "apology", "waiting", "wrong_data"}),
        (items(due=NOW + HOUR), {"done", "apology", "waiting"}),
        (items(), {"done", "waiting", "wrong_data"}),
        (items("alert"), {"done", "explained", "wrong_data"}),
        (items("matter"), {"done", "explained", "wrong_data"}),
    ],
)
def test_an_answer_fits_what_it_is_of(told, answers):
    found = choose(told, OFFERED, Random(1), NOW, CALENDAR)
    assert codes(found) == answers
    assert sorted(number for numbers in found.values() for number in numbers) == list(range(300))


def test_only_what_is_offered_is_answered():
    assert codes(choose(items(due=NOW - HOUR), {"done"}, Random(1), NOW, CALENDAR)) == {"done"}
    assert choose(items(), {"apology"}, Random(1), NOW, CALENDAR) == {}


def test_the_new_date_is_a_working_day_to_come():
    for seed in range(50):
        found = choose(items(due=NOW - HOUR), {"apology"}, Random(seed), NOW, CALENDAR)
        (reply,) = found
        day = datetime.fromisoformat(reply.new_date).date()
        assert day > NOW.date()
        assert CALENDAR.is_working_day(day)


def test_the_same_roll_gives_the_same_answers():
    first, second = (choose(items(), OFFERED, Random(5), NOW, CALENDAR) for _turn in range(2))
    assert first == second
