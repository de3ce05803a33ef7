"""The clock of a simulated system."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from datetime import time as clock_time

from toancanh.base.clock import VIETNAM, local, now


class Clock:
    """A clock that starts at a moment and runs so many times as fast as the real one, up to the end of today.

    There it waits for the real day to end: nobody can tell of days that are yet to come.
    """

    def __init__(
        self,
        start: datetime,
        speed: float = 1.0,
        real: Callable[[], datetime] = now,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        self._speed, self._real, self._ticks = speed, real, ticks
        self._moment, self._tick = start, ticks()

    def now(self) -> datetime:
        """What it shows."""
        tick = self._ticks()
        moment, end = self._moment + timedelta(seconds=(tick - self._tick) * self._speed), self._end()
        if moment > end:
            moment = self._moment = end
            self._tick = tick
        return moment

    def today(self) -> date:
        """The real day in Vietnam."""
        return local(self._real()).date()

    def _end(self) -> datetime:
        return datetime.combine(self.today(), clock_time.max, VIETNAM)
