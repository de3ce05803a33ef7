"""Flushing: the loop that moves the outbox to the warehouse, keeps the derived tables up, and tells what changed."""

import threading
import time

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from toancanh.base.models import OutboxEntry
from toancanh.base.problems import Problem
from toancanh.base.trouble import Trouble
from toancanh.warehouse import building, maintenance, outbox
from toancanh.warehouse.errors import is_full
from toancanh.warehouse.models import Dirty

_PAUSE = 0.25  # seconds between two looks at an empty outbox
# A flush, and each open board that it renews, costs much the same for one row as for hundreds: what arrives in the
# seconds after one is flushed together. Where little arrives, a figure may be four seconds old.
_SOON, _CALM, _FEW = 0.25, 4.0, 25
_SHARE = 0.7  # of the time, at most, that is spent on flushing
_TROUBLED = 2.0  # seconds to wait after something went wrong


class Flusher:
    """The one process that writes small arrivals; what goes wrong is told once and tried again."""

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._trouble = Trouble("flushing")

    def run(self) -> None:
        """Flush until told to stop."""
        building.check_derived()
        while not self._stopping.is_set():
            begun = time.monotonic()
            close_old_connections()
            wait = self._turn()
            if wait > _PAUSE:
                wait = max(wait, (time.monotonic() - begun) * (1 / _SHARE - 1))
            self._stopping.wait(wait)

    def _turn(self) -> float:
        """Flush once; seconds until the next time."""
        try:
            if not OutboxEntry.objects.exists() and not Dirty.objects.exists():
                self._trouble.over()
                return _PAUSE
            moved = outbox.flush()
            made = building.refresh()
            if moved:
                maintenance.gather()
        except (Problem, OperationalError, InterfaceError, OSError) as error:
            return self._troubled(error)
        except Exception as error:
            if not is_full(error):
                raise
            return self._troubled(error)
        self._trouble.over()
        if not moved and not made:
            return _PAUSE
        return _CALM if moved < _FEW else _SOON

    def _troubled(self, error: Exception) -> float:
        if isinstance(error, OperationalError | InterfaceError):
            connection.close()
        self._trouble.met(error)
        return _TROUBLED
