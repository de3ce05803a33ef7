"""The passport of a computed number: the records it was made of."""

import re

import pytest
from pages import csv_rows, download, facts, open_passport, spoken

WEEK = "/boards/dossiers?period=7d&unit=gso:24133"


def _card(page, name):
    return page.locator("article.card", has=page.get_by_role("link", name=name, exact=True))


def test_a_computed_number_counts_shows_and_hands_out_the_records_behind_it(browse, history):
    page = browse(history, "lanhdao")
    page.goto(WEEK)
    link = _card(page, "Hồ sơ tiếp nhận").locator("a.figure-link")
    value = spoken(link.inner_text())
    dialog = open_passport(page, link)
    assert spoken(dialog.locator(".figure-number").inner_text()) == value
    told = facts(dialog)
    assert told["Trạng thái"] == "Tính từ bản ghi"
    assert told["Mô phỏng"].startswith("có")
    assert re.fullmatch(r"[\s\S]+v1-\w+", told["Định nghĩa"])
    counted = spoken(dialog.get_by_text("bản ghi", exact=False).locator("visible=true").last.inner_text())
    sentence = dialog.locator("h4", has_text="Bản ghi tạo nên số này").locator("xpath=following-sibling::p[1]")
    counted = spoken(sentence.inner_text())
    assert counted == value
    assert 0 < dialog.locator("table tbody tr").count() <= counted
    assert dialog.get_by_text("Tính từ:").count() == 1
    rows = csv_rows(download(page, dialog.get_by_role("link", name="Tải tất cả")))
    assert len(rows) - 1 == counted
    assert "dossier_id" in rows[0]
    heads = dialog.locator("table thead th").all_inner_texts()
    assert heads[:3] == ["Mã hồ sơ", "Thứ tự sự kiện", "Thủ tục"]
    assert heads[-1] == "Từ đâu"
    assert dialog.locator("table tbody tr").first.get_by_role("link", name=re.compile("lần nạp")).count() == 1


def test_a_computed_rate_counts_the_records_of_its_part_and_of_its_whole(browse, history):
    page = browse(history, "lanhdao")
    page.goto(WEEK)
    dialog = open_passport(page, _card(page, "Tỷ lệ giải quyết đúng hạn").locator("a.figure-link"))
    told = facts(dialog)
    part, whole = spoken(told["Tử số"]), spoken(told["Mẫu số"])
    assert 0 < part <= whole
    assert spoken(dialog.locator(".figure-number").inner_text()) == pytest.approx(100 * part / whole, abs=0.01)
    sentence = dialog.locator("h4", has_text="Bản ghi tạo nên số này").locator("xpath=following-sibling::p[1]")
    numbers = [spoken(each) for each in re.findall(r"\d[\d.]*", sentence.inner_text())][:2]
    assert numbers == [part, whole]
    rows = csv_rows(download(page, dialog.get_by_role("link", name="Tải tất cả")))
    assert len(rows) - 1 == whole


def test_a_number_in_the_ranking_opens_the_passport_of_that_unit(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/boards/dossiers?period=7d")
    row = page.locator("section.card[id] tbody tr", has_text="Sở Xây dựng tỉnh Đắk Lắk").first
    dialog = open_passport(page, row.locator("a.figure-link").nth(1))
    assert "Sở Xây dựng tỉnh Đắk Lắk" in dialog.inner_text()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["Theo đơn vị", "Theo ngày", "Theo tháng", "Theo kênh nộp", "Theo thủ tục"])
def test_every_number_in_a_table_of_the_board_leads_to_a_passport(browse, history, name):
    page = browse(history, "lanhdao")
    page.goto("/boards/dossiers?period=7d")
    section = page.locator("section.card[id]", has=page.get_by_role("heading", name=name, exact=True))
    lone = section.locator("tbody tr").evaluate_all(
        "rows => rows.flatMap(r => [...r.cells]).filter(c => c.classList.contains('end') && c.dataset.value"
        " && c.cellIndex > 0 && !c.querySelector('a.figure-link')).map(c => c.innerText)"
    )
    assert lone == []
