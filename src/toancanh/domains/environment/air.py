"""The simulated air: what a station measures of a parameter in a minute, and averaged over an hour or a day.

A value depends on seed, station, parameter and moment only: whoever asks again gets the same. Assumed, not measured:
levels as of a small city, traffic at 07:30 and 17:30, particles held down at night by an inversion, ozone under the
sun, afternoon rain on every third day that washes the air, still days, and spread.
"""

import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import blake2b
from typing import Any, NamedTuple

from toancanh.base.clock import local
from toancanh.domains.environment.records import CALIBRATING, FAULT, MEASURING, MICROGRAMS
from toancanh.domains.environment.stations import Station

# A row of the record type `measurement`, by the names of its fields.
Row = dict[str, Any]

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
SPANS = {"1m": MINUTE, "1h": HOUR, "24h": DAY}
FAULTY = 0.004  # of the hours of a device
CALIBRATION = 10  # minutes of each night, on reference gas
SAMPLES, ENOUGH = 60, 45  # of a mean: three quarters must be valid
_RAINY = 0.35


class Level(NamedTuple):
    """A parameter's level in µg/m³, and how much traffic, inversion and sun add to it and rain leaves of it."""

    base: float
    traffic: float
    inversion: float
    sun: float
    rain: float


LEVELS = {
    "PM2.5": Level(16, 0.8, 0.7, 0, 0.4),
    "PM10": Level(32, 0.9, 0.6, 0, 0.35),
    "NO2": Level(28, 1.6, 0.5, 0, 0.8),
    "SO2": Level(14, 0.5, 0.4, 0, 0.8),
    "CO": Level(700, 1.8, 0.6, 0, 0.9),
    "O3": Level(45, -0.2, -0.5, 1.4, 0.7),
}


class Air:
    """The air over some stations, the same under the same seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._draw = lru_cache(1 << 16)(self._drawn)
        self._jitter = lru_cache(1 << 14)(self._jittered)
        self._normal = lru_cache(1 << 14)(self._nearly_normal)

    def reading(self, station: Station, parameter: str, averaging: str, begun: datetime) -> Row:
        """What a station tells of a parameter, averaged over the time that begins then."""
        if averaging == "1m":
            status, value = self._minute(station, parameter, begun)
        else:
            status, value = self._mean(station, parameter, begun, SPANS[averaging])
        return {
            "station": station.code,
            "parameter": parameter,
            "value": None if value is None else round(value, 1),
            "unit_of_measure": MICROGRAMS,
            "at": begun,
            "unit": station.unit,
            "averaging": averaging,
            "status": status,
            "simulated": True,
        }

    def _minute(self, station: Station, parameter: str, moment: datetime) -> tuple[int, float | None]:
        """Status and value of one minute."""
        here = local(moment)
        day, hour = f"{here:%Y%m%d}", here.hour + here.minute / 60
        level = LEVELS[parameter]
        begins = 1 + 3 * self._draw(station.code, "calibration")
        if begins <= hour < begins + CALIBRATION / 60:
            return CALIBRATING, level.base * 8
        if self._draw(station.code, parameter, day, here.hour, "fault") < FAULTY:
            return FAULT, None
        traffic = (_peak(hour, 7.5) + _peak(hour, 17.5)) * (0.3 + station.traffic)
        night = max(0.0, math.cos((hour - 3) / 12 * math.pi))
        sun = max(0.0, math.sin((hour - 6) / 12 * math.pi))
        value = level.base * (1 + level.traffic * traffic + level.inversion * night + level.sun * sun)
        value *= level.rain if self._rains(day, hour) else 1.0
        still = math.exp(0.45 * self._normal(day, "still") + 0.2 * self._normal(station.code, parameter, day))
        spread = 0.15 * self._normal(station.code, parameter, day, here.hour)
        jitter = 0.08 * self._jitter(station.code, parameter, day, here.hour)[here.minute]
        return MEASURING, value * still * math.exp(spread + jitter)

    def _mean(self, station: Station, parameter: str, begun: datetime, span: timedelta) -> tuple[int, float | None]:
        """The mean of the valid ones of samples spread evenly; where they are too few, the device is at fault."""
        minutes = [self._minute(station, parameter, begun + span * place / SAMPLES) for place in range(SAMPLES)]
        values = [value for status, value in minutes if status == MEASURING and value is not None]
        return (MEASURING, sum(values) / len(values)) if len(values) >= ENOUGH else (FAULT, None)

    def _rains(self, day: str, hour: float) -> bool:
        begins = 13 + 5 * self._draw(day, "shower")
        return self._draw(day, "rain") < _RAINY and begins <= hour < begins + 1 + 2 * self._draw(day, "long")

    def _nearly_normal(self, *words: object) -> float:
        """A draw that is nearly normal: mean 0, deviation 1."""
        return 2 * sum(self._draw(*words, turn) - 0.5 for turn in range(3))

    def _jittered(self, *words: object) -> list[float]:
        """Even draws for the minutes of an hour: mean 0, deviation 1."""
        return [(byte / 255 - 0.5) * 12**0.5 for byte in self._digest(words, 60)]

    def _drawn(self, *words: object) -> float:
        """A draw from 0 to 1 of its own for every choice of words."""
        return int.from_bytes(self._digest(words, 8)) / 2**64

    def _digest(self, words: tuple[object, ...], size: int) -> bytes:
        return blake2b(f"{self._seed}:{words}".encode(), digest_size=size).digest()


def _peak(hour: float, at: float) -> float:
    return math.exp(-(((hour - at) / 1.3) ** 2))


def ended(moment: datetime) -> Iterator[tuple[str, datetime]]:
    """The averaging times that end at a full minute, each with the moment it began."""
    yield "1m", moment - MINUTE
    here = local(moment)
    if here.minute == 0:
        yield "1h", moment - HOUR
        if here.hour == 0:
            yield "24h", moment - DAY
