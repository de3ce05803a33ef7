"""The first screen: what is wrong, whose it is, a card for each domain, the units on a map."""

from pages import spoken


def test_it_names_what_is_wrong_now_and_whose_it_is(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/")
    lines = page.locator("ul.problems > li")
    assert lines.count() >= 2
    for line in lines.all():
        assert line.locator(".problem-what").inner_text().strip()
        owner = line.locator(".problem-owner").inner_text().strip()
        assert owner
        assert "Chưa rõ" not in owner
    worst = lines.first
    assert "quá hạn" in worst.inner_text()
    worst.locator("a.problem-what").click()
    assert "/boards/dossiers?unit=" in page.url
    assert page.locator("select[name=unit]").input_value() in page.url


def test_it_names_the_contradictions_and_leads_to_them(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/")
    page.get_by_role("link", name="số liệu mâu thuẫn giữa các nguồn").click()
    page.wait_for_url("**/boards/digital#conflicts")
    assert page.locator("#conflicts li").count() >= 2


def test_each_domain_has_cards_with_value_as_of_and_owner_and_computed_ones_a_trend(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/")
    for code in ("dossiers", "digital", "environment"):
        section = page.locator(f"section[aria-labelledby='d-{code}']")
        assert "số liệu đến" in section.locator("header").first.inner_text()
        cards = section.locator("article.card")
        assert cards.count() >= 2
        for card in cards.all():
            assert spoken(card.locator(".figure-number").inner_text()) >= 0
            assert "Số liệu đến" in card.locator("footer").inner_text()
            assert len(card.locator("footer span").all()) >= 2, "whose figure is it?"
    assert page.locator("section[aria-labelledby='d-dossiers'] svg.spark").count() >= 2
    assert "Số liệu cũ" in page.locator("section[aria-labelledby='d-digital']").inner_text()
    assert page.locator(".source-strip a", has_text="Nguồn dữ liệu").is_visible()


def test_the_units_are_drawn_on_a_map(browse, history):
    page = browse(history, "lanhdao")
    with page.expect_response("**/boundaries.json*") as reply:
        page.goto("/")
    shapes = reply.value.json()
    assert len(shapes["features"]) >= 102
    canvas = page.locator(".map-canvas canvas")
    canvas.wait_for()
    box = canvas.bounding_box()
    assert box is not None
    assert box["width"] > 150
    assert box["height"] > 150
    if shapes["kind"] == "voronoi":
        page.get_by_text("gần đúng").first.wait_for()


def test_where_the_browser_draws_no_map_a_table_of_the_units_stands_in_for_it(browse, history):
    page = browse(history, "lanhdao")
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        " return String(kind).startsWith('webgl') ? null : get.call(this, kind, ...more) }"
    )
    page.goto("/")
    page.get_by_text("Trình duyệt này không vẽ được bản đồ").wait_for()
    table = page.locator("figure.map table")
    table.wait_for(timeout=5000)
    assert table.locator("tbody tr").count() >= 100


def test_an_officer_of_a_commune_sees_his_commune_only(browse, history):
    page = browse(history, "xa")
    page.goto("/")
    whole, own = (
        spoken(opened.locator("section[aria-labelledby='d-dossiers'] .figure-number").first.inner_text())
        for opened in (_overview(browse, history, "lanhdao"), page)
    )
    assert 0 < own < whole / 10
    page.goto("/boards/dossiers")
    assert page.locator("select[name=unit] option").count() == 1


def _overview(browse, centre, user):
    page = browse(centre, user)
    page.goto("/")
    return page
