"""Rollups of measurements: readings by day, and how many of them are valid, faulty or over a limit.

* A reading is valid where the device was measuring (status 0, 10/2021/TT-BTNMT) and told a value. Calibrating (1) and
  faulty (2) devices tell nothing about the air, whatever value they send.
* A reading is compared with the limit for its parameter and its own averaging time, on its own day; it is over where it
  is more than the limit. A reading without such a limit, or not told in mass per volume, is not compared.
"""

from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import Any

from toancanh.base.clock import VIETNAM
from toancanh.domains.environment import limits
from toancanh.domains.environment.limits import Limit
from toancanh.domains.environment.records import FAULT, MEASUREMENT, MEASURING, MICROGRAMS, MILLIGRAMS
from toancanh.warehouse.rollups import Measure, Rollup, register

HOUR, DAY = "1h", "24h"


def _valid(reading: Any) -> Any:
    return (reading.status == MEASURING) & reading.value.notnull()


def _begins(day: date) -> int:
    """Seconds from 1970 to the first moment of a day in Vietnam."""
    return int(datetime.combine(day, time(), VIETNAM).timestamp())


def _in_force(limit: Limit, reading: Any) -> Any:
    """Whether a reading has this limit."""
    second = reading.at.epoch_seconds()
    has = (reading.parameter == limit.parameter) & (reading.averaging == limit.averaging)
    has &= second >= _begins(limit.since)
    return has if limit.until is None else has & (second < _begins(limit.until + timedelta(1)))


def _limited(averaging: str, reading: Any) -> Any:
    """Whether a reading is compared with a limit."""
    in_mass = reading.unit_of_measure.isin((MICROGRAMS, MILLIGRAMS))
    return (
        _valid(reading) & in_mass & reduce(or_, (_in_force(each, reading) for each in limits.averaged_over(averaging)))
    )


def _over(averaging: str, reading: Any) -> Any:
    """Whether a compared reading is more than its limit."""
    micrograms = (reading.unit_of_measure == MILLIGRAMS).ifelse(reading.value * 1000, reading.value)
    more = (_in_force(each, reading) & (micrograms > each.value) for each in limits.averaged_over(averaging))
    return _limited(averaging, reading) & reduce(or_, more)


MEASURES = (
    Measure("readings", "at"),
    Measure("valid", "at", _valid),
    Measure("faulty", "at", lambda reading: reading.status == FAULT),
    Measure("hours", "at", lambda reading: _limited(HOUR, reading)),
    Measure("hours_over", "at", lambda reading: _over(HOUR, reading)),
    Measure("days", "at", lambda reading: _limited(DAY, reading)),
    Measure("days_over", "at", lambda reading: _over(DAY, reading)),
    Measure("simulated", "at", lambda reading: reading.simulated),
)

# The unit is in every rollup: a board narrowed to some units asks the same tables as the board of the province.
UNIT_DAY = register(Rollup("environment_unit_day", MEASUREMENT.name, by=("unit",), measures=MEASURES))
PARAMETER_DAY = register(
    Rollup("environment_parameter_day", MEASUREMENT.name, by=("unit", "parameter"), measures=MEASURES)
)
STATION_DAY = register(Rollup("environment_station_day", MEASUREMENT.name, by=("unit", "station"), measures=MEASURES))
