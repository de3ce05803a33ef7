"""Connecting sources on screen: add, change, try, pause, read again; a secret is shown once, and never by a form."""

import base64
import re
from datetime import timedelta

import pytest
from places import OWN, PARENT

from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.base import clock
from toancanh.base.models import AuditEntry, OutboxEntry
from toancanh.base.problems import Problem
from toancanh.sources import flow, intake, pushing, trial, vault
from toancanh.sources.connectors import connector
from toancanh.sources.connectors.connector import Page
from toancanh.sources.models import Beat, Flow, Load, Source

FORM = {
    "name": "mot-cua",
    "title": "Hệ thống một cửa",
    "record_type": "dossier",
    "mapping": "",
    "owner": "",
    "connector.url": "http://127.0.0.1:9/api",
    "connector.auth": "bearer",
    "connector.limit": "500",
    "connector.every": "5",
    "secrets.token": "mat-ma-rat-kin",
    "promise.every": "30",
    "promise.fresh": "",
    "promise.hours": "working",
    "contract": "reject_row",
}
ROWS = [
    {"dossier_id": "THU.1", "seq": 1, "procedure": "tc.x", "unit": OWN.code, "channel": 2, "state": 2}
    | dict.fromkeys(("at", "received_at"), "2026-03-02T09:00:00+07:00"),
    {"dossier_id": "THU.2", "seq": 1, "procedure": "tc.x", "unit": OWN.code, "channel": 2, "state": 2}
    | {"at": "15/21/2022", "received_at": "2026-03-02T09:00:00+07:00"},
]


@pytest.fixture
def whole(people, client, db):
    """A browser of the administrator who belongs to no unit."""
    user, _made = User.objects.get_or_create(username="toan-trung-tam", defaults={"name": "A", "role": Role.ADMIN})
    client.force_login(user)
    return client


@pytest.fixture
def source(people, db):
    """A source that is connected and runs."""
    return Source.objects.create(
        name="mot-cua",
        title="Hệ thống một cửa",
        record_type="dossier",
        connector="rest",
        running=True,
        options={"url": "http://127.0.0.1:9/api", "auth": "bearer"},
        secrets=vault.locked({"token": "mat-ma-rat-kin"}),
        expected_every=30,
    )


@pytest.fixture
def tells(monkeypatch):
    """What the source tells when it is asked, or the problem that it has."""

    def _tells(answer):
        class Told(connector.of_kind("rest")):
            def fetch(self, cursor):
                if isinstance(answer, Problem):
                    raise answer
                yield Page(answer, {"at": "x"})

        monkeypatch.setattr(trial.connector, "made", lambda kind, options, secrets: Told({**_defaults(), **options}))

    return _tells


def _defaults():
    return {option.name: option.default for option in connector.of_kind("rest").options}


def text(response):
    return response.content.decode()


def test_first_it_is_chosen_how_the_data_comes_then_its_options_are_asked_for(whole):
    page = text(whole.get("/sources/new"))
    assert 'href="?connector=rest"' in page
    assert 'href="?connector=push"' in page
    form = text(whole.get("/sources/new?connector=rest"))
    for option in connector.of_kind("rest").options:
        kind = "secrets" if option.shape == "secret" else "connector"
        assert f'name="{kind}.{option.name}"' in form
    assert 'type="password"' in form


def test_a_source_is_made_as_it_was_typed_and_started(whole):
    response = whole.post("/sources/new?connector=rest", FORM | {"then": "start"})
    assert response["Location"] == "/sources/mot-cua"
    found = Source.objects.get(name="mot-cua")
    assert (found.title, found.record_type, found.connector, found.running) == (
        "Hệ thống một cửa",
        "dossier",
        "rest",
        True,
    )
    assert (found.every, found.expected_every, found.fresh_within, found.hours) == (5.0, 30, None, "working")
    assert (found.contract, found.options["url"]) == ("reject_row", "http://127.0.0.1:9/api")
    assert vault.opened(found.secrets) == {"token": "mat-ma-rat-kin"}
    assert AuditEntry.objects.filter(act="source.added", actor_id="toan-trung-tam").count() == 1


def test_a_source_can_be_saved_without_being_started(whole):
    whole.post("/sources/new?connector=rest", FORM | {"then": "paused"})
    assert Source.objects.get(name="mot-cua").running is False


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"name": "Một Cửa"}, "name"),
        ({"name": "new"}, "name"),
        ({"name": "warehouse"}, "name"),
        ({"name": "dossiers"}, "name"),
        ({"record_type": "gi-do"}, "record_type"),
        ({"record_type": "withdrawal"}, "record_type"),
        ({"mapping": "khong-co"}, "mapping"),
        ({"owner": "gso:00000"}, "owner"),
        ({"connector.url": "ftp://x"}, "connector-url"),
        ({"connector.url": ""}, "connector-url"),
        ({"connector.auth": "la"}, "connector-auth"),
        ({"connector.limit": "nhieu"}, "connector-limit"),
        ({"connector.every": "0.01"}, "connector-every"),
        ({"connector.every": "nhanh"}, "connector-every"),
        ({"promise.every": "-5"}, "promise-every"),
        ({"promise.hours": "khi-ranh"}, "promise-hours"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(whole, wrong, place):
    response = whole.post("/sources/new?connector=rest", FORM | {"title": "Tên rất riêng", **wrong})
    page = text(response)
    assert response.status_code >= 400
    assert f'id="{place}-problem"' in page
    assert page.count("-problem</") == 0
    assert page.count('class="entry-problem') == 1
    assert 'role="alert"' in page
    assert 'value="Tên rất riêng"' in page
    assert "mat-ma-rat-kin" not in page
    assert not Source.objects.filter(name=FORM["name"]).exists()


def test_a_secret_is_never_shown_and_stays_where_the_field_is_left_empty(whole, source):
    assert "mat-ma-rat-kin" not in text(whole.get("/sources/mot-cua/edit"))
    whole.post("/sources/mot-cua/edit", FORM | {"secrets.token": "", "title": "Tên mới", "then": "start"})
    source.refresh_from_db()
    assert (source.title, vault.opened(source.secrets)) == ("Tên mới", {"token": "mat-ma-rat-kin"})


def test_a_secret_is_replaced_by_what_is_typed_and_removed_by_the_tick(whole, source):
    for told, kept in (
        ({"secrets.token": "khac"}, {"token": "khac"}),
        ({"remove.token": "1", "connector.auth": "none"}, {}),
    ):
        whole.post("/sources/mot-cua/edit", FORM | {"secrets.token": ""} | told)
        source.refresh_from_db()
        assert vault.opened(source.secrets) == kept


def test_secrets_that_can_no_longer_be_read_are_asked_for_anew(whole, source):
    Source.objects.update(secrets="khong-giai-duoc")
    page = text(whole.get("/sources/mot-cua/edit"))
    assert "Đang lưu một giá trị" not in page


def test_the_name_of_a_source_never_changes(whole, source):
    whole.post("/sources/mot-cua/edit", FORM | {"name": "ten-khac"})
    assert not Source.objects.filter(name="ten-khac").exists()


def test_a_source_that_is_delivered_to_by_hand_can_be_connected(whole):
    page = text(whole.get("/sources/dossiers/edit"))
    assert 'href="?connector=rest"' in page
    whole.post("/sources/dossiers/edit?connector=rest", FORM | {"then": "start"})
    found = Source.objects.get(name="dossiers")
    assert (found.connector, found.running) == ("rest", True)


def test_another_connection_can_be_chosen_and_begins_at_its_own_beginning(whole, source):
    Flow.objects.create(source=source, cursor={"at": "7"})
    assert 'href="?connector=mqtt"' in text(whole.get("/sources/mot-cua/edit?connector="))
    form = FORM | {"connector.host": "127.0.0.1", "connector.topic": "a"}
    response = whole.post("/sources/mot-cua/edit?connector=mqtt", form)
    source.refresh_from_db()
    assert (source.connector, response.status_code) == ("mqtt", 302)
    assert (Flow.objects.get().cursor, Flow.objects.get().turn) == ({}, 1)


def test_a_tick_that_is_taken_away_says_no(whole, source, monkeypatch):
    rest = connector.of_kind("rest")
    monkeypatch.setattr(
        rest, "options", (*rest.options, connector.Option("deep", "Sâu", connector.Shape.SWITCH, default=True))
    )
    for told, held in (({"connector.deep": "true"}, True), ({}, False)):
        whole.post("/sources/mot-cua/edit", FORM | told)
        source.refresh_from_db()
        assert source.options["deep"] is held
        assert ('name="connector.deep" value="true" checked' in text(whole.get("/sources/mot-cua/edit"))) is held


def test_saving_and_trying_shows_rows_mapped_and_the_refused_with_reason_and_keeps_nothing(whole, tells):
    tells(ROWS)
    page = text(whole.post("/sources/new?connector=rest", FORM | {"then": "try"}))
    assert "THU.1" in page
    assert "15/21/2022" in page
    assert Source.objects.get(name="mot-cua").running is False
    assert not Load.objects.filter(source__name="mot-cua").exists()
    assert not OutboxEntry.objects.exists()
    assert not Flow.objects.exists()
    assert not Beat.objects.exists()


def test_a_source_that_cannot_be_reached_says_so_instead_of_rows(whole, source, tells):
    tells(Problem("connector.http", url="http://127.0.0.1:9/api", status=502))
    response = whole.post("/sources/mot-cua/try")
    assert response.status_code == 200
    assert "502" in text(response)


def test_changing_a_running_source_and_trying_it_leaves_it_running(whole, source, tells):
    tells([])
    whole.post("/sources/mot-cua/edit", FORM | {"then": "try"})
    source.refresh_from_db()
    assert source.running is True


def test_a_source_is_paused_and_resumed_by_whoever_sees_it(visit, source):
    client = visit(Role.STEWARD, PARENT)
    for act, running in (("pause", False), ("resume", True)):
        assert client.post(f"/sources/mot-cua/{act}")["Location"] == "/sources/mot-cua"
        source.refresh_from_db()
        assert source.running is running


def test_reading_again_is_asked_for_from_a_moment_that_is_over(visit, source):
    client = visit(Role.STEWARD, PARENT)
    assert client.post("/sources/mot-cua/replay", {"from": "2026-03-01T08:30"}).status_code == 302
    assert Flow.objects.get(source=source).cursor == {"since": "2026-03-01T01:30:00+00:00"}
    later = f"{clock.local(clock.now() + timedelta(days=1)):%Y-%m-%dT%H:%M}"
    for told in ("", "hôm qua", later):
        assert client.post("/sources/mot-cua/replay", {"from": told}).status_code == 422


@pytest.mark.parametrize(
    ("method", "address"),
    [
        ("get", "/sources/new"),
        ("get", "/sources/mot-cua/edit"),
        ("post", "/sources/mot-cua/try"),
        ("post", "/sources/mot-cua/secret"),
    ],
)
def test_who_belongs_to_a_unit_neither_adds_nor_changes_nor_tries_a_source(visit, source, method, address):
    response = getattr(visit(Role.ADMIN, PARENT), method)(address)
    assert response.status_code == 403
    page = text(visit(Role.ADMIN, PARENT).get("/sources/mot-cua"))
    assert "/sources/mot-cua/edit" not in page
    assert 'form="pause-form"' in page


def test_who_only_reads_sees_how_a_source_does_and_no_button(visit, source):
    page = text(visit(Role.LEADER, PARENT).get("/sources/mot-cua"))
    assert "Đang chạy" in page
    assert "pause-form" not in page
    assert "/sources/mot-cua/replay" not in page


def test_the_page_says_what_is_wrong_since_when_and_when_it_is_tried_again(visit, source):
    for _ in range(3):
        flow.failed(source, Problem("connector.http", url="http://x", status=502))
    page = text(visit(Role.LEADER, PARENT).get("/sources/mot-cua"))
    for words in ("Đang hỏng", "http://x trả lời mã HTTP 502", "trung tâm tự thử lại", "3 lần", "Lần hỏi tiếp theo"):
        assert words in page
    assert text(visit(Role.LEADER, PARENT).get("/sources")).count("beat-failing") == 2  # the day, and the legend


def test_a_page_that_has_all_gets_nothing_and_one_that_is_behind_gets_what_changed(visit, source):
    client = visit(Role.LEADER, PARENT)
    for page, live in (("/sources/mot-cua", "/sources/mot-cua/live"), ("/sources", "/sources/live")):
        shown, told = (
            re.findall(r'id="([^"]+)" data-part="([^"]+)"', client.get(address).content.decode())
            for address in (page, live)
        )
        assert sorted(shown) == sorted(told)
        known = ",".join(map(":".join, shown))
        assert client.get(f"{live}?known={known}").status_code == 204
    flow.failed(source, Problem("connector.http", url="http://x", status=502))
    assert "Đang hỏng" in text(client.get("/sources/mot-cua/live?known=faring:0,beats:0,head:0,loads:0"))


def test_a_sources_page_renews_how_fresh_it_is_what_waits_in_quarantine_and_its_loads(visit, source):
    row = {"dossier_id": "A", "seq": 1, "procedure": "tc.ho-tich.011", "unit": PARENT.code, "channel": 1, "state": 2}
    intake.take(source, [row | {"at": "31/02/2026", "received_at": "2026-03-02T08:00:00"}])
    load = Load.objects.get(source=source)
    told = text(visit(Role.OPERATOR, PARENT).get("/sources/mot-cua/live?known=faring:0,beats:0,head:0,loads:0"))
    assert "Khu cách ly: 1 dòng" in told
    assert f"/loads/{load.pk}" in told


def test_where_nothing_is_connected_the_list_says_so_and_leads_on_who_may(visit, whole):
    assert "/sources/new" in text(whole.get("/sources"))
    page = text(visit(Role.LEADER, PARENT).get("/sources"))
    assert "Chưa có nguồn nào được kết nối" in page
    assert "/sources/new" not in page


PUSH = FORM | {"name": "tu-gui", "secrets.secret": "", "connector.items": ""}


def shown(response):
    return text(response).split('id="secret" value="')[1].split('"')[0]


def test_a_source_that_pushes_gets_a_secret_that_is_shown_once_and_signs(whole):
    response = whole.post("/sources/new?connector=push", PUSH | {"then": "start"})
    secret = shown(response)
    assert response["Cache-Control"] == "no-store"
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert "/api/v1/sources/tu-gui/push" in text(response)
    for address in ("/sources/tu-gui", "/sources/tu-gui/edit"):
        page = text(whole.get(address))
        assert secret not in page
        assert secret.removeprefix("whsec_") not in page
    assert pushing.take("tu-gui", b"[]", signed(secret, b"[]")) == {"read": 0, "rejected": 0, "repeated": False}


def test_a_fresh_secret_replaces_the_old_one(whole):
    old = shown(whole.post("/sources/new?connector=push", PUSH | {"then": "start"}))
    was = re.search(r'name="was" value="(\w+)"', text(whole.get("/sources/tu-gui")))[1]
    new = shown(whole.post("/sources/tu-gui/secret", {"was": was}))
    assert new != old
    again = whole.post("/sources/tu-gui/secret", {"was": was})  # as a page that is loaded anew does
    assert (again.status_code, "đã được đổi trước đó" in text(again)) == (409, True)
    with pytest.raises(Problem, match=r"push.signature|Thông điệp không được nhận"):
        pushing.take("tu-gui", b"[]", signed(old, b"[]"))
    assert pushing.take("tu-gui", b"[]", signed(new, b"[]"))["read"] == 0


def test_changing_a_source_that_pushes_keeps_its_secret(whole):
    secret = shown(whole.post("/sources/new?connector=push", PUSH | {"then": "start"}))
    assert whole.post("/sources/tu-gui/edit", PUSH | {"title": "Khác", "then": "start"}).status_code == 302
    assert pushing.take("tu-gui", b"[]", signed(secret, b"[]"))["read"] == 0


def signed(secret, body):
    from standardwebhooks.webhooks import Webhook

    now = clock.now()
    sign = Webhook(secret).sign("msg_1", now, body.decode())
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(now.timestamp())), "webhook-signature": sign}


def test_a_source_that_asks_for_its_rows_has_no_secret_to_renew(whole, source):
    assert whole.post("/sources/mot-cua/secret").status_code == 409


API = "/api/v1/sources/mot-cua"


def basic(people, role, place=PARENT):
    user = User.objects.get(pk=people[role, place].pk)
    user.set_password("mot-cau-dai-kho-doan")
    user.save()
    word = base64.b64encode(f"{user.username}:mot-cau-dai-kho-doan".encode()).decode()
    return {"Authorization": f"Basic {word}"}


def test_programs_read_how_a_source_does_and_how_its_days_went(visit, source):
    flow.failed(source, Problem("connector.http", url="http://x", status=502))
    told = visit(Role.LEADER, PARENT).get(API).json()
    assert (told["state"], told["failures"], told["waiting"]) == ("failing", 1, 0)
    assert "502" in told["problem"]["what"]
    assert len(told["strip"]) == 30
    assert (told["strip"][-1]["state"], told["strip"][-1]["looks"]) == ("failing", 1)
    assert visit(Role.LEADER, OWN).get(API).status_code == 404


def test_programs_pause_resume_and_replay(people, client, db, source):
    head = basic(people, Role.STEWARD)
    assert client.post(f"{API}/pause", headers=head).json()["state"] == "paused"
    assert client.post(f"{API}/resume", headers=head).json()["state"] == "running"
    assert client.post(f"{API}/replay", {"from": "01/03/2026"}, headers=head).status_code == 200
    assert Flow.objects.get(source=source).cursor == {"since": "2026-02-28T17:00:00+00:00"}
    assert client.post(f"{API}/replay", {"from": "xx"}, headers=head).json()["type"].endswith("replay.from")
    assert client.post(f"{API}/replay", headers=head).status_code == 422
    assert client.post("/api/v1/sources/dossiers/pause", headers=head).status_code == 409


def test_programs_that_may_only_read_change_nothing(people, client, db, source):
    head = basic(people, Role.LEADER)
    for act in ("pause", "resume", "replay"):
        assert client.post(f"{API}/{act}", {"from": "01/03/2026"}, headers=head).status_code == 403
    source.refresh_from_db()
    assert source.running is True
