"""The HTTP API: problems in the caller's language, pages that add up, figures with their passports."""

import base64

import pytest
from places import MAILS, OWN, PARENT, SIBLING

from toancanh.access.roles import Role

API = "/api/v1"
BAD = [
    ("/figures/nothing", 404),
    (f"/figures/{MAILS}~gso:66~2000-01-01~2000-12-31", 404),
    ("/figures?indicator=no.such", 404),
    ("/figures?from=hom-qua", 422),
    ("/figures?as_of=hom-qua", 422),
    ("/units?within=gso:00", 404),
    ("/units?limit=0", 422),
    ("/units?limit=1001", 422),
    ("/units?offset=-1", 422),
    ("/units?limit=x", 422),
    ("/nothing-here", 404),
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


def test_somebody_without_the_right_is_told_so(visit):
    response = visit(Role.OFFICER).get(f"{API}/sources")
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")


def test_a_password_in_the_request_is_enough(people, client, db):
    user = people[Role.LEADER, PARENT]
    user.set_password("mot-cau-dai-kho-doan")
    user.save()
    secret = base64.b64encode(f"{user.username}:mot-cau-dai-kho-doan".encode()).decode()
    assert client.get(f"{API}/indicators", headers={"Authorization": f"Basic {secret}"}).status_code == 200


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


def test_the_description_names_every_list(client, db):
    paths = client.get(f"{API}/openapi.json").json()["paths"]
    assert {f"{API}/{name}" for name in ("units", "indicators", "figures", "sources")} <= paths.keys()
