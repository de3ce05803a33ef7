"""Sources: load a file with a bad row, see why, mend it, load it again; withdraw what was wrong."""

import csv
import io
import re

import pytest
from pages import csv_rows, download, facts, workbook

HEADS = "dossier_id,seq,procedure,unit,channel,state,at,received_at,due_at,finished_at,fee,paid_online,simulated"
AT = "2026-11-10T07:57:41+07:00"


def row(case, at=AT, unit="gso:24133"):
    return f"{case},0,tc.ho-tich.011,{unit},2,2,{at},{AT},,,0,,"


def upload(page, name, lines, *, button="Nạp"):
    """Hand a file to the source of dossiers, as a person does."""
    page.goto("/sources/dossiers")
    content = "\n".join([HEADS, *lines]) + "\n"
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content.encode()})
    page.locator("main").get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()


def counts(page):
    """The counts of a load once it is done, without asking for the page again."""
    page.locator(".counts strong", has_text=re.compile("Đã xong|Không thành công|Đã rút")).wait_for(timeout=40_000)
    names = page.locator(".counts .quiet").all_inner_texts()
    return dict(zip(names, page.locator(".counts strong").all_inner_texts(), strict=True))


def told(page):
    """The quarantine, row by row."""
    return page.locator("#quarantine tbody tr").evaluate_all(
        "rows => rows.map(r => [...r.cells].map(c => c.innerText.trim()))"
    )


def test_a_bad_row_is_held_back_with_row_column_value_reason_and_remedy_and_the_good_ones_go_in(steward):
    upload(steward, "xau.csv", [row("XAU.1"), row("XAU.2", at="15/21/2022"), row("XAU.3", unit="gso:99999")])
    seen = counts(steward)
    assert (seen["Đọc"], seen["Nhận"], seen["Bị loại"], seen["Trùng"]) == ("3", "1", "2", "0")
    steward.reload()
    lines = told(steward)
    assert [line[:3] for line in lines] == [["3", "at", "15/21/2022"], ["4", "unit", "gso:99999"]]
    for line in lines:
        assert len(line[3]) > 10, "no reason"
        assert len(line[4]) > 10, "no remedy"


def test_when_the_load_is_done_its_quarantine_appears_by_itself(steward):
    upload(steward, "hien.csv", [row("HIEN.1", at="15/21/2022")])
    assert counts(steward)["Bị loại"] == "1"
    steward.locator("#quarantine tbody tr").first.wait_for(timeout=5000)


def test_the_refused_rows_downloaded_and_corrected_go_in_and_are_marked_as_mended(steward):
    upload(steward, "sua.csv", [row("SUA.1"), row("SUA.2", at="15/21/2022")])
    counts(steward)
    steward.reload()
    first = steward.url
    lines = csv_rows(download(steward, steward.locator("#quarantine").get_by_role("link", name="CSV")))
    place = lines[0].index("at")
    assert lines[1][place] == "15/21/2022"
    lines[1][place] = AT
    text = io.StringIO()
    csv.writer(text).writerows(lines)
    steward.goto("/sources/dossiers")
    steward.locator("input[type=file]").set_input_files(
        {"name": "da-sua.csv", "mimeType": "text/csv", "buffer": text.getvalue().encode("utf-8-sig")}
    )
    steward.locator("main").get_by_role("button", name="Nạp", exact=True).click()
    seen = counts(steward)
    assert (seen["Đọc"], seen["Nhận"], seen["Bị loại"]) == ("1", "1", "0")
    steward.goto(first)
    assert "đã gửi lại ở lần nạp sau" in steward.locator("#quarantine").inner_text()


def test_the_refused_rows_come_as_a_workbook_too(steward):
    upload(steward, "so.csv", [row("SO.1", at="15/21/2022")])
    counts(steward)
    steward.reload()
    book = workbook(download(steward, steward.locator("#quarantine").get_by_role("link", name="XLSX")))
    cells = list(book.worksheets[0].iter_rows(values_only=True))
    assert len(cells) == 2
    assert "15/21/2022" in cells[1]


def test_the_same_file_loaded_twice_adds_nothing_and_says_so(steward):
    lines = [row("HAI.1"), row("HAI.2")]
    upload(steward, "hai.csv", lines)
    assert counts(steward)["Nhận"] == "2"
    upload(steward, "hai.csv", lines)
    again = counts(steward)
    assert (again["Nhận"], again["Trùng"]) == ("0", "2")


TRY = "Đọc thử 20 dòng"


def test_a_file_is_tried_on_the_same_page_and_then_loaded_without_being_chosen_again(steward):
    upload(steward, "doc-thu.csv", [row("THU.1"), row("THU.2", at="15/21/2022")], button=TRY)
    steward.locator("#trial").wait_for(timeout=10_000)
    told = steward.locator("#preview").inner_text()
    assert "Chưa nạp gì" in told
    assert "15/21/2022" in told
    assert "THU.1" in told
    assert steward.get_by_role("link", name="doc-thu.csv").count() == 0
    steward.locator("main").get_by_role("button", name="Nạp", exact=True).click()
    steward.wait_for_url("**/loads/*")
    seen = counts(steward)
    assert (seen["Đọc"], seen["Nhận"], seen["Bị loại"]) == ("2", "1", "1")


def test_a_file_that_cannot_be_tried_says_why_beside_the_form(steward):
    upload(steward, "rong.csv", [], button=TRY)
    steward.locator("#preview #problem").wait_for(timeout=10_000)
    assert "rong.csv" in steward.locator("#preview").inner_text()
    assert steward.locator("#preview a").count() == 0
    assert steward.locator("input[type=file]").input_value().endswith("rong.csv")


def test_nothing_is_tried_until_a_file_is_chosen(steward):
    steward.goto("/sources/dossiers")
    steward.locator("main").get_by_role("button", name=TRY, exact=True).click()
    assert steward.locator("input[type=file]").evaluate("input => input.matches(':invalid')")
    assert steward.locator("#preview").inner_text() == ""


def test_a_wrong_load_is_withdrawn_with_a_reason_and_no_longer_counts(steward, workshop):
    import json

    def events():
        return json.loads(workshop.command("records", "dossier", "--key", "RUT.1", "--json"))

    upload(steward, "rut.csv", [row("RUT.1")])
    assert counts(steward)["Nhận"] == "1"
    assert len(_items(events())) == 1
    steward.reload()
    steward.get_by_text("Rút lần nạp này").click()
    steward.get_by_label("Lý do").fill("nạp nhầm tệp của huyện khác")
    steward.get_by_role("button", name="Rút lần nạp", exact=True).click()
    steward.wait_for_load_state()
    assert "Đã rút" in counts(steward)["Trạng thái"]
    assert "Đã rút lần nạp" in steward.locator("#notices").inner_text()
    assert _items(events()) == []


def _items(answer):
    return answer["items"] if isinstance(answer, dict) else answer


def test_withdrawing_without_a_reason_is_not_possible(steward):
    upload(steward, "ly-do.csv", [row("LYDO.1")])
    counts(steward)
    steward.reload()
    steward.get_by_text("Rút lần nạp này").click()
    address = steward.url
    steward.get_by_role("button", name="Rút lần nạp", exact=True).click()
    assert steward.url == address
    assert steward.get_by_label("Lý do").evaluate("field => !field.checkValidity()")


@pytest.mark.parametrize(
    ("name", "content"),
    [("rong.csv", b""), ("anh.csv", b"\x89PNG\r\n\x1a\n" + bytes(200)), ("khac.xlsx", b"khong phai bang tinh")],
)
def test_a_file_that_is_not_what_it_says_is_refused_in_words(steward, name, content):
    steward.goto("/sources/dossiers")
    steward.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": "application/octet-stream", "buffer": content}
    )
    steward.locator("main").get_by_role("button", name="Nạp", exact=True).click()
    steward.wait_for_load_state()
    if steward.locator(".counts").count():
        assert counts(steward)["Trạng thái"] == "Không thành công"
        steward.reload()
    words = steward.locator("main").inner_text()
    assert "Traceback" not in words
    assert steward.locator("[role=alert], .empty h1").count() >= 1, words


def test_the_list_of_sources_adds_up_its_loads(steward):
    upload(steward, "cong.csv", [row("CONG.1")])
    counts(steward)
    steward.goto("/sources")
    line = steward.locator("tbody tr", has=steward.get_by_text("dossiers", exact=True))
    cells = [cell.get_attribute("data-value") for cell in line.locator("td.end").all()]
    loads, read, accepted, rejected, duplicates = (int(cell or 0) for cell in cells[:5])
    assert loads >= 1
    assert read == accepted + rejected + duplicates
    assert "cong.csv" in line.inner_text() or loads > 1


def test_from_an_own_file_to_the_passport_of_its_number(steward):
    upload(steward, "cua-toi.csv", [row("TOI.1", unit="gso:24154"), row("TOI.2", unit="gso:24154")])
    assert counts(steward)["Nhận"] == "2"
    steward.goto("/boards/dossiers?since=2026-11-10&until=2026-11-10&unit=gso:24154")
    link = steward.locator("article.card a.figure-link").first
    assert link.inner_text() == "2"
    link.click()
    dialog = steward.locator("dialog#passport")
    dialog.locator("dl.facts").wait_for()
    assert facts(dialog)["Mô phỏng"] == "không"
    assert "TOI.1" in dialog.inner_text()


def test_a_leader_may_see_the_sources_but_not_load(browse, province):
    page = browse(province, "lanhdao")
    page.goto("/sources/dossiers")
    assert page.locator("input[type=file]").count() == 0
    page.goto("/loads/1")
    assert page.get_by_text("Rút lần nạp này").count() == 0
    assert page.locator("#quarantine tbody tr").count() == 0
