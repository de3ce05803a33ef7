"""What people do with alerts: they take them on, give them back, merge, escalate, silence, hand the watch over."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from readings import START, make, play

from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.access.scope import EVERYTHING, of_codes
from toancanh.alerts import actions, holding, life, listing, silences
from toancanh.alerts.models import Alert, AlertChange, Silence
from toancanh.alerts.rules import Reading
from toancanh.base import audit, clock, news
from toancanh.base.models import AuditEntry
from toancanh.base.problems import Problem

HOUR = timedelta(hours=1)


@pytest.fixture
def lan(db):
    return User.objects.create(username="lan", name="Lan", role=Role.OPERATOR)


@pytest.fixture
def acts(lan):
    """What Lan, who sees all, acts with."""
    return {"user": lan, "scope": EVERYTHING}


@pytest.fixture
def fired(db):
    """Three alerts of three units."""
    rule = make()
    life.apply(rule, [Reading(("unit", f"gso:{n}"), 10.0 + n, f"gso:{n}") for n in (1, 2, 3)], START)
    return list(Alert.objects.order_by("pk"))


def pks(*alerts):
    return [alert.pk for alert in alerts]


def waiting():
    return [alert.pk for alert in listing.queue(Alert.objects.all())]


def again(alert):
    alert.refresh_from_db()
    return alert


def refused(code, act, *args, **more):
    with pytest.raises(Problem) as caught:
        act(*args, **more)
    assert caught.value.code == code


def test_who_takes_an_alert_on_is_kept_with_a_sentence_and_told_to_open_pages(fired, acts):
    follower = news.Follower(news.newest())
    actions.acknowledge(pks(fired[0]), note="đã gọi phường", **acts)
    alert = again(fired[0])
    assert (alert.acknowledged_by, alert.note) == ("lan", "đã gọi phường")
    assert [item.facts["units"] for item in follower.read()] == [["gso:1"]]
    entry = audit.entries("alert", str(alert.pk))[-1]
    assert audit.sentence(entry) == f"lan tiếp nhận cảnh báo {alert.pk}: đã gọi phường"


def test_taking_on_again_changes_nothing_more(fired, acts):
    actions.acknowledge(pks(fired[0]), **acts)
    actions.acknowledge(pks(fired[0]), **acts)
    assert AlertChange.objects.filter(act="acknowledged").count() == 1
    assert AuditEntry.objects.filter(act="alert.acknowledged").count() == 1


def test_what_nobody_took_on_comes_first_then_the_worst_and_newest(fired, acts):
    Alert.objects.filter(pk=fired[0].pk).update(severity=5)
    Alert.objects.filter(pk=fired[2].pk).update(fired_at=START + HOUR)
    assert waiting() == pks(fired[0], fired[2], fired[1])
    actions.acknowledge(pks(fired[0]), **acts)
    assert waiting() == pks(fired[2], fired[1], fired[0])
    actions.unacknowledge(pks(fired[0]), **acts)
    assert waiting()[0] == fired[0].pk


def test_an_alert_that_fires_anew_waits_for_somebody_again(fired, acts):
    actions.acknowledge(pks(fired[0]), **acts)
    play(make(), [5, 12], start=START + HOUR)
    assert not Alert.objects.get(subject_id="gso:1", state="firing").acknowledged


def test_who_takes_on_an_alert_takes_on_what_was_merged_into_it(fired, acts):
    head = actions.merge(pks(*fired), **acts)
    assert head.pk == fired[0].pk
    assert waiting() == [head.pk]
    actions.acknowledge([head.pk], **acts)
    assert all(again(alert).acknowledged for alert in fired)
    actions.unacknowledge([head.pk], **acts)
    assert not any(again(alert).acknowledged for alert in fired)


def test_what_is_merged_into_an_alert_that_was_taken_on_is_taken_on_too(fired, acts):
    actions.acknowledge(pks(fired[1]), **acts)
    actions.merge(pks(*fired), into=fired[1].pk, **acts)
    assert again(fired[2]).acknowledged_by == "lan"


def test_what_still_fires_when_its_head_clears_stands_for_itself_again(fired, acts):
    actions.merge(pks(*fired), into=fired[0].pk, **acts)
    play(make(), [5], start=START + HOUR)
    assert set(waiting()) == set(pks(fired[1], fired[2]))
    assert AlertChange.objects.filter(act="parted").count() == 2


def test_a_merged_alert_can_be_parted(fired, acts):
    actions.merge(pks(fired[0], fired[1]), **acts)
    actions.part(pks(fired[1]), **acts)
    assert again(fired[1]).parent is None
    refused("alert.merge", actions.merge, pks(fired[0]), **acts)


def test_an_escalated_alert_stays_as_severe_whatever_is_read(fired, acts):
    actions.escalate(pks(fired[0]), severity=5, note="lãnh đạo hỏi", **acts)
    play(make(), [11, 12], start=START + HOUR)
    assert again(fired[0]).severity == 5
    actions.escalate(pks(fired[0]), severity=5, **acts)
    assert AlertChange.objects.filter(act="escalated").count() == 1
    refused("alert.severity", actions.escalate, pks(fired[0]), **acts)
    refused("alert.severity", actions.escalate, pks(fired[0]), severity=2, **acts)


def test_a_silenced_alert_is_out_of_the_queue_until_its_time_is_over(fired, acts):
    now = clock.now()
    actions.silence(pks(fired[0]), until=now + HOUR, reason="đang sửa máy", **acts)
    assert fired[0].pk not in waiting()
    assert again(fired[0]).state == "firing"
    holding.bring_up(now + HOUR / 2)
    assert fired[0].pk not in waiting()
    holding.bring_up(now + HOUR)
    assert fired[0].pk in waiting()
    assert [c.act for c in fired[0].changes.all()][-2:] == ["silenced", "heard"]


def test_a_silence_that_is_ended_early_holds_nothing_back(fired, acts):
    (silence,) = actions.silence(pks(fired[0]), until=clock.now() + HOUR, reason="nhầm", **acts)
    actions.end_silence(silence.pk, **acts)
    assert fired[0].pk in waiting()
    refused("silence.unknown", actions.end_silence, silence.pk, **acts)


def test_the_same_silence_asked_for_twice_is_one(fired, acts):
    until = clock.now() + HOUR
    for _turn in range(2):
        actions.silence(pks(fired[0]), until=until, reason="đang sửa máy", **acts)
    assert Silence.objects.count() == 1


@pytest.mark.parametrize("until", [timedelta(), -HOUR, timedelta(days=31)])
def test_a_silence_that_does_not_end_soon_is_refused(fired, acts, until):
    refused("silence.end", actions.silence, pks(fired[0]), until=clock.now() + until, reason="x", **acts)
    refused("silence.reason", actions.silence, pks(fired[0]), until=clock.now() + HOUR, reason=" ", **acts)


def test_a_unit_is_silenced_with_all_below_it(units, acts):
    life.apply(make(), [Reading(("unit", code), 12.0, code) for code in ("gso:24121", "gso:79")], START)
    now = clock.now()
    actions.plan(starts=now, ends=now + HOUR, unit="gso:66", reason="bảo trì", **acts)
    held = Alert.objects.filter(silence__isnull=False).values_list("subject_id", flat=True)
    assert list(held) == ["gso:24121"]


def test_a_weekly_window_holds_back_each_sunday_night_until_it_ends(acts):
    sunday = clock.parse_moment("29/11/2026 01:00") + timedelta(days=364)
    window = actions.plan(
        starts=sunday,
        ends=sunday + 2 * HOUR,
        weekly=True,
        until=sunday + timedelta(days=15),
        source="mot-cua",
        reason="bảo trì hằng tuần",
        **acts,
    )
    week = timedelta(days=7)
    lasts = {hours: silences.lasts(window, sunday + hours * HOUR) for hours in (-1, 0, 1, 2, 24)}
    assert lasts == {-1: False, 0: True, 1: True, 2: False, 24: False}
    assert silences.lasts(window, sunday + week + HOUR)
    assert silences.lasts(window, sunday + 2 * week + HOUR)
    assert not silences.lasts(window, sunday + 3 * week + HOUR)
    assert silences.following(window, sunday + HOUR) == sunday + week
    assert silences.following(window, sunday + 2 * week + HOUR) is None


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({}, "silence.what"),
        ({"rule": "no.such"}, "rule.unknown"),
        ({"source": "x", "ends": -1}, "silence.end"),
        ({"source": "x", "weekly": True}, "silence.end"),
        ({"source": "x", "reason": ""}, "silence.reason"),
    ],
)
def test_a_plan_that_says_too_little_is_refused(acts, told, code):
    now = clock.now()
    told = {"reason": "bảo trì", **told, "ends": now + told.pop("ends", 1) * HOUR}
    refused(code, actions.plan, starts=now, **told, **acts)


@pytest.mark.parametrize(("ends", "until"), [(0, 0), (-1, 1), (2, 1)])
def test_a_silence_without_an_end_cannot_be_kept(db, ends, until):
    now = clock.now()
    told = {"kind": "silence", "reason": "x", "by": "lan", "made_at": now, "starts_at": now}
    with pytest.raises(IntegrityError), transaction.atomic():
        Silence.objects.create(**told, ends_at=now + ends * HOUR, until=now + until * HOUR)


def test_an_alert_that_cleared_is_not_acted_on(fired, acts):
    play(make(), [5], start=START + HOUR)
    for act in (actions.acknowledge, actions.unacknowledge, actions.escalate, actions.part):
        refused("alert.cleared", act, pks(fired[0]), **acts)


def test_nobody_acts_without_the_right_or_outside_his_scope(fired, lan):
    own = of_codes(["gso:1"])
    officer = User.objects.create(username="hoa", name="Hoa", role=Role.OFFICER, unit="gso:1")
    until = clock.now() + HOUR
    every = [
        (actions.acknowledge, {}),
        (actions.unacknowledge, {}),
        (actions.escalate, {}),
        (actions.merge, {}),
        (actions.part, {}),
        (actions.silence, {"until": until, "reason": "x"}),
    ]
    for act, more in every:
        refused("access.forbidden", act, pks(fired[0]), user=officer, scope=own, **more)
        refused("access.outside", act, pks(fired[0], fired[1]), user=lan, scope=own, **more)
    refused("alert.none", actions.acknowledge, [], user=lan, scope=own)
    plan = {"starts": clock.now(), "ends": until, "reason": "x", "rule": ""}
    refused("silence.unit", actions.plan, user=lan, scope=own, unit="gso:2", **plan)
    assert not Alert.objects.filter(acknowledged_at__isnull=False).exists()
    assert not Silence.objects.exists()


def test_the_watch_is_handed_over_with_a_note_and_what_is_open(fired, acts):
    made = actions.hand_over("  Phường 1 hẹn 14 giờ.  ", **acts)
    assert (made.note, len(made.open)) == ("Phường 1 hẹn 14 giờ.", 3)
    refused("watch.own", actions.take_over, made.pk, user=acts["user"])
    minh = User.objects.create(username="minh", name="Minh", role=Role.OPERATOR)
    assert actions.take_over(made.pk, user=minh).confirmed_by == "minh"
    refused("watch.unknown", actions.take_over, made.pk, user=minh)
    refused("watch.note", actions.hand_over, " ", **acts)
