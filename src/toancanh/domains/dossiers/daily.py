"""The simulated days of the demo, told as they pass: the same events as its history, each when its moment has come."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from toancanh.base.clock import VIETNAM, local
from toancanh.domains.dossiers.notation import Row
from toancanh.domains.simulation.clock import Clock

PORTION = 100
_STRETCH = timedelta(days=7)
_DAY = timedelta(days=1)

# The events that happened from a day to a day, by time.
Happened = Callable[[date, date], pa.Table]


class Daily:
    """The events of one day after the other. The first days are made at once, later ones ahead, in a thread."""

    def __init__(self, clock: Clock, happened: Happened, maker: Executor | None = None) -> None:
        self._clock, self._happened = clock, happened
        first = local(clock.now()).date()
        self.start = datetime.combine(first, clock_time.min, VIETNAM)
        self._maker = maker or ThreadPoolExecutor(1, "days")
        self._take(self._make(first))

    def now(self) -> datetime:
        """The moment it is in the simulation."""
        return self._clock.now()

    def due(self) -> Iterator[list[Row]]:
        """What has happened since it was last asked, in portions, as far as it is made; at first all of the day."""
        moment = self._clock.now()
        micros = int(moment.timestamp() * 1_000_000)
        while True:
            stop = int(np.searchsorted(self._moments, micros, side="right"))
            while self._place < stop:
                portion = self._table.slice(self._place, min(PORTION, stop - self._place))
                self._place += portion.num_rows
                yield portion.to_pylist()
            if self._last >= local(moment).date() or not self._next.done():
                return
            self._take(self._next.result())

    def close(self) -> None:
        """Make no more days."""
        self._maker.shutdown(wait=False, cancel_futures=True)

    def _take(self, made: "_Days") -> None:
        """Go on with days that are made, and have the next ones made."""
        self._last, self._table = made
        self._moments, self._place = self._table["at"].cast(pa.int64()).to_numpy(), 0
        self._next: Future[_Days] = self._maker.submit(self._make, self._last + _DAY)

    def _make(self, first: date) -> "_Days":
        """The days from the first up to today, a week at most; tomorrow alone, since its calendar may still change."""
        last = max(first, min(first + _STRETCH - _DAY, self._clock.today()))
        return _Days(last, self._happened(first, last))


class _Days(NamedTuple):
    last: date
    table: pa.Table
