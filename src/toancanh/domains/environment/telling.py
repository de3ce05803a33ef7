"""When simulated stations tell what they measured: each every minute by a clock, or so many readings a second."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import product
from typing import Protocol

from toancanh.base.clock import now
from toancanh.domains.environment.air import LEVELS, MINUTE, SPANS, Air, Row, ended
from toancanh.domains.environment.stations import Station
from toancanh.domains.simulation.clock import Clock
from toancanh.domains.simulation.pace import Pace

ROUNDS = 60  # at a steady pace every so manieth round over all devices tells means of an hour


class Stream(Protocol):
    """Where readings come from."""

    def now(self) -> datetime:
        """The moment it is in the simulation."""
        ...

    def due(self) -> Iterator[list[Row]]:
        """What has been measured since it was last asked, in portions."""
        ...


class ByMinute:
    """Every station tells every parameter once a minute, one station after the other; means when their time is over."""

    def __init__(self, clock: Clock, stations: Sequence[Station], air: Air) -> None:
        self._clock, self._stations, self._air = clock, stations, air
        self._start = clock.now().replace(second=0, microsecond=0)
        self._told = 0

    def now(self) -> datetime:
        """The moment it is in the simulation."""
        return self._clock.now()

    def due(self) -> Iterator[list[Row]]:
        """What has been measured since it was last asked: a list for each station and minute."""
        while True:
            minute, place = divmod(self._told, len(self._stations))
            over = self._start + (minute + 1) * MINUTE
            if over + MINUTE * place / len(self._stations) > self._clock.now():
                return
            self._told += 1
            yield [
                self._air.reading(self._stations[place], parameter, averaging, begun)
                for averaging, begun in ended(over)
                for parameter in LEVELS
            ]


class Steady:
    """`rate` readings a second from now on, by one device after the other, each stamped with its moment."""

    def __init__(self, rate: float, stations: Sequence[Station], air: Air, clock: Callable[[], datetime] = now) -> None:
        self._pace, self._air = Pace(rate, clock), air
        self._devices = list(product(stations, LEVELS))
        self._told = 0

    def now(self) -> datetime:
        """The moment it is: the real one."""
        return self._pace.now()

    def due(self) -> Iterator[list[Row]]:
        """What has been measured since it was last asked, in portions."""
        for moments in self._pace.due():
            yield [self._next(at) for at in moments]

    def _next(self, at: datetime) -> Row:
        turn, place = divmod(self._told, len(self._devices))
        self._told += 1
        averaging = "1h" if turn % ROUNDS == ROUNDS - 1 else "1m"
        station, parameter = self._devices[place]
        # The value is that of the minute or hour before; only the stamp is the moment itself, so that no two are alike.
        begun = at.replace(second=0, microsecond=0) - SPANS[averaging]
        return self._air.reading(station, parameter, averaging, begun) | {"at": at}
