"""Answers that many ask for at once are made once, and one that rests on an older version is not given."""

import threading
import time
import weakref

import pytest

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
