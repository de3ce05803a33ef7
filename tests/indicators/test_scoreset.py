"""Score sets as data: what is refused, what a province sets itself, which edition holds on a day."""

from datetime import date

import pytest

from toancanh.base import versions
from toancanh.base.problems import Problem
from toancanh.indicators import scoreset
from toancanh.indicators.scoreset import Certainty

RATE = "dossiers.on_time_rate"


def criterion(code="1", points=10, certainty="excerpt", **more):
    told = {"code": code, "name": "Một", "rule": "a/b", "certainty": "copied", "points_certainty": certainty, **more}
    told.setdefault("rate", RATE)
    return told | ({} if points is None else {"points": points})


def definition(*criteria, points=20, **more):
    group = {"code": "g", "name": "Nhóm", "points": points, "certainty": "excerpt", "criterion": list(criteria)}
    told = {"code": "thu", "domain": "dossiers", "name": "Thử", "document": "1/QĐ", "source": "", "group": [group]}
    return told | {"valid_from": "2024-01-01"} | more


def refusal(told):
    with pytest.raises(Problem) as found:
        scoreset.read(told)
    assert found.value.code == "score.unreadable"
    return found.value.params["place"], str(found.value)


def test_data_of_json_reads_like_data_of_toml():
    made = scoreset.read(definition(criterion(), valid_to="2024-12-31"))
    assert (made.valid_from, made.valid_to) == (date(2024, 1, 1), date(2024, 12, 31))
    assert scoreset.read(definition(criterion(), valid_from=date(2024, 1, 1))).valid_from == made.valid_from


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"rate": "dossiers.nothing"}, "group 1, criterion 1"),
        ({"rate": "dossiers.received"}, "group 1, criterion 1"),
        ({"rate": "", "part": "dossiers.received"}, "group 1, criterion 1"),
        ({"part": "dossiers.received", "whole": "dossiers.done"}, "group 1, criterion 1"),
        ({"rate": ""}, "group 1, criterion 1"),
        ({"rate": "", "part": "dossiers.done", "whole": "dossiers.done", "distinct": "fee"}, "group 1, criterion 1"),
        ({"distinct": "procedure"}, "group 1, criterion 1"),
        ({"certainty": "sure"}, "group 1, criterion 1"),
        ({"points": -1}, "group 1, criterion 1"),
        ({"points": "many"}, "group 1, criterion 1"),
        ({"threshold": 0}, "group 1, criterion 1"),
        ({"threshold": 101}, "group 1, criterion 1"),
        ({"points_certainty": "not_found"}, "group 1, criterion 1"),
        ({"points": 21}, "group g"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(wrong, place):
    assert refusal(definition(criterion() | wrong))[0] == place


def test_a_missing_key_is_named():
    told = criterion()
    del told["rule"]
    assert "rule" in refusal(definition(told))[1]


def test_a_code_has_one_criterion():
    assert refusal(definition(criterion(), criterion()))[0] == "1"


def test_points_that_are_not_sure_are_not_scored():
    made = scoreset.read(
        definition(
            criterion("1"),
            criterion("2", 5, "unverified"),
            criterion("3", None, "not_found"),
            criterion("4", 0, "copied"),
        )
    )
    assert [each.scorable for each in made.criteria] == [True, False, False, False]
    assert [each.followed for each in made.criteria] == [False, False, False, True]


def test_a_province_may_set_what_is_not_sure_and_it_stays_marked():
    told = definition(criterion("1"), criterion("2", None, "not_found"))
    own = {"basis": "12/QĐ-UBND", "points": {"2": 7.5}, "thresholds": {"2": 60}}
    made = scoreset.read(told | {"province": own})
    second = made.criteria[1]
    assert (second.points, second.threshold, second.scorable) == (7.5, 60, True)
    assert second.points_certainty is second.threshold_certainty is Certainty.PROVINCE
    assert made.basis == "12/QĐ-UBND"
    assert scoreset.read(told).criteria[1].scorable is False


@pytest.mark.parametrize(
    ("own", "place"),
    [
        ({"points": {"1": 5}}, "province.points.1"),
        ({"points": {"9": 5}}, "province.points.9"),
        ({"points": {"2": -5}}, "province.points.2"),
        ({"points": {"2": 15}}, "group g"),
        ({"points": {"2": "nhiều"}}, "province.points.2"),
        ({"points": [1]}, "province"),
        ({"thresholds": {"2": 0}}, "province.thresholds.2"),
    ],
)
def test_a_province_sets_no_more_than_it_may(own, place):
    told = definition(criterion("1"), criterion("2", None, "not_found"))
    assert refusal(told | {"province": own})[0] == place


LAN = ("user", "lan")


def decide(own, note="theo công văn", seen=0):
    scoreset.decide("766", own, actor=LAN, note=note, seen=seen)


def of(code):
    (made,) = scoreset.editions("766")
    return next(each for each in made.criteria if each.code == code)


def test_what_a_province_decides_holds_from_then_on_and_is_kept_with_its_reason(db):
    assert (of("3.3").points, of("3.3").scorable) == (None, False)
    decide({"basis": "12/QĐ-UBND", "points": {"3.3": 4}, "thresholds": {"3.3": 60}})
    assert (of("3.3").points, of("3.3").threshold, of("3.3").scorable) == (4, 60, True)
    assert scoreset.editions("766")[0].basis == "12/QĐ-UBND"
    decide({}, note="bỏ, chờ văn bản", seen=1)
    assert of("3.3").scorable is False
    kept = versions.history("score", "766")
    assert [(each.number, each.note, each.published_by) for each in kept] == [
        (2, "bỏ, chờ văn bản", "lan"),
        (1, "theo công văn", "lan"),
    ]


@pytest.mark.parametrize(
    ("own", "note", "seen", "code"),
    [
        ({"points": {"2.1": 5}}, "vì", 0, "score.unreadable"),
        ({"points": {"3.3": 23}}, "vì", 0, "score.unreadable"),
        ({"points": {"3.3": 4}}, " ", 0, "version.note"),
        ({"points": {"3.3": 4}}, "vì", 1, "score.changed"),
    ],
)
def test_what_cannot_hold_is_not_decided(db, own, note, seen, code):
    with pytest.raises(Problem) as found:
        decide(own, note, seen)
    assert found.value.code == code
    assert versions.history("score", "766") == []


def test_an_edition_holds_from_its_first_to_its_last_day(db, monkeypatch):
    monkeypatch.setattr(scoreset, "_SHIPPED", {})
    scoreset.register(definition(criterion(), valid_to="2024-12-31"))
    scoreset.register(definition(criterion(points=12), valid_from="2025-01-01"))
    first, second = (
        scoreset.in_force("thu", date(year, month, day)) for year, month, day in ((2024, 12, 31), (2025, 1, 1))
    )
    assert [each.criteria[0].points for each in (first, second)] == [10, 12]
    with pytest.raises(Problem) as found:
        scoreset.in_force("thu", date(2023, 12, 31))
    assert (found.value.code, found.value.params["since"]) == ("score.not_in_force", "01/01/2024")
    with pytest.raises(Problem) as found:
        scoreset.in_force("766", date(2025, 1, 1))
    assert found.value.code == "score.unknown"
