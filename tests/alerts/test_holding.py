"""What holds alerts back: a wider alert holds those that lie in it, and lets them go when it clears."""

import pytest
from readings import MINUTE, START, make

from toancanh.alerts import access, evaluation, kinds, listing
from toancanh.alerts.kinds import Kind
from toancanh.alerts.models import Alert
from toancanh.alerts.rules import Reading
from toancanh.base import events

PROVINCE, COMMUNE, OTHER = "gso:66", "gso:24121", "gso:79"
pytestmark = pytest.mark.usefixtures("units")


@pytest.fixture
def told(monkeypatch, only):
    """A rule about wide subjects that inhibits one about narrow ones; what each reads is what the test says."""
    values = {"a.wide": [], "b.narrow": []}
    monkeypatch.setattr(kinds, "_KINDS", dict(kinds._KINDS))
    kinds.register(Kind("told", "told", (), lambda rule, _now: iter(values[rule.code]), lambda *_args: iter(())))
    only(make("b.narrow", kind="told"), make("a.wide", kind="told", inhibits=("b.narrow",)))
    return values


def reading(unit, value=12.0):
    return Reading(("unit", unit), value, unit)


def waiting():
    return {alert.subject_id for alert in listing.queue(Alert.objects.all())}


def test_an_alert_of_the_province_holds_back_those_of_its_units_and_no_others(told):
    told["b.narrow"] = [reading(COMMUNE), reading(OTHER)]
    told["a.wide"] = [reading(PROVINCE)]
    evaluation.evaluate(START)
    assert waiting() == {PROVINCE, OTHER}
    held = Alert.objects.get(subject_id=COMMUNE)
    assert (held.state, held.inhibited_by.subject_id) == ("firing", PROVINCE)
    assert listing.held(held) == f"do cảnh báo {held.inhibited_by_id}"


def test_what_fired_before_is_held_back_too_and_let_go_when_the_wider_one_clears(
    told, django_capture_on_commit_callbacks
):
    heard = []
    events.listen("alert.released", lambda **facts: heard.append(facts["subject"]))
    told["b.narrow"] = [reading(COMMUNE)]
    evaluation.evaluate(START)
    told["a.wide"] = [reading(PROVINCE)]
    evaluation.evaluate(START + MINUTE)
    assert waiting() == {PROVINCE}
    told["a.wide"] = [reading(PROVINCE, 5.0)]
    with django_capture_on_commit_callbacks(execute=True):
        evaluation.evaluate(START + 2 * MINUTE)
    assert waiting() == {COMMUNE}
    assert heard == [("unit", COMMUNE)]
    acts = Alert.objects.get(subject_id=COMMUNE).changes.values_list("act", flat=True)
    assert list(acts) == ["begun", "fired", "inhibited", "released"]


def test_what_is_held_back_clears_as_any_other(told):
    told["b.narrow"], told["a.wide"] = [reading(COMMUNE)], [reading(PROVINCE)]
    evaluation.evaluate(START)
    told["b.narrow"] = [reading(COMMUNE, 5.0)]
    evaluation.evaluate(START + MINUTE)
    assert Alert.objects.get(subject_id=COMMUNE).state == "cleared"


def test_of_two_that_would_hold_each_other_back_one_stands(only, told):
    only(
        make("a.wide", kind="told", inhibits=("b.narrow",)),
        make("b.narrow", kind="told", inhibits=("a.wide",)),
    )
    told["a.wide"], told["b.narrow"] = [reading(PROVINCE)], [reading(PROVINCE)]
    for turn in range(3):
        evaluation.evaluate(START + turn * MINUTE)
        assert len(listing.queue(Alert.objects.all())) == 1


def test_alerts_about_rules_and_sources_are_not_for_officers(told):
    from toancanh.access.models import User
    from toancanh.access.roles import Role
    from toancanh.access.scope import EVERYTHING

    for kind in ("unit", "source", "host", "sources", "rule"):
        Alert.objects.create(
            rule="x.y",
            subject_kind=kind,
            subject_id="x",
            state="firing",
            severity=3,
            since=START,
            fired_at=START,
            checked_at=START,
        )
    seen = {
        role: {alert.subject_kind for alert in access.visible(User(username="x", role=role), EVERYTHING)}
        for role in (Role.OFFICER, Role.OPERATOR)
    }
    assert seen == {Role.OFFICER: {"unit"}, Role.OPERATOR: {"unit", "source", "host", "sources", "rule"}}
