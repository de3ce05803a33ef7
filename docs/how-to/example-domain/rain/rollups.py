"""What is counted of rain: readings by unit and day."""

from toancanh.warehouse.rollups import Measure, Rollup, register

register(
    Rollup(
        "rain_unit_day",
        "rain",
        by=("unit",),
        measures=(
            Measure("readings", "at"),
            Measure("wet", "at", lambda reading: reading.millimetres > 0),
            Measure("heavy", "at", lambda reading: reading.millimetres >= 50),
        ),
    )
)
