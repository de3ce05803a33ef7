"""Boards: what is shown for days of which nothing is known, and of units that are younger than the days asked for."""

from datetime import date

import pytest
from places import OWN, PARENT

from toancanh.access.roles import Role
from toancanh.access.scope import EVERYTHING
from toancanh.indicators import figures
from toancanh.screens.boards import Filter
from toancanh.screens.views import boards as views

OVERDUE, RECEIVED = "dossiers.overdue", "dossiers.received"


@pytest.fixture
def board(visit):
    """A board as it is filled in for a period."""

    def _board(since, until, unit=PARENT.code):
        return visit().get(f"/boards/dossiers?since={since}&until={until}&unit={unit}").context["page"]

    return _board


def cards(page):
    return {card.indicator.code: card for panel in page.panels for card in panel.cards}


def table(page, title):
    return next(panel.table for panel in page.panels if panel.title == title)


def test_a_period_that_ends_after_the_last_covered_day_tells_what_is_known_until_then(board, people):
    known, asked = board("2026-03-01", "2026-03-06"), board("2026-03-01", "2026-12-31")
    assert {code: card.figure.value for code, card in cards(asked).items()} == {
        code: card.figure.value for code, card in cards(known).items()
    }
    figure = cards(asked)[OVERDUE].figure
    (same,) = figures.find(f"{OVERDUE}~{PARENT.code}~2026-03-01~2026-12-31", EVERYTHING)
    assert figure.value == same.value


@pytest.mark.parametrize(
    "period",
    [
        ("2020-01-01", "2020-02-01"),
        ("2027-01-01", "2027-02-01"),
        ("0001-01-01", "0001-01-02"),
        ("9999-12-30", "9999-12-31"),
        ("9999-12-31", "9999-12-31"),
    ],
)
def test_a_period_of_which_nothing_is_known_has_no_numbers_and_no_zeros(board, period):
    page = board(*period)
    assert {card.figure.value for card in cards(page).values()} == {None}
    assert {card.comparison.change for card in cards(page).values()} == {None}
    assert not any(panel.table.rows for panel in page.panels if panel.table)


def test_a_month_that_the_filter_cuts_says_by_which_days(board):
    assert [row["period"] for row in table(board("2026-03-03", "2026-03-05"), "Theo tháng").rows] == [
        "Tháng 3/2026 (03/03–05/03)"
    ]


def test_days_before_the_unit_was_there_are_not_told_as_zero(board):
    page = board("2025-05-01", "2026-03-06")
    assert page.born == date(2025, 7, 1)
    assert not any(row["period"].startswith(("Tháng 5/2025", "Tháng 6/2025")) for row in table(page, "Theo tháng").rows)


def test_the_period_before_is_compared_only_where_it_is_known_from_its_first_day(board):
    assert cards(board("2026-03-02", "2026-03-04"))[RECEIVED].comparison.change is None
    assert cards(board("2026-03-03", "2026-03-05"))[RECEIVED].comparison.change is None
    assert cards(board("2026-03-04", "2026-03-05"))[RECEIVED].comparison.change is not None


@pytest.mark.parametrize(
    ("preset", "since", "until", "before"),
    [
        ("month", "2026-11-01", "2026-11-23", "2026-10-01 2026-10-23"),
        ("month", "2026-10-01", "2026-10-31", "2026-09-01 2026-09-30"),
        ("month", "2026-03-01", "2026-03-30", "2026-02-01 2026-02-28"),
        ("month", "2026-11-03", "2026-11-23", "2026-10-13 2026-11-02"),
        ("quarter", "2026-10-01", "2026-11-23", "2026-07-01 2026-08-23"),
        ("year", "2026-01-01", "2026-11-23", "2025-01-01 2025-11-23"),
        ("", "2026-10-01", "2026-10-31", "2026-09-01 2026-09-30"),
        ("", "2026-10-05", "2026-10-11", "2026-09-28 2026-10-04"),
        ("7d", "2026-11-01", "2026-11-07", "2026-10-25 2026-10-31"),
        ("", "2026-11-01", "2026-11-01", "2026-10-31 2026-10-31"),
    ],
)
def test_a_period_is_compared_with_the_one_before_and_a_running_one_with_as_many_days_of_it(
    preset, since, until, before
):
    earlier = Filter("gso:66", date.fromisoformat(since), date.fromisoformat(until), preset).before
    assert f"{earlier.since} {earlier.until}" == before


def test_a_board_says_with_which_days_it_compares(visit):
    page = visit().get(f"/boards/dossiers?since=2026-03-04&until=2026-03-05&unit={PARENT.code}").content.decode()
    assert "so với 02/03/2026 – 03/03/2026" in page
    assert 'title="so với 02/03/2026 – 03/03/2026"' in page


def test_every_number_of_every_table_has_an_address_that_answers_the_same(board, visit):
    page = board("2026-03-02", "2026-03-06")
    client, asked = visit(), 0
    for panel in page.panels:
        for row in panel.table.rows if panel.table else ():
            for column in panel.table.columns:
                if column.figure and row[column.key] is not None:
                    answer = client.get(f"/api/v1/figures/{row[column.figure]}")
                    assert (answer.status_code, answer.json()["value"]) == (200, row[column.key]), row[column.figure]
                    asked += 1
    assert asked > 80


def test_a_board_of_a_department_tells_its_own(board):
    assert cards(board("2026-03-02", "2026-03-06", OWN.code))[RECEIVED].figure.value == OWN.dossiers


def test_the_page_of_an_indicator_says_up_to_which_day_a_running_period_counts(visit):
    page = visit().get(f"/indicators/{RECEIVED}?unit={PARENT.code}&grain=month")
    assert page.context["chart"]["x"] == ["Tháng 3/2026 (đến 06/03)"]
    assert [row["period"] for row in page.context["table"].rows] == ["Tháng 3/2026 (đến 06/03)"]
    assert "Kỳ này chưa hết" in page.content.decode()


def test_a_board_without_data_names_the_unit_of_whoever_asks(visit, monkeypatch):
    monkeypatch.setattr(views, "_coverage", lambda _board, _patience: None)
    for role, place in ((Role.LEADER, PARENT), (Role.OFFICER, OWN)):
        page = visit(role, place).get("/boards/dossiers").content.decode()
        assert place.name in page.partition("</h1>")[2].partition("Chưa có dữ liệu")[0]
