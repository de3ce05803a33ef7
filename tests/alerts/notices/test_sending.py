"""Sending: what waits is bundled, goes once, is tried again, and never ends without anybody knowing how."""

import socket
import time
from datetime import time as hour
from datetime import timedelta

import pytest
from django.db import transaction
from receivers import dripping_server, free_port, web_server
from standardwebhooks.webhooks import Webhook
from told import SECOND, SECRET, START, address, channel, person, send, states, tell

from toancanh.alerts.notices import actions, bundling, channels, sending, stuck
from toancanh.alerts.notices.channels import posting
from toancanh.alerts.notices.models import Address, Delivery, Message, Notice
from toancanh.base import audit
from toancanh.base.problems import Problem

pytestmark = pytest.mark.django_db


@pytest.fixture
def web():
    with web_server() as server:
        yield server


@pytest.fixture
def lan():
    return person()


@pytest.fixture
def way(web, lan):
    """A receiver that takes everything, where Lan wants to be told."""
    found = channel(url=web.url)
    address(lan, found)
    return found


def test_what_waits_for_one_address_within_two_minutes_goes_as_one_message(way, web, lan):
    for number in range(3):
        tell(lan, f"k{number}", START + number * 30 * SECOND)
    assert send(START + 100 * SECOND) == 0
    assert send(START + 115 * SECOND) == 1
    assert [item["text"] for item in web.told[0]["items"]] == ["Tin k0", "Tin k1", "Tin k2"]
    assert set(states().values()) == {"sent"}


def test_what_is_urgent_goes_at_once_and_takes_what_waits_along(way, web, lan):
    tell(lan, "k0")
    tell(lan, "k1", START + SECOND, severity=5)
    assert send(START + SECOND) == 1
    assert len(web.told[0]["items"]) == 2


def test_a_bundle_is_grouped_by_thread_with_the_newest_state_of_each_last(way, web, lan):
    tell(lan, "a1", START, thread="case:1")
    tell(lan, "b1", START + SECOND, thread="case:2", severity=4)
    tell(lan, "a2", START + 2 * SECOND, thread="case:1")
    send(START + 120 * SECOND)
    assert [item["text"] for item in web.told[0]["items"]] == ["Tin b1", "Tin a1", "Tin a2"]
    assert web.told[0]["subject"].startswith("[Toàn Cảnh] 3 thông báo")


def test_the_same_key_again_tells_nothing_new(way, web, lan):
    first = tell(lan, "k")
    assert tell(lan, "k", text="khác").pk == first.pk
    send(START + 120 * SECOND)
    tell(lan, "k")
    assert send(START + 300 * SECOND) == 0
    assert len(web.asked) == 1


def test_what_is_below_the_severity_a_person_wants_stays_in_the_product(web, lan):
    address(lan, channel(url=web.url), severity_from=4)
    tell(lan, "k", severity=3)
    assert states() == {"k": "inside"}


def test_an_address_that_nobody_has_shown_to_be_his_is_told_nothing(way, lan):
    Address.objects.update(verified_at=None)
    tell(lan, "k")
    assert states() == {"k": "inside"}


def test_quiet_hours_hold_back_what_is_not_urgent_until_they_end(way, web, lan):
    actions.wish(lan, language="vi", quiet_from=hour(22), quiet_until=hour(6))
    night = START + timedelta(hours=13)  # eleven in the evening
    tell(lan, "k", night)
    tell(lan, "alarm", night, severity=5)
    send(night)
    assert [item["text"] for item in web.told[0]["items"]] == ["Tin alarm"]
    morning = START + timedelta(hours=20)  # six
    assert send(morning - SECOND) == 0
    assert send(morning) == 1
    assert states() == {"k": "sent", "alarm": "sent"}


def test_another_try_waits_for_the_end_of_quiet_hours_too(way, web, lan):
    actions.wish(lan, language="vi", quiet_from=hour(22), quiet_until=hour(6))
    evening = START + timedelta(hours=11, minutes=56)
    tell(lan, "k", evening)
    web.status = 500
    assert send(evening + 115 * SECOND) == 1
    night = evening + timedelta(minutes=10)
    web.status = 200
    send(night)
    assert len(web.asked) == 1
    send(START + timedelta(hours=20))
    assert len(web.asked) == 2
    assert states() == {"k": "sent"}


def test_a_webhook_is_signed_and_keeps_its_identity_from_try_to_try(way, web, lan):
    tell(lan, "k", severity=5)
    web.status = 503
    send(START)
    web.status = 204
    send(START + 60 * SECOND)
    ids = {headers["webhook-id"] for _path, headers, _body in web.asked}
    assert len(web.asked) == 2
    assert len(ids) == 1
    _path, headers, body = web.asked[1]
    # The receiver's clock is that of the moment it is really signed at.
    assert Webhook(SECRET).verify(body, headers)["to"] == "lan-1"


@pytest.mark.parametrize("status", [500, 502, 429])
def test_a_receiver_that_cannot_now_is_tried_again_later_and_later(way, web, lan, status):
    web.status = status
    tell(lan, "k", severity=5)
    now, pauses = START, []
    send(now)
    for _turn in range(5):
        message = Message.objects.get()
        assert message.state == "failed"
        pauses.append((message.next_at - now).total_seconds())
        now = message.next_at
        send(now)
    assert states() == {"k": "failed"}
    assert pauses == sorted(pauses)
    assert 20 < pauses[0] < 40
    assert 380 < pauses[4] < 600
    web.status = 200
    send(Message.objects.get().next_at)
    assert states() == {"k": "sent"}


def test_what_could_not_be_sent_for_a_day_is_given_up_and_said(way, web, lan):
    web.status = 500
    tell(lan, "k", severity=5)
    now = START
    for _turn in range(40):
        send(now)
        message = Message.objects.get()
        if message.state == "dead":
            break
        now = message.next_at
    assert states() == {"k": "dead"}
    assert timedelta(hours=20) < now - START < timedelta(hours=27)
    assert message.tries <= bundling.MOST
    assert Delivery.objects.get().state == "dead"


def test_a_receiver_that_refuses_is_not_asked_again(way, web, lan):
    web.status = 403
    tell(lan, "k", severity=5)
    send(START)
    assert send(START + timedelta(days=1)) == 0
    assert states() == {"k": "dead"}
    assert "HTTP 403" in Message.objects.get().params["reason"]


def test_an_address_that_is_gone_is_used_no_more(way, web, lan):
    web.status = 410
    tell(lan, "k", severity=5)
    send(START)
    assert not Address.objects.get().on
    tell(lan, "next")
    assert states()["next"] == "inside"


def test_a_receiver_that_is_down_loses_nothing(lan):
    address(lan, channel(url=f"http://127.0.0.1:{free_port()}"))
    tell(lan, "k", severity=5)
    send(START)
    message = Message.objects.get()
    assert (message.state, message.problem, message.unknowns) == ("failed", "notices.unreachable", 0)


@pytest.mark.parametrize("raw", [b"", b"%$#!\r\n\r\n", b"HTTP/1.1 200"])
def test_an_answer_that_is_nonsense_leaves_open_whether_it_arrived(way, web, lan, raw):
    web.raw = raw
    tell(lan, "k", severity=5)
    send(START)
    message = Message.objects.get()
    assert (message.state, message.problem) == ("failed", "notices.unknown")
    send(message.next_at)
    assert send(START + timedelta(days=1)) == 0
    assert len(web.asked) == 2  # one repeat, no more
    assert states() == {"k": "unknown"}


def test_a_receiver_that_hangs_has_its_time_and_no_more(way, web, lan, monkeypatch):
    monkeypatch.setattr(channels, "TIMEOUT", 0.5)
    web.wait = 3.0
    tell(lan, "k", severity=5)
    begun = time.monotonic()
    send(START)
    assert time.monotonic() - begun < 1.5
    assert Message.objects.get().unknowns == 1


def test_an_answer_that_never_ends_has_its_time_and_no_more():
    with dripping_server() as url:
        begun = time.monotonic()
        outcome = posting.post(url, b"{}", {}, timeout=0.7)
        assert time.monotonic() - begun < 1.5
    assert outcome.ended == "unknown"


def test_what_still_waits_for_another_try_goes_along_with_what_is_new(way, web, lan):
    web.status = 500
    tell(lan, "old", severity=5)
    send(START)
    web.status = 200
    tell(lan, "new", START + SECOND, severity=5)
    assert send(START + SECOND) == 1
    assert [item["text"] for item in web.told[-1]["items"]] == ["Tin old", "Tin new"]
    assert set(states().values()) == {"sent"}


def test_what_may_have_arrived_keeps_its_identity_and_does_not_go_along(way, web, lan):
    web.raw = b""
    tell(lan, "old", severity=5)
    send(START)
    web.raw = None
    tell(lan, "new", START + SECOND, severity=5)
    send(START + SECOND)
    assert [item["text"] for item in web.told[-1]["items"]] == ["Tin new"]
    send(START + 60 * SECOND)
    assert [item["text"] for item in web.told[-1]["items"]] == ["Tin old"]
    assert web.asked[0][1]["webhook-id"] == web.asked[2][1]["webhook-id"]


def test_what_was_not_sent_can_be_sent_again_by_hand(way, web, lan):
    web.status = 400
    notice = tell(lan, "k", severity=5)
    send(START)
    web.status = 200
    actions.send_again(notice.pk, actor=audit.SYSTEM)
    assert states() == {"k": "waiting"}
    send(START + timedelta(days=3))
    assert states() == {"k": "sent"}
    with pytest.raises(Problem, match="không có gì để gửi lại"):
        actions.send_again(notice.pk, actor=audit.SYSTEM)


def test_a_removed_address_is_told_nothing_that_still_waited(way, web, lan):
    tell(lan, "k")
    actions.remove_address(lan, Address.objects.get().pk)
    send(START + 120 * SECOND)
    assert not web.asked
    assert states() == {"k": "inside"}


def test_a_channel_that_is_off_holds_back_and_loses_nothing(way, web, lan):
    tell(lan, "k")
    way.on = False
    way.save()
    send(START + timedelta(hours=1))
    way.on = True
    way.save()
    send(START + timedelta(hours=1))
    assert states() == {"k": "sent"}


def test_a_clock_that_was_set_back_makes_nothing_wait(way, web, lan):
    tell(lan, "k")
    assert send(START - timedelta(hours=1)) == 1


def test_a_person_is_told_in_his_language(way, web, lan):
    actions.wish(lan, language="en", quiet_from=None, quiet_until=None)
    tell(lan, "k", severity=5)
    send(START)
    assert web.told[0]["subject"] == "[Toàn Cảnh] Matter case:1"
    assert "News k" in web.told[0]["text"]


def test_messages_link_to_the_centre_as_it_is_known_outside(way, web, lan, settings):
    settings.PUBLIC_URL = "https://ioc.example.org/"
    tell(lan, "k", severity=5)
    send(START)
    assert web.told[0]["link"] == "https://ioc.example.org/cases/1"


def test_two_addresses_of_a_person_do_not_wait_for_each_other(way, web, lan):
    address(lan, channel(url=f"http://127.0.0.1:{free_port()}"), "khac")
    tell(lan, "k", severity=5)
    send(START)
    assert len(web.asked) == 1
    assert states() == {"k": "failed"}
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["bundled", "sent"]


def test_the_auditor_finds_what_waits_beyond_its_time_and_what_died(way, web, lan):
    tell(lan, "k", START - timedelta(days=400))
    assert [each.code for each in stuck.late()] == ["notices.late"]
    web.status = 400
    tell(lan, "fresh", at=None, severity=5)
    sending.bundle(START + timedelta(days=3650))
    for each in Message.objects.all():
        Message.objects.filter(pk=each.pk).update(next_at=START)
        sending.send_next(way)
    assert [each.code for each in stuck.ended_badly()] == ["notices.dead"]
    assert all(each.explain().remedy for each in stuck.ended_badly())


def test_a_message_that_nobody_noted_is_taken_back_and_one_that_may_have_left_goes_once_more(way, web, lan):
    tell(lan, "k", severity=5)
    sending.bundle(START)
    claimed = sending._claim(way, START)
    assert sending._claim(way, START) is None
    assert send(START + 30 * SECOND) == 0
    assert send(START + 61 * SECOND) == 1  # it had not been handed over
    assert Message.objects.get().unknowns == 0
    sending._note(claimed, sending.Outcome(sending.Ended.NEVER), START)  # whoever was slow changes nothing
    assert states() == {"k": "sent"}


def test_a_notice_is_put_down_in_the_callers_transaction(way, lan):
    with transaction.atomic():
        tell(lan, "k")
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_a_name_that_leads_inside_is_not_followed(monkeypatch):
    def inside(*_args, **_more):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 443))]

    monkeypatch.setattr(socket, "getaddrinfo", inside)
    assert posting.post("https://push.example.org/x", b"", {}, outside=True).ended == "never"
