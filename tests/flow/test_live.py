"""Live: open pages move by themselves while dossiers arrive, each within what its viewer may see."""

import re
import time

import pytest
from centre import Centre, flowing, until
from playwright.sync_api import sync_playwright

from bench import flow

pytestmark = pytest.mark.browser
CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
PASSWORD = "mot-cau-dai-kho-doan"


@pytest.fixture(scope="module")
def lively(tmp_path_factory):
    """A centre that hears ten events a second, with a leader who sees all and an officer of one commune."""
    with flowing(tmp_path_factory.mktemp("live"), "--rate", 10) as (centre, system):
        for name, role, unit in (("lanh", "leader", ""), ("xa", "officer", "gso:24133")):
            words = ["user", "create", name, "--role", role, *(["--unit", unit] if unit else [])]
            centre(*words, stdin=PASSWORD + "\n")
        until(lambda: centre.told().records > 30, 90)
        yield centre, system


@pytest.fixture
def browse_in():
    """A page of somebody who is logged in at a centre."""
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        except Exception:
            pytest.skip("Debian's Chromium is not installed")

        def _browse(centre, user):
            page = browser.new_context(base_url=f"http://127.0.0.1:{centre.port}", locale="vi-VN").new_page()
            page.goto("/login")
            page.fill("[name=username]", user)
            page.fill("[name=password]", PASSWORD)
            page.press("[name=password]", "Enter")
            page.wait_for_url(lambda url: "login" not in url)
            return page

        yield _browse
        browser.close()


@pytest.fixture
def browse(lively, browse_in):
    centre, _system = lively
    return lambda user: browse_in(centre, user)


def shown(page, name="Hồ sơ tiếp nhận"):
    card = page.locator("article.card", has=page.get_by_role("link", name=name, exact=True)).first
    return int(re.sub(r"\D", "", card.locator(".figure-number").inner_text()) or 0)


@pytest.mark.parametrize("address", ["/", "/boards/dossiers"])
def test_a_figure_moves_without_a_reload(browse, address):
    page = browse("lanh")
    page.goto(address)
    page.evaluate("window.still = true")
    before = shown(page)
    until(lambda: shown(page) > before, 20, "the figure did not move")
    assert page.evaluate("window.still === true")  # a page that is loaded anew forgets
    assert "Trực tiếp" in page.locator("[data-live-mark]").inner_text()


@pytest.mark.parametrize("address", ["/", "/boards/dossiers"])
def test_a_page_opened_before_there_was_any_data_fills_by_itself(tmp_path, browse_in, address):
    centre = Centre(tmp_path / "home")
    with flow.System(centre.home, "dossiers", ("--rate", 10)) as system:
        centre("user", "create", "lanh", "--role", "leader", stdin=PASSWORD + "\n")
        with centre:
            page = browse_in(centre, "lanh")
            page.goto(address)
            assert page.locator("article.card .figure-number").count() == 0
            centre.hear(system)
            page.wait_for_selector("article.card .figure-number", timeout=30_000)
            before = shown(page)
            until(lambda: shown(page) > before, 20, "the figure did not move")


def test_ten_screens_show_the_same_figure_as_it_moves(browse):
    pages = [browse("lanh") for _screen in range(10)]
    for page in pages:
        page.goto("/boards/dossiers")
    before = [shown(page) for page in pages]
    until(lambda: all(shown(page) > old for page, old in zip(pages, before, strict=True)), 40)


def test_what_a_person_opened_and_sorted_stays_as_the_board_moves(browse):
    page = browse("lanh")
    page.goto("/boards/dossiers")
    page.locator("section.card summary").first.click()
    head = page.locator("table[data-sortable] th button").nth(1)
    head.click()
    before = shown(page)
    until(lambda: shown(page) > before, 20)
    assert page.locator("section.card details[open]").count() >= 1
    assert page.locator("th[aria-sort]").count() == 1


def test_a_chart_is_drawn_anew_as_its_numbers_change(browse):
    page = browse("lanh")
    page.goto("/boards/dossiers")
    page.locator("[data-chart] svg").first.wait_for()
    page.wait_for_timeout(1500)  # it has grown to its size
    page.evaluate("""() => {
        window.told = document.querySelector('[data-chart] script').textContent
        window.drawn = document.querySelector('[data-chart] svg').innerHTML
    }""")
    until(lambda: page.evaluate("document.querySelector('[data-chart] script').textContent !== told"), 20)
    until(lambda: page.evaluate("document.querySelector('[data-chart] svg').innerHTML !== drawn"), 5)


def test_a_page_whose_stream_was_cut_says_so_and_goes_on_when_it_is_back(browse, lively):
    centre, _system = lively
    page = browse("lanh")
    page.goto("/boards/dossiers")
    page.wait_for_selector("[data-live-mark][data-state=on]")
    centre.kill("web")
    page.wait_for_selector("[data-live-mark][data-state=off]", timeout=20_000)
    page.wait_for_selector("[data-live-mark][data-state=on]", timeout=60_000)
    before = shown(page)
    until(lambda: shown(page) > before, 20, "the page did not go on")


def test_an_officer_sees_and_hears_of_his_unit_only(browse):
    page, whole = browse("xa"), browse("lanh")
    page.goto("/boards/dossiers")
    whole.goto("/boards/dossiers")
    time.sleep(3)
    assert shown(page) < shown(whole)
