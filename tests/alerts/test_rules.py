"""Rules as data: what ships is version 0, what a steward publishes counts from then on, what cannot be read is told."""

import pytest
from readings import START, make, play

from toancanh.alerts import catalogue, definition, evaluation, kinds, rules, stuck
from toancanh.alerts.kinds import Kind
from toancanh.alerts.models import Alert, RuleState
from toancanh.alerts.rules import Group, Reading, Slip, Step
from toancanh.base import versions
from toancanh.base.problems import Problem
from toancanh.base.words import Bilingual

LAN = ("user", "lan")


@pytest.fixture
def readings(monkeypatch):
    """A kind of rule that reads what the test says, or raises it."""
    found = {"values": {}}

    def read(rule, _now):
        told = found["values"].get(rule.code, [])
        if isinstance(told, Exception):
            raise told
        return iter(told)

    monkeypatch.setattr(kinds, "_KINDS", dict(kinds._KINDS))
    kinds.register(Kind("told", "told", (), read, lambda *_args: iter(()), lambda _rule: frozenset({"dossier"})))
    return found["values"]


def published(code, told, note="thử"):
    versions.draft(rules.KIND, code, told, actor=LAN)
    return versions.publish(rules.KIND, code, actor=LAN, note=note)


@pytest.mark.parametrize("rule", rules.shipped(), ids=lambda rule: rule.code)
def test_what_ships_can_be_written_down_and_read_again(rule, db):
    read = definition.read(rule.code, definition.write(rule))
    known = {name: value for name, value in read.options.items() if name in rule.options}
    assert known == dict(rule.options)
    assert definition.write(read) | {"options": {}} == definition.write(rule) | {"options": {}}
    definition.check(rule.code, definition.write(rule))


def test_a_whole_rule_comes_back_as_it_was_written():
    slip = Slip(True, 8, "hour", Bilingual("Trả lời {value}", "Answer {value}"), "QĐ 1")
    rule = make(
        "sources.mine",
        kind="silence",
        options={"of": "silent", "minutes": 5, "least": None},
        steps=(Step(20, 4), Step(30, 5)),
        group=Group.TERRITORY,
        inhibits=("sources.silent",),
        law="Nghị định 61/2018/NĐ-CP",
        slip=slip,
        most=7,
    )
    assert definition.read(rule.code, definition.write(rule)) == rule


@pytest.mark.parametrize(
    ("change", "option"),
    [
        ({"kind": "weather"}, "kind"),
        ({"limit": "nhiều"}, "limit"),
        ({"limit": None}, "limit"),
        ({"severity": 6}, "severity"),
        ({"clear": 101}, "clear"),
        ({"title": {"vi": " "}}, "title"),
        ({"sentence": {"vi": "{value.__class__}"}}, "sentence"),
        ({"sentence": {"vi": "{value"}}, "sentence"),
        ({"options": {"of": "loud"}}, "of"),
        ({"options": {"of": "silent", "colour": "red"}}, "colour"),
        ({"group": "colour"}, "group"),
        ({"inhibits": ["sources.silent"]}, "inhibits"),
        ({"steps": [{"limit": 1, "severity": 9}]}, "steps"),
        ({"slip": {"automatic": True, "amount": 0, "unit": "day", "text": {"vi": "x"}}}, "amount"),
        ({"slip": {"automatic": True, "amount": 1, "unit": "week", "text": {"vi": "x"}}}, "unit"),
        ({"slip": {"automatic": True, "amount": 1, "unit": "day", "text": {}}}, "slip.text"),
    ],
)
def test_what_is_wrong_in_a_rule_is_told_at_its_place(change, option):
    told = definition.write(make("sources.silent", kind="silence", options={"of": "silent"}, limit=100, clear=50))
    with pytest.raises(Problem) as caught:
        definition.check("sources.silent", told | change)
    assert [problem.params["option"] for problem in caught.value.all] == [option]


@pytest.mark.parametrize("code", ["Rule.x", "rule", "a..b", "a.b;c", "a." + "b" * 130])
def test_a_code_is_plain(code):
    with pytest.raises(Problem) as caught:
        definition.check(code, definition.write(make(kind="silence", options={"of": "late"})))
    assert caught.value.params["option"] == "code"


def test_a_published_version_is_in_force_at_once_and_a_draft_never(db):
    before = rules.get("sources.silent")
    told = definition.write(before) | {"severity": 2}
    versions.draft(rules.KIND, "sources.silent", told, actor=LAN)
    assert rules.get("sources.silent") is before
    versions.publish(rules.KIND, "sources.silent", actor=LAN, note="giảm mức")
    assert (rules.get("sources.silent").severity, rules.get("sources.silent").version) == (2, 1)
    published("sources.silent", told | {"enabled": False})
    assert "sources.silent" not in {rule.code for rule in rules.in_force()}
    assert rules.get("sources.silent").version == 2


def test_what_is_in_force_is_asked_for_in_one_question(db, django_assert_num_queries):
    rules.in_force()
    with django_assert_num_queries(1):
        rules.in_force()


def test_a_rule_of_the_installation_is_read_like_those_that_ship(db, only, readings):
    only(make("a.one", kind="told"))
    published("b.own", definition.write(make(kind="told")))
    readings["b.own"] = [Reading(("unit", "gso:1"), 12.0, "gso:1")]
    assert evaluation.evaluate(START) == 1
    assert Alert.objects.get().version == 1


def test_alerts_of_a_rule_that_is_switched_off_clear(db, only, readings):
    only(rule := make("a.one", kind="told"))
    readings["a.one"] = [Reading(("unit", "gso:1"), 12.0, "gso:1")]
    evaluation.evaluate(START)
    published("a.one", definition.write(rule) | {"enabled": False})
    evaluation.evaluate(START)
    assert Alert.objects.get().state == "cleared"


def test_a_rule_that_cannot_be_read_leaves_its_alerts_keeps_no_other_and_says_why(db, only, readings):
    only(make("a.bad", kind="told"), make("b.good", kind="told"))
    play(make("a.bad"), [12])
    readings["a.bad"] = ZeroDivisionError("chia cho không")
    readings["b.good"] = [Reading(("unit", "x"), 12.0)]
    assert evaluation.evaluate(START) == 1
    assert Alert.objects.get(rule="a.bad").state == "firing"
    assert "chia cho không" in catalogue.entry("a.bad", Alert.objects.all()).problem.what
    (found,) = stuck.unreadable()
    assert "a.bad" in found.explain().what
    readings["a.bad"] = []
    evaluation.evaluate(START)
    assert RuleState.objects.get(rule="a.bad").failing_since is None
    assert not list(stuck.unreadable())


def test_a_published_version_that_means_nothing_any_more_is_told_and_its_alerts_are_left(
    db, only, readings, monkeypatch
):
    only(make("a.one", kind="told"))
    published("b.own", definition.write(make(kind="told")))
    play(make("b.own"), [12])
    without = {code: kind for code, kind in kinds._KINDS.items() if code != "told"}
    monkeypatch.setattr(kinds, "_KINDS", without)
    monkeypatch.setattr(rules, "_kept", None)
    only()
    evaluation.evaluate(START)
    assert Alert.objects.get().state == "firing"
    (found,) = stuck.unreadable()
    assert found.params["rule"] == "b.own"
    assert catalogue.entry("b.own", Alert.objects.all()).rule is None


def test_what_differs_between_two_versions_is_told_place_by_place():
    before = definition.write(make(severity=3))
    after = definition.write(make(severity=4, limit=12.0))
    assert catalogue.differences(before, after) == [("limit", 10.0, 12.0), ("severity", 3, 4)]


def test_alerts_that_nobody_takes_on_in_time_are_found(db, only):
    only(rule := make("a.one", severity=4))
    play(rule, [12])
    (found,) = stuck.untaken()
    assert found.params["severity"] == 4
    Alert.objects.update(acknowledged_at=START)
    assert not list(stuck.untaken())


def test_a_listener_that_breaks_keeps_no_rule_from_being_read(transactional_db, only, readings, monkeypatch):
    from collections import defaultdict

    from toancanh.base import events

    def broken(**_facts):
        raise ZeroDivisionError

    monkeypatch.setattr(events, "_LISTENERS", defaultdict(list, {evaluation.EVALUATED: [broken]}))
    only(make("a.one", kind="told"))
    readings["a.one"] = [Reading(("unit", "gso:1"), 12.0, "gso:1")]
    assert evaluation.evaluate(START) == 1
