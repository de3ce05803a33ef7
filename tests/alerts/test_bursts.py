"""Bursts: many records within minutes that meet conditions, by unit or source; conditions that mean nothing."""

from datetime import timedelta

import pytest
from readings import make

from toancanh.alerts import definition, life
from toancanh.alerts.models import Alert
from toancanh.base import clock
from toancanh.base.problems import Problem
from toancanh.indicators.records import FIGURE
from toancanh.warehouse import outbox

TOLD = {"indicator": "digital.government.mail_accounts", "period_start": "2025-12-01", "period_end": "2025-12-31"}


@pytest.fixture
def records(home):
    """Nine records of two units and two sources, that came just now."""
    for place in range(9):
        unit = "gso:24121" if place < 6 else "gso:24133"
        row = TOLD | {"unit": unit, "grain": "month", "value": float(place), "document": f"VB-{place}", "section": "1"}
        outbox.put("mot" if place % 2 else "hai", FIGURE.name, [row])
    outbox.flush()


def burst(**options):
    told = {"of": "records", "record_type": "figure", "conditions": "", "minutes": 60, "by": "unit", "measure": "count"}
    return make("figures.many", kind="burst", limit=4.0, clear=None, options=told | options)


def values(rule, now=None):
    return {reading.subject[1]: reading.value for reading in rule.read(now or clock.now())}


def test_records_of_the_last_minutes_are_counted_by_unit_or_source(records):
    assert values(burst()) == {"gso:24121": 6, "gso:24133": 3}
    assert values(burst(by="source")) == {"hai": 5, "mot": 4}
    assert values(burst(), clock.now() + timedelta(hours=2)) == {}


@pytest.mark.parametrize(
    ("conditions", "found"),
    [
        ("value >= 4", {"gso:24121": 2, "gso:24133": 3}),
        ("value >= 4\nvalue != 5", {"gso:24121": 1, "gso:24133": 3}),
        ("document = VB-7", {"gso:24121": 0, "gso:24133": 1}),
        ("document = x' OR '1'='1", {"gso:24121": 0, "gso:24133": 0}),
        ("period_end > 2026-01-01", {"gso:24121": 0, "gso:24133": 0}),
    ],
)
def test_those_count_that_meet_every_condition(records, conditions, found):
    assert values(burst(conditions=conditions)) == found


def test_a_share_is_of_what_came_and_of_a_handful_says_nothing(records):
    share = burst(conditions="value >= 4", measure="share", least=4)
    assert values(share) == {"gso:24121": pytest.approx(100 / 3)}


def test_a_burst_makes_an_alert_of_its_unit(records):
    rule = burst()
    life.apply(rule, rule.read(clock.now()), clock.now())
    assert [alert.owner for alert in Alert.objects.all()] == ["gso:24121"]


@pytest.mark.parametrize(
    "conditions", ["colour = red", "value", "value ~ 3", "value > nhiều", "period_end > hôm qua", "value > 3; DROP"]
)
def test_conditions_that_mean_nothing_are_refused(conditions):
    with pytest.raises(Problem) as caught:
        definition.check("figures.many", definition.write(burst(conditions=conditions)))
    assert caught.value.params["option"] == "conditions"


def test_a_trial_looks_hour_by_hour(records):
    from toancanh.alerts import rules

    trial = rules.try_out(burst(), clock.today(), clock.today())
    assert trial.moments == 24
    assert trial.fired in (0, 1)  # within the last hour of a day nothing is read after it
