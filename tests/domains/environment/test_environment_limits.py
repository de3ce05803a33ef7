"""Golden cases: what is over a limit of QCVN 05:2023/BTNMT, Table 1, and what is not compared with any."""

from datetime import UTC, datetime, timedelta

import duckdb
import pyarrow as pa
import pytest
from measured import reading

from toancanh.domains.environment import rollups
from toancanh.domains.environment.limits import DOCUMENT, LIMITS
from toancanh.domains.environment.records import AVERAGING, MEASUREMENT, PARAMETERS, STATUSES
from toancanh.warehouse.rollups import sql

NINE = datetime(2026, 3, 2, 2, tzinfo=UTC)  # 09:00 in Vietnam


@pytest.fixture
def count():
    """The sums of some measures over some readings."""

    def _count(measures, *rows):
        states = pa.Table.from_pylist(list(rows), MEASUREMENT.stored)
        with duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.register("states", states)
            sums = ", ".join(f"coalesce(sum({name}), 0)::INT" for name in measures.split())
            return connection.execute(f"SELECT {sums} FROM ({sql(rollups.UNIT_DAY, 'states')})").fetchone()

    return _count


# The table itself, µg/Nm³, as printed: None is an empty cell.
TABLE = {
    ("SO2", "1h"): 350, ("CO", "1h"): 30_000, ("NO2", "1h"): 200, ("O3", "1h"): 200, ("TSP", "1h"): 300,
    ("PM10", "1h"): None, ("PM2.5", "1h"): None,
    ("SO2", "24h"): 125, ("CO", "24h"): None, ("NO2", "24h"): 100, ("O3", "24h"): None, ("TSP", "24h"): 200,
    ("PM10", "24h"): 100, ("PM2.5", "24h"): 45,
}  # fmt: skip


@pytest.mark.parametrize(("cell", "limit"), TABLE.items(), ids=str)
def test_the_table_decides_and_its_value_itself_is_not_over(count, cell, limit):
    parameter, averaging = cell
    at = [NINE + timedelta(hours=hour) for hour in range(3)]
    values = (limit - 0.1, limit, limit + 0.1) if limit else (0.0, 500.0, 1e6)
    rows = [reading(moment, value, parameter, averaging=averaging) for moment, value in zip(at, values, strict=True)]
    compared = 3 if limit else 0
    wanted = (compared, compared // 3) if averaging == "1h" else (0, 0)
    assert count("hours hours_over", *rows) == wanted
    wanted = (compared, compared // 3) if averaging == "24h" else (0, 0)
    assert count("days days_over", *rows) == wanted


@pytest.mark.parametrize(
    ("at", "value", "over"),
    [
        ("2025-12-31T00:00+07:00", 47, 0),
        ("2025-12-31T00:00+07:00", 50.5, 1),
        ("2025-12-31T23:59:59+07:00", 47, 0),
        ("2026-01-01T00:00+07:00", 47, 1),
        ("2026-01-01T00:00+07:00", 45, 0),
    ],
)
def test_fine_dust_of_a_day_may_be_fifty_until_2025_and_forty_five_from_2026_on(count, at, value, over):
    moment = datetime.fromisoformat(at).astimezone(UTC)
    assert count("days days_over", reading(moment, value, "PM2.5", averaging="24h")) == (1, over)


def test_before_the_regulation_was_in_force_nothing_is_compared(count):
    before = datetime(2023, 9, 11, 16, 59, tzinfo=UTC)
    rows = [reading(before, 999.0), reading(before + timedelta(minutes=1), 999.0)]
    assert count("readings hours hours_over", *rows) == (2, 1, 1)


def test_carbon_monoxide_told_in_milligrams_is_compared_in_micrograms(count):
    rows = [
        reading(NINE, 29.9, "CO", unit_of_measure="mg/m³"),
        reading(NINE + timedelta(hours=1), 30.1, "CO", unit_of_measure="mg/m³"),
    ]
    assert count("hours hours_over", *rows) == (2, 1)


@pytest.mark.parametrize("unit_of_measure", ["ppb", "ppm"])
def test_what_is_not_told_in_mass_per_volume_is_valid_and_not_compared(count, unit_of_measure):
    row = reading(NINE, 9999.0, unit_of_measure=unit_of_measure)
    assert count("valid hours hours_over", row) == (1, 0, 0)


@pytest.mark.parametrize("averaging", ["1m", "5m", "8h"])
def test_minutes_and_eight_hours_are_not_compared_with_the_limit_of_an_hour(count, averaging):
    assert count("valid hours hours_over", reading(NINE, 9999.0, averaging=averaging)) == (1, 0, 0)


@pytest.mark.parametrize(("status", "faulty"), [(1, 0), (2, 1)])
def test_calibrating_and_faulty_devices_give_no_valid_reading_whatever_they_tell(count, status, faulty):
    rows = [reading(NINE, 9999.0, status=status), reading(NINE + timedelta(hours=1), None, status=status)]
    assert count("readings valid faulty hours hours_over", *rows) == (2, 0, 2 * faulty, 0, 0)


def test_a_measuring_device_without_a_value_gives_no_valid_reading(count):
    assert count("readings valid hours", reading(NINE, None)) == (1, 0, 0)


def test_a_measured_zero_is_a_valid_reading(count):
    assert count("valid hours hours_over", reading(NINE, 0.0)) == (1, 1, 0)


def test_simulated_readings_are_counted_as_such(count):
    assert count("readings simulated", reading(NINE, simulated=True), reading(NINE, station="KK2")) == (2, 1)


def test_every_limit_is_of_a_parameter_and_a_time_that_records_know():
    assert DOCUMENT == "QCVN 05:2023/BTNMT, Bảng 1"
    assert {limit.parameter for limit in LIMITS} < set(PARAMETERS)
    assert {limit.averaging for limit in LIMITS} < set(AVERAGING)


def test_every_status_has_a_name_in_both_languages_and_a_document():
    assert tuple(STATUSES) == MEASUREMENT.field("status").codes == (0, 1, 2)
    for status in STATUSES.values():
        assert status.name.vi
        assert status.name.en
        assert status.law.startswith("10/2021/TT-BTNMT")


def test_every_rollup_keeps_the_unit():
    for rollup in (rollups.UNIT_DAY, rollups.PARAMETER_DAY, rollups.STATION_DAY):
        assert "unit" in rollup.by
