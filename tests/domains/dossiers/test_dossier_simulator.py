"""The simulated one-stop system: real rates, no knowledge of the future, the same every time."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import polars as pl
import pyarrow as pa
import pytest
from conftest import DAY_FROM, DAY_TO

from toancanh.domains.dossiers import simulator
from toancanh.domains.dossiers.offices import Office
from toancanh.domains.dossiers.procedures import catalogue
from toancanh.domains.dossiers.records import DOSSIER, check
from toancanh.domains.dossiers.simulator import events, happened, slow_units, write_csv

SCALE = 0.05


def table(offices, calendar, day_from=DAY_FROM, day_to=DAY_TO, seed=1, scale=SCALE):
    return pa.concat_tables(events(day_from, day_to, seed, offices, calendar, scale))


@pytest.fixture(scope="module")
def known(offices, calendar):
    return pl.from_arrow(table(offices, calendar))


@pytest.fixture(scope="module")
def current(known):
    return known.sort("seq").group_by("dossier_id").last()


def test_tables_have_the_schema_of_the_record_type_and_come_newest_month_first(offices, calendar):
    tables = list(events(DAY_FROM, DAY_TO, 1, offices, calendar, SCALE))
    assert all(each.schema == DOSSIER.arrow for each in tables)
    newest = [max(each["received_at"].to_pylist()) for each in tables]
    assert len(tables) == 4
    assert newest == sorted(newest, reverse=True)


def test_the_same_seed_gives_the_same_rows_and_another_seed_others(offices, calendar, known):
    assert pl.from_arrow(table(offices, calendar)).equals(known)
    assert not pl.from_arrow(table(offices, calendar, seed=2)).equals(known)


def test_the_rows_of_a_stretch_do_not_depend_on_how_it_is_cut(offices, calendar, known):
    parts = [
        table(offices, calendar, day_from, day_to=DAY_TO)
        for day_from in (date(2025, 9, 17), date(2025, 8, 20), DAY_FROM)
    ]
    rows = pl.from_arrow(pa.concat_tables(parts)).unique()
    assert rows.sort("dossier_id", "seq").equals(known.sort("dossier_id", "seq"))


def test_the_order_in_which_units_are_named_does_not_matter(offices, calendar, known):
    assert pl.from_arrow(table(offices[::-1], calendar)).equals(known)


def test_a_later_run_adds_rows_and_corrects_none(offices, calendar, known):
    earlier = pl.from_arrow(table(offices, calendar, day_to=date(2025, 9, 30)))
    key = ["dossier_id", "seq"]
    again = earlier.select(key).join(known, on=key, how="left", maintain_order="left").select(earlier.columns)
    assert again.equals(earlier)


def test_nothing_after_the_last_day_is_known(known):
    end = datetime(2025, 10, 31, 17, tzinfo=UTC)
    assert known["at"].max() < end
    assert known["finished_at"].max() < end
    assert known.filter(pl.col("finished_at") > pl.col("at")).is_empty()


def test_some_dossiers_are_still_in_process_and_some_of_them_overdue(current):
    open_ones = current.filter(pl.col("state").is_in([2, 4]))
    assert 0 < len(open_ones) < len(current) * 0.2
    overdue = open_ones.filter(pl.col("due_at") < datetime(2025, 10, 31, 17, tzinfo=UTC))
    assert 0 < len(overdue) < len(open_ones) * 0.5


def test_a_year_has_the_number_of_dossiers_that_was_reported(offices, calendar):
    year = pl.from_arrow(table(offices, calendar, date(2024, 1, 1), date(2024, 12, 31)))
    assert year["dossier_id"].n_unique() == pytest.approx(1_265_362 * SCALE, rel=0.01)


def test_the_share_on_time_is_the_one_that_was_reported(current):
    # Dossiers of the last weeks are left out: of those, the late ones are the ones not yet finished.
    old = current.filter(pl.col("received_at") < datetime(2025, 8, 31, tzinfo=UTC), pl.col("finished_at").is_not_null())
    on_time = (old["finished_at"] <= old["due_at"]).mean()
    assert on_time == pytest.approx(0.9599, abs=0.006)


def test_slow_units_are_notably_later_than_the_others(offices, current):
    slow = slow_units(1, offices)
    finished = current.filter(pl.col("finished_at").is_not_null())
    late = finished.with_columns(late=pl.col("finished_at") > pl.col("due_at"), slow=pl.col("unit").is_in(list(slow)))
    rate = dict(late.group_by("slow").agg(pl.col("late").mean()).iter_rows())
    assert len(slow) == 4
    assert rate[True] > 3 * rate[False]


def test_states_follow_each_other_as_in_an_office(known):
    lives = known.sort("dossier_id", "seq").group_by("dossier_id", maintain_order=True).agg("state")["state"].to_list()
    allowed = [
        [1, 2, 4, 9, 10],
        [2, 4, 9, 10],
        [1, 3],
        [3],
        [1, 2, 4, 7],
        [2, 4, 7],
        [1, 2, 4, 5, 8],
        [2, 4, 5, 8],
        [1, 2, 4, 5, 4, 9, 10],
        [2, 4, 5, 4, 9, 10],
    ]
    assert all(any(life == whole[: len(life)] for whole in allowed) for life in lives)
    ended = Counter(tuple(life) for life in lives)
    assert all(ended[tuple(whole)] for whole in allowed)


def test_events_of_a_dossier_are_in_order_of_time_and_counted_from_zero(known):
    ordered = known.sort("dossier_id", "seq")
    steps = ordered.with_columns(
        step=pl.col("seq").diff().over("dossier_id"), wait=pl.col("at").diff().over("dossier_id")
    )
    assert ordered.group_by("dossier_id").agg(pl.col("seq").min())["seq"].max() == 0
    assert set(steps["step"].drop_nulls()) == {1}
    assert steps["wait"].min() >= timedelta(0)


def test_a_supplement_moves_the_deadline_and_nothing_else_does(known):
    moved = known.drop_nulls("due_at").group_by("dossier_id").agg(pl.col("due_at").n_unique(), pl.col("state"))
    twice = moved.filter(pl.col("due_at") > 1)
    assert len(twice)
    assert all(5 in states for states in twice["state"])
    assert moved["due_at"].max() == 2


def test_the_deadline_is_the_term_in_working_days_after_receipt(known, calendar):
    terms = {procedure.code: procedure.term_days for procedure in catalogue()}
    received = known.filter(pl.col("state") == 2).sample(300, seed=1)
    for row in received.iter_rows(named=True):
        assert row["due_at"] == calendar.add_days(row["at"], terms[row["procedure"]])


def test_offices_act_in_office_hours_only(known):
    acts = known.filter(pl.col("state") != 1, pl.col("state") != 10)
    local = acts["at"].dt.convert_time_zone("Asia/Ho_Chi_Minh")
    assert local.dt.weekday().max() <= 5
    assert local.dt.time().min() >= time(7, 30)
    assert local.dt.time().max() < time(17, 30)
    assert date(2025, 9, 2) not in local.dt.date().to_list()


def test_every_row_says_that_it_is_simulated_and_passes_the_check(known):
    assert known["simulated"].all()
    assert all(check(row) is None for row in known.head(2000).iter_rows(named=True))


def test_dossiers_come_only_to_units_that_exist_that_day(calendar):
    gone, new = Office("gso:1", "commune", end=date(2025, 8, 14)), Office("gso:2", "commune", start=date(2025, 8, 15))
    rows = pl.from_arrow(table([gone, new], calendar, date(2025, 8, 1), date(2025, 8, 31)))
    days = rows.with_columns(day=pl.col("received_at").dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.date())
    spans = {unit: (first, last) for unit, first, last in days.group_by("unit").agg(
        pl.col("day").min().alias("first"), pl.col("day").max().alias("last")).iter_rows()}  # fmt: skip
    assert spans["gso:1"][1] <= date(2025, 8, 14)
    assert spans["gso:2"][0] >= date(2025, 8, 15)


def test_a_day_of_deliveries_holds_all_that_happened_that_day(offices, calendar, known):
    day = date(2025, 7, 15)
    delivery = pl.from_arrow(happened(day, day, 1, offices, calendar, SCALE))
    local = pl.col("at").dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.date()
    assert delivery.select(local.unique()).to_series().to_list() == [day]
    recent = delivery.filter(pl.col("received_at") >= known["received_at"].min())
    assert recent.sort("dossier_id", "seq").equals(known.filter(local == day).sort("dossier_id", "seq"))
    assert len(delivery) > len(recent)


def test_a_written_file_reads_back_as_the_same_rows(tmp_path, offices, calendar):
    rows = table(offices, calendar, date(2025, 8, 1), date(2025, 8, 5))
    write_csv(rows, tmp_path / "dossiers.csv")
    back = pl.read_csv(tmp_path / "dossiers.csv", infer_schema=False)
    assert back.columns == DOSSIER.arrow.names
    for name in ("at", "received_at", "due_at", "finished_at"):
        moments = back[name].str.to_datetime("%Y-%m-%dT%H:%M:%S%z", time_unit="us")
        assert moments.dt.convert_time_zone("UTC").to_list() == rows[name].to_pylist()
    assert back["dossier_id"].to_list() == rows["dossier_id"].to_pylist()


@pytest.mark.slow
def test_a_full_month_takes_less_than_two_seconds(offices, calendar):
    started = datetime.now(UTC)
    months = simulator.events(date(2025, 9, 1), date(2025, 9, 30), 1, offices, calendar)
    assert sum(each.num_rows for each in months) > 300_000
    assert datetime.now(UTC) - started < timedelta(seconds=2)
