"""Who comes in, in which language, under which light."""

from pathlib import Path

import pytest
from pages import log_in

DEMO = {
    "lanhdao": "Lãnh đạo UBND tỉnh",
    "truc": "Trực ban điều hành",
    "sxd": "Cán bộ Sở Xây dựng",
    "xa": "Cán bộ phường Buôn Ma Thuột",
    "dulieu": "Quản lý dữ liệu",
    "quantri": "Quản trị hệ thống",
}
MAY_SEE_SOURCES = {"lanhdao", "truc", "dulieu", "quantri"}


@pytest.mark.parametrize("user", DEMO)
def test_each_demo_account_logs_in_and_sees_the_overview(browse, province, user):
    page = browse(province)
    log_in(page, user, province.password)
    assert page.url == province.url + "/"
    assert "Tổng quan" in page.title()
    page.locator("details.menu summary").first.click()
    assert DEMO[user] in page.locator("details.menu").first.inner_text()
    main = page.locator("nav.nav-wide")
    assert main.get_by_role("link", name="Hồ sơ thủ tục hành chính").is_visible()
    assert (main.get_by_role("link", name="Nguồn dữ liệu").count() == 1) is (user in MAY_SEE_SOURCES)


def test_a_visitor_who_is_not_logged_in_is_led_to_the_form_and_back_to_where_he_wanted_to_be(browse, province):
    page = browse(province)
    page.goto("/units?at=2025-06-30")
    assert page.url.startswith(province.url + "/login")
    page.get_by_label("Tên đăng nhập").fill("lanhdao")
    page.get_by_label("Mật khẩu").fill(province.password)
    page.locator("main").get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/units?at=2025-06-30")


def test_a_wrong_password_says_in_vietnamese_what_is_wrong_and_what_to_do(browse, province):
    page = browse(province)
    log_in(page, "lanhdao-khac", "sai-hoan-toan")
    told = page.get_by_role("alert")
    what, whole = told.locator("strong").inner_text(), told.inner_text()
    assert "không đúng" in what or "sai" in what.casefold()
    assert len(whole) > len(what) + 10, "says what is wrong but not what to do"
    assert page.get_by_label("Tên đăng nhập").input_value() == "lanhdao-khac"


def test_logging_out_closes_the_centre(browse, province):
    leader = browse(province)  # a session of its own: the others are shared by the tests of this file
    log_in(leader, "lanhdao", province.password)
    leader.goto("/units")
    leader.locator("details.menu summary").first.click()
    leader.get_by_role("button", name="Đăng xuất").click()
    leader.wait_for_url("**/login")
    leader.goto("/units")
    assert "/login" in leader.url


def test_switching_to_english_shows_english_everywhere_and_is_remembered(leader):
    if not (Path(__file__).parents[2] / "src/toancanh/config/locale/en/LC_MESSAGES/django.mo").exists():
        pytest.skip("the English texts are not built: `make setup` does")
    leader.goto("/units")
    leader.locator("details.menu summary").first.click()
    leader.locator("button[name=language][value=en]").click()
    leader.wait_for_load_state()
    assert leader.locator("html").get_attribute("lang") == "en"
    shown = leader.locator("nav.nav-wide").inner_text().split("\n")
    assert "Units" in shown, shown
    leader.goto("/boards/digital")
    assert leader.locator("h1").inner_text().strip() == "Digital transformation"
    assert "46,210" in leader.locator("#conflicts").inner_text()
    assert leader.locator(".brand strong").inner_text() == "Dak Lak Province"
    leader.locator("details.menu summary").first.click()
    leader.locator("button[name=language][value=vi]").click()
    leader.wait_for_load_state()
    assert leader.locator("h1").inner_text().strip() == "Chuyển đổi số"


def test_each_language_is_offered_under_its_own_name(leader):
    leader.goto("/units")
    leader.locator("details.menu summary").first.click()
    assert leader.locator("button[name=language][value=en]").inner_text().strip() == "English"


@pytest.mark.slow
@pytest.mark.parametrize(
    "address", ["/", "/boards/digital", "/indicators/digital.government.mail_accounts", "/sources", "/units", "/login"]
)
def test_in_english_no_vietnamese_is_left_on_the_frame_and_headings_of_a_page(browse, province, address):
    if not (Path(__file__).parents[2] / "src/toancanh/config/locale/en/LC_MESSAGES/django.mo").exists():
        pytest.skip("the English texts are not built: `make setup` does")
    page = browse(province, "quantri" if address != "/login" else "", locale="en-GB")
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": province.url}])
    page.goto(address)
    texts = page.locator("h1, h2, th, .nav-wide a, footer.footer, dl.facts dt, main button").all_inner_texts()
    accented = [t for t in texts if any(0x1EA0 <= ord(c) <= 0x1EF9 or c in "đĐưƯơƠăĂ" for c in t)]
    assert not [t for t in accented if "Toàn Cảnh" not in t]


def test_the_dark_theme_is_remembered_from_page_to_page(leader):
    leader.goto("/units")
    button = leader.locator("button[data-theme-button]").first
    for _ in range(3):
        if leader.locator("html").get_attribute("data-bs-theme") == "dark":
            break
        button.click()
    leader.goto("/indicators")
    assert leader.locator("html").get_attribute("data-bs-theme") == "dark"
    ground = leader.evaluate("() => getComputedStyle(document.body).backgroundColor")
    assert sum(int(part) for part in ground.strip("rgba()").split(",")[:3]) < 3 * 80, ground
    without_script = leader.context.request.get("/units").text()
    assert 'data-bs-theme="dark"' in without_script, "the first byte comes in the wrong colours"
