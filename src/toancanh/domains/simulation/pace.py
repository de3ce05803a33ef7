"""A steady pace: so many moments a second, as real time passes."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

PORTION = 100
_LONGEST_PAUSE = 10.0  # seconds; a computer that slept does not tell of the night in a burst


class Pace:
    """`rate` moments a second from now on, spread evenly over the time that passed."""

    def __init__(self, rate: float, clock: Callable[[], datetime]) -> None:
        self._rate, self._clock = rate, clock
        self.start = self._last = clock()
        self._owed = 0.0

    def now(self) -> datetime:
        """The moment it is: the real one."""
        return self._clock()

    def due(self) -> Iterator[list[datetime]]:
        """The moments since it was last asked, in portions."""
        last, self._last = self._last, self._clock()
        passed = (self._last - last).total_seconds()
        self._owed += min(max(passed, 0.0), _LONGEST_PAUSE) * self._rate
        count, self._owed = int(self._owed), self._owed % 1
        for first in range(0, count, PORTION):
            places = range(first, min(first + PORTION, count))
            yield [last + timedelta(seconds=passed * (place + 1) / count) for place in places]
