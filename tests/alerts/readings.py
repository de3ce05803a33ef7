"""A rule of the tests, and readings of it a minute apart."""

from datetime import UTC, datetime, timedelta

from toancanh.alerts import life
from toancanh.alerts.models import Alert
from toancanh.alerts.rules import Reading, Rule
from toancanh.base.words import Bilingual

START = datetime(2026, 11, 23, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WORDS = Bilingual("{name}: {value} (ngưỡng {limit})", "{name}: {value} (limit {limit})")


def make(code="test.rule", **more):
    """A rule that fires at 10 and clears below 8, at once unless told otherwise."""
    told = {"limit": 10.0, "clear": 8.0, "kind": "threshold"} | more
    return Rule(code, told.pop("kind"), WORDS, WORDS, **told)


def play(rule, values, subject="gso:1", start=START):
    """The states of the alert after each value, a minute apart; "-" where there is none. `...`: not read at all."""
    states = []
    for turn, value in enumerate(values):
        readings = [] if value is ... else [Reading(("unit", subject), value, subject)]
        life.apply(rule, readings, start + turn * MINUTE)
        last = Alert.objects.filter(rule=rule.code, subject_id=subject).order_by("-pk").first()
        states.append(last.state if last else "-")
    return states
