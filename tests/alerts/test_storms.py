"""A rule that finds far too much at once is held back, and one alert tells of the rule itself."""

import time
import tracemalloc

import pytest
from readings import MINUTE, START, make

from toancanh.alerts import life, listing, storms
from toancanh.alerts.models import Alert
from toancanh.alerts.rules import Reading

pytestmark = pytest.mark.django_db(transaction=True)


def readings(count, value=12.0):
    return (Reading(("unit", f"gso:{n}"), value, f"gso:{n}") for n in range(count))


def test_a_hundred_thousand_readings_make_one_alert_in_little_time_and_memory(only):
    only(rule := make(), storms.STORM)
    tracemalloc.start()
    begun = time.monotonic()
    life.apply(rule, readings(100_000), START)
    took, (_now, most) = time.monotonic() - begun, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    alert = Alert.objects.get()
    assert (alert.rule, alert.subject) == ("alerts.storm", ("rule", "test.rule"))
    assert "100.000" in listing.told(alert).what.replace("100000", "100.000")
    assert took < 10
    assert most < 30 << 20


def test_what_fires_already_lives_on_while_its_rule_is_held_back(only):
    only(rule := make(most=5), storms.STORM)
    life.apply(rule, readings(5), START)
    life.apply(rule, readings(20), START + MINUTE)
    assert Alert.objects.filter(rule="test.rule", state="firing").count() == 5
    life.apply(rule, [*readings(3), *readings(20)][:20], START + MINUTE)
    life.apply(rule, readings(10, 5.0), START + 2 * MINUTE)
    assert {alert.rule: alert.state for alert in Alert.objects.all()} == {
        "test.rule": "cleared",
        "alerts.storm": "cleared",
    }


def test_once_few_enough_are_found_they_are_told(only):
    only(rule := make(most=5), storms.STORM)
    life.apply(rule, readings(6), START)
    assert Alert.objects.filter(rule="test.rule").count() == 0
    life.apply(rule, readings(5), START + MINUTE)
    assert Alert.objects.filter(rule="test.rule", state="firing").count() == 5
    assert Alert.objects.get(rule="alerts.storm").state == "cleared"


def test_a_storm_is_over_when_its_rule_is_switched_off_and_is_never_without_data(only, monkeypatch):
    from toancanh.alerts import evaluation

    only(rule := make(most=5), storms.STORM)
    life.apply(rule, readings(6), START)
    evaluation.evaluate(START + MINUTE, [storms.STORM])
    assert not Alert.objects.get().missing
    only(storms.STORM)
    evaluation.tidy(START + 2 * MINUTE)
    assert Alert.objects.get().state == "cleared"
