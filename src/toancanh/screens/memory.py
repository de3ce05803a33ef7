"""Memory: answers that many viewers ask for at once are made once, and kept until what they rest on changes."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

_MOST = 128


class Memory:
    """The latest answers by key; two that ask for the same wait for one answer."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, Any] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def get[Answer](self, key: Hashable, make: Callable[[], Answer]) -> Answer:
        """The answer to a key, made if it is not there."""
        with self._guard:
            if key in self._answers:
                self._answers.move_to_end(key)
                found: Answer = self._answers[key]
                return found
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._guard:
                if key in self._answers:
                    found = self._answers[key]
                    return found
            try:
                answer = make()
            finally:
                with self._guard:
                    self._making.pop(key, None)
            with self._guard:
                self._answers[key] = answer
                while len(self._answers) > self._most:
                    self._answers.popitem(last=False)
            return answer
