"""Beats: the days of a source, as its strip shows them; a silence is counted in the hours in which a word was due."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from toancanh.base import audit, clock
from toancanh.base.models import AuditEntry, News
from toancanh.base.problems import Problem
from toancanh.sources import actions, beats, flow
from toancanh.sources.beats import State
from toancanh.sources.definition import Definition
from toancanh.sources.models import Beat, Flow, Source
from toancanh.units.models import WorkingHours

FRIDAY = date(2026, 3, 6)
LAN = ("user", "lan")


def at(day, hour=0, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=clock.VIETNAM)


@pytest.fixture
def clocked(home, monkeypatch):
    """A clock that stands still where it is put."""

    def put(moment):
        monkeypatch.setattr(clock, "now", lambda: moment)
        return moment

    put(at(6, 12))
    return put


@pytest.fixture
def hours(home):
    for weekday in range(5):
        for start, end in (("07:00", "11:30"), ("13:00", "17:00")):
            WorkingHours.objects.create(valid_from=date(2020, 1, 1), weekday=weekday, start=start, end=end)


@pytest.fixture
def source(clocked):
    """A source that promised a word every half hour, running and known since the first of March."""
    source = Source.objects.create(
        name="tram", title="Trạm", record_type="dossier", connector="rest", running=True, expected_every=30
    )
    Source.objects.filter(pk=source.pk).update(created_at=at(1))
    source.refresh_from_db()
    Flow.objects.create(source=source, spoke_at=clock.now())
    return source


def states(source, days=3, moment=None):
    return [each.state for each in beats.strip(source, days, moment)]


def beat(source, day=FRIDAY, **told):
    Beat.objects.create(source=source, day=day, **told)


@pytest.mark.parametrize(
    ("told", "state"),
    [
        ({"looks": 10, "read": 100}, State.GOOD),
        ({"looks": 10, "read": 100, "failures": 1}, State.FAILING),
        ({"looks": 10, "read": 100, "rejected": 9}, State.GOOD),
        ({"looks": 10, "read": 100, "rejected": 10, "failures": 1}, State.REJECTED),
        ({"looks": 10, "read": 100, "rejected": 10, "silent": 30}, State.SILENT),
        ({"looks": 10, "read": 100, "silent": 29}, State.GOOD),
    ],
)
def test_a_day_is_shown_by_the_worst_of_what_happened(source, told, state):
    beat(source, **told)
    assert states(source, 1) == [state]


def test_a_strip_has_every_day_with_today_last(source):
    days = beats.strip(source)
    assert len(days) == 30
    assert days[-1].day == FRIDAY
    assert days[0].day == FRIDAY - timedelta(days=29)


def test_before_a_source_was_there_nothing_is_known_and_a_day_without_a_look_was_a_day_of_rest(source):
    assert states(source, 7) == [State.NONE, *[State.REST] * 6]


def test_a_silence_goes_on_until_the_source_speaks_and_stays_on_its_days(source, clocked):
    going = beats.strip(source, 2, at(7, 3))
    assert [each.silent for each in going] == [12 * 60 - 30, 3 * 60]
    clocked(at(7, 3))
    flow.spoke(source, None, rows=1)
    assert [each.silent for each in beats.strip(source, 2)] == [12 * 60 - 30, 3 * 60]
    assert states(source, 2) == [State.SILENT, State.SILENT]


def test_a_source_that_keeps_its_promise_is_never_silent(source, clocked):
    for minute in (10, 40, 55):
        clocked(at(6, 12, minute))
        flow.spoke(source, None, rows=1)
    assert [(each.silent, each.state) for each in beats.strip(source, 1)] == [(0, State.GOOD)]


def test_an_answer_without_rows_ends_no_silence(source, clocked):
    clocked(at(6, 15))
    flow.spoke(source, None)
    assert beats.strip(source, 1)[0].silent == 3 * 60 - 30


def test_outside_its_working_hours_a_source_owes_nothing(source, hours):
    source.hours = Source.Hours.WORKING
    source.save()
    Flow.objects.update(spoke_at=at(6, 16, 45))
    silent = {each.day.day: each.silent for each in beats.strip(source, 4, at(9, 8))}
    assert silent == {6: 0, 7: 0, 8: 0, 9: 45}


def test_a_daily_promise_rests_at_the_weekend(source):
    source.expected_every = 24 * 60
    source.save()
    assert {each.silent for each in beats.strip(source, 4, at(9, 11))} == {0}
    assert beats.strip(source, 1, at(9, 13))[0].silent == 60


def test_without_a_promise_there_is_no_silence(source):
    source.expected_every = None
    source.save()
    assert states(source, 3, at(8, 12)) == [State.REST] * 3


def test_a_paused_source_owes_nothing_but_what_it_owed_before(source, clocked):
    clocked(at(6, 14))
    actions.pause("tram", actor=LAN)
    clocked(at(8, 9))
    source.refresh_from_db()
    assert [each.silent for each in beats.strip(source, 3)] == [90, 0, 0]
    actions.resume("tram", actor=LAN)
    source.refresh_from_db()
    clocked(at(8, 11))
    flow.spoke(source, None, rows=1)
    assert [each.silent for each in beats.strip(source, 3)] == [90, 0, 90]


def test_a_source_that_never_spoke_is_silent_from_when_it_was_added(clocked):
    source = actions.connect(
        Definition("moi", "Mới", "dossier", connector="rest", options={}, expected_every=60), actor=LAN
    )
    assert beats.strip(source, 1, at(6, 15))[0].silent == 120


def test_changing_a_source_so_that_it_stops_closes_its_silence_and_is_told_as_a_pause(source, clocked):
    clocked(at(6, 14))
    wanted = Definition("tram", "Trạm", "dossier", connector="rest", paused=True, expected_every=30)
    actions.connect(wanted, actor=LAN)
    assert Beat.objects.get().silent == 90
    assert list(AuditEntry.objects.values_list("act", flat=True)) == ["source.changed", "source.paused"]


def test_many_sources_ask_no_more_than_one(source):
    many = [Source.objects.create(name=f"n{number}", title="N", record_type="dossier") for number in range(10)]
    counts = []
    for some in ([source], [source, *many]):
        with CaptureQueriesContext(connection) as found:
            beats.strips(some)
        counts.append(len(found))
    assert counts[0] == counts[1] <= 6


def test_open_pages_hear_of_a_failure_and_of_a_recovery_at_once_and_of_the_rest_every_few_seconds(source, monkeypatch):
    monkeypatch.setattr(flow, "_told", {})
    told = []
    for problem in (None, None, "connector.timeout", "connector.timeout", None, None):
        if problem:
            flow.failed(source, Problem(problem, where="x", seconds="1"))
        else:
            flow.spoke(source, None, rows=1)
        told.append(News.objects.filter(name="sources.changed").count())
    assert told == [1, 1, 2, 2, 3, 3]
    assert News.objects.latest("id").facts == {"source": "tram", "units": ["gso:66"]}


def test_what_somebody_does_is_told_at_once(source):
    for act in (actions.pause, actions.resume):
        act("tram", actor=audit.SYSTEM)
    assert News.objects.filter(name="sources.changed").count() == 2
