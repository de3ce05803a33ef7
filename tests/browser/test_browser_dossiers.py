"""The board of dossiers: narrowed to a unit and a period, equal to what is downloaded from it."""

from datetime import timedelta

import pytest
from pages import csv_rows, download, same, spoken, table_rows, workbook

from toancanh.base.clock import today

DEPARTMENT = "agency:dak-lak.sxd"
HISTORY_DAYS = 90


def card(page, name):
    """The value on a key figure."""
    found = page.locator("article.card", has=page.get_by_role("link", name=name, exact=True))
    return spoken(found.locator(".figure-number").inner_text())


def panel(page, name):
    return page.locator("section.card[id]", has=page.get_by_role("heading", name=name, exact=True))


def settled(page, address):
    """Open the page until it shows the same twice: the history behind it may still be loading."""
    before = None
    for _ in range(10):
        page.goto(address)
        now = [table_rows(table) for table in page.locator("section.card[id] table").all()]
        if now == before:
            return
        before = now
    pytest.fail("the board kept changing")


def test_it_shows_received_done_in_process_overdue_and_on_time(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/boards/dossiers?period=7d")
    received, on_time = card(page, "Hồ sơ tiếp nhận"), card(page, "Tỷ lệ giải quyết đúng hạn")
    assert received > 10_000
    assert 80 < on_time <= 100
    for name in ("Hồ sơ đã giải quyết", "Hồ sơ đang giải quyết", "Hồ sơ quá hạn"):
        assert card(page, name) > 0
    for name in ("Theo ngày", "Theo đơn vị", "Theo tháng", "Theo kênh nộp", "Theo thủ tục"):
        assert panel(page, name).locator("table").count() == 1
    assert "Dữ liệu mô phỏng" in page.locator("header.page-header").inner_text()


def test_narrowed_to_a_unit_and_all_below_it_shows_less_and_the_units_add_up_to_the_whole(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/boards/dossiers?period=7d")
    whole = card(page, "Hồ sơ tiếp nhận")
    ranked = table_rows(panel(page, "Theo đơn vị").locator("table"))
    heads = panel(page, "Theo đơn vị").locator("thead th").all_inner_texts()
    place = next(i for i, head in enumerate(heads) if head.startswith("Hồ sơ tiếp nhận"))
    assert sum(float(row[place] or 0) for row in ranked) == whole
    with page.expect_navigation():
        page.locator("select[name=unit]").select_option(DEPARTMENT)
    assert "period=7d" in page.url
    own = card(page, "Hồ sơ tiếp nhận")
    assert 0 < own < whole
    names = [row[1] for row in table_rows(panel(page, "Theo đơn vị").locator("table"))]
    assert names == ["Sở Xây dựng tỉnh Đắk Lắk"]
    assert own == next(float(row[place]) for row in ranked if row[1] == names[0])


def test_every_ready_made_period_and_a_span_of_days_change_the_figures(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/boards/dossiers?period=7d")
    week, head = card(page, "Hồ sơ tiếp nhận"), page.locator("header.page-header p").first.inner_text()
    with page.expect_navigation():
        page.locator("select[name=period]").select_option("month")
    month = card(page, "Hồ sơ tiếp nhận")
    assert month != week
    assert page.locator("header.page-header p").first.inner_text() != head
    page.locator("details summary", has_text="Chọn khoảng ngày").click()
    since = page.locator("input[name=until]").input_value()
    page.locator("input[name=since]").fill(since)
    page.get_by_role("button", name="Xem khoảng ngày này").click()
    page.wait_for_url("**since=*")
    assert card(page, "Hồ sơ tiếp nhận") < min(week, month)
    assert len(table_rows(panel(page, "Theo ngày").locator("table"))) == 1


def test_a_span_that_ends_before_it_begins_is_refused_in_words(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/boards/dossiers?since=2026-11-20&until=2026-11-01")
    assert "không hợp lệ" in page.locator("main").inner_text()
    assert "ngày đầu không sau ngày cuối" in page.locator("main").inner_text()


def test_each_table_downloaded_as_csv_or_xlsx_has_the_numbers_of_the_screen(browse, history):
    page = browse(history, "lanhdao")
    settled(page, "/boards/dossiers?period=7d&unit=" + DEPARTMENT)
    for section in page.locator("section.card[id]").all():
        shown = table_rows(section.locator("table"))
        assert shown
        got = csv_rows(download(page, section.get_by_role("link", name="CSV")))[1:]
        got = [row for row in got if len(row) == len(shown[0])]
        if not section.get_by_text("Xem tất cả").count():
            assert len(got) == len(shown)
        assert _differences(shown, got) == []
        book = workbook(download(page, section.get_by_role("link", name="XLSX")))
        cells = list(book.worksheets[0].iter_rows(min_row=2, max_row=len(shown) + 1, values_only=True))
        assert _differences(shown, cells) == []
        assert any(isinstance(cell, int | float) for cell in cells[0]), "numbers came as text"


def _differences(shown, got):
    """Cells of the screen that a file has otherwise."""
    pairs = [pair for one, other in zip(shown, got, strict=False) for pair in zip(one, other, strict=True)]
    return [(seen, cell) for seen, cell in pairs if not same(seen, cell)]


def test_the_download_of_the_whole_board_has_its_key_figures_and_says_what_it_was_narrowed_to(browse, history):
    page = browse(history, "lanhdao")
    settled(page, "/boards/dossiers?period=7d&unit=" + DEPARTMENT)
    rows = csv_rows(download(page, page.locator("header.page-header").get_by_role("link", name="CSV")))
    flat = {row[0]: row for row in rows if row}
    assert float(flat["Hồ sơ tiếp nhận"][1]) == card(page, "Hồ sơ tiếp nhận")
    note = next(row[0] for row in rows if row and row[0].startswith("Đơn vị:"))
    assert "Sở Xây dựng" in note
    assert "MÔ PHỎNG" in note


def test_the_series_is_drawn_and_the_units_are_on_a_map(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/boards/dossiers?period=7d")
    page.locator(".chart-canvas svg").first.wait_for()
    assert page.locator(".chart-canvas svg path").count() > 3
    page.locator("figure.map").scroll_into_view_if_needed()
    page.locator(".map-canvas canvas").wait_for()


def test_a_click_on_a_head_sorts_the_table(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/boards/dossiers?period=7d")
    section = panel(page, "Theo đơn vị")
    section.locator("thead button", has_text="Hồ sơ tiếp nhận").click()
    values = [float(row[3]) for row in table_rows(section.locator("table")) if row[3]]
    assert values == sorted(values, reverse=True)


def test_without_javascript_the_board_can_be_narrowed_and_read(browse, history):
    page = browse(history, "lanhdao", java_script_enabled=False)
    page.goto("/boards/dossiers?period=7d")
    page.locator("select[name=unit]").select_option(DEPARTMENT)
    page.get_by_role("button", name="Xem", exact=True).click()
    page.wait_for_url("**unit=agency*")
    chart = page.locator("figure.chart").first
    chart.locator("summary").click()
    assert chart.locator("tbody tr").count() == 7
    assert panel(page, "Theo đơn vị").locator("tbody tr").count() == 1


def test_every_month_and_every_day_of_the_history_is_there(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/boards/dossiers?period=all")
    received = {row[0]: row[1] for row in table_rows(panel(page, "Theo ngày").locator("table"))}
    # Today and days before the history are there too if a live system told of them before it was paused.
    days = [today() - timedelta(back) for back in range(HISTORY_DAYS, 0, -1)]
    assert all(float(received[f"{day:%d/%m/%Y}"]) > 0 for day in days)
    everything = card(page, "Hồ sơ tiếp nhận")
    page.goto("/boards/dossiers?period=30d")
    assert 0 < card(page, "Hồ sơ tiếp nhận") < everything

    def told(grain):
        figures = history.api(f"/api/v1/figures?indicator=dossiers.received&unit=gso:66&grain={grain}")["items"]
        return sum(figure["value"] for figure in figures)

    assert told("year") == everything
    # Of months before anything happened here a few dossiers are known, which does not make a figure of the month.
    assert 0 <= everything - told("month") <= 10
