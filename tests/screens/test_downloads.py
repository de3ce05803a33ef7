"""Downloads: what is taken home equals what was on the screen, and no cell does anything."""

import csv
import io
import re
from urllib.parse import quote

import pytest
from openpyxl import load_workbook
from places import LAST, MAILS, OWN, PLACES, SLY

PERIOD = f"since=2026-03-01&until={LAST}"
BOARD = f"/boards/dossiers?{PERIOD}"


@pytest.fixture
def panels(visit):
    page = visit().get(BOARD).context["page"]
    return [panel for panel in page.panels if panel.table]


def read_csv(response):
    text = response.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text)))


def shown(table):
    return [[row.get(column.key) for column in table.columns] for row in table.rows]


def plain(cell):
    """A cell without regard to how a file writes it."""
    if cell is None or cell == "":
        return None
    try:
        return float(cell)
    except ValueError:
        return str(cell).removeprefix("'")


def same(rows):
    return [[plain(cell) for cell in row] for row in rows]


def test_the_board_of_the_test_has_numbers_to_compare(panels):
    assert len(panels) >= 4
    assert all(panel.table.rows for panel in panels)


def test_a_panels_csv_equals_its_table_on_the_page(visit, panels):
    for panel in panels:
        heads, *rows = read_csv(visit().get(f"/boards/dossiers/export.csv?{PERIOD}&panel={panel.anchor}"))
        assert heads == panel.table.heads
        assert same(rows[: len(panel.table.rows)]) == same(shown(panel.table))


def test_a_panels_workbook_equals_its_table_on_the_page(visit, panels):
    for panel in panels:
        response = visit().get(f"/boards/dossiers/export.xlsx?{PERIOD}&panel={panel.anchor}")
        heads, *rows = load_workbook(io.BytesIO(response.content)).active.values
        assert list(heads) == panel.table.heads
        assert same(rows[: len(panel.table.rows)]) == same(shown(panel.table))


def test_an_export_says_whose_figures_it_tells_of_which_days_and_until_when(visit, panels):
    *_rows, last = read_csv(visit().get(f"/boards/dossiers/export.csv?{PERIOD}&panel={panels[0].anchor}"))
    assert re.fullmatch(r"Đơn vị: .+\. Từ \d\d/\d\d/\d{4} đến .+\. Số liệu đến \d\d/\d\d/\d{4} \d\d:\d\d\..*", last[0])


def test_numbers_in_a_workbook_are_numbers(visit, panels):
    numeric = [panel for panel in panels if any(isinstance(cell, float) for row in shown(panel.table) for cell in row)]
    for panel in numeric:
        response = visit().get(f"/boards/dossiers/export.xlsx?{PERIOD}&panel={panel.anchor}")
        cells = [c for row in load_workbook(io.BytesIO(response.content)).active.iter_rows() for c in row]
        assert {"n", "s"} == {cell.data_type for cell in cells if cell.value is not None}


def test_the_whole_board_has_a_sheet_for_every_table_and_one_for_the_cards(visit, panels):
    book = load_workbook(io.BytesIO(visit().get(f"/boards/dossiers/export.xlsx?{PERIOD}").content))
    assert len(book.sheetnames) == len(panels) + 1


def test_the_ranking_adds_up_to_the_card(visit, panels):
    page = visit().get(BOARD).context["page"]
    card = next(c for p in page.panels for c in p.cards if c.indicator.code == "dossiers.received")
    ranking = next(panel for panel in panels if panel.kind == "ranking")
    assert sum(row["dossiers.received"] for row in ranking.table.rows) == card.figure.value
    assert card.figure.value == sum(place.dossiers for place in PLACES)


def test_a_narrowed_board_downloads_narrowed(visit):
    rows = read_csv(visit().get(f"/boards/dossiers/export.csv?unit={quote(OWN.code)}&{PERIOD}"))
    names = {row[1] for row in rows if len(row) > 5}
    assert OWN.name in names
    assert not names & {place.name for place in PLACES if place is not OWN}


def test_the_csv_begins_with_the_mark_that_spreadsheets_need(visit):
    assert visit().get(f"/boards/dossiers/export.csv?{PERIOD}").content.startswith(b"\xef\xbb\xbf")


def test_a_missing_number_is_an_empty_cell_and_no_zero(visit, panels):
    missing = [
        (p, n, m) for p in panels for n, row in enumerate(shown(p.table)) for m, cell in enumerate(row) if cell is None
    ]
    assert missing
    panel, row, column = missing[0]
    rows = read_csv(visit().get(f"/boards/dossiers/export.csv?{PERIOD}&panel={panel.anchor}"))
    assert rows[row + 1][column] == ""


def test_no_cell_of_a_csv_is_a_formula(visit):
    rows = read_csv(visit().get(f"/boards/dossiers/export.csv?{PERIOD}"))
    cells = [cell for row in rows for cell in row]
    assert [cell for cell in cells if cell and cell[0] in "=+-@\t\r" and not _number(cell)] == []
    assert {each for each in SLY if not any(cell.startswith(f"'{each}") for cell in cells)} == set()


def test_no_cell_of_a_workbook_is_a_formula(visit):
    book = load_workbook(io.BytesIO(visit().get(f"/boards/dossiers/export.xlsx?{PERIOD}").content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.value for cell in cells if cell.data_type == "f"] == []
    assert any(SLY[0] in str(cell.value) for cell in cells)


def test_all_claims_of_an_indicator_are_in_its_download(visit):
    rows = read_csv(visit().get(f"/indicators/{MAILS}/export.csv"))
    assert {float(row[4]) for row in rows[1:] if len(row) > 4} == {float(place.mails) for place in PLACES}


def _number(cell):
    try:
        float(cell)
    except ValueError:
        return False
    return True
