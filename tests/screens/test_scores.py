"""The page of a score set: what it says, that downloads equal it, that numbers open, that nobody sees too much."""

import csv
import io
import re

import pytest
from openpyxl import load_workbook
from places import ALIKE, OWN, PARENT, PLACES, SEES, SIBLING

from toancanh.access.roles import Role
from toancanh.warehouse import reading

PERIOD = "period=2026-03"


@pytest.fixture
def shown(visit):
    def _shown(query=PERIOD, role=Role.ADMIN, place=PARENT):
        return visit(role, place).get(f"/scores/766?{query}").context["shown"]

    return _shown


@pytest.fixture
def text(visit):
    def _text(query=PERIOD, role=Role.ADMIN, place=PARENT):
        page = visit(role, place).get(f"/scores/766?{query}").content.decode()
        return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))

    return _text


def test_the_head_says_the_score_of_how_many_points_and_what_is_missing(text):
    told = text()
    assert "điểm, trên 20 điểm chấm được." in told
    assert "80 trong 100 điểm chưa chấm được, không tính là 0:" in told
    assert "70 điểm: chưa chấm: điểm tối đa chưa kiểm chứng hoặc chưa tìm thấy" in told
    assert "10 điểm: chưa có dữ liệu" in told
    assert "Chưa xếp loại: chỉ xếp loại khi chấm được đủ 100 điểm." in told
    assert "không phải điểm công bố" in told


def test_every_criterion_stands_on_the_page_with_what_it_needs(text, shown):
    told = text()
    for criterion in shown().scores.set.criteria:
        assert f"{criterion.code} {criterion.name.vi}" in told.replace("  ", " ")
        if not (criterion.rate or criterion.reconciled) or "services" in criterion.rate:
            assert criterion.needs.vi in told.replace("&#x27;", "'") or criterion.followed
    assert "766/QĐ-TTg (23/6/2022)" in told
    assert "công thức: chép lại từ nguồn công khai, chưa đối chiếu văn bản gốc" in told


@pytest.fixture
def steward(people, client, db):
    """A steward of the whole installation."""
    user = people[Role.STEWARD, PARENT]
    user.unit = ""
    user.save()
    client.force_login(user)
    return client


FORM = {"points:3.3": "10", "thresholds:3.3": "", "basis": "12/QĐ-UBND", "note": "theo quyết định", "seen": "0"}


def test_points_that_a_steward_sets_are_scored_and_marked_as_the_provinces(steward):
    page = steward.get("/scores/766/points").content.decode()
    assert 'name="points:3.3"' in page
    assert 'name="points:2.1"' not in page  # these are known
    assert steward.post("/scores/766/points", FORM).headers["Location"] == "/scores/766"
    told = re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", steward.get(f"/scores/766?{PERIOD}&unit=gso:66").content.decode())
    )
    assert "điểm, trên 30 điểm chấm được." in told
    assert "Có điểm do tỉnh đặt, chưa kiểm chứng (12/QĐ-UBND)" in told
    assert "theo quyết định" in steward.get("/scores/766/points").content.decode()


@pytest.mark.parametrize(
    ("wrong", "status", "words"),
    [
        ({"points:3.3": "23"}, 422, "nhóm chỉ có"),
        ({"points:3.3": "nhiều"}, 422, "province.points.3.3"),
        ({"points:2.1": "5"}, 422, "đã rõ trong văn bản"),
        ({"note": " "}, 422, "Chưa ghi lý do"),
        ({"seen": "4"}, 409, "đã ban hành điểm khác"),
    ],
)
def test_points_that_cannot_hold_are_refused_and_what_was_typed_is_kept(steward, wrong, status, words):
    response = steward.post("/scores/766/points", FORM | wrong)
    assert response.status_code == status
    assert words in response.content.decode()
    assert f'value="{wrong.get("points:3.3", "10.0")}' in response.content.decode()


def test_points_are_set_for_the_whole_province_only(visit):
    assert visit(Role.STEWARD, OWN).post("/scores/766/points", FORM).status_code == 403
    assert visit(Role.LEADER, PARENT).get("/scores/766/points").status_code == 403
    assert "/scores/766/points" not in visit(Role.STEWARD, OWN).get("/scores/766").content.decode()


@pytest.mark.parametrize("query", [PERIOD, "period=2026-Q1", "period=2026", "period=2026-03&rule=reporting"])
def test_every_rate_of_the_page_has_an_address_that_answers_the_same(visit, shown, query):
    page, client, asked = shown(query), visit(), 0
    for row in page.units.rows:
        for column in page.units.columns:
            if column.figure and row[column.key] is not None:
                answer = client.get(f"/api/v1/figures/{row[column.figure]}")
                assert (answer.status_code, answer.json()["value"]) == (200, row[column.key]), row[column.figure]
                asked += 1
    assert asked >= 4


def test_a_unit_of_the_table_leads_to_its_sheet(visit, shown):
    row = next(row for row in shown().units.rows if row["code"] == SIBLING.code)
    page = visit().get(f"/scores/766{row['href']}").context["shown"]
    assert (page.scores.unit, page.scores.sheet.points) == (SIBLING.code, row["points"])
    assert page.units is None


def rows_of(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def number(cell):
    try:
        return float(cell)
    except (TypeError, ValueError):
        return cell or None


def test_downloads_equal_the_page(visit, shown):
    page = shown()
    lines = rows_of(visit().get(f"/scores/766/export.csv?{PERIOD}"))
    book = load_workbook(io.BytesIO(visit().get(f"/scores/766/export.xlsx?{PERIOD}").content))
    place = 0
    for table, sheet in zip(page.tables, book, strict=True):
        told = [[number(row.get(column.key)) for column in table.columns] for row in table.rows]
        place = next(n for n, line in enumerate(lines) if n >= place and line == [table.title]) + 1
        assert lines[place] == table.heads
        assert [[number(c) for c in line] for line in lines[place + 1 : place + 1 + len(told)]] == told
        heads, *rest = sheet.values
        assert list(heads) == table.heads
        assert [[number(c) for c in line] for line in rest[: len(told)]] == told
    assert "không phải điểm công bố" in lines[-1][0]


def test_the_sheet_of_the_page_and_of_the_download_have_the_same_criteria(shown):
    page = shown()
    codes = [row["code"] for row in page.sheet.rows if row.get("code")]
    assert codes == [mark.criterion.code for mark in page.scores.sheet.marks]


@pytest.mark.parametrize("place", PLACES, ids=["own", "alike", "sibling", "parent"])
def test_an_officer_sees_the_scores_of_his_scope_only(shown, place):
    page = shown(role=Role.OFFICER, place=place)
    seen = {sheet.unit for sheet in page.scores.below} | {page.scores.unit}
    assert seen == {each.code for each in SEES[place]}
    online = next(mark for mark in page.scores.sheet.marks if mark.criterion.code == "3.3")
    assert online.whole == sum(each.dossiers for each in SEES[place])


def test_of_another_unit_there_is_no_score(visit):
    client = visit(Role.OFFICER, OWN)
    for address in ("/scores/766", "/scores/766/live", "/scores/766/export.csv", "/api/v1/scores/766"):
        assert client.get(f"{address}?unit={ALIKE.code}").status_code == 404
        assert client.get(f"{address}?unit={PARENT.code}").status_code == 404


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/scores/999", 404),
        ("/scores/766?period=2022-07", 422),
        ("/scores/766?period=2026-03-02", 422),
        ("/scores/766?period=ba", 422),
        ("/scores/766?rule=moon", 422),
    ],
)
def test_what_cannot_be_scored_is_refused_in_words(visit, address, status):
    response = visit().get(address)
    assert response.status_code == status
    told = response.content.decode().casefold()
    assert "bộ chỉ số" in told or "kỳ" in told


def test_the_period_of_the_page_may_be_chosen_by_calendar_or_reporting_rule(text):
    assert "01/03/2026 – 31/03/2026" in text()
    assert "15/02/2026 – 14/03/2026" in text("period=2026-03&rule=reporting")
    assert "01/01/2026 – 31/03/2026" in text("period=2026-Q1")


def test_a_board_leads_to_the_scores_of_its_domain(visit):
    assert f'href="/scores/766?unit={PARENT.code}"' in visit().get("/boards/dossiers").content.decode()
    assert "/scores/" not in visit().get("/boards/digital").content.decode()


def test_the_page_keeps_to_itself_while_nothing_changes(visit):
    client = visit()
    known = ",".join(f"{p.name}:{p.digest}" for p in client.get(f"/scores/766?{PERIOD}").context["parts"])
    assert client.get(f"/scores/766/live?{PERIOD}&known={known}").status_code == 204
    changed = client.get(f"/scores/766/live?{PERIOD}&known={known.replace(':', ':x')}")
    assert changed.content.decode().count("<hx-partial") == 4


def test_a_page_asks_each_rollup_once(visit, monkeypatch):
    client = visit()
    client.get("/scores/766?period=2026-02")
    asked, fetch = [], reading.fetch
    monkeypatch.setattr(reading, "fetch", lambda sql, *more: asked.append(sql) or fetch(sql, *more))
    client.get(f"/scores/766?{PERIOD}&unit={SIBLING.code}")
    assert len(asked) <= 2 * len(
        {"dossiers_unit_day", "dossiers_procedure_day"}
    )  # of each what whole months come to, and what lies beside them


def test_the_api_tells_what_the_page_shows(visit, shown):
    page = shown()
    told = visit().get(f"/api/v1/scores/766?{PERIOD}").json()
    assert told["score"]["points"] == page.scores.sheet.points
    assert [(item["unit"], item["points"]) for item in told["items"]] == [(s.unit, s.points) for s in page.scores.below]
    assert told["total"] == len(page.scores.below)
    first = told["score"]["groups"][1]["criteria"][0]
    assert (first["code"], first["certainty"], first["points_certainty"], first["why"]) == (
        "2.1",
        "copied",
        "excerpt",
        "scored",
    )
    assert visit().get(f"/api/v1/figures/{first['figures'][0]}").json()["value"] == first["rate"]
    assert len(visit().get(f"/api/v1/scores/766?{PERIOD}&limit=1").json()["items"]) == 1


def test_what_was_reconciled_opens_to_the_reconciliation_of_the_same_days(visit, shown):
    page = visit().get(f"/scores/766?{PERIOD}").content.decode()
    (link,) = set(re.findall(r'href="(/reconciliations/[^"]+)"', page))
    answer = visit().get(link.replace("&amp;", "&"))
    assert answer.status_code == 200
    (mark,) = (mark for mark in shown().scores.sheet.marks if mark.criterion.reconciled)
    api = visit().get("/api/v1/reconciliations/dossiers?from=2026-03-01&to=2026-03-31").json()["total"]
    assert (mark.part, mark.whole) == (api["both"], max(api["left"], api["right"]))


def test_a_rate_that_was_multiplied_says_by_what(text, shown):
    (mark,) = (mark for mark in shown().scores.sheet.marks if mark.criterion.times)
    assert mark.factor.criterion.code == "1.4"
    assert "của tiêu chí 1.4." in text()
    (row,) = (row for row in shown().sheet.rows if row.get("code") == "3.3")
    assert "Đã nhân với tỷ lệ" in row["remark"]
