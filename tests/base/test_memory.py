"""Answers that many ask for at once are made once, and one that rests on an older version is not given."""

import threading
import time
import weakref

import pytest
from django.utils.translation import get_language, override
from structlog.testing import capture_logs

from toancanh.base.memory import Memory


class Answer:
    """Something that can be let go."""


def test_many_who_ask_for_the_same_are_answered_from_one_computation():
    memory, made = Memory(2), []

    def make():
        made.append(1)
        return len(made)

    assert [memory.get("a", 1, make) for _turn in range(5)] == [1] * 5
    memory.get("b", 1, make)
    memory.get("c", 1, make)  # the oldest is forgotten
    assert memory.get("a", 1, make) == 4


def test_of_an_answer_only_the_latest_version_is_kept():
    memory = Memory()
    kept = [weakref.ref(memory.get("a", version, Answer)) for version in range(50)]
    assert [each() is not None for each in kept] == [False] * 49 + [True]
    assert memory.get("a", 49, Answer) is kept[-1]()


def test_an_answer_that_fails_is_asked_for_anew():
    memory = Memory()

    def fails():
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 - any will do
        memory.get("a", 1, fails)
    assert memory.get("a", 1, lambda: 1) == 1


def test_whoever_waited_takes_what_was_begun_meanwhile_whatever_version_he_knew_of():
    memory, made, begin = Memory(), [], threading.Barrier(9)

    def make():
        made.append(1)
        time.sleep(0.2)
        return len(made)

    def ask(version):
        begin.wait()
        memory.get("a", version, make)

    asking = [threading.Thread(target=ask, args=(version,)) for version in range(9)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    # The first is made for one; the next, begun after all had asked, is good for all others.
    assert len(made) == 2


def test_what_was_begun_before_one_asked_is_not_taken_for_a_later_version():
    memory = Memory()
    assert memory.get("a", 1, lambda: "old") == "old"
    assert memory.get("a", 2, lambda: "new") == "new"


def test_with_patience_an_answer_of_just_now_is_given_while_the_latest_is_made():
    memory, made, go = Memory(), [], threading.Event()

    def slowly():
        go.wait(10)
        made.append(get_language())
        return "new"

    memory.get("a", 1, lambda: "old")
    with override("en"):
        assert [memory.get("a", 2, slowly, patience=60) for _turn in range(3)] == ["old"] * 3
        go.set()
        assert memory.get("a", 2, lambda: "never", patience=0) == "new"  # it waits for the one that is being made
    assert made == ["en"]


def test_without_patience_or_after_it_the_latest_is_waited_for():
    memory = Memory()
    memory.get("a", 1, lambda: "old")
    assert memory.get("a", 2, lambda: "new") == "new"
    time.sleep(0.05)
    assert memory.get("a", 3, lambda: "newest", patience=0.01) == "newest"


def test_an_answer_that_fails_meanwhile_is_asked_for_anew_by_the_next():
    memory = Memory()

    def fails():
        raise ValueError

    memory.get("a", 1, lambda: "old")
    with capture_logs() as told:
        assert memory.get("a", 2, fails, patience=60) == "old"
        assert memory.get("a", 2, lambda: "new") == "new"
    assert [each["event"] for each in told] == ["an answer could not be made"]
