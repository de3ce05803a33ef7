"""Simulated stations over MQTT: exact counts, faults counted as they are; with a real broker where one answers."""

import json
import socket
import threading
import time
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import paho.mqtt.client as mqtt
import pytest
from measured import reading
from paho.mqtt.enums import CallbackAPIVersion

from toancanh.domains.environment.broker import Broker
from toancanh.domains.environment.faults import KINDS
from toancanh.domains.environment.network import Network
from toancanh.domains.environment.stations import Station
from toancanh.domains.simulation.control import Server
from toancanh.domains.simulation.faults import Faults

HOST, PORT = "127.0.0.1", 1883
START = datetime(2026, 11, 23, 1, tzinfo=UTC)
PLACES = [Station("A", "gso:24133", 0.5), Station("B", "gso:24121", 0.5)]


def answers():
    with socket.socket() as line:
        line.settimeout(1)
        return line.connect_ex((HOST, PORT)) == 0


real = pytest.mark.skipif(not answers(), reason=f"needs an MQTT broker (Mosquitto) at {HOST}:{PORT}")


class Script:
    """A stream that tells what the test says."""

    def __init__(self):
        self.waiting, self.moment = [], START

    def now(self):
        return self.moment

    def due(self):
        rows, self.waiting = self.waiting, []
        yield rows


class Wire:
    """A line to a broker that keeps what it hears, and acknowledges it at once."""

    def __init__(self):
        self.connected, self.heard, self.new = True, [], []

    def send(self, topic, payload):
        self.heard.append((topic, payload))
        self.new.append(len(self.heard))
        return len(self.heard)

    def acknowledged(self):
        new, self.new = self.new, []
        return new

    def leave(self):
        self.connected = False

    def come_back(self):
        self.connected = True


@pytest.fixture
def script():
    return Script()


@pytest.fixture
def wire():
    return Wire()


@pytest.fixture
def network(script, wire):
    return Network(script, PLACES, "tinh/kk", wire, 1, 0.0, Faults(KINDS))


@pytest.fixture
def measure(script, network):
    """Let both stations measure in some minutes: the value is the minute."""

    def _measure(*minutes):
        script.waiting = [
            reading(START + timedelta(minutes=n), float(n), station=place.code, unit=place.unit, averaging="1m")
            for n in minutes
            for place in PLACES
        ]
        network.publish()

    return _measure


def values(wire, station="A"):
    return [json.loads(payload)["giaTri"] for topic, payload in wire.heard if topic == f"tinh/kk/{station}"]


def counted(network):
    return {name: network.counts()[name] for name in ("published", "distinct", "repeated", "malformed", "waiting")}


def exactly(distinct, *, repeated=0, malformed=0, waiting=0):
    published = distinct + repeated + malformed
    return {
        "published": published,
        "distinct": distinct,
        "repeated": repeated,
        "malformed": malformed,
        "waiting": waiting,
    }


def test_each_station_has_a_topic_and_every_reading_counts_once(network, measure, wire):
    measure(*range(5))
    assert values(wire) == values(wire, "B") == [0, 1, 2, 3, 4]
    assert counted(network) == exactly(10)
    assert network.counts()["by_station"] == {"A": 5, "B": 5}


def test_what_the_broker_has_not_acknowledged_waits(network, measure, wire, monkeypatch):
    monkeypatch.setattr(wire, "acknowledged", list)
    measure(1)
    assert counted(network) == exactly(0, waiting=2)
    monkeypatch.undo()
    assert counted(network) == exactly(2)


def test_a_silent_station_says_nothing_and_the_others_go_on(network, measure, wire):
    network.faults.switch("silent")
    measure(1, 2)
    assert (values(wire), values(wire, "B")) == ([], [1, 2])
    assert counted(network) == exactly(2)


def test_a_stuck_station_tells_one_value_until_it_is_mended(network, measure, wire):
    measure(1)
    network.faults.switch("stuck")
    measure(2, 3, 4)
    network.faults.clear()
    measure(5)
    assert values(wire) == [1, 2, 2, 2, 5]
    assert values(wire, "B") == [1, 2, 3, 4, 5]


def test_spikes_are_twenty_times_too_large_now_and_then(network, measure, wire):
    network.faults.switch("spike")
    measure(*range(1, 201))
    wrong = [told / n for n, told in enumerate(values(wire), 1) if told != n]
    assert 5 < len(wrong) < 50
    assert set(wrong) == {20}
    assert values(wire, "B") == list(range(1, 201))


def test_a_wrong_clock_is_an_hour_ahead_and_what_is_told_again_later_is_repeated(network, measure, wire):
    network.faults.switch("clock")
    measure(0, 1)
    network.faults.clear()
    measure(59, 60, 61, 62)
    moments = [json.loads(payload)["thoiGian"][11:16] for topic, payload in wire.heard if topic.endswith("A")]
    assert moments == ["09:00", "09:01", "08:59", "09:00", "09:01", "09:02"]
    assert counted(network) == exactly(10, repeated=2)
    keys = {(payload["maTram"], payload["thoiGian"]) for _topic, text in wire.heard if (payload := json.loads(text))}
    assert len(keys) == 10


def test_repeated_messages_come_twice_and_count_apart(network, measure, wire):
    network.faults.switch("repeat")
    measure(1, 2)
    assert values(wire) == [1, 1, 2, 2]
    assert counted(network) == exactly(4, repeated=4)


def test_disorder_shuffles_neighbours_and_loses_none(network, measure, wire):
    network.faults.switch("disorder")
    measure(*range(33))
    assert counted(network) == exactly(60, waiting=6)
    network.faults.clear()
    measure()
    assert values(wire) != list(range(33))
    assert sorted(values(wire)) == list(range(33))
    assert counted(network) == exactly(66)


def test_nonsense_is_no_json_and_counts_as_malformed(network, measure, wire):
    network.faults.switch("nonsense")
    measure(*range(20))
    for topic, payload in wire.heard:
        if topic.endswith("A"):
            with pytest.raises(ValueError, match=r"."):
                json.loads(payload)
    assert counted(network) == exactly(20, malformed=20)


def test_what_was_measured_while_down_is_sent_afterwards_in_order(network, measure, wire):
    measure(1)
    network.faults.switch("down")
    measure(2, 3)
    assert (wire.connected, values(wire)) == (False, [1])
    assert counted(network) == exactly(2, waiting=4)
    network.faults.clear()
    measure(4)
    assert values(wire) == [1, 2, 3, 4]
    assert counted(network) == exactly(8)


def test_malformed_messages_stand_beside_the_readings_they_are_modelled_on(script, wire):
    network = Network(script, PLACES, "tinh/kk", wire, 1, 0.2, Faults(KINDS))
    script.waiting = [reading(START + timedelta(minutes=n), 1.0, station="A", averaging="1m") for n in range(500)]
    network.publish()
    told = Counter(json.loads(payload)["maTram"] for _topic, payload in wire.heard)
    assert counted(network) == exactly(500, malformed=told["HONG-A"])
    assert told["A"] == 500
    assert 60 < told["HONG-A"] < 140


def test_counts_and_faults_are_a_port_away(network, measure):
    measure(1)
    server = Server("127.0.0.1", 0, network)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()

    def ask(method, path, body=None):
        call = urllib.request.Request(server.url + path, body and json.dumps(body).encode(), method=method)
        with urllib.request.urlopen(call, timeout=10) as answer:
            return json.loads(answer.read())

    assert ask("GET", "/counts")["distinct"] == 2
    assert ask("POST", "/faults", {"kind": "stuck", "seconds": 30})["kind"] == network.faults.kind == "stuck"
    assert ask("GET", "/faults")["kinds"] == list(KINDS)
    assert ask("DELETE", "/faults")["kind"] is None
    assert ask("GET", "/healthz") == {"status": "ok"}
    server.shutdown()
    server.server_close()


@pytest.fixture
def topic():
    """A topic of this test's own."""
    return f"thu-nghiem/{uuid4().hex}"


@pytest.fixture
def heard(topic):
    """What a client of the real broker hears under the topic."""
    found, ready = [], threading.Event()
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _client, _data, message: found.append((message.topic, message.payload))
    client.on_subscribe = lambda *_more: ready.set()
    client.connect(HOST, PORT)
    client.subscribe(f"{topic}/#", qos=1)
    client.loop_start()
    assert ready.wait(5)
    yield found
    client.disconnect()
    client.loop_stop()


def until(true):
    deadline = time.monotonic() + 5
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert true()


@real
def test_a_real_broker_hears_exactly_what_is_counted(script, topic, heard):
    network = Network(script, PLACES, topic, Broker(f"mqtt://{HOST}:{PORT}"), 1, 0.1, Faults(KINDS))
    rows = [
        reading(START + timedelta(minutes=n), 1.0, station="A", averaging="1m") for n in range(800)
    ]  # a broker keeps a thousand for who is slow
    script.waiting = rows
    network.publish()
    network.finish()
    counts = counted(network)
    assert (counts["distinct"], counts["waiting"]) == (800, 0)
    until(lambda: len(heard) >= counts["published"])
    told = Counter(json.loads(payload)["maTram"] for _topic, payload in heard)
    assert told == {"A": 800, "HONG-A": counts["malformed"]}
    assert {where for where, _payload in heard} == {f"{topic}/A"}


@real
def test_a_real_broker_hears_afterwards_what_was_measured_while_down(script, topic, heard):
    network = Network(script, PLACES, topic, Broker(f"mqtt://{HOST}:{PORT}"), 1, 0.0, Faults(KINDS))
    line = network._line

    def measure(minutes):
        script.waiting = [reading(START + timedelta(minutes=n), float(n), station="A") for n in minutes]
        network.publish()

    measure(range(5))
    network.faults.switch("down")
    measure(range(5, 10))
    until(lambda: network.publish() or not line.connected)
    assert counted(network) == exactly(5, waiting=5)
    network.faults.clear()
    measure(range(10, 15))
    network.finish()
    until(lambda: len(heard) >= 15)
    assert [json.loads(payload)["giaTri"] for _topic, payload in heard] == list(range(15))
    assert counted(network) == exactly(15)


@pytest.mark.parametrize("url", ["127.0.0.1:1883", "http://127.0.0.1", "mqtt://", ""])
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(ValueError, match=r"^"):
        Broker(url)


def test_a_broker_that_does_not_answer_is_told():
    with socket.socket() as taken:
        taken.bind((HOST, 0))  # bound and not listening: refused
        with pytest.raises(ConnectionError):
            Broker(f"mqtt://{HOST}:{taken.getsockname()[1]}")
