"""Alerts of sources: silence within the hours of a promise, failures, late data, more refused rows than usual."""

from datetime import UTC, datetime, timedelta

import pytest

from toancanh.alerts import bursts, evaluation, life, listing, sources
from toancanh.alerts.models import Alert
from toancanh.sources import flow
from toancanh.sources.models import Load, Reject, Source

MONDAY = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)  # half past eight in the morning
pytestmark = pytest.mark.usefixtures("units")


@pytest.fixture
def source(db):
    found = Source.objects.create(
        name="tram", title="Trạm quan trắc", record_type="figure", connector="rest", running=True, expected_every=60
    )
    flow.of(found)
    return found


def spoke(source, at, newest=None):
    flow.Flow.objects.filter(source=source).update(spoke_at=at, answered_at=at, newest_at=newest or at)


def firing(rule, now):
    life.apply(rule, list(rule.read(now)), now)
    return [listing.told(alert).what for alert in Alert.objects.filter(state=Alert.State.FIRING)]


def test_a_source_is_silent_once_its_promise_is_broken_and_heard_again_when_it_speaks(source):
    spoke(source, MONDAY)
    assert firing(sources.SILENT, MONDAY + timedelta(minutes=59)) == []
    (what,) = firing(sources.SILENT, MONDAY + timedelta(minutes=62))
    assert "Trạm quan trắc im lặng" in what
    assert "60 phút" in what
    spoke(source, MONDAY + timedelta(minutes=63))
    assert firing(sources.SILENT, MONDAY + timedelta(minutes=64)) == []


@pytest.mark.parametrize(
    ("hours", "later", "silent"),
    [
        ("always", timedelta(hours=2), True),
        ("working", timedelta(hours=2), True),
        ("working", timedelta(hours=1, minutes=30), True),
    ],
)
def test_silence_is_counted_within_the_hours_of_the_promise(source, hours, later, silent):
    source.hours = hours
    source.save()
    spoke(source, MONDAY)
    assert bool(firing(sources.SILENT, MONDAY + later)) is silent


def test_a_night_and_a_weekend_are_no_silence_for_a_source_of_working_hours(source):
    source.hours = "working"
    source.save()
    friday = datetime(2026, 11, 20, 10, 15, tzinfo=UTC)  # a quarter past five, a quarter before the offices close
    spoke(source, friday)
    assert firing(sources.SILENT, friday + timedelta(hours=20)) == []
    assert firing(sources.SILENT, MONDAY - timedelta(minutes=40)) == []
    assert len(firing(sources.SILENT, MONDAY + timedelta(minutes=30))) == 1


def test_a_paused_source_is_not_silent(source):
    spoke(source, MONDAY)
    firing(sources.SILENT, MONDAY + timedelta(hours=3))
    Source.objects.update(running=False)
    assert firing(sources.SILENT, MONDAY + timedelta(hours=3, minutes=1)) == []


def test_a_running_source_that_never_spoke_is_silent_from_the_day_it_was_made(source):
    Source.objects.update(created_at=MONDAY)
    assert len(firing(sources.SILENT, MONDAY + timedelta(hours=2))) == 1


def test_a_source_that_cannot_be_read_for_minutes_is_told_with_its_failures(source):
    flow.Flow.objects.update(failing_since=MONDAY, failures=4, problem="connector.http")
    assert firing(sources.FAILING, MONDAY + timedelta(minutes=4)) == []
    (what,) = firing(sources.FAILING, MONDAY + timedelta(minutes=6))
    assert "4 lần" in what
    flow.Flow.objects.update(failing_since=None, failures=0, problem="")
    assert firing(sources.FAILING, MONDAY + timedelta(minutes=7)) == []


def test_a_source_that_tells_old_things_is_late(source):
    source.fresh_within = 30
    source.save()
    spoke(source, MONDAY, newest=MONDAY - timedelta(hours=2))
    firing(sources.LATE, MONDAY)
    (what,) = firing(sources.LATE, MONDAY + timedelta(minutes=3))
    assert "120 phút tuổi" in what


def deliver(source, at, read, rejected, state="done"):
    load = Load.objects.create(
        source=source, filename="x", sha256="", size=0, by="system:toancanh", state=state, read=read, rejected=rejected
    )
    Load.objects.filter(pk=load.pk).update(created_at=at)
    Reject.objects.bulk_create(Reject(load=load, row=row, code="cell.required") for row in range(rejected))
    return load


def test_a_load_that_refuses_more_than_usual_is_told_and_clears_when_its_rows_are_mended(source):
    for day in range(2, 10):
        deliver(source, MONDAY - timedelta(days=day), 1000, 10)
    deliver(source, MONDAY, 1000, 25)
    assert firing(bursts.REJECTING, MONDAY) == []  # less than three times as many
    load = deliver(source, MONDAY, 1000, 60)
    (what,) = firing(bursts.REJECTING, MONDAY)
    assert "60 trong 1000" in what.replace(".", "")
    load.rejects.update(state=Reject.State.MENDED)
    assert firing(bursts.REJECTING, MONDAY) == []


def test_few_refused_rows_are_no_alert_however_small_the_load(source):
    deliver(source, MONDAY, 4, 4)
    assert firing(bursts.REJECTING, MONDAY) == []


def running(name, host):
    found = Source.objects.create(
        name=name,
        title=name,
        record_type="figure",
        connector="rest",
        running=True,
        expected_every=60,
        options={"url": f"https://{host}/api"},
    )
    flow.of(found)
    spoke(found, MONDAY)
    return found


def test_when_all_behind_one_machine_are_mute_one_alert_holds_theirs_back(source, only):
    spoke(source, MONDAY + timedelta(hours=3))
    for number in range(3):
        running(f"mot-cua-{number}", "motcua.vn")
    only(sources.SILENT, sources.HOST)
    evaluation.evaluate(MONDAY + timedelta(hours=3))
    assert [alert.subject for alert in access_queue()] == [("host", "motcua.vn")]
    held = Alert.objects.filter(rule="sources.silent")
    assert {alert.inhibited_by.subject_id for alert in held} == {"motcua.vn"}
    spoke(Source.objects.get(name="mot-cua-0"), MONDAY + timedelta(hours=3))
    evaluation.evaluate(MONDAY + timedelta(hours=3, minutes=1))
    assert [alert.subject[1] for alert in access_queue()] == ["mot-cua-2", "mot-cua-1"]


def access_queue():
    return listing.queue(Alert.objects.all())


def test_when_most_sources_are_mute_at_once_one_alert_tells_of_the_province(source, only):
    spoke(source, MONDAY + timedelta(hours=3))
    for number in range(4):
        running(f"nguon-{number}", f"may{number}.vn")
    only(sources.SILENT, sources.HOST, sources.OUTAGE)
    evaluation.evaluate(MONDAY + timedelta(hours=3))
    (alert,) = access_queue()
    assert listing.told(alert).what == "4 trong 5 nguồn không nói cùng lúc"
    assert Alert.objects.filter(inhibited_by=alert).count() == 4
