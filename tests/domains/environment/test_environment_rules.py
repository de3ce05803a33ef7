"""Alerts of the air: they fire on the day on which something is wrong, and clear on one that is not."""

from datetime import datetime

from measured import reading

from toancanh.alerts import life, rules
from toancanh.alerts.models import Alert
from toancanh.base.clock import VIETNAM

BMT, TAN_LAP = "gso:24133", "gso:24121"


def judge(code, day, hour, minute=0):
    """What the rule finds of each unit at an hour of March 2026: the states of its alerts."""
    now = datetime(2026, 3, day, hour, minute, tzinfo=VIETNAM)
    rule = rules.get(f"environment.{code}")
    life.apply(rule, list(rule.read(now)), now)
    return {alert.subject_id: alert.state for alert in Alert.objects.order_by("pk")}


def test_one_hourly_mean_over_its_limit_makes_an_alert_of_its_commune_until_a_day_without_one(load):
    load(reading("2026-03-06T09:00", 400.0), reading("2026-03-06T09:00", unit=TAN_LAP, station="KK2"))
    assert judge("over_hours", 6, 11) == {BMT: "firing"}
    assert judge("over_hours", 7, 0) == {BMT: "firing"}  # nothing is known of the new day
    load(reading("2026-03-07T00:00"))
    assert judge("over_hours", 7, 2) == {BMT: "cleared"}


def test_a_reading_that_is_corrected_clears_its_alert(load):
    load(reading("2026-03-06T09:00", 400.0))
    assert judge("over_hours", 6, 11) == {BMT: "firing"}
    load(reading("2026-03-06T09:00", 40.0))
    assert judge("over_hours", 6, 12) == {BMT: "cleared"}


def test_stations_that_send_much_that_is_invalid_are_told_of_once_it_lasts(load):
    faulty = [reading(f"2026-03-06T08:{minute:02}", averaging="1m", status=2, value=None) for minute in range(30)]
    load(*faulty, *(reading(f"2026-03-06T07:{minute:02}", averaging="1m") for minute in range(20)))
    assert judge("valid_rate", 6, 9) == {}  # of so few nothing is said
    load(*(reading(f"2026-03-06T06:{minute:02}", averaging="1m") for minute in range(20)))
    assert judge("valid_rate", 6, 9) == {BMT: "pending"}
    assert judge("valid_rate", 6, 9, 11) == {BMT: "firing"}
