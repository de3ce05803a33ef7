"""Trouble: what keeps failing is told once for as long as it stays the same, and once more when it is over."""

from typing import Any

import structlog

log = structlog.get_logger()


class Trouble:
    """The trouble of one loop, which tries again and again; `where` says in the log whose it is."""

    def __init__(self, what: str, **where: Any) -> None:
        self._what, self._where = what, where
        self._last = ""

    def met(self, error: Exception) -> None:
        """Say what is wrong, unless it was the last thing said."""
        if str(error) != self._last:
            self._last = str(error)
            log.error(f"{self._what}: cannot go on", problem=self._last, **self._where)

    def over(self) -> None:
        """Say that it goes on, if anything was wrong."""
        if self._last:
            self._last = ""
            log.warning(f"{self._what}: goes on", **self._where)
