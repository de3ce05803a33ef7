"""The simulated days of the demo, told as they pass: the same events as its history, each when its moment has come."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime, timedelta
from datetime import time as clock_time

import numpy as np
import pyarrow as pa

from toancanh.base.clock import VIETNAM, local, now
from toancanh.domains.dossiers.notation import Row

PORTION = 500
_STRETCH = timedelta(days=7)
_DAY = timedelta(days=1)

# The events that happened from a day to a day, by time.
Happened = Callable[[date, date], pa.Table]


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


class Daily:
    """The events of one day after the other, the next days made ahead in a thread of their own."""

    def __init__(self, clock: Clock, happened: Happened) -> None:
        self._clock, self._happened = clock, happened
        self._known = local(clock.now()).date() - _DAY  # the last day whose events are at hand
        self.start = datetime.combine(self._known + _DAY, clock_time.min, VIETNAM)
        self._table, self._moments, self._place = pa.table({}), np.array([], dtype=np.int64), 0
        self._maker = ThreadPoolExecutor(1, "days")
        self._next = self._ahead()

    def now(self) -> datetime:
        """The moment it is in the simulation."""
        return self._clock.now()

    def due(self) -> Iterator[list[Row]]:
        """What has happened since it was last asked, in portions; at first since the start of the day."""
        moment = self._clock.now()
        micros = int(moment.timestamp() * 1_000_000)
        while True:
            stop = int(np.searchsorted(self._moments, micros, side="right"))
            while self._place < stop:
                portion = self._table.slice(self._place, min(PORTION, stop - self._place))
                self._place += portion.num_rows
                yield portion.to_pylist()
            if self._known >= local(moment).date():
                return
            self._known, self._table = self._next.result()
            pa.default_memory_pool().release_unused()  # days are made from a year of dossiers
            self._moments, self._place = self._table["at"].cast(pa.int64()).to_numpy(), 0
            self._next = self._ahead()

    def close(self) -> None:
        """Make no more days."""
        self._maker.shutdown(wait=False, cancel_futures=True)

    def _ahead(self) -> "Future[tuple[date, pa.Table]]":
        """The next days up to today, a week of them at once; tomorrow alone, since its calendar may still change."""
        first = self._known + _DAY
        last = max(first, min(self._known + _STRETCH, self._clock.today()))
        return self._maker.submit(lambda: (last, self._happened(first, last)))
