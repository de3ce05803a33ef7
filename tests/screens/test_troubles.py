"""What the pages say of loads that went wrong: who did what, what is mended, where one came from."""

import re

from asgiref.sync import async_to_sync
from django.db import OperationalError, connection
from django.test import AsyncClient
from places import EVENTS, FILE, LAN, OWN, PARENT, write

from toancanh.access.roles import Role
from toancanh.alerts import listing as alert_listing
from toancanh.alerts.models import Alert
from toancanh.base.problems import Problem
from toancanh.cases.models import Case
from toancanh.screens.views import units
from toancanh.sources import actions, loading
from toancanh.sources.models import Load


def text(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def fail(folder, name):
    """A load that is refused as a whole."""
    try:
        loading.run(actions.deliver("dossiers", write(folder / name, "a,b", [["1", "2"]]), actor=LAN))
    except Problem as problem:
        return problem
    raise AssertionError("the file went in")


def test_a_load_that_failed_is_on_the_overview_until_the_file_of_that_name_went_in(visit, tmp_path):
    client = visit()
    fail(tmp_path, "hong.csv")
    assert "hong.csv" in text(client.get("/"))
    last = Load.objects.filter(filename="hong.csv").get()
    Load.objects.create(source=last.source, filename="hong.csv", sha256="0", size=1, state="done", by="user:lan")
    assert "hong.csv" not in text(client.get("/"))


def test_the_page_of_a_load_tells_who_took_it_back_and_why(visit):
    load = Load.objects.get(filename=FILE)
    actions.withdraw(load, "nhầm tệp", LAN)
    page = text(visit().get(f"/loads/{load.pk}"))
    assert "lan rút lần nạp" in page
    assert "nhầm tệp" in page
    assert "đã gửi lại" not in page


def test_rows_of_units_outside_are_neither_shown_nor_taken_back(visit, tmp_path):
    row = "{},1,tc.mau.001,{},1,2,{},2026-03-02T09:00:00+07:00,,,,,"
    good, bad = (row.format(f"LD-{name}", "gso:24733", at) for name, at in (("GOOD", "2026-03-02"), ("SECRET", "x")))
    file = tmp_path / "hai-tinh.csv"
    file.write_text(f"{EVENTS}\n{row.format('DL', PARENT.code, '2026-03-02')}\n{good}\n{bad}\n")
    load = loading.run(actions.deliver("dossiers", file, actor=("os", "root")))
    assert (load.accepted, load.rejected) == (2, 1)
    client = visit(Role.STEWARD)
    page = client.get(f"/loads/{load.pk}").content.decode()
    assert "SECRET" not in page
    assert "ngoài phạm vi của bạn" in page
    assert "Rút lần nạp này" not in page
    assert client.get(f"/loads/{load.pk}/rejects.csv").status_code == 403
    assert "rejects" not in client.get(f"/api/v1/loads/{load.pk}").json()
    assert client.post(f"/loads/{load.pk}/withdraw", {"reason": "x"}).status_code == 403
    load.refresh_from_db()
    assert load.state == Load.State.DONE
    file.write_text(
        f"{EVENTS}\n{row.format('DL-2', PARENT.code, '2026-03-02')}\n{row.format('DL-3', 'gso:00000', 'x')}\n"
    )
    mine = loading.run(actions.deliver("dossiers", file, actor=("os", "root")))
    page = client.get(f"/loads/{mine.pk}").content.decode()
    assert "Rút lần nạp này" in page
    assert "DL-3" in client.get(f"/loads/{mine.pk}/rejects.csv").content.decode()


def test_a_refusal_leads_back_to_the_page_one_came_from(visit):
    client = visit()
    back = "http://testserver/sources/dossiers"
    assert f'href="{back}"' in client.get("/units?at=x", headers={"Referer": back}).content.decode()
    strange = client.get("/units?at=x", headers={"Referer": "https://elsewhere.example/"}).content.decode()
    assert "elsewhere" not in strange


def test_an_error_of_ours_is_told_without_asking_the_database(visit, monkeypatch):
    def broken(*_args):
        raise OperationalError("gone")

    client = visit()
    monkeypatch.setattr(units, "search", broken)
    client.raise_request_exception = False
    response = client.get("/units?q=x")
    assert response.status_code == 500
    assert "Hệ thống gặp lỗi" in text(response)


def test_who_asks_whether_all_is_well_is_not_told_the_insides_of_the_database(client, db):
    def gone(*_args):
        raise OperationalError("connection to server at 10.0.0.7, user toancanh failed")

    assert client.get("/healthz").json() == {"status": "ok"}
    with connection.execute_wrapper(gone):
        response = client.get("/healthz")
    assert (response.status_code, response.json()["status"]) == (503, "error")
    assert "toancanh doctor" in response.json()["reason"]
    assert "10.0.0.7" not in response.content.decode()


def test_a_refusal_is_told_in_words_over_asgi_too(people, db):
    """An ASGI request keeps a scope of its own, by which it knows whether it came by HTTPS."""
    browser = AsyncClient()
    async_to_sync(browser.aforce_login)(people[Role.ADMIN, PARENT])
    response = async_to_sync(browser.get)("/units?at=x", headers={"Referer": "http://testserver/sources"})
    assert response.status_code == 422
    assert "không hợp lệ" in text(response)


def test_what_a_unit_was_sent_a_slip_of_is_told_to_it_once(visit):
    alert = Alert.objects.filter(owner=OWN.code, state="firing", silence=None).first()
    known = text(visit(Role.OFFICER, OWN).get("/"))
    heading = alert_listing.told(alert).what
    assert known.count(heading) == 1
    Case.objects.filter(unit=OWN.code).update(reason=alert.rule)
    assert heading not in text(visit(Role.OFFICER, OWN).get("/"))
    assert heading in text(visit(Role.OPERATOR, PARENT).get("/"))
