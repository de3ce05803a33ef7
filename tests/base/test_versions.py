"""Versions: what people write as data, from draft to publication; what was published stays."""

import pytest

from toancanh.base import audit, versions
from toancanh.base.models import AuditEntry
from toancanh.base.problems import Problem

LAN, MAI = ("user", "lan"), ("user", "mai")
pytestmark = pytest.mark.django_db


def _check(code, definition):
    if not isinstance(definition.get("limit"), int):
        raise Problem("version.note")
    return definition


@pytest.fixture(autouse=True)
def _limits(monkeypatch):
    kind = versions.Kind("limit", "ngưỡng", lambda: {"heat": {"limit": 40}}, _check)
    monkeypatch.setitem(versions._KINDS, "limit", kind)


def test_what_ships_is_in_force_until_something_is_published():
    assert versions.current("limit", "heat") == versions.Edition("heat", 0, {"limit": 40})
    versions.draft("limit", "heat", {"limit": 38}, actor=LAN)
    assert versions.current("limit", "heat").number == 0
    versions.publish("limit", "heat", actor=MAI, note="Theo công văn 12")
    now = versions.current("limit", "heat")
    assert (now.number, now.definition, now.by, now.note) == (1, {"limit": 38}, "mai", "Theo công văn 12")
    assert versions.in_force("limit")["heat"] == now


def test_every_published_version_can_be_read_for_ever():
    for limit in (38, 39):
        versions.draft("limit", "heat", {"limit": limit}, actor=LAN)
        versions.publish("limit", "heat", actor=LAN, note="thử")
    assert [versions.at("limit", "heat", number).definition["limit"] for number in (0, 1, 2)] == [40, 38, 39]
    with pytest.raises(Problem, match="số 3"):
        versions.at("limit", "heat", 3)


def test_something_new_begins_with_a_draft():
    with pytest.raises(Problem) as refused:
        versions.current("limit", "frost")
    assert refused.value.code == "version.unknown"
    versions.draft("limit", "frost", {"limit": 2}, actor=LAN)
    assert list(versions.in_force("limit")) == ["heat"]
    versions.publish("limit", "frost", actor=LAN, note="mới")
    assert list(versions.in_force("limit")) == ["frost", "heat"]


def test_a_draft_that_another_has_saved_since_is_not_overwritten_unseen():
    first = versions.draft("limit", "heat", {"limit": 38}, actor=LAN)
    seen = versions.mark(first)
    versions.draft("limit", "heat", {"limit": 37}, actor=MAI)
    for late in (
        lambda: versions.draft("limit", "heat", {"limit": 36}, actor=LAN, seen=seen),
        lambda: versions.publish("limit", "heat", actor=LAN, note="thử", seen=seen),
        lambda: versions.draft("limit", "heat", {"limit": 36}, actor=LAN, seen=""),
    ):
        with pytest.raises(Problem, match="mai"):
            late()
    assert versions.draft_of("limit", "heat").definition == {"limit": 37}


def test_what_does_not_pass_the_check_is_neither_kept_nor_published():
    with pytest.raises(Problem):
        versions.draft("limit", "heat", {"limit": "hot"}, actor=LAN)
    assert versions.history("limit", "heat") == []


def test_a_publication_says_why_and_needs_a_draft():
    with pytest.raises(Problem) as nothing:
        versions.publish("limit", "heat", actor=LAN, note="thử")
    versions.draft("limit", "heat", {"limit": 38}, actor=LAN)
    with pytest.raises(Problem) as silent:
        versions.publish("limit", "heat", actor=LAN, note="  ")
    assert (nothing.value.code, silent.value.code) == ("version.no_draft", "version.note")


def test_a_discarded_draft_leaves_its_trace_in_the_log():
    versions.draft("limit", "heat", {"limit": 38}, actor=LAN)
    versions.discard("limit", "heat", actor=MAI)
    assert versions.draft_of("limit", "heat") is None
    told = [audit.sentence(entry) for entry in AuditEntry.objects.filter(object_kind="limit", object_id="heat")]
    assert told == ["lan soạn bản nháp số 1.", "mai bỏ bản nháp số 1."]


def test_equal_definitions_are_frozen_once():
    one, same = versions.freeze({"a": 1, "b": [2]}), versions.freeze({"b": [2], "a": 1})
    assert one == same
    assert versions.freeze({"a": 2}) != one
