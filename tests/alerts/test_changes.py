"""Change against expectation: the figure of the last day that is over, against the same weekdays before."""

from datetime import date, timedelta

import pytest
from readings import make

from toancanh.alerts import changes, detectors
from toancanh.alerts.detectors import Past
from toancanh.base.clock import VIETNAM, datetime

MONDAY = date(2026, 11, 23)
OPTIONS = {"width": 3, "least_width": 1, "needed": 6}


def weekdays(*values):
    """Values of the Mondays before, the latest last; between them days of other values."""
    past = []
    for place, value in enumerate(values):
        day = MONDAY - timedelta(weeks=len(values) - place)
        past += [Past(day, value), Past(day + timedelta(days=1), 999.0)]
    return past


def test_what_is_to_be_expected_is_the_median_of_the_same_weekdays_and_its_usual_spread():
    band = detectors.seasonal(weekdays(10.0, 12.0, 11.0, 13.0, 9.0, 11.0), MONDAY, "day", OPTIONS)
    # Median 11, deviations 1, 1, 0, 2, 2, 0: their median is 1, times 1.4826, times 3.
    assert band == pytest.approx((11 - 4.4478, 11 + 4.4478))


def test_one_wild_day_of_the_past_widens_nothing():
    calm = detectors.seasonal(weekdays(10.0, 12.0, 11.0, 13.0, 9.0, 11.0, 11.0), MONDAY, "day", OPTIONS)
    wild = detectors.seasonal(weekdays(10.0, 12.0, 11.0, 13.0, 9.0, 11.0, 900.0), MONDAY, "day", OPTIONS)
    assert wild.high < 20
    assert calm.high < 20


def test_too_short_a_past_says_nothing():
    assert detectors.seasonal(weekdays(10.0, None, 11.0, 13.0, 9.0, 11.0), MONDAY, "day", OPTIONS) is None


def test_what_was_always_the_same_may_differ_by_the_least_width():
    assert detectors.seasonal(weekdays(*[5.0] * 6), MONDAY, "day", OPTIONS) == (4.0, 6.0)


def test_months_are_held_against_the_same_month_of_other_years():
    past = [Past(date(year, month, 1), 100.0 + month) for year in range(2020, 2026) for month in range(1, 13)]
    assert detectors.seasonal(past, date(2026, 11, 1), "month", OPTIONS) == (110.0, 112.0)


@pytest.mark.parametrize(("value", "distance"), [(11.0, 0.0), (13.0, 1.0), (9.0, 1.0), (15.0, 2.0), (None, None)])
def test_the_edge_of_what_is_to_be_expected_is_one(value, distance):
    assert changes._distance(value, detectors.Band(9.0, 13.0)) == distance
    assert changes._distance(11.0, None) is None


def test_a_rule_reads_the_last_day_that_is_over(monkeypatch, units):
    from toancanh.indicators import figures

    class Told:
        indicator, about, simulated = "dossiers.received", "address", False

        def __init__(self, start, value):
            self.unit, self.start, self.end, self.value = "gso:24121", start, start, value

    days = [Told(MONDAY - timedelta(days=n), 50.0 if n == 0 else 10.0 + n % 3) for n in range(90)]
    asked = []

    def computed(query):
        asked.append(query)
        return [each for each in days if query.since <= each.start <= query.until]

    monkeypatch.setattr(figures, "computed", computed)
    options = {"indicator": "dossiers.received", "grain": "day", "detector": "seasonal", **OPTIONS}
    rule = make(kind="change", limit=1.0, clear=None, options=options)
    (reading,) = rule.read(datetime(2026, 11, 24, 9, tzinfo=VIETNAM))
    assert asked[0].until == MONDAY
    assert rule.wrong(reading.value)
    assert reading.facts["figure"] == 50.0
    (before,) = rule.read(datetime(2026, 11, 23, 9, tzinfo=VIETNAM))  # of the Sunday, as of any other
    assert not rule.wrong(before.value)
