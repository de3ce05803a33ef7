"""Memory: answers that many viewers ask for at once are made once, and kept until what they rest on changes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

_MOST = 128


class Memory:
    """The answers to the questions asked last, each in its latest version; two that ask for the same wait for one.

    Where things arrive a version lasts a second: older ones would be kept for nobody.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, tuple[Hashable, Any]] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def get[Answer](self, question: Hashable, version: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer to a question that rests on this version of what is known, made if it is not there."""
        with self._guard:
            known = self._answers.get(question)
            if known is not None and known[0] == version:
                self._answers.move_to_end(question)
                found: Answer = known[1]
                return found
            making = self._making.setdefault(question, threading.Lock())
        with making:
            with self._guard:
                known = self._answers.get(question)
                if known is not None and known[0] == version:
                    found = known[1]
                    return found
            try:
                answer = make()
            finally:
                with self._guard:
                    self._making.pop(question, None)
            with self._guard:
                self._answers[question] = (version, answer)
                self._answers.move_to_end(question)
                while len(self._answers) > self._most:
                    self._answers.popitem(last=False)
            return answer
