"""The board of digital transformation: real figures by pillar, contradictions side by side."""

from pages import csv_rows, download

PILLARS = [
    "Nhận thức số",
    "Thể chế số",
    "Hạ tầng số",
    "Nền tảng số",
    "Nhân lực số",
    "An toàn thông tin mạng",
    "Chính quyền số",
    "Kinh tế số",
    "Xã hội số",
]


def test_it_shows_at_least_250_figures_in_nine_pillars(admin):
    admin.goto("/boards/digital")
    sections = admin.locator(".grid > section.card")
    assert sections.locator("h2").all_inner_texts() == PILLARS
    assert admin.locator("nav.chips a").count() == 9
    assert sections.locator("tbody a.figure-link").count() >= 250


def test_the_leader_of_the_sample_province_sees_at_least_250_figures_too(leader):
    leader.goto("/boards/digital")
    assert leader.locator(".grid > section.card tbody a.figure-link").count() >= 250


def test_each_figure_has_unit_period_value_and_document_place(admin):
    admin.goto("/boards/digital")
    rows = admin.locator(".grid > section.card tbody").evaluate_all(
        "bodies => bodies.flatMap(b => [...b.rows]).map(r => [...r.cells].map(c => c.innerText.trim()))"
    )
    assert len(rows) >= 250
    for name, unit, period, value, _share, document in rows:
        assert "" not in (name, unit, period, value), (name, unit, period, value)
        assert document.split()[0] in ("S0", "S1", "S3"), (name, document)
        assert len(document.split()) > 1, f"{name}: a document without a place in it"


def test_both_sides_of_each_contradiction_are_shown_and_marked(leader):
    leader.goto("/boards/digital")
    for one, other in (("46.210", "34.560"), ("2.696", "2.684")):
        claims = leader.locator("#conflicts li", has_text=other)
        assert claims.count() == 1
        values = claims.locator(".figure-number").all_inner_texts()
        assert {one, other} <= set(values)
        for figure in claims.locator(".rivals > span").all():
            assert figure.locator("[title='Các nguồn nói khác nhau']").count() == 1
            assert "S3" in figure.inner_text()
        line = leader.locator(".grid tbody tr", has_text=one)
        assert line.first.locator("[title='Các nguồn nói khác nhau']").count() == 1


def test_the_download_has_every_figure_of_the_screen(admin):
    admin.goto("/boards/digital")
    shown = admin.locator(".grid > section.card tbody a.figure-link").count()
    rows = csv_rows(download(admin, admin.locator("header.page-header").get_by_role("link", name="CSV")))
    assert len([row for row in rows if len(row) == 10 and row[0] != "Chỉ tiêu"]) == shown
