"""One indicator: its definition in words and in code, series, ranking, table, and the break of 1/7/2025."""

import pytest
from pages import facts

COLUMNS = "indicator,unit,period_start,period_end,grain,value,part,whole,status,owner,document,section,note"
ACROSS = "digital.society.payment_accounts"


def test_a_computed_indicator_is_defined_in_words_and_in_code(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/indicators/dossiers.on_time_rate")
    assert page.locator("h1").inner_text() == "Tỷ lệ giải quyết đúng hạn"
    assert len(page.locator("header.page-header p").inner_text()) > 30
    told = facts(page.locator("section.card", has=page.get_by_role("heading", name="Định nghĩa", exact=True)))
    for name in ("Mã", "Loại", "Đơn vị tính", "Hướng", "Kỳ", "Đơn vị chịu trách nhiệm", "Căn cứ"):
        assert told[name] not in ("", "–"), name
    assert "dossiers.on_time_rate" in told["Mã"]
    assert told["Đơn vị tính"] == "%"
    page.get_by_text("Định nghĩa bằng mã").click()
    code = page.locator("pre.code")
    assert code.is_visible()
    assert len(code.inner_text()) > 40


def test_it_has_a_series_a_ranking_and_a_table(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/indicators/dossiers.received")
    page.locator(".chart-canvas svg").wait_for()
    ranked = page.locator("ol.rank > li")
    assert ranked.count() > 50
    assert ranked.locator("a.figure-link").count() > 50
    assert (
        page.locator("section", has=page.get_by_role("heading", name="Bảng số liệu")).locator("tbody tr").count() > 50
    )


@pytest.mark.slow
def test_the_grain_of_the_series_can_be_chosen(browse, history):
    page = browse(history, "lanhdao")
    page.goto("/indicators/dossiers.received")
    with page.expect_navigation():
        page.locator("select[name=grain]").select_option("day")
    assert "grain=day" in page.url
    assert page.locator("select[name=grain]").input_value() == "day"
    assert page.locator("figure.chart tbody tr").count() > 5


@pytest.mark.parametrize("query", ["giai quyet dung han", "on_time"])
def test_an_indicator_is_found_without_accents_by_name_or_code(leader, query):
    leader.goto("/indicators")
    leader.locator("main input[type=search]").fill(query)
    leader.locator("main").get_by_role("button", name="Tìm").click()
    leader.get_by_role("link", name="Tỷ lệ giải quyết đúng hạn").click()
    assert leader.url.endswith("/indicators/dossiers.on_time_rate")


@pytest.fixture(scope="module")
def across(workshop, tmp_path_factory):
    """The real figures of old Đắk Lắk and old Đắk Nông, and one of the new province, loaded while the server runs."""
    from pathlib import Path

    sample = Path(__file__).parents[2] / "src/toancanh/domains/digital/sample/figures.csv"
    workshop.command("load", "figures", str(sample))
    file = tmp_path_factory.mktemp("across") / "moi.csv"
    claims = [
        f"{ACROSS},gso:66,2026-01-01,2026-12-31,year,2500000,,,reported,,thu,1,thử",
        f"{ACROSS},gso:68,2026-01-01,2026-12-31,year,3100000,,,reported,,thu,1,thử",
    ]
    file.write_text("\n".join([COLUMNS, *claims]) + "\n", encoding="utf-8")
    workshop.command("load", "figures", str(file))
    return workshop


@pytest.mark.parametrize(
    ("unit", "old", "new"),
    [("gso:66", "Tỉnh Đắk Lắk (trước sáp nhập)", "Tỉnh Đắk Lắk (mới)"), ("gso:68", "Tỉnh Đắk Nông", "Tỉnh Lâm Đồng")],
)
def test_the_series_across_the_merger_bears_a_mark_at_the_break(browse, across, unit, old, new):
    page = browse(across, "kho")
    page.goto(f"/indicators/{ACROSS}?unit={unit}")
    drawn = page.locator("figure.chart .chart-canvas")
    drawn.locator("svg").wait_for()
    words = " ".join(drawn.locator("svg text").all_text_contents())
    assert "Sáp nhập 1/7/2025" in words
    heads = " ".join(page.locator("figure.chart thead th").all_text_contents())
    assert old in heads
    assert new in heads
    assert "Vạch đứng đánh dấu ngày 1/7/2025" in page.locator("main").inner_text()
    rows = page.locator("figure.chart tbody tr")
    for row in rows.all():
        values = [text for text in row.locator("td").all_text_contents() if text != "–"]
        assert len(values) >= 1
    assert rows.count() >= 2


def test_old_dak_lak_and_old_dak_nong_stand_in_one_series_with_the_break(browse, across):
    page = browse(across, "kho")
    page.goto(f"/indicators/{ACROSS}")
    page.locator(".chart-canvas svg").wait_for()
    heads = " ".join(page.locator("figure.chart thead th").all_text_contents())
    assert "Tỉnh Đắk Nông" in heads
    assert "Tỉnh Đắk Lắk" in heads
    assert "Sáp nhập 1/7/2025" in " ".join(page.locator(".chart-canvas svg text").all_text_contents())
