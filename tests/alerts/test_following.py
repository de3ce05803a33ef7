"""Rules are read soon after what they rest on changed, never more often than they may, and again as time passes."""

import threading
import time

import pytest
from readings import START, make

from toancanh.alerts import evaluation, following, kinds, rules
from toancanh.alerts.following import Turns
from toancanh.alerts.kinds import Kind
from toancanh.alerts.models import Alert
from toancanh.alerts.rules import Reading
from toancanh.base import news
from toancanh.base.news import Item


@pytest.fixture
def told(monkeypatch):
    """A kind of rule that reads what the test says."""
    values = {"value": 5.0}
    monkeypatch.setattr(kinds, "_KINDS", dict(kinds._KINDS))
    kinds.register(
        Kind(
            "told",
            "told",
            (),
            lambda _rule, _now: iter([Reading(("unit", "gso:1"), values["value"], "gso:1")]),
            lambda *_args: iter(()),
            lambda _rule: frozenset({"dossier"}),
            every=30.0,
        )
    )
    return values


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def changed(record_type):
    return Item(1, "records.changed", {"record_type": record_type})


def test_a_rule_is_read_only_after_what_it_rests_on_changed(told):
    clock, rule = Clock(), make(kind="told")
    turns = Turns(clock)
    assert turns.due([rule]) == [rule]  # never read yet
    turns.read(rule.code, 0.0)
    turns.hear([rule], [changed("measurement"), Item(2, "alerts.changed", {})])
    clock.now = 2.0
    assert turns.due([rule]) == []
    turns.hear([rule], [changed("dossier")])
    assert turns.due([rule]) == [rule]


def read_for(seconds, news_every, takes=0.0):
    """When a rule is read for some seconds in which news come again and again."""
    clock, rule, times = Clock(), make(kind="told"), []
    turns, told = Turns(clock), 0.0
    while clock.now < seconds:
        if clock.now >= told:
            turns.hear([rule], [changed("dossier")])
            told += news_every
        if turns.due([rule]):
            begun = clock.now
            clock.now += takes
            turns.read(rule.code, begun)
            times.append(begun)
        clock.now = round(clock.now + 0.1, 1)
    return times


def test_a_rule_is_read_once_a_second_at_most_however_often_news_come(told):
    assert len(read_for(60, 0.1)) <= 61


def test_where_news_come_once_a_second_each_is_followed_at_once(told):
    assert read_for(10, 1.0) == [float(second) for second in range(10)]


def test_a_rule_that_takes_long_is_read_for_a_tenth_of_the_time_at_most(told):
    times = read_for(200, 0.5, takes=2.0)
    assert 9 <= len(times) <= 11


def test_what_the_first_reading_takes_keeps_nobody_waiting(told):
    clock, rule = Clock(), make(kind="told")
    turns = Turns(clock)
    clock.now = 6.0  # it loads what is needed to read at all
    turns.read(rule.code, 0.0)
    turns.hear([rule], [changed("dossier")])
    assert turns.due([rule]) == [rule]


def test_a_rule_is_read_again_as_time_passes_though_nothing_changed(told):
    clock, rule = Clock(), make(kind="told")
    turns = Turns(clock)
    turns.read(rule.code, 0.0)
    clock.now = 29.0
    assert turns.due([rule]) == []
    clock.now = 30.0
    assert turns.due([rule]) == [rule]


def test_news_become_an_alert_within_a_second(home, only, told):
    only(make(kind="told"))
    stopping = threading.Event()
    thread = threading.Thread(target=following.follow, args=(stopping,), daemon=True)
    thread.start()
    try:
        wait(lambda: evaluation.RuleState.objects.exists())
        time.sleep(1.0)
        told["value"] = 12.0
        begun = time.monotonic()
        news.tell("records.changed", record_type="dossier", units=["gso:1"])
        wait(lambda: Alert.objects.filter(state="firing").exists())
        assert time.monotonic() - begun < 1.5
    finally:
        stopping.set()
        thread.join(5)
    assert not thread.is_alive()


def wait(condition):
    for _turn in range(100):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError("in vain")


def test_what_fires_goes_on_after_a_restart_and_is_not_told_again(db, only, told):
    only(make(kind="told"))
    told["value"] = 12.0
    evaluation.evaluate(START)
    rules._kept = None  # what a process knows is gone with it
    assert evaluation.evaluate(START) == 0
    assert Alert.objects.count() == 1
