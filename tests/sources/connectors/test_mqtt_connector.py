"""Messages of a broker are taken at least once, whoever dies in between; what is no JSON is not lost."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from decimal import Decimal
from pathlib import Path

import pytest
import servers
from paho.mqtt import client as paho
from paho.mqtt import publish
from setting import made

import toancanh
from toancanh.base.problems import Problem

MOSQUITTO = shutil.which("mosquitto", path=f"{os.environ.get('PATH')}:/usr/sbin")


def until(condition, seconds=10):
    """Wait for it; whether it came."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return False


class Ear:
    """A connector that listens in a thread: what was taken, and the problem it ended with."""

    def __init__(self, options, take=None):
        self.batches, self.problem = [], None
        self._take, self._stopping = take, threading.Event()
        self._connector = made("mqtt", options)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        try:
            self._connector.listen(self._taken, self._stopping)
        except Exception as problem:
            self.problem = problem

    def _taken(self, rows):
        self.batches.append((threading.get_ident(), rows))
        if self._take:
            self._take(rows)

    @property
    def rows(self):
        return [row for _thread, rows in self.batches for row in rows]

    @property
    def numbers(self):
        return [row["n"] for row in self.rows]

    def ends(self, seconds=10):
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def stop(self):
        """Stop it; how long that took, in seconds."""
        before = time.monotonic()
        self._stopping.set()
        assert self.ends()
        return time.monotonic() - before


class Topic:
    """A topic of its own at a broker."""

    def __init__(self, port, **options):
        self.name = f"thử/{secrets.token_hex(6)}"
        self.port = port
        self.options = {
            "host": "127.0.0.1",
            "port": port,
            "topic": f"{self.name}/#",
            "timeout": 3,
            "batch_seconds": 0.1,
        }
        self.options |= {"client": f"thu-{secrets.token_hex(6)}"} | options
        self._ears = []

    def listen(self, take=None, **options):
        ear = Ear(self.options | options, take)
        self._ears.append(ear)
        return ear

    def subscribe(self):
        """Make the session, so that the broker keeps what comes from now on."""
        self._visit(clean=False)

    def _visit(self, *, clean):
        answered = threading.Event()
        visitor = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=self.options["client"], clean_session=clean)
        visitor.on_connect = lambda *_told: visitor.subscribe(self.options["topic"], 1)
        visitor.on_subscribe = lambda *_told: answered.set()
        visitor.connect("127.0.0.1", self.port)
        visitor.loop_start()
        assert answered.wait(10)
        visitor.disconnect()
        visitor.loop_stop()

    def say(self, *payloads, below="trạm 1/nước", retain=False):
        messages = [
            {"topic": f"{self.name}/{below}", "payload": payload, "qos": 1, "retain": retain} for payload in payloads
        ]
        publish.multiple(messages, hostname="127.0.0.1", port=self.port)

    def close(self):
        for ear in self._ears:
            ear.stop()
        self._visit(clean=True)  # so that the broker forgets us


@pytest.fixture
def broker():
    try:
        socket.create_connection(("127.0.0.1", 1883), 1).close()
    except OSError:
        pytest.skip("no MQTT broker answers at 127.0.0.1:1883")
    return 1883


@pytest.fixture
def topic(broker):
    topic = Topic(broker)
    yield topic
    topic.close()


class Broker:
    """A Mosquitto of the tests' own, which keeps its sessions on disk."""

    def __init__(self, folder, *lines):
        self.port, self._folder = servers.free_port(), folder
        self._config = folder / "mosquitto.conf"
        told = [f"listener {self.port} 127.0.0.1", "user root", "persistence true", f"persistence_location {folder}/"]
        if not any(line.startswith("allow_anonymous") for line in lines):
            told.append("allow_anonymous true")
        self._config.write_text("\n".join([*told, *lines, ""]))
        self.start()

    def start(self):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen([MOSQUITTO, "-c", self._config], **quiet)

        def answers():
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return True
            return False

        assert until(answers)

    def stop(self):
        self._process.terminate()
        self._process.wait(10)

    def hold(self):
        self._process.send_signal(signal.SIGSTOP)

    def kill(self):
        self._process.kill()
        self._process.wait(10)


@pytest.fixture
def own(tmp_path):
    """Starts a broker with further lines of configuration."""
    if not MOSQUITTO:
        pytest.skip("there is no mosquitto to start")
    brokers = []

    def start(*lines):
        folder = tmp_path / f"broker{len(brokers)}"
        folder.mkdir()
        brokers.append(Broker(folder, *lines))
        return brokers[-1]

    yield start
    for broker in brokers:
        broker.kill()


# -- What is said ------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["5", "3.1.1"])
def version(request):
    return request.param


def test_an_object_and_each_of_an_array_become_rows_with_their_topic(topic, version):
    topic.subscribe()
    topic.say('{"muc": 1.50, "tram": "Hòa Thắng"}', '[{"n": 1}, {"n": 2}]')
    ear = topic.listen(version=version)
    assert until(lambda: len(ear.rows) == 3)
    levels = {"_topic": f"{topic.name}/trạm 1/nước", "_topic.1": "thử", "_topic.2": topic.name[4:]}
    levels |= {"_topic.3": "trạm 1", "_topic.4": "nước"}
    assert ear.rows == [{"muc": Decimal("1.50"), "tram": "Hòa Thắng"} | levels, {"n": 1} | levels, {"n": 2} | levels]


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (b"23.5", "23.5"),
        (b"ON", "ON"),
        (b"", ""),
        (b'{"n": ', '{"n": '),
        (b'{"n": NaN}', '{"n": NaN}'),
        (b'{"n": 1, "n": 2}', '{"n": 1, "n": 2}'),
        (b"\xff\x00\xfe", "\\xff\x00\\xfe"),
        (b"[" * 100_000, "[" * 100_000),
        (b'[1, "hai"]', "1"),
        (b'[1, "hai"]', '"hai"'),
        ("mực nước".encode(), "mực nước"),
    ],
)
def test_a_payload_that_is_no_object_is_handed_on_as_text(payload, text):
    from toancanh.sources.connectors.mqtt import _rows

    assert {"_payload": text, "_topic": "a/b", "_topic.1": "a", "_topic.2": "b"} in _rows("a/b", payload)


def test_columns_of_the_topic_are_ours():
    from toancanh.sources.connectors.mqtt import _rows

    payload = b'{"_topic": {"1": "x"}, "_topic.1": "x", "_topic.9": "x", "n": 1}'
    assert _rows("a/b", payload) == [{"n": 1, "_topic": "a/b", "_topic.1": "a", "_topic.2": "b"}]


def test_an_empty_array_is_acknowledged_and_tells_nothing(topic):
    topic.subscribe()
    topic.say("[]", '{"n": 1}')
    ear = topic.listen()
    assert until(lambda: ear.rows)
    ear.stop()
    assert (ear.numbers, topic.listen().rows) == ([1], [])


def test_a_retained_message_is_taken(topic):
    topic.say('{"n": 7}', retain=True)
    ear = topic.listen()
    assert until(lambda: ear.rows)
    topic.say("", retain=True)
    assert ear.numbers[0] == 7


# -- Batches -----------------------------------------------------------------------------------------------------------


def test_messages_are_taken_in_batches_by_one_thread_in_their_order(topic, version):
    topic.subscribe()
    topic.say(*(f'{{"n": {number}}}' for number in range(95)))
    ear = topic.listen(version=version, batch_rows=10, batch_seconds=0.2)
    assert until(lambda: len(ear.rows) == 95)
    assert ear.numbers == list(range(95))
    assert max(len(rows) for _thread, rows in ear.batches) == 10
    assert len({thread for thread, _rows in ear.batches}) == 1


def test_a_batch_that_does_not_fill_waits_no_longer_than_told(topic):
    topic.subscribe()
    ear = topic.listen(batch_rows=500, batch_seconds=0.2)
    time.sleep(0.3)
    before = time.monotonic()
    topic.say('{"n": 1}')
    assert until(lambda: ear.rows)
    assert time.monotonic() - before < 1


def test_a_broker_may_send_more_than_twenty_before_it_is_answered(topic):
    topic.subscribe()
    topic.say(*(f'{{"n": {number}}}' for number in range(100)))
    ear = topic.listen(batch_rows=100, batch_seconds=5)
    assert until(lambda: ear.rows, 3)
    assert len(ear.batches[0][1]) == 100


def test_it_stops_within_a_second_whatever_it_does(topic, own):
    quiet = topic.listen()
    time.sleep(0.3)
    silent = socket.create_server(("127.0.0.1", 0))
    waiting = topic.listen(port=silent.getsockname()[1], timeout=30)
    time.sleep(0.3)
    assert max(quiet.stop(), waiting.stop()) < 1
    assert (quiet.problem, waiting.problem) == (None, None)
    silent.close()


# -- Nothing is lost ---------------------------------------------------------------------------------------------------


def test_what_came_while_nobody_listened_is_taken_later(topic, version):
    topic.subscribe()
    topic.say('{"n": 1}', '{"n": 2}')
    ear = topic.listen(version=version)
    assert until(lambda: len(ear.rows) == 2)
    ear.stop()
    assert ear.numbers == [1, 2]
    # A broker may meet the next visit before it has read the last acknowledgement; what it then sends again it knows.
    assert until(lambda: not heard_anew(topic, version))


def heard_anew(topic, version):
    ear = topic.listen(version=version)
    time.sleep(0.5)
    ear.stop()
    return ear.rows


def test_what_could_not_be_taken_is_sent_again(topic, version):
    topic.subscribe()
    topic.say('{"n": 1}', '{"n": 2}')

    def full(rows):
        raise OSError("no space")

    ear = topic.listen(full, version=version)
    assert ear.ends()
    assert isinstance(ear.problem, OSError)
    again = topic.listen(version=version)
    assert until(lambda: len(again.rows) == 2)
    assert again.numbers == [1, 2]


def test_nothing_is_acknowledged_before_it_is_safe(topic):
    topic.subscribe()
    topic.say('{"n": 1}')
    safe = threading.Event()
    slow = topic.listen(lambda rows: safe.wait(10))
    assert until(lambda: slow.rows)
    other = topic.listen()  # takes the session over
    assert until(lambda: other.rows)
    safe.set()
    assert slow.ends()
    assert (other.numbers, slow.problem.code) == ([1], "connector.cut")


KILLED = """
import os, sys, threading, django
django.setup()
from toancanh.sources.connectors import connector

def take(rows):
    open(sys.argv[4], "a").write("".join(f"{row['n']}\\n" for row in rows))
    os.kill(os.getpid(), 9)

told = {"host": "127.0.0.1", "port": int(sys.argv[1]), "topic": sys.argv[2], "client": sys.argv[3]}
connector.made("mqtt", connector.read("mqtt", told, {}), {}).listen(take, threading.Event())
"""


def test_a_process_killed_between_taking_and_acknowledging_loses_nothing(topic, tmp_path):
    topic.subscribe()
    topic.say('{"n": 1}', '{"n": 2}', '{"n": 3}')
    taken = tmp_path / "taken"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "toancanh.config.settings",
        "PYTHONPATH": str(Path(toancanh.__file__).parents[1]),
    }
    told = [str(topic.port), topic.options["topic"], topic.options["client"], str(taken)]
    done = subprocess.run([sys.executable, "-c", KILLED, *told], env=environment, timeout=30, check=False)
    assert (done.returncode, taken.read_text().split()) == (-9, ["1", "2", "3"])
    ear = topic.listen()
    assert until(lambda: len(ear.rows) >= 3)
    assert ear.numbers == [1, 2, 3]


def test_a_broker_that_goes_away_is_told_once_and_read_on_when_it_is_back(own):
    broker = own("autosave_interval 1", "autosave_on_changes true")
    topic = Topic(broker.port)
    topic.subscribe()
    topic.say('{"n": 1}')
    ear = topic.listen()
    assert until(lambda: ear.rows)
    broker.stop()
    assert ear.ends()
    assert ear.problem.code == "connector.cut"
    assert (away := topic.listen()).ends()
    assert away.problem.code == "connector.unreachable"
    broker.start()
    topic.say('{"n": 2}')
    back = topic.listen()
    assert until(lambda: back.rows)
    assert [number for number in back.numbers if number == 2] == [2]


def test_a_broker_killed_in_the_middle_loses_nothing_that_it_kept(own):
    broker = own("autosave_interval 1", "autosave_on_changes true")
    topic = Topic(broker.port)
    topic.subscribe()
    topic.say(*(f'{{"n": {number}}}' for number in range(50)))
    ear = topic.listen(lambda rows: broker.kill(), batch_rows=10)
    assert ear.ends()
    assert ear.problem.code == "connector.cut"
    broker.start()
    again = topic.listen()
    assert until(lambda: {*ear.numbers, *again.numbers} >= set(range(50)))


# -- Refusals ----------------------------------------------------------------------------------------------------------


def refusal(topic, **options):
    ear = topic.listen(**options)
    assert ear.ends()
    assert isinstance(ear.problem, Problem)
    return ear.problem


def test_a_broker_that_nobody_runs_or_knows_is_unreachable(topic):
    assert refusal(topic, port=servers.free_port()).code == "connector.unreachable"
    assert refusal(topic, host="khong-co.invalid").code == "connector.unreachable"


def test_a_broker_that_accepts_and_stays_silent_times_out(topic):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        problem = refusal(topic, port=silent.getsockname()[1], timeout=0.3)
    assert (problem.code, problem.params["seconds"]) == ("connector.timeout", "0.3")


def test_a_broker_that_is_held_before_the_subscription_times_out(own):
    broker = own()
    broker.hold()
    assert refusal(Topic(broker.port), timeout=0.3).code == "connector.timeout"


def test_a_wrong_password_is_told_without_it(own, tmp_path, version):
    if not shutil.which("mosquitto_passwd"):
        pytest.skip("there is no mosquitto_passwd to make a password with")
    passwords = tmp_path / "passwords"
    subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "xa", "đúng"], check=True)
    broker = own("allow_anonymous false", f"password_file {passwords}")
    topic = Topic(broker.port, user="xa", password="đúng", version=version)
    wrong = refusal(topic, password="sai")
    assert (wrong.code, wrong.params["user"]) == ("connector.refused", "xa")
    assert "sai" not in str(wrong)
    ear = topic.listen()
    time.sleep(0.3)
    ear.stop()
    assert ear.problem is None


def test_a_broker_within_tls_is_believed_where_its_authority_is_known(own, tmp_path):
    file, public = servers.certificate(tmp_path)
    broker = own(f"certfile {file}", f"keyfile {file}")
    topic = Topic(broker.port, tls=True, host="localhost", authority=public)
    ear = topic.listen()
    time.sleep(0.3)
    ear.stop()
    assert ear.problem is None
    assert refusal(topic, authority="").code == "connector.certificate"
    assert refusal(topic, host="127.0.0.1").code == "connector.certificate"


@pytest.mark.parametrize("name", ["a/#/b", "a+/b", "a/b#"])
def test_a_topic_that_is_no_filter_is_refused_before_anybody_is_asked(name):
    with pytest.raises(Problem) as caught:
        Ear({"host": "a", "topic": name})
    assert (caught.value.code, caught.value.params["option"]) == ("connector.option", "topic")


def test_a_thousand_messages_a_second_are_taken(topic):
    topic.subscribe()
    ear = topic.listen()
    before = time.monotonic()
    for start in range(0, 2_000, 500):
        topic.say(*(f'{{"n": {number}}}' for number in range(start, start + 500)))
    assert until(lambda: len(ear.rows) >= 2_000, 20)
    took = time.monotonic() - before
    print(f"2,000 messages: {2_000 / took:.0f} a second")
    assert (ear.numbers, took < 5) == (list(range(2_000)), True)
