"""Following: what a rule finds becomes a slip, whoever is killed on the way; held alerts send none."""

from dataclasses import replace
from datetime import timedelta

import pytest
from demands import HERE, NOW, THERE, member, members

from toancanh.alerts import deadlines, evaluation, rules
from toancanh.alerts.models import Alert, Silence
from toancanh.alerts.rules import Rule, Slip
from toancanh.base.words import Bilingual
from toancanh.cases import actions, following, slips
from toancanh.cases.models import Case, Item
from toancanh.sources.models import Load, Source

TITLE = Bilingual("Hồ sơ quá hạn", "Overdue dossiers")


@pytest.fixture
def found(people, monkeypatch):
    """What the watch of the rule finds; the test changes it."""
    told = [member("A1"), member("A2"), member("B1", THERE)]
    watch = deadlines.Watch("test.late", "dossier", TITLE, lambda _now, _options: members(*told))
    monkeypatch.setitem(deadlines._WATCHES, watch.code, watch)
    slip = Slip(True, 8, "hour", Bilingual("Đề nghị xử lý.", "Settle them."), "61/2018/NĐ-CP")
    rule = Rule(
        "test.late", "deadline", TITLE, TITLE, 1.0, {"watch": watch.code}, absent=rules.Missing.CLEAR, slip=slip
    )
    monkeypatch.setattr(rules, "in_force", lambda: [rule])
    monkeypatch.setattr(following, "_FOUND", {})
    return told, rule


@pytest.fixture
def looked(found, django_capture_on_commit_callbacks):
    """One look of the rule, and the slips that follow from it unless the worker is killed before."""
    _told, rule = found

    def _looked(minutes=0, killed=False):
        with django_capture_on_commit_callbacks(execute=True):
            evaluation.evaluate(NOW + timedelta(minutes=minutes), [rule])
        if killed:
            following._FOUND.clear()
            return 0
        return following.follow_up()

    return _looked


def test_each_unit_whose_alert_fires_gets_a_slip(looked):
    assert looked() == 2
    assert sorted(Case.objects.values_list("unit", "count", "reason")) == [
        (HERE, 2, "test.late"),
        (THERE, 1, "test.late"),
    ]
    assert Alert.objects.filter(state="firing").count() == 2


def test_a_worker_killed_between_the_alert_and_the_slip_is_made_up_for_once(looked):
    assert looked(killed=True) == 0
    assert (Alert.objects.count(), Case.objects.count()) == (2, 0)
    assert looked(1) == 2
    assert looked(2) == 0
    assert (Alert.objects.count(), Case.objects.count(), Item.objects.count()) == (2, 2, 3)


def test_a_worker_killed_between_two_slips_is_made_up_for(looked, monkeypatch):
    whole = slips._stand
    calls = []

    def killed(*given):
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        whole(*given)

    monkeypatch.setattr(slips, "_stand", killed)
    with pytest.raises(KeyboardInterrupt):
        looked()
    monkeypatch.setattr(slips, "_stand", whole)
    assert looked(1) == 1
    assert sorted(Case.objects.values_list("unit", "count")) == [(HERE, 2), (THERE, 1)]


def test_what_the_rule_no_longer_finds_closes_its_slip_and_its_alert(looked, found):
    looked()
    found[0][:] = [member("B1", THERE)]
    looked(1)
    assert Case.objects.get(unit=HERE).outcome == "cleared"
    assert Alert.objects.get(subject_id=HERE).state == "cleared"


def test_no_slip_is_sent_while_the_alert_of_the_unit_is_silenced(looked):
    looked(killed=True)
    silence = Silence.objects.create(
        kind="silence",
        unit=HERE,
        starts_at=NOW,
        ends_at=NOW + timedelta(hours=2),
        until=NOW + timedelta(hours=2),
        reason="Bảo trì",
        by="truc",
        made_at=NOW,
    )
    Alert.objects.filter(subject_id=HERE).update(silence=silence)
    looked(1)
    assert [case.unit for case in Case.objects.all()] == [THERE]


def test_a_rule_that_sends_nothing_by_itself_sends_nothing(looked, found, monkeypatch):
    quiet = replace(found[1], slip=replace(found[1].slip, automatic=False))
    monkeypatch.setattr(rules, "in_force", lambda: [quiet])
    assert looked() == 0


def test_a_slip_by_hand_about_an_alert_closes_once_the_alert_has_cleared(looked, found, people):
    looked(killed=True)
    alert = Alert.objects.get(subject_id=HERE)
    case = slips.send(people["truc"], HERE, "Xử lý ngay", "Đề nghị báo cáo", alert=alert, now=NOW)
    assert slips.send(people["truc"], HERE, "Xử lý ngay", "Nữa", alert=alert, now=NOW) == case
    found[0][:] = [member("B1", THERE)]
    looked(1)
    case.refresh_from_db()
    assert (case.is_open, case.outcome) == (False, "cleared")


def test_an_alert_of_which_a_slip_is_under_way_waits_for_nobody_on_watch(looked):
    looked()
    for alert in Alert.objects.all():
        case = Case.objects.get(unit=alert.subject_id)
        assert (alert.acknowledged_by, alert.note) == ("toancanh", f"Đã gửi phiếu {case.number}/PCB-IOC")


def test_no_rule_is_read_while_a_file_of_its_records_is_being_loaded(looked):
    source = Source.objects.create(name="lich-su", title="Lịch sử", record_type="dossier")
    load = Load.objects.create(source=source, filename="a.csv", sha256="0" * 64, size=1, state=Load.State.RUNNING)
    assert looked() == 0
    Load.objects.filter(pk=load.pk).update(state=Load.State.DONE)
    assert looked(1) == 2


def test_a_message_text_with_a_brace_too_many_is_sent_as_it_is(people):
    text = Bilingual("Hạn {due}, {{lạ}, {left:>999999999} {x}", "")
    case = Case(title="A", unit=HERE, due_at=NOW, left=2)
    assert actions.filled(text, case, {}).vi == "Hạn 09:00 26/11/2026, {–, {left:>999999999} –"
