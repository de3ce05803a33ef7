"""The simulated air and how stations tell it: the same each time, in a daily pattern, read by their mapping."""

import json
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from toancanh.base.clock import VIETNAM
from toancanh.domains.environment import notation, records, stations
from toancanh.domains.environment.air import LEVELS, Air, ended
from toancanh.domains.environment.stations import Station
from toancanh.domains.environment.telling import ByMinute, Steady
from toancanh.domains.simulation.clock import Clock
from toancanh.sources import mappings
from toancanh.sources.preview import preview

NOON = datetime(2026, 11, 20, 12, tzinfo=VIETNAM)
PLACES = [Station("MP.KK01", "gso:24133", 1.0), Station("MP.KK02", "gso:24121", 0.1)]


class Hands:
    """The hands of a clock, moved by the test."""

    def __init__(self, start):
        self.start, self.passed = start, 0.0

    def real(self):
        return self.start + timedelta(seconds=self.passed)

    def ticks(self):
        return self.passed


def by_minute(hands, seed=1):
    return ByMinute(Clock(hands.start, 1.0, hands.real, hands.ticks), PLACES, Air(seed))


def told(stream):
    return [row for rows in stream.due() for row in rows]


def mean(parameter, hour, place=PLACES[0], days=30):
    """The mean of an hour of the day over some days."""
    air = Air(1)
    begun = NOON.replace(hour=hour)
    rows = [air.reading(place, parameter, "1h", begun - timedelta(days=day)) for day in range(days)]
    values = [row["value"] for row in rows if row["status"] == 0]
    return sum(values) / len(values)


def test_the_same_seed_tells_the_same_and_another_seed_other_air():
    first, again, other = (
        [Air(seed).reading(PLACES[0], parameter, "1m", NOON)["value"] for parameter in LEVELS] for seed in (1, 1, 2)
    )
    assert first == again != other


def test_traffic_peaks_inversion_and_sun_shape_the_day():
    assert mean("NO2", 7) > 1.5 * mean("NO2", 11)
    assert mean("NO2", 7) > 1.3 * mean("NO2", 7, PLACES[1])
    assert mean("PM2.5", 3) > 1.3 * mean("PM2.5", 12)
    assert mean("O3", 12) > 2 * mean("O3", 23)


def test_a_device_calibrates_some_minutes_each_night_and_fails_now_and_then():
    air, midnight = Air(1), NOON.replace(hour=0)
    night = [air.reading(PLACES[0], "NO2", "1m", midnight + timedelta(minutes=n))["status"] for n in range(300)]
    assert night.count(1) == 10
    hours = [
        air.reading(place, parameter, "1m", NOON - timedelta(hours=n))
        for place in PLACES
        for parameter in LEVELS
        for n in range(200)
    ]
    faulty = [row for row in hours if row["status"] == 2]
    assert 1 <= len(faulty) < 30
    assert {row["value"] for row in faulty} == {None}


def test_means_are_told_when_their_hour_or_day_is_over():
    assert list(ended(NOON + timedelta(minutes=1))) == [("1m", NOON)]
    assert dict(ended(NOON)) == {"1m": NOON - timedelta(minutes=1), "1h": NOON - timedelta(hours=1)}
    assert dict(ended(NOON.replace(hour=0)))["24h"] == NOON.replace(hour=0) - timedelta(days=1)


def test_every_station_tells_every_parameter_once_a_minute():
    hands = Hands(NOON)
    stream = by_minute(hands)
    assert told(stream) == []
    hands.passed = 60 * 60 + 59
    rows = told(stream)
    counts = Counter((row["station"], row["parameter"], row["averaging"]) for row in rows)
    assert set(counts.values()) == {60, 1}
    assert len(counts) == 2 * len(PLACES) * len(LEVELS)
    assert {row["at"] for row in rows if row["averaging"] == "1h"} == {NOON}


def test_two_runs_tell_the_same_however_time_is_cut():
    runs = []
    for steps in ([600], [7, 100, 101, 333, 600]):
        hands = Hands(NOON)
        stream, rows = by_minute(hands), []
        for hands.passed in steps:
            rows += told(stream)
        runs.append(rows)
    assert runs[0] == runs[1]
    assert len(runs[0]) == 114


def test_a_steady_stream_tells_so_many_a_second_and_no_reading_twice():
    hands = Hands(NOON)
    stream, rows = Steady(100, PLACES, Air(1), hands.real), []
    for hands.passed in (0.5, 3, 10):
        rows += told(stream)
    assert len(rows) == 1000
    assert len({(row["station"], row["parameter"], row["averaging"], row["at"]) for row in rows}) == 1000
    assert Counter(row["averaging"] for row in rows) == {"1m": 988, "1h": 12}


def test_a_reading_is_written_as_a_vendor_writes_it():
    row = Air(1).reading(PLACES[0], "PM2.5", "1m", NOON) | {"value": 21.5, "status": 0}
    assert notation.message(row) == {
        "maTram": "MP.KK01", "maDonVi": "gso:24133", "thongSo": "PM2,5", "giaTri": 21.5, "donVi": "ug/m3",
        "chuKy": "1 phút", "thoiGian": "2026-11-20T12:00:00+07:00", "trangThai": "00", "moPhong": True,
    }  # fmt: skip


def test_stations_stand_in_communes_of_the_province_and_stay_there(units):
    first, again, other = (stations.within("gso:66", NOON.date(), 20, seed) for seed in (1, 1, 2))
    assert first == again != other
    assert [station.code for station in first[:2]] == ["MP.KK01", "MP.KK02"]
    assert len({station.unit for station in first}) == 20
    assert len(stations.within("gso:66", NOON.date(), 300, 1)) == 300


@pytest.mark.parametrize("share", [0.2])
def test_messages_become_the_readings_they_tell_and_malformed_ones_are_refused(units, tmp_path, share):
    mappings.add_folder(Path(records.__file__).parent / "mappings")
    air, begun = Air(1), NOON.replace(hour=0)
    rows = [
        air.reading(place, parameter, averaging, begun + timedelta(hours=n)) | {"status": n % 3}
        for n in range(20)
        for place in PLACES
        for averaging in ("1m", "1h", "24h")
        for parameter in LEVELS
    ]
    broken = [each for row in rows if (each := notation.malformed(row, 1, share)) is not None]
    file = tmp_path / "tram.json"
    messages = [{"_topic": "a/b", "_topic.1": "a"} | each for each in [*map(notation.message, rows), *broken]]
    file.write_text("\n".join(json.dumps(each) for each in messages))
    found = preview(file, "stations", rows=5000)
    assert [{key: value for key, value in row.items() if key != "row"} for row in found.rows] == rows
    assert len(found.rejects) == len(broken) > 50
    assert {each.column for each in found.rejects} == {"thoiGian", "maDonVi", "trangThai", "giaTri", "thongSo"}
