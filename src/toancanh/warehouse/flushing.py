"""Flushing: the loop that moves the outbox to the warehouse, keeps the derived tables up, and tells what changed."""

import threading
import time

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connection

from toancanh.base.problems import Problem
from toancanh.warehouse import building, outbox
from toancanh.warehouse.errors import is_full

log = structlog.get_logger()
_PAUSE = 0.25  # seconds between two looks at an empty outbox
_SHARE = 0.15  # of the time, at most, that is spent on flushing: what arrives meanwhile is flushed together
_TROUBLED = 2.0  # seconds to wait after something went wrong


class Flusher:
    """The one process that writes small arrivals; what goes wrong is told once and tried again."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._trouble = ""

    def run(self) -> None:
        """Flush until told to stop."""
        building.check_derived()
        while not self._stopping.is_set():
            begun = time.monotonic()
            close_old_connections()
            wait = self._turn()
            self._stopping.wait(max(wait, (time.monotonic() - begun) * (1 / _SHARE - 1)))

    def _turn(self) -> float:
        try:
            outbox.flush()
            building.refresh()
        except (Problem, OperationalError, InterfaceError, OSError) as error:
            return self._troubled(error)
        except Exception as error:
            if not is_full(error):
                raise
            return self._troubled(error)
        if self._trouble:
            log.warning("flushing goes on")
            self._trouble = ""
        return _PAUSE

    def _troubled(self, error: Exception) -> float:
        """Say what is wrong, once."""
        if isinstance(error, OperationalError | InterfaceError):
            connection.close()
        if str(error) != self._trouble:
            self._trouble = str(error)
            log.error("cannot flush", problem=self._trouble)
        return _TROUBLED
