"""The life of an alert: it waits, fires, stays while things waver, and clears by itself."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TransactionTestCase
from readings import MINUTE, START, make, play

from toancanh.alerts import access, holding, life, listing
from toancanh.alerts.models import Alert, AlertChange
from toancanh.alerts.rules import Flapping, Missing, Reading, Step
from toancanh.base import news

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_alert_fires_once_its_value_has_stayed_beyond_the_limit_long_enough():
    assert play(make(pending=2 * MINUTE), [5, 10, 11, 12, 12]) == ["-", "pending", "pending", "firing", "firing"]
    assert Alert.objects.count() == 1


def test_a_value_that_comes_back_in_time_never_fires():
    assert play(make(pending=2 * MINUTE), [12, 5, 12]) == ["pending", "cleared", "pending"]
    assert not access.visible(None, None).exists()


def test_a_value_that_wavers_around_the_limit_does_not_flap():
    assert play(make(), [11, 9, 11, 9, 11, 7, 9, 11]) == ["firing"] * 5 + ["cleared", "cleared", "firing"]
    assert Alert.objects.count() == 2


# What a reading does to an alert: the state before (none where there is none), the value, how long after; the state
# then, and what happened. The rule fires at 10 after two minutes and clears below 8.
TABLE = [
    ("-", 5.0, 0, "-", ""),
    ("-", 9.0, 0, "-", ""),
    ("-", 10.0, 0, "pending", "begun"),
    ("-", None, 0, "-", ""),
    ("pending", 12.0, 1, "pending", ""),
    ("pending", 12.0, 2, "firing", "fired"),
    ("pending", 9.0, 5, "pending", ""),
    ("pending", 7.9, 1, "cleared", "cleared"),
    ("pending", None, 5, "pending", ""),
    ("firing", 12.0, 1, "firing", ""),
    ("firing", 25.0, 1, "firing", "worse"),
    ("firing", 9.0, 1, "firing", ""),
    ("firing", 8.0, 1, "firing", ""),
    ("firing", 7.9, 1, "cleared", "cleared"),
    ("firing", None, 1, "firing", ""),
]


@pytest.mark.parametrize(("before", "value", "minutes", "after", "acts"), TABLE)
def test_the_states_of_an_alert(before, value, minutes, after, acts):
    rule = make(pending=2 * MINUTE, severity=3, steps=(Step(20.0, 5),))
    reading = Reading(("unit", "gso:1"), value, "gso:1")
    alert = None
    if before != "-":
        alert = life.step(rule, None, Reading(("unit", "gso:1"), 11.0, "gso:1"), START).alert
        if before == "firing":
            life.step(rule, alert, Reading(("unit", "gso:1"), 11.0, "gso:1"), START + 2 * MINUTE)
    done = life.step(rule, alert, reading, START + minutes * MINUTE)
    assert (done.alert.state if done.alert else "-") == after
    assert ",".join(change.act for change in done.changes) == acts
    assert not Alert.objects.exists()  # a step is taken in memory


def test_a_low_value_is_what_is_wrong_where_the_rule_says_so():
    low = make(limit=90.0, clear=92.0, above=False)
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
    assert play(make(missing=missing), [12, None, 5, None]) == states


def test_an_alert_without_data_says_that_it_cannot_be_told():
    play(make(), [12, None])
    assert Alert.objects.get().missing
    play(make(), [12])
    assert not Alert.objects.get().missing


@pytest.mark.parametrize(("absent", "state"), [(Missing.KEEP, "firing"), (Missing.CLEAR, "cleared")])
def test_of_a_subject_that_is_read_no_more_the_rule_decides(absent, state):
    assert play(make(absent=absent), [12, ...])[-1] == state


def test_the_same_rule_and_subject_never_have_two_alerts():
    for _turn in range(3):
        play(make(), [12])
    assert Alert.objects.count() == 1


def test_the_life_of_an_alert_is_kept_step_by_step():
    play(make(pending=2 * MINUTE), [11, 11, 12, 5])
    assert list(Alert.objects.get().changes.values_list("act", "value")) == [
        ("begun", 11.0),
        ("fired", 12.0),
        ("cleared", 5.0),
    ]


def test_a_clock_that_was_set_back_does_not_hold_an_alert_up_nor_fire_it_again():
    rule = make(pending=2 * MINUTE)
    life.apply(rule, [Reading(("unit", "gso:1"), 12.0)], START)
    life.apply(rule, [Reading(("unit", "gso:1"), 12.0)], START - 60 * MINUTE)
    life.apply(rule, [Reading(("unit", "gso:1"), 12.0)], START - 90 * MINUTE)
    assert Alert.objects.get().state == "firing"
    assert AlertChange.objects.filter(act="fired").count() == 1


def test_a_value_beyond_a_further_limit_makes_an_alert_more_severe_until_it_clears():
    rule = make(severity=2, steps=(Step(20.0, 4), Step(30.0, 5)))
    assert play(rule, [12]) == ["firing"]
    assert Alert.objects.get().severity == 2
    play(rule, [21, 12], start=START + MINUTE)
    assert Alert.objects.get().severity == 4
    play(rule, [31], start=START + 3 * MINUTE)
    assert [change.severity for change in AlertChange.objects.filter(act="worse")] == [4, 5]


def test_an_alert_that_comes_and_goes_too_often_is_held_until_it_was_calm_for_a_while():
    rule = make(clear=None, flapping=Flapping(4, timedelta(hours=1), timedelta(minutes=5)))
    assert play(rule, [12, 5, 12, 5]) == ["firing", "cleared", "firing", "cleared"]
    assert play(rule, [12, 5, 12, 5, 5, 5, 5], start=START + 4 * MINUTE) == ["firing"] * 7
    held = Alert.objects.get(state="firing")
    assert held.flapping
    assert Alert.objects.count() == 3
    assert play(rule, [5, 5], start=START + 11 * MINUTE) == ["firing", "cleared"]
    held.refresh_from_db()
    assert not held.flapping
    assert [each.act for each in held.changes.all()] == ["begun", "fired", "flapping", "calm", "cleared"]


def test_open_pages_hear_of_what_fired_or_cleared_and_of_nothing_else():
    follower = news.Follower(news.newest())
    play(make(pending=2 * MINUTE), [11, 11, 12, 12, 5])
    assert [item.facts["units"] for item in follower.read()] == [["gso:1"], ["gso:1"]]


def test_an_alert_is_told_in_words_with_numbers_as_people_write_them(only):
    only(rule := make(limit=1000.0, clear=None))
    play(rule, [1234.0])
    (alert,) = listing.narrowed(access.visible(None, None), listing.Wanted())
    assert listing.as_dict(alert)["value"] == 1234.0
    assert "1.234" in listing.told(alert).what


def test_many_readings_are_kept_in_few_questions(django_assert_max_num_queries):
    rule = make()
    readings = [Reading(("unit", f"gso:{n}"), 12.0, f"gso:{n}") for n in range(200)]
    with django_assert_max_num_queries(60):
        life.apply(rule, readings, START)
    with django_assert_max_num_queries(6):  # nothing differs
        life.apply(rule, readings, START)
    assert Alert.objects.filter(state="firing").count() == 200


STATE_AFTER = {"begun": "pending", "fired": "firing", "cleared": "cleared"}


def replayed(alert):
    """The state that the history of an alert tells."""
    told = {"state": "", "flapping": False, "severity": 0}
    for change in alert.changes.all():
        told["state"] = STATE_AFTER.get(change.act, told["state"])
        told["flapping"] = {"flapping": True, "calm": False}.get(change.act, told["flapping"])
        told["severity"] = change.severity
    return told


class AnySequence(TransactionTestCase):
    """Whatever is read, one rule and subject have one open alert, and its history tells how it stands."""

    @settings(max_examples=40, deadline=None)
    @given(
        st.lists(
            st.tuples(
                st.sampled_from(["gso:1", "gso:2"]),
                st.sampled_from([5.0, 7.0, 9.0, 11.0, 25.0, None, ...]),
                st.integers(-30, 90),
            ),
            max_size=25,
        ),
        st.sampled_from(list(Missing)),
        st.sampled_from(list(Missing)),
    )
    def test_one_open_alert_and_a_history_that_tells_its_state(self, told, missing, absent):
        rule = make(
            pending=MINUTE,
            missing=missing,
            absent=absent,
            steps=(Step(20.0, 5),),
            flapping=Flapping(3, timedelta(hours=1), timedelta(minutes=5)),
        )
        now = START
        for subject, value, minutes in told:
            now += minutes * MINUTE / 10
            readings = [] if value is ... else [Reading(("unit", subject), value, subject)]
            life.apply(rule, readings, now, holding.NONE)
            open_ones = Alert.objects.exclude(state="cleared").values_list("subject_id", flat=True)
            assert len(open_ones) == len(set(open_ones))
        for alert in Alert.objects.all():
            assert replayed(alert) == {
                "state": alert.state,
                "flapping": alert.flapping,
                "severity": alert.severity,
            }
