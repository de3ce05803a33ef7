"""Hearsay: what the simulated portal makes of dossiers is the same whenever and however it is asked."""

from collections import Counter
from datetime import date, timedelta

import pytest

from toancanh.base.clock import local
from toancanh.domains.dossiers import simulator
from toancanh.domains.dossiers.hearsay import LONGEST, WRONG, Hearsay
from toancanh.domains.dossiers.records import PORTAL_DOSSIER

FIRST, LAST = date(2025, 9, 1), date(2025, 9, 30)


@pytest.fixture(scope="module")
def events(offices, calendar):
    (table,) = simulator.events(FIRST, LAST, 1, offices, calendar, 0.05)
    return table


@pytest.fixture(scope="module")
def hearsay(offices):
    return Hearsay(1, offices, lost=0.05, changed=0.2, extra=0.02)


@pytest.fixture(scope="module")
def last(events):
    """The last event of each dossier."""
    return {row["dossier_id"]: row for row in events.to_pylist()}


@pytest.fixture(scope="module")
def states(hearsay, events):
    return {row["dossier_id"]: row for row in hearsay.states(events).to_pylist()}


def wrong(told, row):
    return [name for name in told if name in row and told[name] != row[name]]


def test_history_tells_what_would_have_been_told_event_by_event(hearsay, last, states):
    expected = {number: hearsay.told(row) for number, row in last.items() if not hearsay.loses(number)}
    expected |= {told["dossier_id"]: told for row in last.values() if (told := hearsay.beside(row))}
    assert states == expected


def test_so_many_are_lost_wrong_and_known_to_the_portal_alone_as_asked_for(hearsay, last, states):
    number = len(last)
    assert sum(hearsay.loses(each) for each in last) == pytest.approx(0.05 * number, rel=0.2)
    assert len(states.keys() - last.keys()) == pytest.approx(0.02 * number, rel=0.3)
    found = Counter(name for each, told in states.items() if each in last for name in wrong(told, last[each]))
    assert found.keys() == WRONG.keys()
    assert found["due_at"] == pytest.approx(0.2 * 0.95 * 0.3 * number, rel=0.2)


def test_a_wrong_dossier_is_wrong_in_one_field_by_a_day_or_more(last, states, offices):
    levels = {office.code: office.level for office in offices}
    for number in states.keys() & last.keys():
        told, row = states[number], last[number]
        fields = wrong(told, row)
        assert len(fields) <= 1
        for name in fields:
            if name == "unit":
                assert levels[told[name]] == levels[row[name]]
            elif name != "state":
                assert local(told[name]).date() != local(row[name]).date()


def test_a_dossier_is_told_by_one_and_the_same_day_of_receipt(hearsay, events):
    days = {}
    for row in events.to_pylist():
        days.setdefault(row["dossier_id"], set()).add(hearsay.told(row)["received_at"])
    assert {len(each) for each in days.values()} == {1}


def test_half_is_told_within_the_lag_and_nothing_after_half_a_day(hearsay, states, last):
    delays = [told["synced_at"] - last[each]["at"] for each, told in states.items() if each in last]
    assert sorted(delays)[len(delays) // 2] == pytest.approx(timedelta(minutes=20), rel=0.1)
    assert timedelta(0) <= min(delays) < max(delays) <= LONGEST


def test_without_lag_and_mistakes_the_portal_tells_the_same_at_once(offices, events, last):
    honest = Hearsay(1, offices, lost=0, changed=0, extra=0, lag=0)
    for told in honest.states(events).to_pylist():
        row = last[told["dossier_id"]]
        assert told == {name: row.get(name, row["at"]) for name in PORTAL_DOSSIER.arrow.names}
