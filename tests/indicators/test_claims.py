"""A figure is a claim: rivals stand side by side, nothing is overwritten, nothing is made up."""

import pytest

from toancanh.access.scope import EVERYTHING, Scope
from toancanh.base import clock
from toancanh.indicators import figures, provenance
from toancanh.warehouse import reading

MAILS = "digital.government.mail_accounts"
RATE = "digital.infrastructure.internet_user_rate"
YEAR = ("2022-01-01", "2022-12-31", "year")


def claim(
    value="", *, indicator=MAILS, unit="gso:66", period=YEAR, part="", whole="", status="", document="A", section="1"
):
    return (indicator, unit, *period, value, part, whole, status, document, section)


def test_claims_that_contradict_are_both_there_and_both_marked(load, ask):
    load("figures", [claim(46210, section="2"), claim(34560, section="10")])
    assert sorted((f.value, f.conflict) for f in ask(MAILS)) == [(34560, True), (46210, True)]


def test_claims_that_agree_are_no_conflict(load, ask):
    load("figures", [claim(46210, section="2"), claim(46210, section="10")])
    assert [f.conflict for f in ask(MAILS)] == [False, False]


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        (95.99, 96, False),
        (95.99, 95.9, True),
        (95.99, 96.0, False),
        (95.4, 96, True),
        (73.08, 73.1, False),
        (98, 98.5, False),
        (98, 98.6, True),
        (2696, 2684, True),
    ],
)
def test_rounding_is_no_conflict(load, ask, one, other, conflict):
    load("figures", [claim(one, indicator=RATE, document="A"), claim(other, indicator=RATE, document="B")])
    assert [f.conflict for f in ask(RATE)] == [conflict, conflict]


@pytest.mark.parametrize(
    "other", [{"unit": "gso:67"}, {"period": ("2021-01-01", "2021-12-31", "year")}, {"indicator": RATE}]
)
def test_claims_about_different_things_are_no_rivals(load, ask, other):
    load("figures", [claim(10), claim(20, document="B", **other)])
    assert not any(f.conflict for f in ask())


def test_a_verified_claim_comes_before_a_later_reported_one(load, ask):
    load("figures", [claim(1, status="verified", document="A")])
    load("figures", [claim(2, status="reported", document="B")])
    assert figures.choose(ask(MAILS)).value == 1


def test_of_reported_claims_the_latest_known_is_shown(load, ask):
    load("figures", [claim(1, document="B")])
    load("figures", [claim(2, document="A")])
    assert figures.choose(ask(MAILS)).value == 2


def test_an_estimate_is_shown_only_where_nothing_else_is_known(load, ask):
    load("figures", [claim(1, document="A")])
    load("figures", [claim(2, status="estimated", document="B")])
    assert figures.choose(ask(MAILS)).value == 1


def test_a_correction_replaces_what_is_shown_and_keeps_what_was_known(load, ask):
    load("figures", [claim(10)])
    moment = clock.now()
    load("figures", [claim(12)])
    assert [f.value for f in ask(MAILS)] == [12]
    assert [f.value for f in ask(MAILS, as_of=moment)] == [10]


def test_a_correction_is_in_the_passport_with_the_load_that_brought_each_version(load, ask):
    first = load("figures", [claim(10)])
    second = load("figures", [claim(12)])
    (figure,) = ask(MAILS)
    known = provenance.passport(figure.id, EVERYTHING).history
    assert [(each.value, each.load) for each in known] == [(10, first.pk), (12, second.pk)]


def test_the_passport_says_file_row_and_place_in_the_document(load, ask):
    done = load("figures", [claim(5, unit="gso:67"), claim(46210, document="S3", section="II.7.a")])
    (figure,) = ask(MAILS, unit="gso:66")
    found = provenance.passport(figure.id, EVERYTHING)
    assert (found.load.pk, found.figure.row) == (done.pk, 3)  # its line in the file
    assert (found.document.id, found.figure.section) == ("S3", "II.7.a")


def test_the_passport_of_a_contradicted_claim_names_its_rivals(load, ask):
    load("figures", [claim(46210, section="2"), claim(34560, section="10")])
    for figure in ask(MAILS):
        found = provenance.passport(figure.id, EVERYTHING)
        assert found.figure.value == figure.value
        assert [rival.value for rival in found.rivals] == [46210 + 34560 - figure.value]


def test_nobody_sees_the_passport_of_a_unit_outside_his_scope(load, ask):
    load("figures", [claim(46210)])
    (figure,) = ask(MAILS)
    assert provenance.passport(figure.id, Scope((("gso:24133", None, None),))) is None


@pytest.mark.parametrize("address", ["", "x", "a~b~c~d", "a~b~2022-01-01~2022-12-31", f"{MAILS}~gso:66~2022-01-01~x~y"])
def test_an_address_of_nothing_leads_nowhere(centre, address):
    assert provenance.passport(address, EVERYTHING) is None


def rejects(done):
    return [(reject.row, reject.column, reject.code) for reject in done.rejects.all()]


def test_a_rate_without_base_and_without_document_is_rejected(load, ask):
    done = load("figures", [claim(98, indicator=RATE, document="", section=""), claim(7)])
    assert [reject[0] for reject in rejects(done)] == [2]
    assert [f.value for f in ask()] == [7]


def test_a_rate_that_a_document_states_is_quoted_without_base(load, ask):
    load("figures", [claim(98, indicator=RATE)])
    assert [(f.value, f.part, f.whole) for f in ask(RATE)] == [(98, None, None)]


def test_a_rate_with_its_base_needs_no_document_and_is_computed(load, ask):
    load("figures", [claim(indicator=RATE, part=1, whole=3, document="", section="")])
    assert [f.value for f in ask(RATE)] == [33.33]


def test_a_claim_without_document_is_told_again_once_and_corrected(load, ask):
    own = {"document": "", "section": ""}
    load("figures", [claim(7, **own)])
    again = load("figures", [claim(7, **own), claim(7, unit="gso:67", **own)])
    assert (again.accepted, again.duplicates) == (1, 1)
    load("figures", [claim(8, **own)])
    assert [f.value for f in ask(MAILS, unit="gso:66")] == [8]
    subject = (MAILS, "gso:66", "2022-01-01", "2022-12-31", "", "")
    assert [row["value"] for row in reading.events("figure", subject)] == [8]


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (claim(-1), "figure.count"),
        (claim(), "figure.empty"),
        (claim(indicator=RATE, part=0, whole=0), "figure.whole"),
        (claim(1, indicator="digital.nothing"), "figure.indicator"),
        (claim(1, period=("2022-12-31", "2022-01-01", "year")), "figure.period"),
    ],
)
def test_a_claim_that_cannot_be_is_rejected_with_its_reason(load, ask, row, code):
    assert [reject[2] for reject in rejects(load("figures", [row]))] == [code]
    assert ask() == []


def test_a_stated_rate_that_differs_from_its_parts_is_doubted(load, ask):
    load(
        "figures",
        [
            claim(90, indicator=RATE, part=1, whole=2, section="1"),
            claim(50, indicator=RATE, part=1, whole=2, section="2"),
        ],
    )
    assert {f.value: f.doubt for f in ask(RATE)} == {90: 50.0, 50: None}


def test_a_claim_of_zero_is_zero_and_a_missing_one_is_not_there(load, ask):
    load("figures", [claim(0)])
    assert [f.value for f in ask(MAILS, unit="gso:66")] == [0]
    assert ask(MAILS, unit="gso:67") == []


def test_a_scope_hides_the_claims_of_other_units(load, ask):
    load("figures", [claim(1, unit="gso:66"), claim(2, unit="gso:67")])
    assert [f.value for f in ask(scope=Scope((("gso:67", None, None),)))] == [2]


def test_a_period_is_found_by_any_of_its_days(load, ask):
    load("figures", [claim(1), claim(2, period=("2021-01-01", "2021-12-31", "year"))])
    from datetime import date

    assert [f.value for f in ask(since=date(2022, 6, 1), until=date(2022, 6, 1))] == [1]
    assert [f.value for f in ask(until=date(2021, 12, 31))] == [2]


def test_a_grain_that_does_not_fit_its_days_is_refused(load):
    done = load("figures", [claim(7, period=("2026-03-01", "2026-03-31", "year")), claim(8)])
    assert [code for _row, _column, code in rejects(done)] == ["figure.grain"]


def test_a_claim_without_grain_has_that_of_its_days(load, ask):
    load("figures", [claim(7, period=("2026-03-01", "2026-03-31", ""))])
    assert [f.grain for f in ask(MAILS, grain="month")] == ["month"]


def test_a_year_that_is_not_over_is_known_up_to_its_telling(load, ask):
    load("figures", [claim(7, period=(f"{clock.today().year}-01-01", f"{clock.today().year}-12-31", "year"))])
    (figure,) = ask(MAILS)
    assert figure.as_of <= clock.now()


def test_no_file_claims_what_we_compute(load, ask):
    done = load("figures", [claim(1, document="A"), claim(2, status="computed", document="B")])
    assert [(column, code) for _row, column, code in rejects(done)] == [("status", "code.unknown")]
    assert [figure.status for figure in ask(MAILS)] == ["reported"]
