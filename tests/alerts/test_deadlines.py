"""Deadline rules: what a domain watches is counted unit by unit, and read once for all who ask at one moment."""

from collections import defaultdict
from datetime import date, datetime, timedelta

import pytest
from readings import START, make

from toancanh.alerts import deadlines, evaluation, listing, rules
from toancanh.alerts.models import Alert
from toancanh.base import events
from toancanh.base.clock import VIETNAM
from toancanh.base.words import Bilingual

DAY = timedelta(days=1)
pytestmark = pytest.mark.django_db(transaction=True)


def late(**more):
    return make("library.late", kind="deadline", limit=1.0, clear=None, options={"watch": "library.late"}, **more)


def test_each_unit_is_told_how_many_records_are_late_since_when_and_the_first_of_them(watch):
    watch.rows = [(f"S{n}", "gso:1", START - n * DAY, START - n * DAY / 2) for n in range(1, 6)]
    watch.rows += [("T1", "gso:2", START - DAY, START - DAY / 3), ("T2", "gso:2", START, START + DAY)]
    found = {reading.subject[1]: reading for reading in late().read(START)}
    assert {unit: reading.value for unit, reading in found.items()} == {"gso:1": 5, "gso:2": 1}
    assert found["gso:1"].facts["examples"] == ["S5", "S4", "S3"]
    assert found["gso:1"].facts["oldest"].startswith("2026-11-18")
    assert found["gso:1"].facts["simulated"] is False


def test_a_listener_of_an_evaluation_reads_no_record_again(watch, only, monkeypatch):
    watch.rows = [("S1", "gso:1", START - DAY, START - DAY)]
    rule = only(late(absent=rules.Missing.CLEAR))
    monkeypatch.setattr(events, "_LISTENERS", defaultdict(list))
    heard = []

    def listener(rules, at):
        heard.append((rules, deadlines.members(rule, at).column("record").to_pylist()))

    events.listen(evaluation.EVALUATED, listener)
    evaluation.evaluate(START)
    assert heard == [(["library.late"], ["S1"])]
    assert len(watch.asked) == 1
    deadlines.members(rule, START)
    assert len(watch.asked) == 2


def test_an_alert_clears_when_nothing_of_its_unit_is_late_any_more(watch, only):
    watch.rows = [("S1", "gso:1", START - DAY, START - DAY)]
    only(late(absent=rules.Missing.CLEAR))
    evaluation.evaluate(START)
    watch.rows = []
    evaluation.evaluate(START + timedelta(minutes=1))
    assert Alert.objects.get().state == "cleared"


def test_a_domain_ships_a_deadline_rule_in_a_line(watch, only):
    only()
    rule = deadlines.deadline("library.late", "library.late", Bilingual("Sách quá hạn", "Late books"))
    watch.rows = [("S1", "gso:24121", START - DAY, START - DAY)]
    evaluation.evaluate(START)
    assert rules.get("library.late") is rule
    assert listing.told(Alert.objects.get()).what == "gso:24121: 1 bản ghi, lâu nhất từ 22/11/2026 08:00 (S1)"


def test_the_numbers_of_the_rule_reach_the_watch(watch):
    watch.rows = [("T2", "gso:2", START, START + DAY)]
    assert not list(late().read(START))
    near = make("library.near", kind="deadline", options={"watch": "library.late", "ahead": 1})
    assert [reading.value for reading in near.read(START)] == [1.0]


def test_a_trial_asks_at_the_end_of_each_working_day(watch, units):
    watch.rows = [("S1", "gso:24121", START - 20 * DAY, datetime(2026, 11, 5, 9, tzinfo=VIETNAM))]
    trial = rules.try_out(late(), date(2026, 11, 2), date(2026, 11, 8))
    assert [now.astimezone(VIETNAM).strftime("%d %H") for now, _options in watch.asked] == [
        f"0{day} 17" for day in range(2, 7)
    ]
    assert (trial.fired, trial.moments, len(trial.subjects)) == (1, 5, 1)
    assert not Alert.objects.exists()
