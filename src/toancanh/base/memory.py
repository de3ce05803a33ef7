"""Memory: answers that many viewers ask for at once are made once, and kept until what they rest on changes."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

_MOST = 128


class _Known(NamedTuple):
    version: Hashable
    begun: float  # when it was begun to be made
    answer: Any


class Memory:
    """The answers to the questions asked last, each in its latest version; two that ask for the same wait for one.

    Where things arrive a version lasts a second: older ones would be kept for nobody.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, _Known] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def get[Answer](self, question: Hashable, version: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer to a question that rests on this version of what is known, or on a later one."""
        asked = time.monotonic()
        with self._guard:
            known = self._known(question, version, asked)
            if known is not None:
                found: Answer = known.answer
                return found
            making = self._making.setdefault(question, threading.Lock())
        with making:
            with self._guard:
                known = self._known(question, version, asked)
                if known is not None:
                    found = known.answer
                    return found
            begun = time.monotonic()
            try:
                answer = make()
            finally:
                with self._guard:
                    self._making.pop(question, None)
            with self._guard:
                self._answers[question] = _Known(version, begun, answer)
                self._answers.move_to_end(question)
                while len(self._answers) > self._most:
                    self._answers.popitem(last=False)
            return answer

    def _known(self, question: Hashable, version: Hashable, asked: float) -> _Known | None:
        """What is known of that version, or was begun after one asked: a later version is good for all who waited."""
        known = self._answers.get(question)
        if known is None or (known.version != version and known.begun < asked):
            return None
        self._answers.move_to_end(question)
        return known
