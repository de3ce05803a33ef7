"""Computed figures: folding, running sums, what is missing, what was known when, what they were counted from."""

import random
import time
from datetime import date, datetime, timedelta

import pytest
from events import EVENTS, event

from toancanh.access.scope import EVERYTHING
from toancanh.base import clock, numbers
from toancanh.indicators import catalogue, figures, provenance
from toancanh.indicators import coverage as coverages
from toancanh.indicators.comparison import compare
from toancanh.units.calendar import WorkingCalendar

RECEIVED, DONE, IN_PROCESS, OVERDUE, ON_TIME = (
    f"dossiers.{name}" for name in ("received", "done", "in_process", "overdue", "on_time_rate")
)
BMT, TAN_LAP, SXD, DAK_LAK = "gso:24133", "gso:24121", "agency:dak-lak.sxd", "gso:66"
# Monday 2 March 2026 to Friday 13 March 2026.
MON, TUE, WED, FRI, SAT, SUN, NEXT = (date(2026, 3, day) for day in (2, 3, 4, 6, 7, 8, 9))


def at(day, hour=9):
    return f"{day}T{hour:02}:00"


def by_day(found, unit):
    return {f.start: f.value for f in found if f.unit == unit}


# Missing is never zero


def test_a_covered_day_without_records_is_zero_for_a_known_unit(load, ask):
    load("dossiers", [event("A", BMT, at(MON)), event("B", TAN_LAP, at(MON)), event("C", TAN_LAP, at(TUE))])
    assert by_day(ask(RECEIVED, grain="day"), BMT) == {MON: 1, TUE: 0}


def test_a_unit_that_never_delivered_has_no_figures(load, ask):
    load("dossiers", [event("A", BMT, at(MON))])
    assert ask(RECEIVED, unit=SXD, grain="day") == []


def test_a_working_day_nobody_delivered_for_is_missing(load, ask):
    load("dossiers", [event("A", BMT, at(MON)), event("B", BMT, at(WED))])
    found = by_day(ask(RECEIVED, grain="day"), BMT)
    assert found.get(TUE) is None
    assert (found[MON], found[WED]) == (1, 1)


def test_a_weekend_between_covered_days_is_zero(load, ask):
    load("dossiers", [event("A", BMT, at(FRI)), event("B", BMT, at(NEXT))])
    assert by_day(ask(RECEIVED, grain="day"), BMT) == {FRI: 1, SAT: 0, SUN: 0, NEXT: 1}


def test_a_month_without_any_delivery_is_missing(load, ask):
    load("dossiers", [event("A", BMT, "2026-01-05T09:00"), event("B", BMT, at(MON))])
    found = by_day(ask(RECEIVED, grain="month"), BMT)
    assert found.get(date(2026, 2, 1)) is None
    assert (found[date(2026, 1, 1)], found[date(2026, 3, 1)]) == (1, 1)


def test_a_stock_is_missing_on_an_uncovered_day_too(load, ask):
    load("dossiers", [event("A", BMT, at(MON)), event("B", BMT, at(WED))])
    found = by_day(ask(IN_PROCESS, grain="day"), BMT)
    assert found.get(TUE) is None
    assert found[WED] == 2


def test_days_before_the_first_and_after_the_last_delivery_are_missing(load, ask):
    load("dossiers", [event("A", BMT, at(WED))])
    assert list(by_day(ask(RECEIVED, grain="day", since=MON, until=NEXT), BMT)) == [WED]
    assert figures.over(catalogue.get(RECEIVED), BMT, MON, MON, EVERYTHING) is None


def test_a_rate_of_nothing_is_missing_and_not_zero(load, ask):
    load("dossiers", [event("A", BMT, at(MON))])
    assert by_day(ask(ON_TIME, grain="day"), BMT) == {MON: None}


def test_the_passport_of_a_zero_says_zero(load, ask):
    load("dossiers", [event("A", BMT, at(MON)), event("B", TAN_LAP, at(TUE))])
    (zero,) = [f for f in ask(RECEIVED, grain="day", unit=BMT) if f.start == TUE]
    assert zero.value == 0
    assert provenance.passport(zero.id, EVERYTHING).figure.value == 0


def test_nothing_delivered_is_nothing_computed(centre, ask):
    assert ask() == []


# Folding


def test_a_province_is_the_sum_of_its_communes_and_departments(load, ask):
    load("dossiers", [event("A", BMT, at(MON)), event("B", TAN_LAP, at(MON)), event("C", SXD, at(MON))])
    assert by_day(ask(RECEIVED, grain="day"), DAK_LAK) == {MON: 3}


def test_a_rate_folds_as_the_sum_of_parts_over_the_sum_of_wholes(load, ask):
    rows = [event(f"A{n}", BMT, at(MON), state=9, due=at(FRI), finished=at(TUE)) for n in range(9)]
    rows += [event("B", TAN_LAP, at(MON), state=9, due=at(MON, 12), finished=at(TUE))]
    load("dossiers", [*rows, event("C", BMT, at(TUE))])
    found = {f.unit: (f.value, f.part, f.whole) for f in ask(ON_TIME, grain="day", since=TUE)}
    assert found[BMT] == (100, 9, 9)
    assert found[TAN_LAP] == (0, 0, 1)
    assert found[DAK_LAK] == (90, 9, 10)


def test_a_rate_over_a_month_is_not_the_mean_of_its_days(load, ask):
    rows = [event(f"A{n}", BMT, at(MON), state=9, due=at(FRI), finished=at(TUE)) for n in range(3)]
    rows += [event("B", BMT, at(MON), state=9, due=at(MON, 12), finished=at(WED))]
    load("dossiers", [*rows, event("C", BMT, at(TUE)), event("D", BMT, at(WED))])
    (figure,) = [f for f in ask(ON_TIME, grain="month") if f.unit == BMT]
    assert (figure.value, figure.part, figure.whole) == (75, 3, 4)


def test_a_stock_over_a_month_is_its_value_at_the_end(load, ask):
    load(
        "dossiers",
        [event("A", BMT, at(MON)), event("B", BMT, at(MON), state=9, finished=at(TUE)), event("C", BMT, at(WED))],
    )
    (figure,) = [f for f in ask(IN_PROCESS, grain="month") if f.unit == BMT]
    assert figure.value == 2


# Running sums against the raw events


def made_up(seed):
    """Random dossiers with up to four events each, as (rows, last event of each dossier)."""
    dice = random.Random(seed)
    rows, last = [], []
    start = datetime(2026, 3, 2, 8)  # noqa: DTZ001
    for number in range(60):
        received = start + timedelta(days=dice.randrange(12), hours=dice.randrange(9))
        due = received + timedelta(hours=dice.randrange(1, 200)) if dice.random() < 0.9 else None
        unit = dice.choice([BMT, TAN_LAP, SXD])
        moment, processed, told = received, [], []
        for seq in range(dice.randrange(1, 5)):
            state = dice.choice([1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 9, 9, 10, 10])
            moment += timedelta(hours=dice.randrange(0, 90))
            finished = moment if state in (9, 10) and dice.random() < 0.8 else None
            row = {"state": state, "at": moment, "received": received, "due": due, "finished": finished, "unit": unit}
            processed += [finished or moment] if state == 9 else []
            told.append((state, moment))
            text = {key: f"{row[key]:%Y-%m-%dT%H:%M}" if row[key] else "" for key in ("at", "due", "finished")}
            rows.append(event(f"H{number}", unit, f"{received:%Y-%m-%dT%H:%M}", seq=seq, state=state, **text))
        if row["state"] in (3, 7, 8, 10) and not row["finished"] and processed:
            row["finished"] = max(processed)  # a dossier ends when it is processed, whatever is told of it afterwards
        row["due"] = due and moved(due, told)
        last.append(row)
    dice.shuffle(rows)
    return rows, last


def moved(due, told):
    """The deadline, later by the working time between the first request for papers and what followed it."""
    asked = next((place for place, (state, _at) in enumerate(told) if state == 5), len(told))
    last = due.replace(hour=23, minute=59) if due.time() == datetime.min.time() else due
    if asked + 1 >= len(told) or told[asked][1] > last:
        return due
    calendar = WorkingCalendar.load()
    taken = calendar.worked(told[asked][1], told[asked + 1][1])
    later = calendar.add_worked(last, taken).replace(tzinfo=None) if taken else last
    return later if last == due else later.replace(hour=0, minute=0)


def gone(each):
    """The day a received dossier leaves the stock, if it did."""
    if each["finished"]:
        return each["finished"].date()
    return each["at"].date() if each["state"] in (7, 8, 9, 10) else date.max


def is_in_process(each, day):
    return each["state"] not in (1, 3) and each["received"].date() <= day < gone(each)


def is_overdue(each, day):
    if each["state"] in (1, 3) or each["due"] is None or day < each["due"].date():
        return False
    if each["finished"]:
        return each["finished"] > each["due"] and day < each["finished"].date()
    if each["state"] in (5, 6, 7, 9, 10):
        return each["at"] > each["due"] and day < each["at"].date()
    return each["state"] != 8


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("indicator", "counts"), [(IN_PROCESS, is_in_process), (OVERDUE, is_overdue)])
def test_a_stock_of_running_sums_equals_the_count_of_the_raw_events(load, ask, seed, indicator, counts):
    rows, last = made_up(seed)
    load("dossiers", rows)
    found = [f for f in ask(indicator, grain="day") if f.value is not None]
    expected = {f.id: sum(counts(each, f.start) for each in last if f.unit in (each["unit"], DAK_LAK)) for f in found}
    assert len(found) > 20
    assert {f.id: f.value for f in found} == expected


@pytest.mark.parametrize("seed", [4, 5])
def test_a_figure_does_not_depend_on_how_the_file_was_cut(load, ask, centre, monkeypatch, seed):
    rows, _last = made_up(seed)
    for part in range(0, len(rows), 40):
        load("dossiers", rows[part : part + 40])
    cut = {f.id: f.value for f in ask(grain="day")}
    monkeypatch.setenv("TOANCANH_HOME", str(centre / "other"))
    load("dossiers", rows)
    assert cut == {f.id: f.value for f in ask(grain="day")}


# What was known when


def comparable(found):
    return {f.id: (f.value, f.part, f.whole, f.as_of, f.simulated) for f in found}


@pytest.mark.parametrize("grain", ["day", "month"])
def test_what_was_known_then_is_what_a_fresh_home_would_have_computed_then(load, ask, grain):
    rows, _last = made_up(6)
    load("dossiers", rows[:70])
    then, moment = comparable(ask(grain=grain)), clock.now()
    load("dossiers", rows[70:])
    assert comparable(ask(grain=grain)) != then
    assert comparable(ask(grain=grain, as_of=moment)) == then


def test_what_arrives_before_a_moment_still_to_come_is_known_then(load, ask):
    tomorrow = clock.now() + timedelta(1)
    load("dossiers", [event("A", BMT, at(MON))])
    assert by_day(ask(RECEIVED, grain="day", as_of=tomorrow), BMT) == {MON: 1}
    load("dossiers", [event("B", BMT, at(TUE))])
    assert by_day(ask(RECEIVED, grain="day", as_of=tomorrow), BMT) == {MON: 1, TUE: 1}


def test_a_computed_figure_names_its_inputs(load, ask):
    load("dossiers", [event("A", BMT, at(MON))])
    load("dossiers", [event("B", BMT, at(MON))])
    (figure,) = ask(RECEIVED, grain="day", unit=BMT)
    assert provenance.passport(figure.id, EVERYTHING).inputs == {"dossiers": 2}


def test_a_withdrawn_load_no_longer_counts_but_did(load, ask):
    from toancanh.sources import actions

    load("dossiers", [event("A", BMT, at(MON))])
    wrong = load("dossiers", [event("B", BMT, at(MON))])
    moment = clock.now()
    actions.withdraw(wrong, "nhầm tệp", ("user", "lan"))
    assert by_day(ask(RECEIVED, grain="day"), BMT) == {MON: 1}
    assert by_day(ask(RECEIVED, grain="day", as_of=moment), BMT) == {MON: 2}
    assert {figure.known_at > moment for figure in ask(RECEIVED, grain="day")} == {True}
    assert {figure.known_at < moment for figure in ask(RECEIVED, grain="day", as_of=moment)} == {True}


# Provenance


@pytest.mark.parametrize("indicator", [RECEIVED, DONE, IN_PROCESS, OVERDUE, ON_TIME])
def test_as_many_records_contribute_as_the_figure_says(load, ask, indicator):
    rows, _last = made_up(7)
    load("dossiers", rows)
    found = [f for f in ask(indicator, grain="day") if f.value is not None]
    for figure in found[:: max(1, len(found) // 8)]:
        behind = provenance.contribution(figure, EVERYTHING, limit=None)
        counted = (behind.part, behind.whole)
        assert counted == ((figure.part, figure.whole) if figure.whole is not None else (figure.value, None))
        assert sum(row["in_part"] for row in behind.rows) == behind.part
        assert len(behind.rows) == (behind.part if behind.whole is None else behind.whole)


def test_the_passport_of_a_card_agrees_with_the_series(load, ask):
    rows, _last = made_up(8)
    load("dossiers", rows)
    for figure in ask(grain="month"):
        found = provenance.passport(figure.about, EVERYTHING).figure
        assert (found.id, found.value, found.part, found.whole) == (figure.id, figure.value, figure.part, figure.whole)


def of_every_channel(seed):
    """The same dossiers, each sent in by one of the channels or by one that is not known."""
    place = EVENTS.split(",").index("channel")
    rows, _last = made_up(seed)
    return [(*row[:place], ("", 1, 2, 3)[int(row[0][1:]) % 4], *row[place + 1 :]) for row in rows]


@pytest.mark.parametrize(("field", "value"), [("channel", "2"), ("channel", ""), ("procedure", "1.000001")])
def test_a_figure_cut_to_one_value_counts_the_records_with_it(load, field, value):
    load("dossiers", of_every_channel(11))
    for indicator in (RECEIVED, DONE, OVERDUE, ON_TIME):
        address = f"{indicator}~{DAK_LAK}~{MON}~{FRI}~{field}={value}"
        found = provenance.passport(address, EVERYTHING)
        counted, figure = found.contribution, found.figure
        assert (figure.about, bool(found.cut)) == (address, True)
        assert counted.part == (figure.part if indicator == ON_TIME else figure.value)
        assert {str(row[field] or "") for row in counted.rows} == {value}


def test_the_cuts_of_a_figure_add_up_to_it(load):
    load("dossiers", of_every_channel(12))
    whole = provenance.passport(f"{RECEIVED}~{DAK_LAK}~{MON}~{FRI}", EVERYTHING).figure.value
    cuts = [figures.find(f"{RECEIVED}~{DAK_LAK}~{MON}~{FRI}~channel={c}", EVERYTHING)[0].value for c in ("", 1, 2, 3)]
    assert whole == sum(value or 0 for value in cuts) > 0


@pytest.mark.parametrize("cut", ["colour=red", "unit=", "=", "channel=x' OR 1=1 --"])
def test_a_cut_by_what_no_rollup_tells_leads_nowhere_or_counts_nothing(load, cut):
    load("dossiers", [event("A", BMT, at(MON))])
    found = figures.find(f"{RECEIVED}~{BMT}~{MON}~{MON}~{cut}", EVERYTHING)
    assert [figure.value for figure in found if figure.value] == []


def test_every_contributing_record_is_in_the_download(load, ask):
    load("dossiers", [event(f"A{n}", BMT, at(MON)) for n in range(30)])
    (figure,) = ask(RECEIVED, grain="day", unit=BMT)
    first = provenance.contribution(figure, EVERYTHING)
    assert len(first.rows) == provenance.PAGE
    rows = list(provenance.stream(figure, EVERYTHING, size=7))
    assert sorted(row[0] for row in rows) == sorted(f"A{n}" for n in range(30))


def test_the_definition_in_code_names_every_measure():
    for indicator in catalogue.all_indicators("dossiers"):
        text = provenance.explain(indicator)
        assert all(measure in text for measure in indicator.computation.measures)


# Territories


@pytest.fixture
def both_sides(load):
    june, july = "2025-06-30T09:00", "2025-07-01T09:00"
    load(
        "dossiers",
        [
            event("old-66", TAN_LAP, june),
            event("old-67", "gso:24611", june),
            event("old-67b", "gso:24619", june),
            event("new-66", TAN_LAP, july),
            event("new-66b", TAN_LAP, july),
            event("new-68", "gso:24611", july),
        ],
    )


def test_each_side_of_the_reform_has_its_own_series(both_sides, ask):
    june, july = date(2025, 6, 1), date(2025, 7, 1)
    assert by_day(ask(RECEIVED, grain="month", unit="gso:67"), "gso:67") == {june: 2}
    found = ask(RECEIVED, grain="month")
    assert by_day(found, "gso:67") == {june: 2}
    assert by_day(found, "gso:68")[july] == 1
    assert by_day(found, DAK_LAK) == {june: 1, july: 2}


def test_one_unit_asked_for_has_both_its_territories_each_in_its_time(both_sides, ask):
    alone = by_day(ask(RECEIVED, grain="month", unit=DAK_LAK), DAK_LAK)
    assert alone == by_day(ask(RECEIVED, grain="month"), DAK_LAK)


def test_the_passport_on_each_side_counts_its_own_territory(both_sides):
    for month, count in (("2025-06-01~2025-06-30", 1), ("2025-07-01~2025-07-31", 2)):
        found = provenance.passport(f"{RECEIVED}~{DAK_LAK}~{month}", EVERYTHING)
        assert (found.figure.value, found.contribution.part) == (count, count)


def test_the_stock_of_a_new_unit_begins_with_what_stood_open_at_those_it_was_made_of(both_sides, ask):
    stock = 3
    for unit in (TAN_LAP, DAK_LAK, "gso:24611", "gso:68"):
        told = ask(IN_PROCESS, grain="month", since=date(2025, 7, 1), unit=unit)
        listed = [f for f in ask(IN_PROCESS, grain="month", since=date(2025, 7, 1)) if f.unit == unit]
        assert [f.value for f in told] == [f.value for f in listed] == [stock]
        found = provenance.passport(told[0].about, EVERYTHING)
        assert (found.figure.value, found.contribution.part) == (stock, stock)


def test_a_dossier_that_ends_after_its_unit_did_is_done_at_the_unit_that_took_over(load, ask):
    old, day = "gso:24118", date(2025, 7, 8)
    load(
        "dossiers",
        [event("S", old, "2025-06-20T09:00", state=9, finished="2025-07-08T09:00"), event("N", BMT, at(MON))],
    )
    july = [f for f in ask(DONE, grain="month", since=date(2025, 7, 1), until=day) if f.value]
    assert {f.unit for f in july} >= {TAN_LAP, DAK_LAK}
    assert {f.value for f in july} == {1}
    assert provenance.passport(f"{DONE}~{DAK_LAK}~2025-07-01~2025-07-31", EVERYTHING).contribution.part == 1
    assert {f.value for f in ask(IN_PROCESS, grain="day", since=day, until=day)} == {0}
    assert not [f for f in ask(RECEIVED, grain="month", since=date(2025, 7, 1)) if f.unit == old]


def test_a_year_in_which_a_code_changed_its_meaning_counts_the_later_unit_only(both_sides, ask):
    assert [f.value for f in ask(RECEIVED, grain="year", unit=TAN_LAP) if f.unit == TAN_LAP] == [2]
    assert [f.value for f in ask(RECEIVED, grain="year") if f.unit == TAN_LAP] == [2]
    assert provenance.passport(f"{RECEIVED}~{TAN_LAP}~2025-01-01~2025-12-31", EVERYTHING).figure.value == 2


def test_a_unit_that_is_gone_has_no_figures_of_later_periods(both_sides, ask):
    ends = {f.end for f in ask(RECEIVED, grain="month") if f.unit == "gso:67"}
    assert ends == {date(2025, 6, 30)}


def test_simulated_is_said_of_every_figure_that_rests_on_it(load, ask):
    load("dossiers", [(*event("A", BMT, at(MON))[:-1], "true"), event("B", BMT, at(MON))])
    assert all(f.simulated for f in ask(grain="day"))


def test_numbers_of_a_rate_come_from_its_parts(load, ask):
    rows, _last = made_up(9)
    load("dossiers", rows)
    for figure in ask(ON_TIME, grain="day"):
        assert figure.value == (numbers.ratio(figure.part, figure.whole) if figure.whole else None)


def test_coverage_says_first_and_last_day(load):
    load("dossiers", [event("A", BMT, at(MON)), event("B", BMT, at(WED))])
    found = coverages.coverage("dossiers_unit_day")
    assert (found.first, found.last) == (MON, WED)


def test_a_record_that_is_dated_in_days_to_come_moves_neither_coverage_nor_figures(load, ask):
    ahead = clock.today() + timedelta(400)
    load("dossiers", [event("A", BMT, at(MON)), event("B", BMT, f"{ahead}T09:00")])
    assert coverages.coverage("dossiers_unit_day").last == MON
    assert by_day(ask(RECEIVED, grain="day"), BMT) == {MON: 1}


def test_what_a_clock_that_is_ahead_tells_is_no_newer_than_when_it_came(load):
    before = clock.now()
    soon = clock.local(before + timedelta(hours=1))
    if soon.date() != clock.today():
        pytest.skip("an hour before midnight the hour ahead is tomorrow")
    load("dossiers", [event("A", BMT, at(MON)), event("B", BMT, f"{soon:%Y-%m-%dT%H:%M}")])
    assert before <= coverages.coverage("dossiers_unit_day").as_of <= clock.now()


def test_of_days_before_anything_happened_a_sum_is_known_and_no_zero(load, ask):
    load("dossiers", [event("A", BMT, at(MON), seq=2, state=9, finished=at(NEXT)), event("B", BMT, at(NEXT))])
    found = coverages.coverage("dossiers_unit_day")
    assert (found.first, found.begun) == (MON, NEXT)
    assert not found.any(MON, WED)
    assert [f.value for f in ask(RECEIVED, grain="month", unit=BMT)] == [2]


def test_a_dossier_processed_in_time_and_handed_out_later_is_in_time(load, ask):
    due = "2026-03-05T09:00"
    load(
        "dossiers",
        [
            event("A", BMT, at(MON), seq=1, due=due),
            event("A", BMT, at(MON), seq=2, state=9, due=due, finished=at(WED)),
            event("A", BMT, at(MON), seq=3, state=10, at=at(NEXT), due=due),
            event("B", BMT, at(MON), seq=1, state=9, at=at(TUE)),
            event("B", BMT, at(MON), seq=2, state=10, at=at(NEXT)),
        ],
    )
    assert {day: value for day, value in by_day(ask(DONE, grain="day"), BMT).items() if value} == {WED: 1, TUE: 1}
    assert [(f.part, f.whole) for f in ask(ON_TIME, grain="month", unit=BMT)] == [(2, 2)]


def test_a_dossier_that_was_taken_up_again_is_not_done(load, ask):
    load(
        "dossiers",
        [
            event("A", BMT, at(MON), seq=1, state=9, finished=at(TUE)),
            event("A", BMT, at(MON), seq=2, state=4, at=at(WED)),
        ],
    )
    assert by_day(ask(IN_PROCESS, grain="day"), BMT)[WED] == 1


def test_a_day_on_which_only_an_earlier_event_happened_is_covered(load, ask):
    load(
        "dossiers",
        [
            event("A", BMT, at(MON)),
            event("A", BMT, at(MON), seq=2, state=4, at=at(WED)),
            event("A", BMT, at(MON), seq=3, state=4, at=at(FRI)),
        ],
    )
    assert by_day(ask(RECEIVED, grain="day"), BMT) == {MON: 1, WED: 0, FRI: 0}


def test_a_change_of_territory_is_no_change_of_value(load, ask):
    days = ("2025-05-12", "2025-08-12", "2025-09-30")
    load("dossiers", [event(day, TAN_LAP, f"{day}T09:00") for day in days])
    quarters = [f for f in ask(RECEIVED, grain="quarter", unit=TAN_LAP) if f.unit == TAN_LAP]
    assert [(f.start, f.value) for f in quarters] == [(date(2025, 4, 1), 1), (date(2025, 7, 1), 2)]
    compared = compare(quarters[1], catalogue.get(RECEIVED), quarters)
    assert (compared.change, compared.running) == (None, False)


@pytest.mark.parametrize(("last", "running", "change"), [("2026-03-30", True, None), ("2026-03-31", False, 1)])
def test_a_count_of_a_period_that_is_not_over_compares_with_no_whole_one(load, ask, last, running, change):
    days = ("2026-02-10", "2026-03-02", last)
    load("dossiers", [event(day, BMT, f"{day}T09:00") for day in days])
    months = ask(RECEIVED, grain="month", unit=BMT)
    compared = compare(months[1], catalogue.get(RECEIVED), months)
    assert (compared.running, compared.change) == (running, change)


def test_real_figures_of_one_unit_are_not_called_simulated_for_those_of_another(load, ask):
    load("dossiers", [(*event("A", BMT, at(MON))[:-1], "true"), event("B", "gso:22918", at(MON))])
    found = {f.unit: f.simulated for f in ask(RECEIVED, grain="month")}
    assert found == {BMT: True, DAK_LAK: True, "gso:22918": False, "gso:68": False}
    for unit, simulated in ((BMT, True), ("gso:22918", False)):
        assert provenance.passport(f"{RECEIVED}~{unit}~2026-03-01~2026-03-31", EVERYTHING).figure.simulated is simulated


@pytest.mark.parametrize("days", ["0001-01-01~9999-12-31", "0001-01-01~2026-03-31"])
def test_a_span_of_all_times_has_a_figure(load, days):
    load("dossiers", [event("A", BMT, at(MON))])
    assert provenance.passport(f"{RECEIVED}~{DAK_LAK}~{days}", EVERYTHING).figure.value == 1


def test_one_record_of_another_century_does_not_hold_up_the_others(load, ask):
    load("dossiers", [event("A", BMT, "1900-01-02T09:00"), event("B", BMT, at(MON))])
    begun = time.monotonic()
    assert {f.start: f.value for f in ask(RECEIVED, grain="day", unit=BMT) if f.value} == {
        date(1900, 1, 2): 1,
        MON: 1,
    }
    assert time.monotonic() - begun < 3


def test_what_is_closed_before_it_is_received_leaves_the_stock_on_the_day_of_its_receipt(load, ask):
    rows = [event("X", TAN_LAP, at(day)) for day in (MON, TUE, WED)]
    load("dossiers", [*rows, event("N", BMT, at(WED), state=9, at=at(MON))])
    assert {day: n for day, n in by_day(ask(IN_PROCESS, grain="day"), BMT).items() if n} == {}
    assert {day: n for day, n in by_day(ask(DONE, grain="day"), BMT).items() if n} == {WED: 1}
    passport = provenance.passport(f"{DONE}~{BMT}~{WED}~{WED}", EVERYTHING)
    assert (passport.figure.value, passport.contribution.part) == (1, 1)


def test_what_was_finished_before_a_receipt_that_was_corrected_since_is_done_on_the_new_day(load, ask):
    rows = [event("X", TAN_LAP, at(day)) for day in (MON, TUE, WED)]
    told = [event("N", BMT, at(MON), state=9, at=at(MON, 11)), event("N", BMT, at(WED), seq=2, state=10)]
    load("dossiers", [*rows, *told])
    assert {day: n for day, n in by_day(ask(IN_PROCESS, grain="day"), BMT).items() if n} == {}
    assert {day: n for day, n in by_day(ask(DONE, grain="day"), BMT).items() if n} == {WED: 1}


@pytest.mark.parametrize("finished", ["", at(FRI)])
def test_what_is_due_before_it_is_received_is_overdue_from_its_receipt(load, ask, finished):
    rows = [event(str(day), TAN_LAP, at(day)) for day in (MON, TUE, WED, FRI)]
    load("dossiers", [*rows, event("O", BMT, at(WED), due=at(MON), finished=finished, state=9 if finished else 4)])
    overdue = {day: n for day, n in by_day(ask(OVERDUE, grain="day"), BMT).items() if n}
    assert overdue == ({WED: 1} if finished else {WED: 1, FRI: 1})


def test_what_is_due_before_a_change_of_territory_is_overdue_where_it_was_received(load, ask):
    rows = [
        event("X", TAN_LAP, "2025-06-27T09:00"),
        event("O", BMT, "2025-07-01T09:00", due="2025-06-30T17:00", state=4),
    ]
    load("dossiers", rows)
    found = {(f.unit, f.start): f.value for f in ask(OVERDUE, grain="month") if f.value}
    assert set(found) == {(BMT, date(2025, 7, 1)), (DAK_LAK, date(2025, 7, 1))}
