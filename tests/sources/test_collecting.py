"""Collecting: a real HTTP source, its troubles, and others that must not wait for them."""

import json
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connections
from samples import good

from toancanh.base import clock
from toancanh.base.audit import SYSTEM
from toancanh.base.problems import Problem
from toancanh.sources import actions, definition, flow
from toancanh.sources.collecting import Collector
from toancanh.sources.models import Load, Source
from toancanh.sources.trial import trial
from toancanh.warehouse import outbox, reading

pytestmark = pytest.mark.usefixtures("units")


class Served:
    """An HTTP source that serves rows page by page; `answer` may be replaced by a trouble."""

    def __init__(self):
        self.rows, self.asked, self.trouble = [], [], None
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_args):
                pass

            def do_GET(self):
                query = {key: values[0] for key, values in parse_qs(urlsplit(self.path).query).items()}
                served.asked.append((self.headers.get("Authorization"), query))
                status, body = served.trouble(query) if served.trouble else served.page(query)
                if status is None:
                    self.close_connection = True
                    return
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/rows"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def page(self, query):
        after, limit = int(query.get("after", 0)), int(query.get("limit", 500))
        items = self.rows[after : after + limit]
        end = after + len(items)
        return 200, json.dumps({"items": items, "next": str(end), "more": end < len(self.rows)}).encode()


@pytest.fixture
def served():
    found = Served()
    yield found
    found.server.shutdown()
    found.server.server_close()


def connect(name, url, **more):
    told = {
        "name": name,
        "record_type": "parcel",
        "connector": {"kind": "rest", "url": url, "every": 0.2, "limit": 10, **more},
        "promise": {"every": 1},
    }
    return actions.connect(definition.of(told), actor=SYSTEM)


@contextmanager
def collecting():
    stopping = threading.Event()
    thread = threading.Thread(target=_run, args=(stopping,))
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(10)
        until(lambda: not any(each.name.startswith("source ") for each in threading.enumerate()))


def _run(stopping):
    try:
        Collector(stopping).run()
    finally:
        connections.close_all()


def until(condition, seconds=40):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def landed():
    outbox.flush()
    return reading.count("parcel")[0]


def test_rows_are_fetched_page_by_page_and_followed(served):
    served.rows = [good(f"R{number}") for number in range(25)]
    connect("rest", served.url)
    with collecting():
        until(lambda: landed() == 25)
        served.rows += [good("later")]
        until(lambda: landed() == 26)
    source = Source.objects.get(name="rest")
    assert flow.of(source).cursor == {"at": "26"}
    assert flow.of(source).newest_at == clock.parse_moment("2026-03-02T08:00:00+07:00")


def test_each_kind_of_key_is_shown_to_the_source(served):
    for number, (auth, secrets, expected) in enumerate(
        [
            ({"auth": "bearer"}, {"token": "abc"}, "Bearer abc"),
            ({"auth": "basic", "user": "lan"}, {"password": "pw"}, "Basic bGFuOnB3"),
            ({"auth": "key", "key_header": "Authorization"}, {"token": "k"}, "k"),
        ]
    ):
        told = {
            "name": f"s{number}",
            "record_type": "parcel",
            "paused": True,
            "connector": {"kind": "rest", "url": served.url, **auth},
            "secrets": secrets,
        }
        served.rows = [good("A")]
        assert [row["code"] for row in trial(actions.connect(definition.of(told), actor=SYSTEM)).rows] == ["A"]
        assert served.asked[-1][0] == expected
    assert not Load.objects.exists()  # a trial keeps nothing


TROUBLES = {
    "an error": (lambda _query: (500, b"<html>"), "connector.http"),
    "half an answer": (lambda _query: (200, b'{"items": [{"co'), "connector.answer"),
    "another shape": (lambda _query: (200, b'{"rows": {"a": 1}}'), "connector.answer"),
    "a page of rubbish rows": (lambda _query: (200, b'{"items": [{"foo": 1}], "next": "9"}'), "source.columns_gone"),
    "a refusal": (lambda _query: (401, b""), "connector.denied"),
    "a wrong address": (lambda _query: (404, b""), "connector.http_ours"),
    "too many questions": (lambda _query: (429, b""), "connector.http"),
    "no answer": (lambda _query: (None, b""), "connector.unreachable"),
}


@pytest.mark.parametrize("kind", TROUBLES)
def test_a_trouble_is_told_and_nothing_is_lost_by_it(served, kind):
    trouble, code = TROUBLES[kind]
    served.rows = [good("A"), good("B")]
    served.trouble = trouble
    source = connect("rest", served.url)
    with collecting():
        until(lambda: flow.of(source).problem == code)
        served.trouble = None
        until(lambda: landed() == 2)
    state = flow.of(source)
    assert (state.problem, state.failures) == ("", 0)


def test_a_source_that_hangs_keeps_no_other_waiting(served):
    hanging = Served()
    released = threading.Event()
    hanging.trouble = lambda _query: (released.wait(60), (200, b"{}"))[1]
    try:
        connect("treo", hanging.url)
        served.rows = [good("A")]
        connect("tot", served.url)
        with collecting():
            until(lambda: landed() == 1, seconds=30)
            released.set()
    finally:
        hanging.server.shutdown()


def test_a_paused_source_is_not_asked_and_a_resumed_one_goes_on(served):
    served.rows = [good("A")]
    connect("rest", served.url)

    def quiet():
        """Until nobody asks any more: a look may be under way."""
        asked = -1
        while asked != len(served.asked):
            asked = len(served.asked)
            time.sleep(2.5)

    with collecting():
        until(lambda: landed() == 1)
        actions.pause("rest", actor=SYSTEM)
        quiet()
        asked = len(served.asked)
        served.rows += [good("B")]
        time.sleep(1.5)
        assert len(served.asked) == asked
        actions.resume("rest", actor=SYSTEM)
        until(lambda: landed() == 2)
    assert [load.state for load in Load.objects.order_by("pk")] == ["done", "open"]


def test_a_replay_from_a_moment_still_to_come_is_refused_and_changes_nothing(served):
    source = connect("rest", served.url)
    with pytest.raises(Problem) as caught:
        actions.replay("rest", clock.now() + timedelta(days=1), actor=SYSTEM)
    assert caught.value.code == "replay.from"
    assert flow.of(source).cursor == {}


def test_reading_again_doubles_nothing(served):
    served.rows = [good(f"R{number}") for number in range(15)]
    source = connect("rest", served.url)
    with collecting():
        until(lambda: landed() == 15)
        actions.replay("rest", clock.parse_moment("2026-03-01", beginning=True), actor=SYSTEM)
        until(lambda: any("since" in query for _auth, query in served.asked))
        until(lambda: flow.of(source).cursor == {"at": "15"})
    assert landed() == 15
    load = Load.objects.get()
    assert (load.read, load.accepted, load.duplicates) == (30, 15, 15)


@pytest.mark.parametrize("paging", ["page", "offset", "none"])
def test_other_ways_of_paging_read_all_rows(served, paging):
    rows = [good(f"R{number}") for number in range(23)]

    def answer(query):
        start = {"page": (int(query.get("n", 1)) - 1) * 10, "offset": int(query.get("n", 0)), "none": 0}[paging]
        return 200, json.dumps(rows[start:] if paging == "none" else rows[start : start + 10]).encode()

    served.trouble = answer
    connect("rest", served.url, paging=paging, cursor_parameter="n", items="")
    with collecting():
        until(lambda: landed() == 23)
        time.sleep(0.6)
    assert landed() == 23
