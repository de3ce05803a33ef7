"""Figures of the air: what is missing, what folds, what a merged unit leaves."""

from datetime import date, datetime

from measured import reading

from toancanh.access.scope import EVERYTHING
from toancanh.base.clock import VIETNAM
from toancanh.domains.environment.records import MEASUREMENT
from toancanh.indicators import provenance
from toancanh.screens import boards
from toancanh.warehouse import building, live, outbox

BMT, TAN_LAP, DAK_LAK = "gso:24133", "gso:24121", "gso:66"
FRI, SAT, SUN, MON = (date(2026, 3, day) for day in (6, 7, 8, 9))


def at(day, hour=9):
    return f"{day}T{hour:02}:00"


def test_a_day_without_any_reading_is_missing_on_days_off_too(load, ask):
    load(reading(at(FRI)), reading(at(MON)))
    found = ask("readings")
    assert (found[FRI], found[MON]) == (1, 1)
    assert found.get(SAT) is None
    assert found.get(SUN) is None


def test_a_share_of_no_readings_is_missing_and_not_zero(load, ask):
    load(reading(at(FRI), parameter="PM2.5"), reading(at(SAT), 400.0))
    assert ask("over_hours_rate") == {FRI: None, SAT: (100, 1, 1)}
    assert ask("over_hours") == {FRI: 0, SAT: 1}


def test_a_unit_whose_stations_say_nothing_has_no_valid_share(load, ask):
    load(reading(at(FRI), unit=TAN_LAP, station="KK2"), reading(at(FRI)), reading(at(SAT)))
    assert ask("valid_rate", TAN_LAP) == {FRI: (100, 1, 1), SAT: None}


def test_valid_readings_are_a_share_of_all_that_came_in(load, ask):
    load(
        reading(at(FRI, 1)),
        reading(at(FRI, 2)),
        reading(at(FRI, 3), status=1),
        reading(at(FRI, 4), status=2, value=None),
    )
    assert ask("valid_rate") == {FRI: (50, 2, 4)}
    assert ask("faulty") == {FRI: 1}


def test_a_reading_told_again_counts_once_and_a_correction_counts_as_corrected(load, ask):
    assert load(reading(at(FRI), 400.0)).counts["accepted"] == 1
    assert load(reading(at(FRI), 400.0)).counts["duplicates"] == 1
    assert load(reading(at(FRI), 40.0)).counts["accepted"] == 1
    assert (ask("readings"), ask("over_hours")) == ({FRI: 1}, {FRI: 0})


def test_readings_of_two_averaging_times_at_one_moment_are_two(load, ask):
    load(reading(at(FRI)), reading(at(FRI), averaging="1m"))
    assert ask("readings") == {FRI: 2}


def test_shares_fold_over_units_as_parts_over_wholes(load, ask):
    hours = [reading(at(FRI, hour), 400.0 if hour < 3 else 1.0) for hour in range(6)]
    load(*hours, *(reading(at(FRI, hour), unit=TAN_LAP, station="KK2") for hour in range(4)))
    assert ask("over_hours_rate") == {FRI: (50, 3, 6)}
    assert ask("over_hours_rate", DAK_LAK) == {FRI: (30, 3, 10)}


def test_a_station_in_a_unit_that_was_merged_stays_in_its_own_time(load, ask):
    old, june, july = "gso:24118", date(2025, 6, 1), date(2025, 7, 1)
    load(
        reading("2025-06-30T23:00", 400.0, unit=old),
        reading("2025-07-01T00:00", 400.0, unit=TAN_LAP),
        reading("2025-07-01T01:00", 1.0, unit=TAN_LAP),
    )
    assert ask("over_hours", old, "month") == {june: 1}
    assert ask("over_hours", TAN_LAP, "month") == {june: 0, july: 1}  # the code was another ward's until 30/6
    assert ask("over_hours", DAK_LAK, "month") == {june: 1, july: 1}
    found = provenance.passport(f"environment.over_hours~{TAN_LAP}~2025-07-01~2025-07-31", EVERYTHING)
    assert (found.figure.value, found.contribution.part) == (1, 1)


def test_a_unit_that_is_gone_is_refused_in_a_reading_of_later(load):
    assert load(reading("2025-07-01T09:00", unit="gso:24118"), reading(at(FRI))).counts["rejected"] == 1


def test_the_board_tells_stations_and_parameters_apart(load):
    load(reading(at(FRI), 400.0), reading(at(FRI), parameter="NO2"), reading(at(FRI), station="KK2", unit=TAN_LAP))
    page = boards.recent(boards.find("environment"), DAK_LAK, EVERYTHING)
    cards, over, _told, ranking, parameters, stations = page.panels
    assert [card.figure.value for card in cards.cards][:5] == [3, 100, 0, 1, 33.33]
    assert over.table.rows[-1]["environment.over_hours"] == 1
    assert {row["code"] for row in ranking.table.rows} == {BMT, TAN_LAP}
    assert [len(panel.table.rows) for panel in (parameters, stations)] == [2, 2]


def test_readings_that_flow_in_leave_nothing_behind_in_the_process_that_writes_them(load, ask):
    load(reading(at(FRI, 1)))
    for hour in (2, 3, 4):
        told = datetime.fromisoformat(at(FRI, hour)).replace(tzinfo=VIETNAM)
        outbox.put("air-stations", MEASUREMENT.name, [reading(told)])
        outbox.flush()
        building.refresh()
    assert ask("readings") == {FRI: 4}
    assert [file for file in live._SUBJECTS if MEASUREMENT.name in file.parts] == []
