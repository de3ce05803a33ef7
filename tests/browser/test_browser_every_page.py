"""What holds on every page: nothing runs over the edge, nothing fails, nothing is asked of strangers."""

import pytest
from pages import log_in

CLAIM = "digital.government.mail_accounts~gso:66~2021-12-15~2022-12-14"
PAGES = {
    "overview": "/",
    "board of dossiers": "/boards/dossiers?period=7d",
    "board of a unit": "/boards/dossiers?period=month&unit=gso:24133",
    "scores of an index": "/scores/766",
    "digital board": "/boards/digital",
    "board of the air": "/boards/environment",
    "board without data": "/boards/environment?since=2020-01-01&until=2020-01-31",
    "alerts": "/alerts",
    "reconciliation": "/reconciliations/dossiers",
    "differences of a unit": "/reconciliations/dossiers?period=all&unit=gso:24133&kind=differs",
    "my notices": "/me/notices",
    "messages": "/notices",
    "handover of the watch": "/alerts/handover",
    "silences": "/silences",
    "rules": "/rules",
    "rule": "/rules/dossiers.many_overdue",
    "form of a rule": "/rules/dossiers.many_overdue/edit",
    "kinds of rules": "/rules/new",
    "indicators": "/indicators",
    "computed indicator": "/indicators/dossiers.on_time_rate",
    "reported indicator": "/indicators/digital.government.mail_accounts",
    "passport of a claim": f"/figures/{CLAIM}",
    "passport of a computed figure": "/figures/dossiers.received~gso:24133~2026-11-15~2026-11-21",
    "sources": "/sources",
    "source": "/sources/dossiers",
    "source that is asked": "/sources/mot-cua",
    "source that speaks": "/sources/tram-khong-khi",
    "source of figures": "/sources/figures",
    "load": "/loads/1",
    "provinces": "/units",
    "unit": "/units/gso:66",
    "old unit": "/units/gso:67",
    "search": "/search?q=dak",
    "nothing found": "/search?q=khong-co-gi",
}
WIDTHS = (360, 1366, 2560)
FIRST_PAGE_KB = 300  # without the map, which is fetched when it comes into sight

# What sticks out to the right and is not inside something that scrolls by itself.
STICKING_OUT = """() => {
  const wide = document.documentElement.clientWidth
  const scrolls = (e) => { for (let p = e.parentElement; p && p !== document.body; p = p.parentElement)
    if (['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(p).overflowX)) return true; return false }
  return [...document.body.querySelectorAll('*')].filter(e => e.getBoundingClientRect().right > wide + 1 && !scrolls(e))
    .slice(0, 5).map(e => e.outerHTML.slice(0, 120))
}"""


def _open(page, address):
    reply = page.goto(address)
    page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
    page.wait_for_load_state("networkidle")
    page.evaluate("() => window.scrollTo(0, 0)")
    return reply


def _check_widths(page, name):
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(50)
            over = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert over <= 0, f"{name} at {width} px, {theme}: {over} px too wide: {page.evaluate(STICKING_OUT)}"


MAIN = (
    "overview",
    "board of dossiers",
    "digital board",
    "reconciliation",
    "reported indicator",
    "passport of a claim",
    "old unit",
)
LATE = [pytest.param(name, marks=pytest.mark.slow) for name in PAGES if name not in MAIN]


@pytest.mark.parametrize("name", [*MAIN, *LATE])
def test_no_page_runs_over_the_edge_fails_or_asks_a_stranger(browse, history, name):
    page = browse(history, "quantri")
    reply = _open(page, PAGES[name])
    assert reply.status == 200
    assert page.locator("h1").count() == 1
    assert page.locator("html").get_attribute("lang") == "vi"
    _check_widths(page, name)
    assert page.seen.errors == []
    assert page.seen.strangers == []


def test_the_door_and_the_page_of_a_refusal_fit_every_width_too(browse, province):
    page = browse(province)
    _open(page, "/login")
    _check_widths(page, "login")
    assert page.seen.errors == []
    page = browse(province, "lanhdao")
    assert _open(page, "/khong-co-trang-nay").status == 404
    assert "Về trang tổng quan" in page.locator("main").inner_text()
    _check_widths(page, "404")
    assert page.seen.strangers == []


def test_an_open_passport_fits_a_narrow_screen(browse, province):
    page = browse(province, "lanhdao", viewport={"width": 360, "height": 740})
    page.goto("/boards/digital")
    page.locator("#conflicts a.figure-link").first.click()
    dialog = page.locator("dialog#passport")
    dialog.locator("dl.facts").wait_for()
    box = dialog.bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 360
    assert dialog.evaluate("d => d.scrollWidth - d.clientWidth") <= 0


def test_in_the_dark_and_in_the_light_text_stands_out_from_its_ground(browse, province):
    page = browse(province, "lanhdao")
    page.goto("/units")
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        ink, ground = page.evaluate(
            "() => { const s = getComputedStyle(document.querySelector('main h1'));"
            " return [s.color, getComputedStyle(document.body).backgroundColor] }"
        )
        light, dark = sorted((_luminance(ink), _luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (theme, ink, ground)


def _luminance(color):
    def linear(part):
        part /= 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (float(part) for part in color[color.index("(") + 1 : -1].split(",")[:3])
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)


def test_the_keyboard_reaches_the_content_and_every_main_entry(leader):
    leader.goto("/indicators")
    reached = []
    for _ in range(20):
        leader.keyboard.press("Tab")
        reached.append(leader.evaluate("() => document.activeElement.getAttribute('href') ?? ''"))
    assert reached[0] == "#main"
    assert [each for each in reached[2:] if each.startswith("/")][:11] == [
        "/",
        "/alerts",
        "/cases",
        "/slips",
        "/boards/dossiers",
        "/boards/digital",
        "/boards/environment",
        "/indicators",
        "/sources",
        "/rules",
        "/units",
    ]
    leader.goto("/indicators")
    leader.keyboard.press("Tab")
    assert leader.evaluate("() => document.activeElement.getBoundingClientRect().top") >= 0, (
        "the skip link stays hidden"
    )
    leader.keyboard.press("Enter")
    assert leader.evaluate("() => document.activeElement.id") == "main"


def test_what_has_the_focus_is_marked(leader):
    leader.goto("/indicators")
    for _ in range(4):
        leader.keyboard.press("Tab")
    marked = leader.evaluate(
        "() => { const s = getComputedStyle(document.activeElement);"
        " return (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none' }"
    )
    assert marked


def test_on_a_narrow_screen_the_menu_leads_everywhere(browse, province):
    page = browse(province, "lanhdao", viewport={"width": 360, "height": 740})
    page.goto("/units")
    menu = page.locator("details.menu.only-narrow")
    menu.locator("summary").click()
    page.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    menu.locator("summary").click()
    menu.get_by_role("link", name="Chuyển đổi số").click()
    page.wait_for_url("**/boards/digital")


def test_the_first_page_after_logging_in_weighs_at_most_300_kb(browse, history):
    page = browse(history)
    log_in(page, "lanhdao", history.password)
    cookies = page.context.cookies()
    page = browse(history)
    page.context.add_cookies(cookies)
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    asked, weighed = {}, {}
    session.on("Network.requestWillBeSent", lambda e: asked.setdefault(e["requestId"], e["request"]["url"]))
    session.on("Network.loadingFinished", lambda e: weighed.__setitem__(e["requestId"], e["encodedDataLength"]))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    sizes = {asked[key].removeprefix(history.url)[:80]: size for key, size in weighed.items() if key in asked}
    sizes = {name: size for name, size in sizes.items() if "/map" not in name and "boundaries" not in name}
    assert any(name.endswith(".css") for name in sizes), "nothing was fetched: the cache was not cold"
    assert sum(sizes.values()) <= FIRST_PAGE_KB * 1000, sorted(sizes.items(), key=lambda each: -each[1])


@pytest.mark.slow
def test_pages_can_be_read_without_javascript(browse, history):
    page = browse(history, "lanhdao", java_script_enabled=False)
    for address in (
        "/",
        "/boards/dossiers?period=7d",
        "/boards/digital",
        "/indicators/dossiers.received",
        "/units/gso:67",
    ):
        page.goto(address)
        assert page.locator("main h1").count() == 1
        assert page.locator("main a").count() > 10
        assert page.locator("main .figure-number, main table td").count() > 4
    page.goto("/boards/digital")
    page.locator("details.menu summary").first.click()
    assert page.locator("button[name=language][value=en]").is_visible()


def test_no_rule_makes_the_browser_style_a_whole_page_anew_when_a_part_of_it_is_replaced(leader):
    leader.goto("/")
    # What follows anything at all, and what depends on how a class is written, is looked for in all that is there.
    costly = leader.evaluate(
        """() => [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
          .map((rule) => rule.selectorText ?? '').filter((text) => /[+~] \\*|:is\\(\\[class/.test(text))"""
    )
    assert costly == []
