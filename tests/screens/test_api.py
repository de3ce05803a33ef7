"""The HTTP API: problems in the caller's language, pages that add up, figures with their passports."""

import base64
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from places import FILE, MAILS, OWN, PARENT, SIBLING

from toancanh.access import login
from toancanh.access.models import User
from toancanh.access.roles import Role

API = "/api/v1"
BAD = [
    ("/figures/nothing", 404),
    (f"/figures/{MAILS}~gso:66~2000-01-01~2000-12-31", 404),
    ("/figures?indicator=no.such", 404),
    ("/figures?from=hom-qua", 422),
    ("/figures?as_of=hom-qua", 422),
    ("/figures?grain=week", 422),
    ("/figures?unit=gso:99999", 422),
    ("/figures?unit=khong-co", 422),
    ("/loads?source=no.such", 404),
    ("/loads?state=lost", 422),
    ("/loads?limit=0", 422),
    ("/loads/0", 404),
    ("/loads/x", 422),
    ("/units?within=gso:00", 404),
    ("/units?limit=0", 422),
    ("/units?limit=1001", 422),
    ("/units?offset=-1", 422),
    ("/units?limit=x", 422),
    ("/nothing-here", 404),
    ("/", 404),
    ("/loads/1/nothing", 404),
]


@pytest.mark.parametrize(("address", "status"), BAD)
def test_a_refusal_is_a_problem_document(visit, address, status):
    response = visit().get(API + address)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    body = response.json()
    assert {"type", "title", "status", "detail", "instance"} <= body.keys()
    assert (body["status"], body["instance"]) == (status, API + address.split("?")[0])
    assert body["title"]
    assert body["detail"]


@pytest.mark.parametrize(("address", "status"), [*BAD, ("/figures", 401)])
def test_a_refusal_speaks_the_callers_language(visit, client, address, status):
    if status != 401:
        visit()
    texts = [client.get(API + address, headers={"Accept-Language": language}).json() for language in ("vi", "en", "fr")]
    vietnamese, english, neither = ((text["title"], text["detail"]) for text in texts)
    assert vietnamese == neither
    assert vietnamese[1] != english[1]
    assert english[0] != vietnamese[0] or not english[0].isascii()


@pytest.mark.parametrize(
    ("method", "address", "allowed"),
    [
        ("post", "/figures", "GET"),
        ("delete", "/loads/1", "GET"),
        ("get", "/sources/dossiers/loads", "POST"),
        ("put", "/loads/1/withdraw", "POST"),
    ],
)
def test_a_method_that_an_address_does_not_take_is_a_problem_document(visit, method, address, allowed):
    response = getattr(visit(), method)(API + address)
    assert (response.status_code, response["Content-Type"]) == (405, "application/problem+json")
    assert (response["Allow"], response.json()["status"]) == (allowed, 405)
    assert method.upper() in response.json()["title"]
    assert allowed in response.json()["detail"]


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_nothing_is_no_more_for_another_method(visit, method):
    response = getattr(visit(), method)(f"{API}/nothing-here")
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("address", "vi", "en"),
    [
        ("/figures?from=hom-qua", "`from`: không phải là một ngày", "not a day"),
        ("/units?at=31/02/2026", "`at`: không phải là một ngày", "not a day"),
        ("/units?limit=x", "`limit`: không phải là số nguyên", "not a whole number"),
        ("/units?limit=1001", "`limit`: phải từ 1 đến 1000", "1 to 1000"),
        ("/units?offset=-1", "`offset`: không được âm", "negative"),
        ("/figures?grain=week", "`grain`: phải là một trong: day, month", "one of: day, month"),
        ("/figures?unit=gso:99999", "`unit`: chưa từng có đơn vị", "no unit"),
        ("/figures?as_of=hom-qua", "`as_of`: “hom-qua” không phải", "“hom-qua” is not"),
        ("/loads?state=lost", "`state`: phải là một trong: open, waiting", "one of: open, waiting"),
    ],
)
def test_what_is_wrong_with_a_parameter_is_said_in_the_callers_language(visit, address, vi, en):
    client = visit()
    for language, words in (("vi", vi), ("en", en)):
        title = client.get(API + address, headers={"Accept-Language": language}).json()["title"]
        assert words in title.replace("` không hợp lệ", "`")


def test_what_is_missing_is_called_missing(people, client, db):
    user = User.objects.get(pk=people[Role.ADMIN, PARENT].pk)
    user.set_password("mot-cau-dai-kho-doan")
    user.save()
    word = base64.b64encode(f"{user.username}:mot-cau-dai-kho-doan".encode()).decode()
    response = client.post(f"{API}/loads/1/withdraw", headers={"Authorization": f"Basic {word}"})
    assert response.status_code == 422
    assert "`reason` không hợp lệ: còn thiếu" in response.json()["title"]


@pytest.mark.parametrize("address", ["/units?q=buon+ma+thuot", "/openapi.json", "/nothing-here"])
def test_vietnamese_is_readable_as_it_is(visit, address):
    text = visit().get(API + address).content.decode()
    assert "\\u" not in text
    assert not text.isascii()


@pytest.mark.parametrize("day", ["02/03/2026", "2/3/2026", "2026-03-02"])
def test_days_may_be_written_as_people_write_them(visit, day):
    found = visit().get(f"{API}/figures?indicator=dossiers.received&grain=day&from={day}&to={day}").json()
    assert {item["period"]["start"] for item in found["items"]} == {"2026-03-02"}
    assert visit().get(f"{API}/units?at={day}&limit=1").status_code == 200
    assert visit().get(f"{API}/figures?as_of={day}&limit=1").json()["total"] == 0


def test_a_unit_may_be_named_without_its_scheme(visit):
    whole, short = (visit().get(f"{API}/figures?unit={code}").json() for code in ("gso:24121", "24121"))
    assert whole["total"] > 0
    assert short == whole


def test_somebody_without_the_right_is_told_so(visit):
    response = visit(Role.OFFICER).get(f"{API}/sources")
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")


def test_a_password_in_the_request_is_enough(people, client, db):
    user = people[Role.LEADER, PARENT]
    user.set_password("mot-cau-dai-kho-doan")
    user.save()
    secret = base64.b64encode(f"{user.username}:mot-cau-dai-kho-doan".encode()).decode()
    assert client.get(f"{API}/indicators", headers={"Authorization": f"Basic {secret}"}).status_code == 200


def test_a_wrong_password_in_the_request_is_called_wrong(people, client, db):
    login._REMEMBERED.clear()
    secret = base64.b64encode(b"leader0:khong-phai").decode()
    response = client.get(f"{API}/indicators", headers={"Authorization": f"Basic {secret}"})
    assert (response.status_code, response.json()["type"]) == (401, "urn:toancanh:problem:access.wrong")
    assert "Basic" in response["WWW-Authenticate"]


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic /w==", "Bearer x", "Basic bGFu"])
def test_a_header_that_says_nothing_opens_nothing(people, client, db, header):
    assert client.get(f"{API}/indicators", headers={"Authorization": header}).status_code == 401


def test_a_password_in_the_request_opens_no_page(people, client, db):
    user = people[Role.LEADER, PARENT]
    user.set_password("mot-cau-dai-kho-doan")
    user.save()
    secret = base64.b64encode(f"{user.username}:mot-cau-dai-kho-doan".encode()).decode()
    assert client.get("/", headers={"Authorization": f"Basic {secret}"}).status_code == 302


@pytest.mark.parametrize("address", ["/units?within=gso:66", "/indicators?domain=digital", "/figures?grain=day"])
def test_pages_make_up_the_whole_list(visit, address):
    client, size = visit(), 37
    whole = client.get(f"{API}{address}&limit=1000").json()
    pages = [client.get(f"{API}{address}&limit={size}&offset={at}").json() for at in range(0, whole["total"], size)]
    assert {page["total"] for page in pages} == {whole["total"]} == {len(whole["items"])}
    assert [item for page in pages for item in page["items"]] == whole["items"]


def test_past_the_end_is_empty_and_the_total_stays(visit):
    page = visit().get(f"{API}/indicators?offset=900").json()
    assert page["items"] == []
    assert page["total"] > 100


def test_a_figure_leads_to_its_passport(visit):
    client = visit()
    items = client.get(f"{API}/figures?unit={OWN.code}&grain=day").json()["items"]
    assert items
    for item in items[:10]:
        passport = client.get(item["provenance"]).json()
        assert passport["figure"] == item
        assert client.get(f"{API}/figures/{item['id']}").json() == item


def test_a_claims_passport_names_file_and_row(visit):
    (item,) = visit().get(f"{API}/figures?indicator={MAILS}&unit={SIBLING.code}").json()["items"]
    load = visit().get(item["provenance"]).json()["load"]
    assert (load["file"], load["row"]) == ("so-lieu-toan-tinh.csv", 4)


def test_the_passport_of_a_computed_figure_lists_its_records(visit):
    (item,) = visit().get(f"{API}/figures?indicator=dossiers.received&unit={OWN.code}&grain=month").json()["items"]
    records = visit().get(item["provenance"]).json()["records"]
    assert records["part"] == item["value"] == OWN.dossiers
    assert {row["unit"] for row in records["first"]} == {OWN.code}
    assert visit().get(records["download"]).status_code == 200


def test_loads_come_newest_first_with_what_became_of_them(visit):
    found = visit().get(f"{API}/loads").json()
    assert [item["source"] for item in found["items"]] == ["figures", "dossiers", "portal-dossiers"]
    assert found["total"] == 3
    item = found["items"][1]
    assert (item["file"], item["state"], item["by"], item["rejected"]) == (FILE, "done", "user:lan", 1)
    assert item["read"] == item["accepted"] + item["rejected"] + item["duplicates"]
    for moment in (item["created_at"], item["finished_at"]):
        assert datetime.fromisoformat(moment).utcoffset() == timedelta(0)
    assert item.items() <= visit().get(f"{API}/loads/{item['load']}").json().items()


@pytest.mark.parametrize(
    ("query", "sources"),
    [
        ("source=dossiers", ["dossiers"]),
        ("state=done", ["figures", "dossiers", "portal-dossiers"]),
        ("state=failed", []),
        ("source=figures&state=done", ["figures"]),
        ("limit=1", ["figures"]),
        ("limit=1&offset=1", ["dossiers"]),
        ("offset=99999999999999999999", []),
    ],
)
def test_loads_are_narrowed_and_paged(visit, query, sources):
    assert [item["source"] for item in visit().get(f"{API}/loads?{query}").json()["items"]] == sources


@pytest.mark.parametrize("mapping", ["{path}", "../{path}", "no-such"])
def test_a_mapping_is_named_over_http_and_no_file_of_the_server_is_read(visit, people, tmp_path, mapping):
    secret = tmp_path / "secret.toml"
    secret.write_text('password = "x"\nrecord_type = "dossier"\n')
    file = SimpleUploadedFile("tep.csv", b"a,b\n1,2\n")
    client, form = visit(), {"file": file, "mapping": mapping.format(path=secret)}
    answers = []
    for more in ({"try": "1"}, {}):
        answers.append(client.post("/sources/dossiers/upload", form | more))
        file.seek(0)
    user = User.objects.get(pk=people[Role.ADMIN, PARENT].pk)
    user.set_password("mot-cau-dai-kho-doan")
    user.save()
    word = base64.b64encode(f"{user.username}:mot-cau-dai-kho-doan".encode()).decode()
    answers.append(Client().post(f"{API}/sources/dossiers/loads", form, headers={"Authorization": f"Basic {word}"}))
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert not any("password" in answer.content.decode() for answer in answers)


def test_loads_of_others_sources_are_neither_listed_nor_counted(visit):
    client = visit(Role.STEWARD, OWN)
    assert client.get(f"{API}/loads").json() == {"items": [], "total": 0}
    assert client.get(f"{API}/loads?source=dossiers").status_code == 404


def test_the_description_names_every_list(client, db):
    paths = client.get(f"{API}/openapi.json").json()["paths"]
    assert {f"{API}/{name}" for name in ("units", "indicators", "figures", "sources", "loads")} <= paths.keys()
