"""Simulating: a system of its own that prints where it listens, answers, and ends when told."""

import json
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from uuid import uuid4

import pytest

from toancanh.base.problems import Problem
from toancanh.cli import simulate as simulate_command

WAIT = 60  # seconds until it must listen


def get(url, token=""):
    call = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(call, timeout=10) as answer:
        return json.loads(answer.read())


@pytest.fixture
def simulate(toancanh):
    """Starts a simulated system on a free port: process, and the last words of the first two lines: address, token."""
    started = []

    def start(*words, system="dossiers"):
        process = subprocess.Popen(
            [toancanh.command, "simulate", system, "--port", "0", *words],
            env=toancanh.environment, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        started.append(process)
        address, token = (process.stdout.readline().split()[-1] for _line in range(2))
        return process, address, token

    yield start
    for process in started:
        process.kill()
        process.wait(WAIT)


def until(found, url):
    """The counts, once they are as wanted."""
    deadline = time.monotonic() + WAIT
    while not found(counts := get(f"{url}/counts")):
        assert time.monotonic() < deadline, counts
        time.sleep(0.1)
    return counts


def test_a_steady_stream_is_served_without_the_warehouse_and_ends_when_told(simulate):
    process, url, token = simulate("--rate", "200", "--malformed", "0")
    until(lambda counts: counts["published"] >= 100, url)
    page = get(f"{url}/api/events", token)
    assert page["items"][0]["maHoSo"].startswith("MPD.2026.")
    assert page["items"][0]["moPhong"] is True
    assert "deltalake" not in Path(f"/proc/{process.pid}/maps").read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0


@pytest.mark.slow
def test_days_of_the_past_pass_at_the_speed_asked_for(simulate):
    process, url, token = simulate(
        "--from", "2026-11-20", "--speed", "1000000", "--malformed", "0", "--token", "mot-cua"
    )
    assert token == "mot-cua"
    until(lambda counts: counts["distinct"] > 5000, url)
    items = get(f"{url}/api/events?limit=5000", token)["items"]
    assert {item["thoiDiem"][:10] for item in items} == {"2026-11-20"}
    process.send_signal(signal.SIGINT)
    assert process.wait(5) == 0


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ({"rate": 0}, "simulate.range", "--rate là 0, ngoài khoảng"),
        ({"malformed": 2}, "simulate.range", "Chọn 0 – 1"),
        ({"rate": 1, "since": "2026-11-20"}, "simulate.both", "--rate không đi cùng --from"),
        ({"fault": "khac"}, "simulate.fault", "slow, error, half"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_the_remedy(options, code, said):
    with pytest.raises(Problem) as met:
        simulate_command.dossiers(**options)
    assert met.value.code == code
    assert said in str(met.value)


def test_the_national_portal_tells_what_a_one_stop_system_told(simulate):
    _process, url, token = simulate("--rate", "200", "--malformed", "0")
    reads = f"http://{token}@{url.removeprefix('http://')}/api/events"
    words = ("--reads", reads, "--lag", "0", "--lost", "0.1", "--changed", "0.2", "--extra", "0")
    process, portal, code = simulate(*words, system="national")
    until(lambda counts: counts["distinct"] >= 300, url)
    urllib.request.urlopen(urllib.request.Request(f"{url}/hold", method="POST"), timeout=10).close()
    published = get(f"{url}/counts")
    counts = until(lambda counts: counts["heard"] == published["distinct"] and not counts["waiting"], portal)
    assert (counts["dossiers"], counts["refused"], counts["untold"]) == (published["dossiers"], 0, 0)
    assert counts["lost"] > 0 < sum(counts["changed"].values())
    item = get(f"{portal}/api/hoso?limit=1", code)["items"][0]
    assert item.keys() >= {"TrangThai", "NgayTiepNhan", "NgayHenTra", "NgayKetThucXuLy", "KenhThucHien"}
    assert "deltalake" not in Path(f"/proc/{process.pid}/maps").read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ({}, "simulate.reads", "http://MÃ@máy:cổng/api/events"),
        ({"reads": ("http://127.0.0.1:8020/api/events",)}, "simulate.reads", "127.0.0.1:8020"),
        ({"lost": 2}, "simulate.range", "--lost là 2"),
        ({"lag": -1}, "simulate.range", "--lag là -1"),
        ({"fault": "schema"}, "simulate.fault", "slow, error, half"),
    ],
)
def test_a_portal_that_cannot_be_is_refused_with_the_remedy(options, code, said):
    with pytest.raises(Problem) as met:
        simulate_command.national(**options)
    assert met.value.code == code
    assert said in str(met.value)


def test_a_token_is_not_repeated_where_an_address_is_refused():
    with pytest.raises(Problem) as met:
        simulate_command.national(reads=("ftp://bi-mat@may/api",))
    assert "bi-mat" not in str(met.value)


def test_a_day_yet_to_come_is_refused_in_the_callers_language(toancanh):
    done = toancanh("simulate", "dossiers", "--from", "2126-01-01", language="en")
    assert (done.returncode, done.stdout) == (1, "")
    assert "01/01/2126 cannot be simulated" in done.stderr


def broker_answers():
    with socket.socket() as line:
        line.settimeout(1)
        return line.connect_ex(("127.0.0.1", 1883)) == 0


@pytest.mark.skipif(not broker_answers(), reason="needs an MQTT broker (Mosquitto) at 127.0.0.1:1883")
def test_stations_send_to_a_broker_without_the_warehouse_and_end_when_told(simulate):
    topic = f"thu-nghiem/{uuid4().hex}"
    process, url, told = simulate("--rate", "500", "--malformed", "0", "--topic", topic, system="sensors")
    assert told == f"{topic}/+"
    counts = until(lambda counts: counts["distinct"] >= 500, url)
    assert (counts["malformed"], counts["repeated"], len(counts["by_station"])) == (0, 0, 10)
    assert "deltalake" not in Path(f"/proc/{process.pid}/maps").read_text()
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ({"stations": 0}, "simulate.range", "--stations là 0, ngoài khoảng"),
        ({"rate": 1, "speed": 2}, "simulate.both", "--rate không đi cùng --from hay --speed"),
        ({"fault": "slow"}, "simulate.fault", "silent, stuck, spike"),
        ({"topic": "tinh/#"}, "simulate.topic", "`tinh/#`"),
        ({"topic": "/"}, "simulate.topic", "không trống"),
    ],
)
def test_stations_that_cannot_be_are_refused_with_the_remedy(options, code, said):
    with pytest.raises(Problem) as met:
        simulate_command.sensors(**options)
    assert met.value.code == code
    assert said in str(met.value)


def test_a_broker_that_does_not_answer_is_named_without_its_password(toancanh):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound and not listening: refused
        broker = f"127.0.0.1:{taken.getsockname()[1]}"
        words = ("simulate", "sensors", "--port", "0", "--broker", f"mqtt://tram:bi-mat@{broker}")
        done = toancanh(*words, language="en")
    assert (done.returncode, done.stdout) == (1, "")
    assert f"MQTT broker {broker}" in done.stderr
    assert "bi-mat" not in done.stderr


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ({"centre": "127.0.0.1:8000"}, "simulate.centre", "--centre http://máy:cổng"),
        ({"speed": 0}, "simulate.range", "--speed là 0"),
        ({"never": 2}, "simulate.range", "--never là 2"),
        ({"fault": "slow"}, "simulate.fault", "silent, twice"),
    ],
)
def test_officers_that_cannot_be_are_refused_with_the_remedy(options, code, said):
    with pytest.raises(Problem) as met:
        simulate_command.officers(**options)
    assert met.value.code == code
    assert said in str(met.value)


def test_officers_of_a_home_without_their_accounts_are_refused_with_the_remedy(toancanh):
    done = toancanh("simulate", "officers", "--port", "0")
    assert (done.returncode, done.stdout) == (1, "")
    assert str(toancanh.home) in done.stderr
    assert "toancanh run --demo" in done.stderr
