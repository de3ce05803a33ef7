"""Idempotency: under one key a thing is done once, and answered alike each time."""

import pytest

from toancanh.base import idempotency
from toancanh.base.models import Done
from toancanh.base.problems import Problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def made():
    """Counts how often it was done."""
    calls = []

    def make():
        calls.append(1)
        return {"number": len(calls)}

    make.calls = calls
    return make


def test_the_same_request_under_the_same_key_is_done_once(made):
    for _turn in range(3):
        assert idempotency.once("lan", "k1", {"a": 1}, made) == {"number": 1}
    assert len(made.calls) == 1


def test_another_caller_may_use_the_same_key(made):
    idempotency.once("lan", "k1", {}, made)
    assert idempotency.once("mai", "k1", {}, made) == {"number": 2}


def test_another_request_under_a_used_key_is_refused(made):
    idempotency.once("lan", "k1", {"a": 1}, made)
    with pytest.raises(Problem) as refused:
        idempotency.once("lan", "k1", {"a": 2}, made)
    assert refused.value.code == "idempotency.other"


def test_without_a_key_each_request_counts(made):
    assert [idempotency.once("lan", "", {}, made)["number"] for _turn in range(2)] == [1, 2]


def test_a_refusal_is_not_kept_and_may_be_tried_again(made):
    def refuse():
        raise Problem("version.note")

    with pytest.raises(Problem):
        idempotency.once("lan", "k1", {}, refuse)
    assert not Done.objects.exists()
    assert idempotency.once("lan", "k1", {}, made) == {"number": 1}


def test_a_key_that_is_too_long_is_refused(made):
    with pytest.raises(Problem, match="120"):
        idempotency.once("lan", "k" * 121, {}, made)
