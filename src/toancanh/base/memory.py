"""Memory: answers that many viewers ask for at once are made once, and kept until what they rest on changes."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import structlog
from django.db import connections
from django.utils.translation import get_language, override

log = structlog.get_logger()
_MOST = 128
# Seconds for which a page that is opened may show what was true before: it asks for what changed once it is open.
PATIENCE = 2.0


@dataclass
class _Known:
    version: Hashable
    answer: Any
    begun: float  # when it was begun to be made
    current: float  # when it was last known to be the latest


class Memory:
    """The answers to the questions asked last, each in its latest version; two that ask for the same wait for one.

    Where things arrive a version lasts a second: older ones would be kept for nobody.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._answers: OrderedDict[Hashable, _Known] = OrderedDict()
        self._making: dict[Hashable, threading.Lock] = {}
        self._guard = threading.Lock()

    def get[Answer](
        self, question: Hashable, version: Hashable, make: Callable[[], Answer], patience: float = 0.0
    ) -> Answer:
        """The answer to a question that rests on this version of what is known, or on a later one.

        With `patience` also one that was the latest so many seconds ago; the latest is then made meanwhile.
        """
        asked = time.monotonic()
        found: Answer
        with self._guard:
            known = self._known(question, version, asked)
            if known is not None:
                found = known.answer
                return found
            old = self._answers.get(question)
            making = self._making.setdefault(question, threading.Lock())
        if old is not None and asked - old.current <= patience:
            self._meanwhile(making, lambda: self._make(question, version, make))
            found = old.answer
            return found
        with making:
            with self._guard:
                known = self._known(question, version, asked)
            if known is not None:
                found = known.answer
                return found
            return self._make(question, version, make)

    def _known(self, question: Hashable, version: Hashable, asked: float) -> _Known | None:
        """What is known of that version, or was begun after one asked: a later version is good for all who waited."""
        known = self._answers.get(question)
        if known is None or (known.version != version and known.begun < asked):
            return None
        known.current = max(known.current, asked)
        self._answers.move_to_end(question)
        return known

    def _make[Answer](self, question: Hashable, version: Hashable, make: Callable[[], Answer]) -> Answer:
        begun = time.monotonic()
        try:
            answer = make()
        except BaseException:
            with self._guard:
                self._making.pop(question, None)
            raise
        with self._guard:
            self._making.pop(question, None)
            self._answers[question] = _Known(version, answer, begun, begun)
            self._answers.move_to_end(question)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return answer

    def _meanwhile(self, making: threading.Lock, make: Callable[[], Any]) -> None:
        """Make an answer in a thread of its own, in the language of whoever asked, unless somebody is at it."""
        if not making.acquire(blocking=False):
            return

        language = get_language()

        def work() -> None:
            try:
                with override(language):
                    make()
            except Exception:
                log.exception("an answer could not be made")  # whoever asks next meets it himself
            finally:
                making.release()
                connections.close_all()

        try:
            threading.Thread(target=work, name="answer", daemon=True).start()
        except RuntimeError:  # no thread is to be had
            making.release()
            raise
