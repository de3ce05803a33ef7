"""The live stream: who hears of what, what a page that was cut off is told, and parts that differ only."""

import asyncio
import gzip
import json

import pytest
from django.test import Client

from toancanh.access.models import User
from toancanh.access.scope import EVERYTHING, of_codes
from toancanh.base import news
from toancanh.base.news import Item
from toancanh.screens import parts, stream
from toancanh.screens.stream import RENEW, Viewer


def viewer(role="leader", scope=EVERYTHING):
    return Viewer(User(username="x", role=role), scope, asyncio.new_event_loop())


@pytest.mark.parametrize(
    ("role", "codes", "item", "hears"),
    [
        ("leader", None, Item(1, "records.changed", {"units": ["gso:1"]}), True),
        ("officer", ["gso:1"], Item(1, "records.changed", {"units": ["gso:1", "gso:2"]}), True),
        ("officer", ["gso:1"], Item(1, "records.changed", {"units": ["gso:12"]}), False),
        ("officer", ["gso:1"], Item(1, "records.changed", {"units": None}), True),
        ("officer", ["gso:1"], Item(1, "sources.changed", {"units": ["gso:1"]}), False),
        ("leader", None, Item(1, "something.else", {}), False),
        ("officer", ["gso:1"], Item(1, RENEW, {}), True),
    ],
)
def test_a_viewer_hears_of_what_his_role_and_scope_allow(role, codes, item, hears):
    assert viewer(role, EVERYTHING if codes is None else of_codes(codes)).hears(item) is hears


def test_units_are_never_told(db):
    assert stream._facts(Item(1, "records.changed", {"record_type": "dossier", "units": ["gso:1"]})) == {
        "record_type": "dossier"
    }


def test_a_page_that_was_cut_off_is_told_what_it_missed_or_to_ask_for_everything(transactional_db):
    news.tell("records.changed", record_type="a")
    first = news.newest()
    news.tell("records.changed", record_type="b")
    last = news.newest()
    assert [item.facts["record_type"] for item in stream._missed(first, last)] == ["b"]
    assert stream._missed(last, last) == []
    assert [item.name for item in stream._missed(last + 5, last)] == [RENEW]  # a number of another installation


def test_a_page_that_is_too_slow_is_told_to_ask_for_everything():
    slow = viewer()
    for number in range(200):
        slow.tell(Item(number, "records.changed", {}))
    told = [slow.waiting.get_nowait() for _turn in range(slow.waiting.qsize())]
    assert any(item.name == RENEW for item in told)
    assert len(told) <= 64
    assert told[-1].number == 199


def test_news_is_read_once_and_in_order(transactional_db):
    follower = news.Follower(news.newest())
    for name in "abc":
        news.tell(name)
    assert [item.name for item in follower.read()] == ["a", "b", "c"]
    assert follower.read() == []


def test_a_stream_begins_with_hello_and_tells_news_as_it_comes(transactional_db, monkeypatch):
    User.objects.create(username="lan", role="leader")
    client = Client()
    client.force_login(User.objects.get(username="lan"))
    monkeypatch.setattr(stream, "PAUSE", 0.02)
    response = client.get("/api/v1/stream")
    assert response["Content-Type"] == "text/event-stream"

    async def listen():
        told = []
        loop = asyncio.get_running_loop()
        async for part in response:
            told.append(part.decode())
            if len(told) == 1:
                await loop.run_in_executor(None, tell)
            if len(told) == 2:
                return told
        return told

    def tell():
        from django.db import connection

        news.tell("records.changed", record_type="dossier", units=["gso:1"])
        connection.close()

    hello, changed = asyncio.run(asyncio.wait_for(listen(), 20))
    assert "event: hello" in hello
    assert "event: records.changed" in changed
    assert json.loads(changed.split("data: ")[1]) == {"record_type": "dossier"}


def test_only_parts_that_differ_are_sent(rf):
    made = [parts.Part(name, digest, "<p>x</p>") for name, digest in (("a", "1"), ("b", "2"))]
    response = parts.changed(rf.get("/live?known=a:1,b:1"), made)
    assert b'hx-target="#b"' in response.content
    assert b'hx-target="#a"' not in response.content
    assert parts.changed(rf.get("/live?known=b:2,a:1"), made).status_code == 204


def test_a_page_that_would_have_other_parts_by_now_loads_itself_anew(rf):
    made = [parts.Part(name, digest, "<p>x</p>") for name, digest in (("a", "1"), ("b", "2"))]
    for known in ("a:1", "a:1,b:2,c:3"):
        response = parts.changed(rf.get(f"/live?known={known}"), made)
        assert (response.status_code, response["HX-Refresh"]) == (204, "true")
    assert "HX-Refresh" not in parts.changed(rf.get("/live?known=a:1,b:1"), made)


def test_what_changed_is_packed_for_whoever_can_unpack_it(rf):
    made = [parts.Part("a", "1", "<p>đ</p>")]
    plain = parts.changed(rf.get("/live?known=a:0"), made)
    packed = parts.changed(rf.get("/live?known=a:0", headers={"Accept-Encoding": "br, gzip"}), made)
    assert packed["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == plain.content
    assert "Accept-Encoding" in packed["Vary"]
