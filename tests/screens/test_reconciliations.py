"""The page of a reconciliation: what it says, what it lists, what is taken home; all of it the same."""

import csv
import io

import pytest
from openpyxl import load_workbook
from places import ALIKE, LAST, OWN, PLACES, SEES, SIBLING

from toancanh.access.roles import Role

PERIOD = f"since=2026-03-01&until={LAST}"
PAGE = f"/reconciliations/dossiers?{PERIOD}"
API = "/api/v1/reconciliations/dossiers"


def text(response):
    return response.content.decode()


def by_csv(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("place", PLACES, ids=["own", "alike", "sibling", "parent"])
def test_one_sentence_says_how_well_the_two_agree(visit, place):
    dossiers, places = sum(each.dossiers for each in SEES[place]), len(SEES[place])
    page = text(visit(Role.OFFICER, place).get(PAGE))
    equal = dossiers - 2 * places
    assert f"{equal} trong {dossiers} hồ sơ; {places} khác nhau, {places} chỉ có ở Hệ thống một cửa" in page
    assert "dossiers (đến lô 1)" in page
    assert "portal-dossiers (đến lô 1)" in page


def test_every_unit_leads_to_its_differences(visit):
    client = visit()
    units = client.get(PAGE).context["units"]
    assert {row["code"] for row in units.rows} == {each.code for each in PLACES}
    for row in units.rows:
        assert (row["only_left"], row["differs"], row["differs_due_at"]) == (1, 1, 1)
        if row["href"]:
            found = client.get(f"/reconciliations/dossiers{row['href'].partition('#')[0]}").context["differences"]
            assert len(found.rows) == row["only_left"] + row["differs"]
            assert {each["unit"] for each in found.rows} == {row["unit"]}


def test_the_units_add_up_to_the_sentence(visit):
    units = visit().get(PAGE).context["units"].rows
    assert sum(row["all"] for row in units) == sum(each.dossiers for each in PLACES)


def test_a_difference_shows_both_values_side_by_side_with_their_sources(visit):
    found = visit(place=OWN).get(f"{PAGE}&field=due_at").context["differences"]
    (row,) = found.rows
    assert row["dossier_id"] == f"{OWN.prefix}1"
    assert (row["left"], row["right"]) == ("Hẹn trả: 04/03/2026 09:00", "Hẹn trả: 04/04/2026 09:00")
    assert row["left_from"].startswith("dossiers, lô 1 (lần nạp ")
    assert row["right_from"].startswith("portal-dossiers, lô 1 (lần nạp ")


@pytest.mark.parametrize(
    ("narrowed", "numbers"),
    [("", {0, 1}), ("&kind=only_left", {0}), ("&kind=differs", {1}), ("&kind=only_right", set())],
)
def test_the_list_is_narrowed_as_asked(visit, narrowed, numbers):
    found = visit(place=OWN).get(f"{PAGE}{narrowed}").context["differences"]
    assert {row["dossier_id"] for row in found.rows} == {f"{OWN.prefix}{number}" for number in numbers}


@pytest.mark.parametrize(("narrowed", "status"), [("kind=khac", 422), ("field=fee", 422), ("since=2026-04-01", 422)])
def test_what_cannot_be_asked_is_refused_in_words(visit, narrowed, status):
    assert visit().get(f"{PAGE}&{narrowed}").status_code == status


def test_another_reconciliation_is_not_there(visit):
    assert visit().get("/reconciliations/khac").status_code == 404


@pytest.mark.parametrize("panel", ["units", "differences"])
@pytest.mark.parametrize("narrowed", ["", f"&unit={OWN.code}", "&kind=only_left"])
def test_a_download_equals_the_page(visit, panel, narrowed):
    client = visit()
    table = client.get(f"{PAGE}{narrowed}").context[panel]
    wanted = [["" if row.get(c.key) is None else str(row[c.key]) for c in table.columns] for row in table.rows]
    heads, *rows = by_csv(client.get(f"/reconciliations/dossiers/export.csv?{PERIOD}{narrowed}&panel={panel}"))
    assert heads == table.heads
    plain = [[cell.removesuffix(".0") for cell in row] for row in wanted]
    assert rows[: len(wanted)] == plain
    book = load_workbook(
        io.BytesIO(client.get(f"/reconciliations/dossiers/export.xlsx?{PERIOD}{narrowed}&panel={panel}").content)
    )
    lines = list(book.active.values)
    assert list(lines[0]) == table.heads
    assert [row[0] for row in lines[1 : len(wanted) + 1]] == [row[0] for row in wanted]


def test_a_download_says_of_which_days_and_sources_it_is(visit):
    told = by_csv(visit().get(f"/reconciliations/dossiers/export.csv?{PERIOD}&panel=units"))[-1][0]
    assert "Từ 01/03/2026 đến 06/03/2026." in told
    assert "Cổng DVCQG: portal-dossiers (đến lô 1)." in told


@pytest.mark.parametrize("place", PLACES, ids=["own", "alike", "sibling", "parent"])
def test_the_api_tells_what_the_page_tells(visit, place):
    client = visit(Role.OFFICER, place)
    told = client.get(API).json()
    assert told["total"]["left"] == sum(each.dossiers for each in SEES[place])
    assert {each["unit"] for each in told["units"]} == {each.code for each in SEES[place]}
    found = client.get(f"{API}/differences?limit=1").json()
    assert (len(found["items"]), found["total"]) == (1, 2 * len(SEES[place]))
    every = client.get(f"{API}/differences?limit=1000").json()["items"]
    assert {each["unit"] for each in every} == {each.code for each in SEES[place]}


@pytest.mark.parametrize("place", [ALIKE, SIBLING], ids=["alike", "sibling"])
def test_the_unit_of_another_opens_nothing(visit, place):
    client = visit(Role.OFFICER, place)
    assert client.get(f"{PAGE}&unit={OWN.code}").status_code == 404
    assert client.get(f"{API}?unit={OWN.code}").json()["total"]["left"] == 0
    assert client.get(f"{API}/differences?unit={OWN.code}").json() == {"items": [], "total": 0}


def test_a_board_names_its_sources_and_leads_to_what_they_are_reconciled_with(visit):
    page = text(visit(Role.OFFICER, OWN).get(f"/boards/dossiers?{PERIOD}"))
    assert "Tính từ: Hồ sơ của hệ thống một cửa điện tử" in page
    assert 'href="/reconciliations/dossiers?' in page
