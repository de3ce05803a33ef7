"""The passport of a reported number: where it stands, what contradicts it."""

from pages import facts, open_passport

MAIL = "digital.government.mail_accounts"


def test_a_click_on_a_reported_number_opens_its_passport(leader):
    leader.goto("/boards/digital")
    dialog = open_passport(leader, leader.locator(".grid a.figure-link", has_text="46.210").first)
    assert "46.210" in dialog.locator(".figure-number").inner_text()
    assert "Mâu thuẫn" in dialog.inner_text()
    told = facts(dialog)
    assert told["Trạng thái"] == "Báo cáo"
    assert told["Mô phỏng"] == "không"
    assert "2022" in told["Số liệu đến"]
    assert told["Biết từ lúc"] not in ("", "–")
    assert "v1-" in told["Định nghĩa"]
    assert "figures.csv" in told["Lần nạp"]
    assert "dòng 265" in told["Lần nạp"]
    assert "S3" in told["Vị trí trong văn bản"]
    assert "II.7.a đoạn 2" in told["Vị trí trong văn bản"]
    assert told["Văn bản"]
    assert told["Đơn vị chịu trách nhiệm"] not in ("", "–")


def test_the_passport_names_the_rival_claim_and_leads_to_it(leader):
    leader.goto("/boards/digital")
    dialog = open_passport(leader, leader.locator(".grid a.figure-link", has_text="46.210").first)
    rival = dialog.locator("ul a.figure-link", has_text="34.560")
    assert "đoạn 10" in rival.locator("xpath=..").inner_text()
    rival.click()
    dialog.locator(".figure-number", has_text="34.560").wait_for()
    assert dialog.locator("ul a.figure-link", has_text="46.210").count() == 1


def test_a_rate_shows_its_part_and_whole(leader):
    leader.goto("/boards/digital")
    row = leader.locator(".grid tbody tr", has_text="25 / 30")
    told = facts(open_passport(leader, row.locator("a.figure-link").first))
    assert (told["Tử số"], told["Mẫu số"]) == ("25", "30")


def test_escape_closes_the_passport_and_gives_the_place_back(leader):
    leader.goto("/boards/digital")
    link = leader.locator(".grid a.figure-link").first
    link.focus()
    leader.keyboard.press("Enter")
    dialog = leader.locator("dialog#passport")
    dialog.locator("dl.facts").wait_for()
    leader.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    assert link.evaluate("element => element === document.activeElement")


def test_the_passport_has_a_page_of_its_own_that_works_without_javascript(browse, province):
    page = browse(province, "lanhdao", java_script_enabled=False)
    page.goto("/boards/digital")
    page.locator(".grid a.figure-link", has_text="46.210").first.click()
    page.wait_for_url("**/figures/*")
    assert page.locator("h1").inner_text().strip() == "Hộ chiếu số liệu"
    assert "II.7.a đoạn 2" in facts(page.locator("main"))["Vị trí trong văn bản"]
    page.get_by_role("link", name="34.560").click()
    assert "34.560" in page.locator("main .figure-number").inner_text()


def test_the_load_named_in_the_passport_can_be_opened(leader):
    leader.goto("/boards/digital")
    dialog = open_passport(leader, leader.locator(".grid a.figure-link", has_text="46.210").first)
    dialog.locator("dl.facts a[href^='/loads/']").click()
    leader.wait_for_url("**/loads/*")
    assert "figures.csv" in leader.locator("main").inner_text()


def test_every_number_on_the_reported_pages_leads_to_a_passport(admin):
    for address in ("/boards/digital", f"/indicators/{MAIL}"):
        admin.goto(address)
        lone = admin.locator("main .figure:not(.figure-missing) .figure-number").evaluate_all(
            "all => all.filter(n => !n.closest('a.figure-link')).map(n => n.innerText)"
        )
        assert lone == [], address
