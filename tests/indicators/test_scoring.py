"""Scoring: from dossiers that were loaded to points, by unit and period, and back down to the dossiers."""

from dataclasses import replace
from datetime import date

import pytest
from events import EVENTS

from toancanh.access import scope
from toancanh.access.scope import EVERYTHING
from toancanh.base.problems import Problem
from toancanh.indicators import catalogue, figures, provenance, scoreset, scoring
from toancanh.indicators.scoring import Why
from toancanh.units.periods import REPORTING, Period
from toancanh.warehouse import reading, rollups
from toancanh.warehouse.rollups import Measure

BMT, TAN_LAP, SXD, DAK_LAK = "gso:24133", "gso:24121", "agency:dak-lak.sxd", "gso:66"
MARCH = Period.parse("2026-03")


@pytest.fixture
def dossiers(load, centre):
    """Load dossiers: (number, unit, day received, day finished or "", days until due, channel, fee, paid online)."""

    def _dossiers(*told):
        rows = []
        for name, unit, received, finished, due, channel, fee, paid in told:
            start, end = date.fromisoformat(received), finished and date.fromisoformat(finished)
            deadline = date.fromordinal(start.toordinal() + due)
            base = [name, 1, "tc.mau.001", unit, channel]
            rest = [f"{deadline}T17:00:00+07:00", "", fee, paid, ""]
            rows.append([*base, 2, f"{start}T09:00:00+07:00", f"{start}T09:00:00+07:00", *rest])
            if end:
                moment = f"{end}T10:00:00+07:00"
                again = [*base, 9, moment, f"{start}T09:00:00+07:00", rest[0], moment, *rest[2:]]
                rows.append([again[0], 2, *again[2:]])
        file = centre / f"{len(list(centre.iterdir()))}.csv"
        file.write_text("\n".join([EVENTS, *(",".join(map(str, row)) for row in rows)]) + "\n")
        return load("dossiers", file)

    return _dossiers


@pytest.fixture
def march(dossiers):
    """Buôn Ma Thuột: 3 of 4 that ended in time, one running, 2 of 5 online, 1 of 2 paid online. Tân Lập: 1 of 1 ended.

    Of a department none ended, one is running.
    """
    dossiers(
        ("A", BMT, "2026-03-02", "2026-03-03", 3, 2, 5000, "true"),
        ("B", BMT, "2026-03-02", "2026-03-04", 3, 2, 5000, "false"),
        ("C", BMT, "2026-03-03", "2026-03-05", 3, 1, 0, ""),
        ("D", BMT, "2026-03-03", "2026-03-10", 3, 1, 0, ""),
        ("E", BMT, "2026-03-09", "", 30, 1, 0, ""),
        ("F", TAN_LAP, "2026-03-10", "2026-03-11", 3, 2, 0, "true"),
        ("G", SXD, "2026-03-11", "", 30, 1, 0, ""),
    )


def score(unit=DAK_LAK, period=MARCH, seen=EVERYTHING, own=None):
    made = scoreset.editions("766")[0]
    return scoring.ask(scoreset.read(_raw() | {"province": own}) if own else made, unit, period, seen)


def _raw():
    return scoreset._SHIPPED["766"][0]


def marks(sheet):
    return {mark.criterion.code: mark for mark in sheet.marks}


def test_known_dossiers_come_to_known_points(march):
    found = score()
    told = marks(found.sheet)
    assert (told["2.1"].part, told["2.1"].whole, told["2.1"].rate, told["2.1"].points) == (6, 7, 85.71, 17.14)
    assert (told["3.3"].part, told["3.3"].whole) == (3, 7)
    assert (told["3.6"].part, told["3.6"].whole, told["3.6"].rate) == (1, 2, 50.0)
    assert (found.sheet.points, found.sheet.scored, found.sheet.whole, found.sheet.left) == (17.14, 20, 100, 80)


def test_a_rate_without_sure_points_is_told_and_not_scored(march):
    told = marks(score().sheet)
    assert [told[code].why for code in ("3.3", "3.6")] == [Why.POINTS, Why.POINTS]
    assert [told[code].points for code in ("3.3", "3.6")] == [None, None]
    assert {told[code].why for code in ("1.1", "1.4", "4.2", "5.4")} == {Why.NEEDS}
    assert {told[code].why for code in ("2.2", "5.1")} == {Why.FOLLOWED}
    assert all(mark.criterion.needs for mark in told.values() if mark.why is Why.NEEDS)


def test_what_could_not_be_scored_is_told_by_its_reason(march):
    # 1.2 and 5.4 have points but no data; of the rest nobody knows which criterion is worth how much.
    assert score().sheet.open == {Why.NEEDS: 10, Why.POINTS: 70}
    assert sum(score().sheet.open.values()) == score().sheet.left


PORTAL = "dossier_id,seq,procedure,unit,channel,state,received_at,due_at,finished_at,synced_at,simulated"


@pytest.fixture
def portal(load, centre):
    """Let the National Portal tell of dossiers: (number, unit, day received)."""

    def _portal(*told):
        rows = [
            f"{name},1,tc.mau.001,{unit},1,2,{day}T09:00:00+07:00,,,{day}T10:00:00+07:00," for name, unit, day in told
        ]
        file = centre / f"cong-{len(list(centre.iterdir()))}.csv"
        file.write_text("\n".join([PORTAL, *rows]) + "\n")
        load("portal-dossiers", file)

    return _portal


def test_what_is_synchronised_is_in_both_over_the_larger_of_the_two(march, portal):
    portal(*((name, BMT, "2026-03-03") for name in "ABC"), ("X", BMT, "2026-03-03"), ("F", TAN_LAP, "2026-03-10"))
    found = score()
    told = marks(found.sheet)["1.4"]
    assert (told.part, told.whole, told.rate, told.why, told.points) == (4, 7, 57.14, Why.POINTS, None)
    assert told.differences == "dossiers?unit=gso%3A66&since=2026-03-01&until=2026-03-31"
    below = {sheet.unit: marks(sheet)["1.4"] for sheet in found.below}
    assert {unit: (mark.part, mark.whole) for unit, mark in below.items()} == {
        BMT: (3, 5),
        TAN_LAP: (1, 1),
        SXD: (0, 1),
    }
    assert marks(score(own={"points": {"1.4": 6}}).sheet)["1.4"].points == 3.43  # 4/7 of 6


def test_without_what_the_portal_tells_nothing_is_said_to_be_synchronised(march):
    assert marks(score(own={"points": {"1.4": 6}}).sheet)["1.4"].why is Why.NEEDS


@pytest.mark.parametrize(("text", "whole"), [("2026-05", 1.0), ("2026-Q2", 3.0), ("2026-H1", None)])
def test_where_nothing_was_received_the_whole_is_that_of_the_year_before(dossiers, portal, text, whole):
    old = [(f"O{n}", BMT, "2025-10-06", "2025-10-07", 3, 1, 0, "") for n in range(12)]
    dossiers(*old, ("N", TAN_LAP, "2026-05-04", "2026-05-05", 3, 1, 0, ""))
    portal(*((each[0], BMT, each[2]) for each in old), ("N", TAN_LAP, "2026-05-04"))
    told = marks(score(BMT, Period.parse(text)).sheet)["1.4"]
    assert (told.part, told.whole or None, told.borrowed) == (0, whole, whole is not None)
    assert told.why is (Why.POINTS if whole else Why.WHOLE)


def test_a_rate_is_multiplied_by_that_of_another_criterion(march, portal):
    portal(*((name, BMT, "2026-03-03") for name in "ABC"), ("F", TAN_LAP, "2026-03-10"))
    told = marks(score(own={"points": {"3.3": 10}}).sheet)["3.3"]
    assert (told.part, told.whole, told.factor.criterion.code) == (3, 7, "1.4")
    assert told.rate == 24.49  # 3/7 of 4/7
    assert told.points == 4.9  # 12/49 of 10 with a threshold of 50 %


def test_without_the_rate_to_multiply_by_no_points_are_given(march):
    told = marks(score(own={"points": {"3.3": 10}}).sheet)["3.3"]
    assert (told.rate, told.why, told.points, told.factor) == (42.86, Why.FACTOR, None, None)


def test_points_that_the_province_set_are_scored_and_said_to_be_its_own(march):
    found = score(own={"points": {"3.6": 10}})
    assert marks(found.sheet)["3.6"].points == 5.0
    assert (found.sheet.points, found.sheet.scored, found.sheet.provincial) == (22.14, 30, True)
    assert score().sheet.provincial is False


def test_each_unit_has_its_own_points_the_lowest_first_and_none_without_a_whole(march, dossiers):
    dossiers(("H", "gso:24154", "2026-02-02", "2026-02-03", 3, 1, 0, ""))
    below = score().below
    assert [(sheet.unit, sheet.points, sheet.scored) for sheet in below] == [
        (BMT, 16.0, 20),
        (SXD, 20.0, 20),
        (TAN_LAP, 20.0, 20),
        ("gso:24154", None, 0),
    ]
    nothing = marks(below[-1])["2.1"]
    assert (nothing.why, nothing.points, nothing.whole) == (Why.WHOLE, None, 0)


def test_groups_and_their_points_add_up_to_the_total(march):
    own = {"points": {"3.6": 10}}
    for sheet in (score(own=own).sheet, *score(own=own).below):
        given = [part.points for part in sheet.parts if part.points is not None]
        assert sheet.points == (pytest.approx(sum(given)) if given else None)
        assert sum(part.scored for part in sheet.parts) == sheet.scored
        assert all(0 <= (part.points or 0) <= part.group.points for part in sheet.parts)


@pytest.mark.parametrize("text", ["2026-03", "2026-Q1", "2026-H1", "2026"])
def test_every_number_has_addresses_that_tell_the_same(march, text):
    found, asked = score(period=Period.parse(text)), 0
    for sheet in (found.sheet, *found.below):
        for mark in sheet.marks:
            for link in mark.links if mark.part is not None else ():
                (figure,) = figures.find(link, EVERYTHING)
                assert (figure.value, figure.part, figure.whole) == (mark.rate, mark.part, mark.whole), link
                asked += 1
    assert asked == 12


def test_a_score_opens_down_to_its_dossiers(march):
    (link,) = marks(score(BMT).sheet)["2.1"].links
    found = provenance.passport(link, EVERYTHING)
    assert found is not None
    rows = {row["dossier_id"]: row["in_part"] for row in found.contribution.rows}
    assert rows == {"A": True, "B": True, "C": True, "D": False, "E": True}
    assert (found.contribution.part, found.contribution.whole) == (4, 5)
    assert "A" in {row["dossier_id"] for row in provenance.passport(link, EVERYTHING).contribution.rows}
    (link,) = marks(score(BMT).sheet)["3.6"].links
    rows = {r["dossier_id"]: r["in_part"] for r in provenance.passport(link, EVERYTHING).contribution.rows}
    assert rows == {"A": True, "B": False}


def test_a_unit_is_scored_for_those_under_it_and_its_own_line_for_its_own(dossiers):
    dossiers(
        ("A", DAK_LAK, "2026-03-02", "2026-03-20", 3, 1, 0, ""), ("B", BMT, "2026-03-02", "2026-03-03", 3, 1, 0, "")
    )
    found = score()
    assert found.sheet.points == 10.0
    assert {(sheet.unit, sheet.points, sheet.own) for sheet in found.below} == {
        (DAK_LAK, 0.0, True),
        (BMT, 20.0, False),
    }
    (link,) = marks(next(s for s in found.below if s.own))["2.1"].links
    assert figures.find(link, EVERYTHING)[0].value == 0.0
    assert score(BMT).below == []


def test_a_quarter_and_a_year_are_of_all_their_dossiers_and_no_mean_of_months(dossiers):
    dossiers(
        ("A", BMT, "2026-01-05", "2026-01-20", 3, 1, 0, ""),
        *((f"B{n}", BMT, "2026-02-02", "2026-02-03", 3, 1, 0, "") for n in range(3)),
    )
    assert [score(BMT, Period.parse(text)).sheet.points for text in ("2026-01", "2026-02", "2026-Q1", "2026")] == [
        0.0, 20.0, 15.0, 15.0,
    ]  # fmt: skip


def test_a_reporting_month_runs_from_the_15th_to_the_14th(dossiers):
    dossiers(
        ("A", BMT, "2026-02-10", "2026-02-13", 3, 1, 0, ""),
        ("B", BMT, "2026-02-16", "2026-02-27", 3, 1, 0, ""),
        ("C", BMT, "2026-03-02", "2026-03-03", 3, 1, 0, ""),
        ("D", BMT, "2026-03-12", "2026-03-16", 9, 1, 0, ""),
    )
    asked = Period.parse("2026-03", REPORTING)
    found = score(BMT, asked)
    assert (marks(found.sheet)["2.1"].part, marks(found.sheet)["2.1"].whole) == (2, 3)  # C in time, B late, D running
    (figure,) = figures.find(marks(found.sheet)["2.1"].links[0], EVERYTHING)
    assert figure.value == 66.67
    assert [sheet.points for _month, sheet in found.trend[-2:]] == [20.0, 13.33]
    assert marks(score(BMT).sheet)["2.1"].whole == 2  # C and D, by the calendar


def test_the_trend_has_twelve_months_and_gaps_where_nothing_is_known(march):
    trend = score().trend
    assert [str(month) for month, _sheet in trend][::11] == ["2025-04", "2026-03"]
    assert [sheet.points for _month, sheet in trend] == [None] * 11 + [17.14]
    assert score(period=Period.parse("2026")).trend[-1][0] == Period.parse("2026-12")


def test_a_period_of_which_nothing_is_known_has_no_score_and_no_zero(march):
    for text in ("2025-09", "2027-01"):
        found = score(period=Period.parse(text))
        assert (found.sheet.points, found.sheet.scored, found.sheet.left) == (None, 0, 100)
        assert marks(found.sheet)["2.1"].why is Why.MISSING


def test_nothing_loaded_is_nothing_scored(centre):
    found = score()
    assert (found.sheet.points, list(found.below), found.as_of) == (None, [], None)
    assert scoring.last_day("766") is not None


def test_a_period_that_runs_says_until_when_it_is_told(march):
    assert score().until == date(2026, 3, 11)
    assert score(period=Period.parse("2026-03-11")).until is None


def test_a_unit_sees_its_own_dossiers_only(march):
    seen = scope.of_unit(BMT)
    found = score(DAK_LAK, seen=seen)
    assert marks(found.sheet)["2.1"].whole == 5
    assert {sheet.unit for sheet in found.below} == {BMT}


CATALOGUE = "procedure,title,field,unit,since,ended,level,fee,payable_online,simulated"


@pytest.fixture
def catalogue_of_ten(load, centre):
    """Ten procedures: three full, four partial, one of which has ended, three offline; of two fees one is payable."""
    levels = ["full"] * 3 + ["partial"] * 4 + ["none"] * 3
    rows = [
        f"tc.mau.{n:03},Thủ tục {n},,gso:66,2025-07-01,{'2026-03-01' if n == 6 else ''},{level},"
        f"{5000 if n < 2 else 0},{'true' if n == 0 else 'false' if n == 1 else ''},"
        for n, level in enumerate(levels)
    ]
    file = centre / "danh-muc.csv"
    file.write_text("\n".join([CATALOGUE, *rows]) + "\n")
    load("procedures", file)


def of_catalogue(period=MARCH, unit=DAK_LAK):
    told = marks(score(unit, period).sheet)
    return {code: (told[code].part, told[code].whole, told[code].why) for code in ("3.1", "3.2", "3.5")}


def test_procedures_served_online_are_those_of_the_catalogue_at_the_end_of_the_period(catalogue_of_ten, march):
    assert of_catalogue()["3.1"] == (6, 9, Why.POINTS)
    assert of_catalogue(Period.parse("2026-02"))["3.1"] == (7, 10, Why.POINTS)
    assert of_catalogue()["3.5"] == (1, 2, Why.POINTS)
    (link,) = marks(score().sheet)["3.1"].links
    found = provenance.passport(link, EVERYTHING)
    assert (found.figure.value, found.contribution.whole) == (66.67, 9)
    assert {row["level"] for row in found.contribution.rows if row["in_part"]} == {"full", "partial"}


def test_services_that_met_a_dossier_are_counted_once_each_over_the_whole_period(catalogue_of_ten, load, centre):
    rows = [
        [f"H{n}", 1, f"tc.mau.{procedure:03}", unit, channel, 2, f"{day}T09:00:00+07:00", f"{day}T09:00:00+07:00"]
        for n, (procedure, unit, channel, day) in enumerate(
            [
                (0, BMT, 2, "2026-02-02"), (0, TAN_LAP, 2, "2026-03-02"), (0, BMT, 2, "2026-03-03"),
                (1, BMT, 2, "2026-03-03"), (2, BMT, 1, "2026-03-03"),
            ]
        )
    ]  # fmt: skip
    file = centre / "ho-so.csv"
    file.write_text("\n".join([EVENTS, *(",".join(map(str, row)) + ",,,,," for row in rows)]) + "\n")
    load("dossiers", file)
    assert of_catalogue(Period.parse("2026-02"))["3.2"] == (1, 7, Why.POINTS)
    assert of_catalogue()["3.2"] == (2, 6, Why.POINTS)
    assert of_catalogue(Period.parse("2026-Q1"))["3.2"] == (2, 6, Why.POINTS)  # the first of both months once
    dossiers, services = marks(score().sheet)["3.2"].links
    assert figures.find(dossiers, EVERYTHING)[0].value == 3
    assert figures.find(services, EVERYTHING)[0].value == 6


def test_a_commune_has_no_catalogue_of_its_own_and_no_zero(catalogue_of_ten, march):
    assert {why for _part, _whole, why in of_catalogue(unit=BMT).values()} == {Why.WHOLE}
    assert {marks(sheet)["3.1"].why for sheet in score().below if sheet.unit != DAK_LAK} == {Why.WHOLE}


def test_without_a_catalogue_it_is_said_which_data_is_needed(march):
    told = marks(score().sheet)
    assert {told[code].why for code in ("3.1", "3.2", "3.5")} == {Why.MISSING}
    assert all(told[code].criterion.needs for code in ("3.1", "3.2", "3.5"))


def test_what_is_being_counted_anew_is_said_to_be_and_no_error_or_zero(march, monkeypatch):
    own = rollups.get_rollup("dossiers_unit_day")
    new = Measure("index_new", "received_at")
    monkeypatch.setitem(rollups._ROLLUPS, own.name, replace(own, measures=(*own.measures, new)))
    indicator = catalogue.get("dossiers.index_on_time_rate")
    formula = replace(indicator.computation, whole=(*indicator.computation.whole, "running index_new"))
    monkeypatch.setitem(catalogue._CATALOGUE, indicator.code, replace(indicator, formula=formula))
    told = marks(score().sheet)
    assert (told["2.1"].why, told["2.1"].part, told["2.1"].points) == (Why.COUNTING, None, None)
    assert (told["3.3"].part, told["3.3"].whole) == (3, 7)
    assert figures.find(told["2.1"].links[0], EVERYTHING)[0].value is None
    asked = figures.Query(indicator.code, unit=BMT, since=MARCH.start, until=MARCH.end)
    assert {each.value for each in figures.computed(asked)} == {None}


def test_no_grade_is_given_while_points_are_open(march):
    assert score().grade is None
    made = scoreset.read(_raw() | {"group": [_raw()["group"][1]]})
    found = scoring.ask(made, DAK_LAK, MARCH, EVERYTHING)
    assert found.sheet.left == 0
    assert found.grade.name.vi == "Yếu"  # 17.14 points


def test_each_rollup_is_asked_once_whatever_is_scored(march, monkeypatch):
    asked = []
    fetch = reading.fetch
    monkeypatch.setattr(reading, "fetch", lambda sql, *more: asked.append(sql) or fetch(sql, *more))
    score()  # what whole months come to is kept from now on
    asked.clear()
    score(own={"points": {"3.6": 10}})
    assert len(asked) == 2  # of two rollups only what lies beside the whole months: 3.2 asks one by procedure


@pytest.mark.parametrize(
    ("text", "rule", "code"),
    [
        ("2026-03-02", "calendar", "score.period"),
        ("ba", "calendar", "period.unreadable"),
        ("2026", "moon", "score.rule"),
    ],
)
def test_a_period_that_cannot_be_scored_is_refused(text, rule, code):
    with pytest.raises(Problem) as found:
        scoring.period(text, rule, date(2026, 3, 11))
    assert found.value.code == code


def test_without_a_period_it_is_the_month_of_the_last_day():
    assert scoring.period("", "calendar", date(2026, 3, 11)) == MARCH
    assert scoring.period("", "reporting", date(2026, 3, 15)) == Period.parse("2026-04", REPORTING)


def test_every_indicator_of_a_score_set_is_computed():
    for made in scoreset.shipped():
        assert all(catalogue.get(code).formula for code in made.indicators)
