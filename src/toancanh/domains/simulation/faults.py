"""Faults: what goes wrong with a real system, switched on for a while in a simulated one."""

import time
from collections.abc import Callable, Sequence
from typing import Any


class Faults:
    """The fault that is on, at most one of the kinds there are; it may end by itself."""

    def __init__(self, kinds: Sequence[str], kind: str = "", seconds_now: Callable[[], float] = time.monotonic) -> None:
        self.kinds, self._now = tuple(kinds), seconds_now
        self._on: tuple[str, float | None] = (kind, None)

    def switch(self, kind: str, seconds: float | None = None) -> None:
        """Switch a fault on, in place of any other, for some seconds or until `clear`. Raises ValueError."""
        if kind not in self.kinds or (seconds is not None and not seconds > 0):
            raise ValueError(kind)
        self._on = (kind, None if seconds is None else self._now() + seconds)

    def clear(self) -> None:
        """Switch off what is on."""
        self._on = ("", None)

    @property
    def kind(self) -> str:
        """The fault that is on; empty: none."""
        kind, until = self._on
        return kind if until is None or self._now() < until else ""

    def state(self) -> dict[str, Any]:
        """What is on, for how many seconds more (null: until it is switched off), and what there is."""
        kind, until = self.kind, self._on[1]
        left = round(until - self._now(), 1) if kind and until is not None else None
        return {"kind": kind or None, "seconds": left, "kinds": list(self.kinds)}
