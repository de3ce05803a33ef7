"""Channels: what receivers get, and what is made of what they answer. Every receiver is a real one, on loopback."""

import base64
import json
import os
from pathlib import Path

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid
from receivers import free_port, mail_server, web_server
from told import SECOND, START, address, channel, person, send, states, tell

from toancanh.alerts.notices import channels, keys
from toancanh.alerts.notices.channels import mail, push, telegram, webhook, zalo
from toancanh.alerts.notices.models import Address, Message
from toancanh.alerts.notices.parcels import Parcel
from toancanh.base import home
from toancanh.base.problems import Problem

PARCEL = Parcel(
    "msg_1", "[Toàn Cảnh] Hồ sơ quá hạn", "Phường Buôn Ma Thuột: 3 hồ sơ", "https://ioc.vn/cases/1", "case:1"
)


@pytest.fixture
def web():
    with web_server() as server:
        yield server


@pytest.mark.django_db
def test_the_mails_of_a_case_are_one_thread_under_one_subject():
    lan = person()
    with mail_server() as (letters, url):
        address(lan, channel("mail", url), "lan@example.org")
        tell(lan, "k1", severity=5, subject="Phiếu 12 gửi Sở Xây dựng")
        send(START)
        tell(lan, "k2", START + SECOND, severity=5, subject="Phiếu 12 đã trả lời")
        send(START + SECOND)
    first, second = letters.letters
    assert first["Subject"] == second["Subject"] == "[Toàn Cảnh] Phiếu 12 gửi Sở Xây dựng"
    assert first["To"] == "lan@example.org"
    assert "trung-tam@example.org" in first["From"]
    assert first["References"] == second["References"] == first["In-Reply-To"]
    assert first["Message-ID"] != second["Message-ID"]
    assert "Tin k2" in second.get_content()
    assert states() == {"k1": "sent", "k2": "sent"}


def test_a_mail_keeps_its_message_id_from_try_to_try():
    with mail_server() as (letters, url):
        letters.answer = "451 later"
        assert mail.send({"url": url}, "lan@example.org", PARCEL).ended == "again"
        letters.answer = "250 OK"
        assert mail.send({"url": url}, "lan@example.org", PARCEL).ended == "sent"
    assert {letter["Message-ID"] for letter in letters.letters} == {"<msg_1@example.org>"}
    assert [letter.get_all("Message-ID") for letter in letters.letters] == [["<msg_1@example.org>"]] * 2


@pytest.mark.parametrize(
    ("to", "answer", "ended"),
    [
        ("550 no such user", "250 OK", "never"),
        ("450 mailbox busy", "250 OK", "again"),
        ("250 OK", "554 refused", "never"),
        ("250 OK", "452 full", "again"),
    ],
)
def test_what_a_mail_server_says_decides_on_another_try(to, answer, ended):
    with mail_server() as (letters, url):
        letters.to, letters.answer = to, answer
        outcome = mail.send({"url": url}, "lan@example.org", PARCEL)
    assert outcome.ended == ended
    assert outcome.params["reason"].startswith((to if to[0] != "2" else answer)[:3])


def test_a_mail_server_that_is_down_was_surely_not_reached():
    assert mail.send({"url": f"mailto://127.0.0.1:{free_port()}?from=a@b.vn"}, "lan@b.vn", PARCEL).ended == "again"


def test_a_mail_server_that_takes_a_letter_and_says_nothing_may_have_it(monkeypatch):
    monkeypatch.setattr(channels, "TIMEOUT", 0.5)
    with mail_server() as (letters, url):
        letters.wait = 1.5
        assert mail.send({"url": url}, "lan@example.org", PARCEL).ended == "unknown"


def test_a_line_break_in_a_subject_or_address_adds_no_header():
    told = Parcel("msg_1", "Chào\r\nBcc: ke-gian@example.org", "x")
    with mail_server() as (letters, url):
        assert mail.send({"url": url}, "lan@example.org", told).ended == "sent"
    assert letters.letters[0]["Bcc"] is None
    for text in ("lan@example.org\r\nBcc: x@y.vn", "lan@example.org, khac@example.org", "lan"):
        with pytest.raises(Problem):
            mail.address(text)


def test_telegram_is_written_to_by_a_bot_at_a_server_of_ones_own(web):
    web.body = b'{"ok": true, "result": {}}'
    url = f"tgram://123456789:abcdefg_hijklmnop/?api={web.url}"
    assert telegram.send({"url": url}, "-100123", PARCEL).ended == "sent"
    path, _headers, _body = web.asked[0]
    assert path == "/bot123456789:abcdefg_hijklmnop/sendMessage"
    assert web.told[0]["chat_id"] == -100123
    assert "Phường Buôn Ma Thuột: 3 hồ sơ" in web.told[0]["text"]


@pytest.mark.parametrize(("status", "ended"), [(403, "never"), (400, "never"), (429, "again"), (502, "again")])
def test_what_telegram_answers_decides_on_another_try(web, status, ended):
    web.status, web.body = status, b'{"ok": false, "description": "no"}'
    url = f"tgram://123456789:abcdefg_hijklmnop/?api={web.url}"
    assert telegram.send({"url": url}, "1", PARCEL).ended == ended


def test_no_token_is_told_where_telegram_cannot_be_reached(web):
    down = telegram.send(
        {"url": f"tgram://123456789:abcdefg_hijklmnop/?api=http://127.0.0.1:{free_port()}"}, "1", PARCEL
    )
    web.raw = b""
    silent = telegram.send({"url": f"tgram://123456789:abcdefg_hijklmnop/?api={web.url}"}, "1", PARCEL)
    assert (down.ended, silent.ended) == ("again", "unknown")
    assert "abcdefg" not in f"{down}{silent}"


class Browser:
    """A browser that has subscribed: what it can read of what its push service was given."""

    def __init__(self, endpoint):
        self.key, self.auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        told = {"p256dh": base64.urlsafe_b64encode(point), "auth": base64.urlsafe_b64encode(self.auth)}
        self.subscription = json.dumps(
            {"endpoint": endpoint, "keys": {name: value.decode().rstrip("=") for name, value in told.items()}}
        )

    def reads(self, body):
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"))


@pytest.fixture
def browser(web, settings, tmp_path, monkeypatch):
    settings.PUSH_PRIVATE = True
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path))
    return Browser(f"{web.url}/push/abc")


CONTACT = {"url": "mailto:trung-tam@example.org"}


def test_only_the_browser_itself_reads_what_is_pushed_to_it(web, browser):
    web.status = 201
    assert push.send(CONTACT, push.address(browser.subscription), PARCEL).ended == "sent"
    _path, headers, body = web.asked[0]
    told = browser.reads(body)
    assert told["title"] == "Hồ sơ quá hạn"
    assert told["body"] == "Phường Buôn Ma Thuột: 3 hồ sơ"
    assert "Phường".encode() not in body
    assert Vapid.verify(headers["Authorization"])
    assert f"k={keys.public()}" in headers["Authorization"]
    assert len(headers["topic"]) <= 32


def test_a_long_text_is_cut_to_what_push_services_take(web, browser):
    web.status = 201
    push.send(CONTACT, browser.subscription, Parcel("msg_1", "x", "Ồ" * 9000))
    assert len(web.asked[0][2]) < 4096
    assert browser.reads(web.asked[0][2])["body"].endswith("…")


@pytest.mark.parametrize(
    ("status", "ended", "gone"), [(410, "never", True), (404, "never", True), (429, "again", False)]
)
def test_a_browser_that_unsubscribed_is_gone(web, browser, status, ended, gone):
    web.status = status
    outcome = push.send(CONTACT, browser.subscription, PARCEL)
    assert (outcome.ended, outcome.gone) == (ended, gone)


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://push.example.org/x",
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://10.1.2.3/x",
        "https://[::1]/x",
        "https://[::ffff:10.0.0.1]/x",
        "https://169.254.169.254/latest",
        "https://may-chu/x",
        "https://kho.internal/x",
        "https://a:b@push.example.org/x",
        "file:///etc/passwd",
    ],
)
def test_nobody_gives_an_address_inside_as_his_browser(settings, endpoint):
    settings.PUSH_PRIVATE = False
    with pytest.raises(Problem, match="không hợp lệ"):
        push.address(Browser(endpoint).subscription)
    assert push.address(Browser("https://push.example.org/x").subscription)


def test_what_is_not_a_subscription_is_refused():
    good = json.loads(Browser("https://push.example.org/x").subscription)
    for wrong in ("", "[]", "{}", json.dumps(good | {"keys": {"p256dh": "AA", "auth": "AA"}}), json.dumps({"keys": 1})):
        with pytest.raises(Problem):
            push.address(wrong)


def test_a_push_that_leads_inside_when_it_is_sent_goes_nowhere(web, browser, settings):
    settings.PUSH_PRIVATE = False
    assert push.send(CONTACT, browser.subscription, PARCEL).ended == "never"
    assert not web.asked


def test_the_key_of_an_installation_is_made_once(tmp_path, monkeypatch):
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path))
    assert keys.public() == keys.public()
    assert (tmp_path / "push.key").stat().st_mode & 0o777 == 0o600


@pytest.fixture
def zalo_of(web, tmp_path, monkeypatch):
    """The format of the product, with a server on loopback in the place of Zalo's."""
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path))
    text = Path(zalo.__file__).with_suffix(".toml").read_text(encoding="utf-8")
    text = text.replace("https://openapi.zalo.me", web.url)
    (home.current().path / "zalo.toml").write_text(text, encoding="utf-8")
    return {"url": "zalooa://bi-mat@_"}


def test_zalo_is_told_in_the_format_that_the_data_say(web, zalo_of):
    web.body = b'{"error": 0, "message": "Success", "data": {"message_id": "1"}}'
    assert zalo.send(zalo_of, "2512523625412515", PARCEL).ended == "sent"
    path, headers, _body = web.asked[0]
    assert path == "/v3.0/oa/message/cs"
    assert headers["access_token"] == "bi-mat"
    assert web.told[0]["recipient"] == {"user_id": "2512523625412515"}
    assert web.told[0]["message"]["text"].startswith("[Toàn Cảnh] Hồ sơ quá hạn\nPhường Buôn Ma Thuột")


@pytest.mark.parametrize(
    ("body", "ended", "gone"),
    [
        (b'{"error": -216, "message": "Access token is invalid"}', "again", False),
        (b'{"error": -32, "message": "Rate"}', "again", False),
        (b'{"error": -213, "message": "User has not followed OA"}', "never", True),
        (b'{"error": -201, "message": "x"}', "again", False),
        (b'{"error": -210, "message": "x"}', "never", False),
        (b"<html>", "unknown", False),
        (b"[]", "unknown", False),
    ],
)
def test_what_zalo_answers_is_read_as_the_data_say(web, zalo_of, body, ended, gone):
    web.body = body
    outcome = zalo.send(zalo_of, "1", PARCEL)
    assert (outcome.ended, outcome.gone) == (ended, gone)


def test_zalo_is_a_plugin_that_apprise_knows(web, zalo_of):
    from apprise import Apprise

    web.body = b'{"error": 0}'
    centre = Apprise()
    assert centre.add("zalooa://bi-mat@_/42")
    assert centre.notify(body="Chào")
    assert web.told[0]["recipient"] == {"user_id": "42"}


@pytest.mark.parametrize(
    ("kind", "url", "secret"),
    [
        ("mail", "smtp://a", ""),
        ("mail", "mailto://127.0.0.1", ""),
        ("telegram", "https://api.telegram.org", ""),
        ("telegram", "tgram://x", ""),
        ("webhook", "ftp://a", "whsec_" + "A" * 32),
        ("webhook", "https://a.vn", ""),
        ("webhook", "https://a.vn", "short"),
        ("zalo", "zalooa://", ""),
        ("push", "someone", ""),
    ],
)
def test_settings_that_cannot_work_are_refused(kind, url, secret):
    with pytest.raises(Problem, match="không dùng được"):
        channels.of(kind).settings(url, secret)


def test_settings_that_work_are_taken():
    channels.of("mail").settings("mailtos://u:p@smtp.example.org:465?from=a@example.org&mode=ssl", "")
    channels.of("telegram").settings("tgram://123456789:abcdefg_hijklmnop/", "")
    channels.of("webhook").settings("http://10.0.0.1/hook", "whsec_" + "A" * 32)
    channels.of("zalo").settings("zalooa://token@_", "")
    channels.of("push").settings("mailto:a@example.org", "")
    assert webhook.address("lan") == "lan"


@pytest.mark.django_db
def test_a_channel_that_breaks_within_ends_nothing(monkeypatch):
    lan = person()
    address(lan, channel("webhook", "http://127.0.0.1:1", secret=""))
    tell(lan, "k", severity=5)
    send(START)
    message = Message.objects.get()
    assert (message.state, message.problem) == ("failed", "notices.broken")
    assert Address.objects.get().on
