"""Measurements of the tests, as rows and as lines of a file."""

from toancanh.domains.environment.records import MEASUREMENT

HEADER = tuple(MEASUREMENT.arrow.names)


def reading(at, value=10.0, parameter="SO2", *, station="KK1", unit="gso:24133", averaging="1h", status=0, **more):
    """One reading; `at` is a moment, or text such as 2026-03-02T09:00 in Vietnam."""
    row = {
        "station": station, "parameter": parameter, "value": value, "unit_of_measure": "µg/m³", "at": at, "unit": unit,
        "averaging": averaging, "status": status, "simulated": False,
    }  # fmt: skip
    return row | more
