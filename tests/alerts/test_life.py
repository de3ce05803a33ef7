"""The life of an alert: it waits, fires, stays while things waver, and clears by itself."""

from datetime import UTC, datetime, timedelta

import pytest

from toancanh.alerts import life, listing
from toancanh.alerts.models import Alert
from toancanh.alerts.rules import Missing, Reading, Rule
from toancanh.base import news
from toancanh.base.words import Bilingual

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 11, 23, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WORDS = Bilingual("{name}: {value} (ngưỡng {limit})", "{name}: {value} (limit {limit})")


def rule(**more):
    told = {"limit": 10.0, "clear": 8.0, "pending": 2 * MINUTE} | more
    return Rule("test.rule", "threshold", WORDS, WORDS, **told)


def play(rule, values, subject="gso:1"):
    """The states of the alert after each value, a minute apart; "-" where there is none. `...`: not read at all."""
    states = []
    for turn, value in enumerate(values):
        readings = [] if value is ... else [Reading(("unit", subject), value, subject)]
        life.apply(rule, readings, START + turn * MINUTE)
        last = Alert.objects.order_by("-pk").first()
        states.append(last.state if last else "-")
    return states


def test_an_alert_fires_once_its_value_has_stayed_beyond_the_limit_long_enough():
    assert play(rule(), [5, 10, 11, 12, 12]) == ["-", "pending", "pending", "firing", "firing"]
    assert Alert.objects.count() == 1


def test_a_value_that_comes_back_in_time_never_fires():
    assert play(rule(), [12, 5, 12]) == ["pending", "cleared", "pending"]
    assert not listing.alerts().exists()


def test_a_value_that_wavers_around_the_limit_does_not_flap():
    found = play(rule(pending=timedelta()), [11, 9, 11, 9, 11, 7, 9, 11])
    assert found == ["firing"] * 5 + ["cleared", "cleared", "firing"]
    assert Alert.objects.count() == 2


def test_a_pending_alert_is_not_confirmed_by_a_value_between_the_limits():
    assert play(rule(), [11, 9, 9, 9]) == ["pending"] * 4


def test_a_low_value_is_what_is_wrong_where_the_rule_says_so():
    low = rule(limit=90.0, clear=92.0, above=False, pending=timedelta())
    assert play(low, [95, 90, 91, 92, 93]) == ["-", "firing", "firing", "firing", "cleared"]


@pytest.mark.parametrize(
    ("missing", "states"),
    [
        (Missing.KEEP, ["firing", "firing", "cleared", "cleared"]),
        (Missing.CLEAR, ["firing", "cleared", "cleared", "cleared"]),
        (Missing.FIRE, ["firing", "firing", "cleared", "firing"]),
    ],
)
def test_missing_data_is_neither_good_nor_bad_unless_the_rule_says_so(missing, states):
    assert play(rule(pending=timedelta(), missing=missing), [12, None, 5, None]) == states


def test_an_alert_without_data_says_that_it_cannot_be_told():
    play(rule(pending=timedelta()), [12, None])
    assert Alert.objects.get().missing
    play(rule(pending=timedelta()), [12])
    assert not Alert.objects.get().missing


@pytest.mark.parametrize(("absent", "state"), [(Missing.KEEP, "firing"), (Missing.CLEAR, "cleared")])
def test_of_a_subject_that_is_read_no_more_the_rule_decides(absent, state):
    assert play(rule(pending=timedelta(), absent=absent), [12, ...])[-1] == state


def test_the_same_rule_and_subject_never_have_two_alerts():
    for _turn in range(3):
        play(rule(pending=timedelta()), [12])
    assert Alert.objects.count() == 1


def test_the_life_of_an_alert_is_kept_step_by_step():
    play(rule(), [11, 11, 12, 5])
    assert list(Alert.objects.get().changes.values_list("act", "value")) == [
        ("begun", 11.0),
        ("fired", 12.0),
        ("cleared", 5.0),
    ]


def test_a_clock_that_was_set_back_does_not_hold_an_alert_up():
    life.apply(rule(), [Reading(("unit", "gso:1"), 12.0)], START)
    life.apply(rule(), [Reading(("unit", "gso:1"), 12.0)], START - 60 * MINUTE)
    assert Alert.objects.get().state == "firing"


def test_open_pages_hear_of_what_fired_or_cleared_and_of_nothing_else():
    follower = news.Follower(news.newest())
    play(rule(), [11, 11, 12, 12, 5])
    assert [item.facts["units"] for item in follower.read()] == [["gso:1"], ["gso:1"]]


def test_an_alert_is_told_in_words_with_numbers_as_people_write_them():
    play(rule(limit=1000.0, clear=None, pending=timedelta()), [1234.0])
    (alert,) = listing.alerts()
    assert listing.as_dict(alert)["value"] == 1234.0
