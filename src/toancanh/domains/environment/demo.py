"""The simulated air of the sample province."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pyarrow as pa

from toancanh.base.clock import VIETNAM
from toancanh.domains.environment.air import DAY, HOUR, LEVELS, Air
from toancanh.domains.environment.records import MEASUREMENT
from toancanh.domains.environment.stations import within

# Systems that the sample runs and is connected to, as files of `sample/`.
CONNECTED = ("stations.toml",)
STATIONS = 10  # as `toancanh simulate sensors` plays
_DAYS = 30  # each costs a second to make


def history(first: date, last: date, seed: int, province: str) -> Iterator[tuple[str, str, pa.Table]]:
    """What stations told of hours and days from `first` to `last`, thirty days at most: source, name, rows."""
    there, air = within(province, last, STATIONS, seed), Air(seed)
    begin = datetime.combine(max(first, last - timedelta(_DAYS - 1)), time(), VIETNAM)
    days = (last - begin.date()).days + 1
    moments = [("1h", begin + HOUR * hour) for hour in range(24 * days)]
    moments += [("24h", begin + DAY * day) for day in range(days)]
    rows = [
        air.reading(station, parameter, averaging, moment)
        for averaging, moment in moments
        for station in there
        for parameter in LEVELS
    ]
    yield "tram-khong-khi", f"mo-phong-khong-khi-{last}", pa.Table.from_pylist(rows, schema=MEASUREMENT.arrow)
