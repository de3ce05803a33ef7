"""Units: the tree at any date, what became of the old ones, search without accents."""

import pytest


def test_the_tree_before_the_merger_and_today(leader):
    leader.goto("/units?at=2025-06-30")
    before = leader.locator("main ul.columns li a").all_inner_texts()
    leader.get_by_role("link", name="Hôm nay").click()
    leader.wait_for_url("**/units?")
    now = leader.locator("main ul.columns li a").all_inner_texts()
    assert (len(before), len(now)) == (63, 34)
    assert {"Tỉnh Đắk Nông", "Tỉnh Phú Yên", "Tỉnh Đắk Lắk"} <= set(before)
    assert "Tỉnh Đắk Nông" not in now
    assert "Tỉnh Đắk Lắk" in now


def test_the_tree_leads_from_province_to_district_to_commune_on_its_day(leader):
    leader.goto("/units?at=2025-06-30")
    leader.get_by_role("link", name="Tỉnh Đắk Nông").click()
    under = leader.locator("section", has=leader.get_by_role("heading", name="Đơn vị trực thuộc"))
    under.get_by_role("link", name="Huyện Cư Jút").click()
    assert leader.locator("h1").inner_text() == "Huyện Cư Jút"
    communes = leader.locator("section", has=leader.get_by_role("heading", name="Đơn vị trực thuộc"))
    communes.get_by_role("link", name="Thị trấn Ea T'ling").click()
    assert "Xã Cư Jút" in leader.locator("section", has_text="Trở thành").first.inner_text()


def test_each_of_dak_nongs_71_communes_tells_what_became_of_it(leader):
    leader.goto("/units/gso:67")
    section = leader.locator("section", has=leader.get_by_role("heading", name="Các xã, phường cũ trở thành gì"))
    lines = section.locator("tbody tr").evaluate_all("rows => rows.map(r => [...r.cells].map(c => c.innerText.trim()))")
    assert len({line[0] + line[1] for line in lines}) == 71
    assert len({line[2] for line in lines}) == 28
    assert all(line[2] for line in lines)
    assert "Lâm Đồng" in leader.locator("section", has_text="Trở thành").first.inner_text()


def test_dak_lak_has_102_communes_today(leader):
    leader.goto("/units/gso:66")
    names = leader.locator("section", has=leader.get_by_role("heading", name="Đơn vị trực thuộc"))
    assert names.locator("tbody tr", has_text="xã, phường, đặc khu").count() == 102
    origin = leader.locator("section", has=leader.get_by_role("heading", name="Hình thành từ")).inner_text()
    assert "Tỉnh Phú Yên" in origin


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [("dak nong", "Tỉnh Đắk Nông"), ("buon ma thuot", "Phường Buôn Ma Thuột"), ("ĐẮK NÔNG", "Tỉnh Đắk Nông")],
)
def test_a_unit_is_found_without_accents(leader, typed, wanted):
    leader.goto("/units")
    leader.locator("main input[type=search]").fill(typed)
    leader.locator("main").get_by_role("button", name="Xem").click()
    leader.wait_for_url("**q=*")
    leader.get_by_role("link", name=wanted, exact=True).first.click()
    assert leader.locator("h1").inner_text() == wanted


def test_the_search_in_the_head_finds_units_indicators_and_sources(leader):
    leader.goto("/")
    box = leader.locator(".header .search-box.only-wide input")
    box.fill("ho so")
    box.press("Enter")
    leader.wait_for_url("**/search?q=*")
    assert leader.get_by_role("link", name="Hồ sơ của hệ thống một cửa điện tử").count() >= 1
    leader.goto("/search?q=ho so tiep nhan")
    assert leader.get_by_role("link", name="Hồ sơ tiếp nhận", exact=True).count() == 1
    leader.goto("/search?q=krong no")
    assert leader.get_by_role("link", name="Xã Krông Nô").count() >= 1
    leader.goto("/search?q=khong-co-gi-nhu-the")
    assert "Không tìm thấy gì" in leader.locator("main").inner_text()


def test_a_day_that_is_no_day_is_refused_in_words(leader):
    leader.goto("/units?at=2025-02-30")
    assert "không hợp lệ" in leader.locator("main").inner_text()


def test_a_code_that_named_two_territories_says_so(leader):
    leader.goto("/units/gso:66")
    assert "Mã này đã chỉ nhiều đơn vị" in leader.locator("main").inner_text()
    leader.goto("/units/gso:66?at=2025-06-30")
    under = leader.locator("section", has=leader.get_by_role("heading", name="Đơn vị trực thuộc")).inner_text()
    assert "Thành phố Buôn Ma Thuột" in under


def test_a_search_with_many_answers_shows_the_nearest_first_or_says_how_many_it_left_out(leader):
    leader.goto("/search?q=ho so")
    found = leader.locator("main section", has=leader.get_by_role("heading", name="Chỉ tiêu", exact=True))
    counted = int(found.locator("header .quiet").first.inner_text().split()[-1])
    assert (
        found.get_by_role("link", name="Hồ sơ tiếp nhận", exact=True).count() == 1
        or counted > found.locator("li").count()
    )
