"""Simulated stations that push: signed messages to a real port, each taken once whatever becomes of the line."""

import socket
import threading
import time
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from measured import reading
from standardwebhooks.webhooks import Webhook

from toancanh.domains.environment.faults import KINDS
from toancanh.domains.environment.network import Network
from toancanh.domains.environment.stations import Station
from toancanh.domains.environment.webhook import Hook
from toancanh.domains.simulation.faults import Faults

SECRET = "whsec_" + "dGhlIGtleSBvZiB0aGUgdGVzdCBzdGF0aW9ucw=="
START = datetime(2026, 11, 23, 1, tzinfo=UTC)
PLACES = [Station("A", "gso:24133", 0.5), Station("B", "gso:24121", 0.5)]
WAIT = 20.0  # seconds


class Centre(ThreadingHTTPServer):
    """Takes messages once each, as a centre does; `answers` are given to those that come first."""

    def __init__(self, port=0):
        super().__init__(("127.0.0.1", port), Taker)
        self.taken, self.answers = {}, []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def values(self):
        return [row["giaTri"] for rows in self.taken.values() for row in rows]


class Taker(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = self.server.answers.pop(0) if self.server.answers else 202
        try:
            rows = Webhook(SECRET).verify(body, dict(self.headers))
        except ValueError:
            answer = 422
        else:
            if answer in (202, 0):
                self.server.taken.setdefault(self.headers["webhook-id"], rows)
        if answer:
            self.send_response(answer)
            self.end_headers()

    def log_message(self, *_words):
        pass


@pytest.fixture
def centre():
    server = Centre()
    yield server
    server.shutdown()
    server.server_close()


class Script:
    def __init__(self):
        self.waiting = []

    def now(self):
        return START

    def due(self):
        rows, self.waiting = self.waiting, []
        yield rows


class Stations:
    """Two stations that push to a port."""

    def __init__(self, port):
        self.script, self.hook = Script(), Hook(f"http://127.0.0.1:{port}/push", SECRET)
        self.network = Network(self.script, PLACES, "tinh/kk", self.hook, 1, 0.0, Faults(KINDS))

    def measure(self, *minutes):
        self.script.waiting = [
            reading(START + timedelta(minutes=n), float(n), station=place.code, unit=place.unit, averaging="1m")
            for n in minutes
            for place in PLACES
        ]
        self.network.publish()

    def until(self, **wanted):
        deadline = time.monotonic() + WAIT
        while not wanted.items() <= (counts := self.network.counts()).items():
            assert time.monotonic() < deadline, counts
            self.network.publish()
            time.sleep(0.01)


@pytest.fixture
def stations(centre):
    found = Stations(centre.server_address[1])
    yield found
    found.hook.leave()


def test_readings_go_out_together_signed_and_are_counted_when_answered(stations, centre):
    stations.measure(*range(300))
    stations.until(published=600, distinct=600, waiting=0)
    assert sorted(centre.values) == sorted([float(n) for n in range(300)] * 2)
    assert all(len(rows) <= 100 for rows in centre.taken.values())


@pytest.mark.parametrize("answer", [503, 401, 0], ids=["busy", "another key", "cut before the answer"])
def test_what_was_not_answered_is_told_again_as_the_same_message(stations, centre, answer):
    centre.answers = [answer]
    stations.measure(1, 2)
    stations.until(distinct=4, waiting=0)
    assert sorted(centre.values) == [1, 1, 2, 2]


def test_a_centre_that_is_not_there_yet_hears_all_once_it_is():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    stations = Stations(port)
    stations.measure(1)
    time.sleep(0.3)
    assert stations.network.counts()["waiting"] == 2
    centre = Centre(port)
    stations.until(distinct=2, waiting=0)
    stations.hook.leave()
    centre.shutdown()
    centre.server_close()


def test_nonsense_is_refused_alone_and_spoils_no_reading(stations, centre):
    stations.network.faults.switch("nonsense")
    stations.measure(*range(20))
    stations.until(distinct=20, malformed=20, waiting=0)
    assert sorted(centre.values) == list(range(20))


def test_what_was_measured_while_down_is_sent_afterwards(stations, centre):
    stations.measure(1)
    stations.until(distinct=2)
    stations.network.faults.switch("down")
    stations.measure(2)
    stations.measure(3)
    assert stations.network.counts()["waiting"] == 4
    stations.network.faults.clear()
    stations.until(distinct=6, waiting=0)
    assert sorted(centre.values) == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize(("url", "secret"), [("mqtt://127.0.0.1", SECRET), ("http://127.0.0.1", ""), ("", SECRET)])
def test_an_address_or_a_key_that_is_none_is_refused(url, secret):
    with pytest.raises(ValueError, match=r"^"):
        Hook(url, secret)
