"""A rule against the past: the same life, in memory; what cannot be known is said, nothing is written."""

from datetime import UTC, date, datetime, timedelta

import pytest
from readings import make

from toancanh.alerts import bursts, kinds, rules, sources
from toancanh.alerts.kinds import Kind
from toancanh.alerts.models import Alert, AlertChange
from toancanh.alerts.rules import Reading
from toancanh.base.problems import Problem
from toancanh.sources.models import Beat, Load, Source

FIRST, LAST = date(2026, 11, 2), date(2026, 11, 11)
pytestmark = pytest.mark.usefixtures("units")


@pytest.fixture
def days(monkeypatch):
    """A kind of rule whose value of each day the test says, of two units."""
    told = []

    def replay(_rule, since, until):
        for place, value in enumerate(told[: (until - since).days + 1]):
            moment = datetime.combine(since, datetime.min.time(), UTC) + timedelta(days=place)
            units = ("gso:24121", "gso:24133")
            yield moment, [Reading(("unit", unit), value, unit) for unit in units] if value is not None else []

    monkeypatch.setattr(kinds, "_KINDS", dict(kinds._KINDS))
    kinds.register(Kind("told", "told", (), lambda *_args: iter(()), replay))
    return told


def test_what_would_have_fired_is_counted_and_listed_and_nothing_is_written(days):
    days += [5, 12, 12, 5, 5, 12, 9, 9, 5, 5]
    trial = rules.try_out(make(kind="told"), FIRST, LAST)
    assert (trial.fired, len(trial.subjects), trial.moments) == (4, 2, 10)
    first = trial.alerts[0]
    assert (first.fired_at.day, first.cleared_at.day) == (3, 5)
    assert not Alert.objects.exists()
    assert not AlertChange.objects.exists()


def test_what_has_to_last_for_an_hour_or_less_is_held_to_have_lasted(days):
    days += [5, 12, 5, 5, 5, 5, 5, 5, 5, 5]
    assert rules.try_out(make(kind="told", pending=timedelta(minutes=30)), FIRST, LAST).fired == 2


def test_a_trial_that_would_find_too_much_says_so(days):
    days += [12] * 10
    trial = rules.try_out(make(kind="told", most=1), FIRST, LAST)
    assert (trial.fired, trial.storms) == (0, 10)


def test_only_what_lies_in_a_scope_is_told(days):
    from toancanh.access.scope import of_codes

    days += [12] * 10
    trial = rules.try_out(make(kind="told"), FIRST, LAST, of_codes(["gso:24121"]))
    assert [alert.owner for alert in trial.alerts] == ["gso:24121"]


@pytest.mark.parametrize(
    ("since", "until", "code"),
    [
        (LAST, FIRST, "trial.span"),
        (date(2024, 1, 1), date(2025, 12, 31), "trial.days"),
        (date(2126, 1, 1), date(2126, 1, 2), "trial.ahead"),
    ],
)
def test_days_that_cannot_be_played_are_refused(days, since, until, code):
    with pytest.raises(Problem) as caught:
        rules.try_out(make(kind="told"), since, until)
    assert caught.value.code == code


def test_silence_is_played_from_the_minutes_of_each_day():
    source = Source.objects.create(name="tram", title="Trạm", record_type="figure", expected_every=60)
    for day, minutes in ((3, 45), (4, 0), (6, 10)):
        Beat.objects.create(source=source, day=date(2026, 11, day), silent=minutes)
    trial = rules.try_out(sources.SILENT, FIRST, LAST)
    assert [(alert.fired_at.day, alert.value) for alert in trial.alerts] == [(3, 45.0), (6, 10.0)]
    assert trial.remark


@pytest.mark.parametrize("rule", [sources.FAILING, sources.LATE, sources.HOST, sources.OUTAGE], ids=lambda r: r.code)
def test_what_was_not_kept_cannot_be_played_and_says_so(rule):
    with pytest.raises(Problem) as caught:
        rules.try_out(rule, FIRST, LAST)
    assert caught.value.code == "rule.no_replay"


def test_refused_rows_are_played_load_by_load():
    source = Source.objects.create(name="hs", title="Hồ sơ", record_type="figure")
    for day, rejected in ((2, 10), (3, 12), (5, 200), (6, 9)):
        load = Load.objects.create(
            source=source, filename="x", sha256="y", size=1, by="lan", state="done", read=1000, rejected=rejected
        )
        Load.objects.filter(pk=load.pk).update(created_at=datetime(2026, 11, day, 3, tzinfo=UTC))
    trial = rules.try_out(bursts.REJECTING, date(2026, 11, 3), LAST)
    assert [alert.fired_at.day for alert in trial.alerts] == [5]
