"""Running: a real server answers, takes loads beside it, keeps others out of its home, ends when told."""

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

import pytest

UP = 60  # seconds until it must answer


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get(port, path):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture
def server(toancanh, tmp_path):
    """A running centre: (process, port)."""
    port = free_port()
    with (tmp_path / "log").open("w+") as log:
        process = subprocess.Popen(
            [toancanh.command, "run", "--port", str(port)], env=toancanh.environment, stdout=log, stderr=log
        )
        try:
            deadline = time.monotonic() + UP
            while True:
                assert process.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                try:
                    if get(port, "/healthz")[0] == 200:
                        break
                except OSError:
                    time.sleep(0.2)
            yield process, port
        finally:
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


def test_a_centre_answers_takes_loads_and_keeps_its_home(server, toancanh, dossiers):
    process, port = server
    assert get(port, "/api/v1/openapi.json")[0] == 200
    status, body = get(port, "/api/v1/sources")
    assert (status, json.loads(body)["status"]) == (401, 401)
    counts = toancanh.json("load", "dossiers", dossiers)
    assert counts["accepted"] == 4
    second = toancanh("run", "--port", free_port(), seconds=30)
    assert second.returncode == 1
    assert str(toancanh.home) in second.stderr
    process.send_signal(signal.SIGTERM)
    assert process.wait(6) == 0
    assert toancanh.json("records", "dossier", "--count") == {"rows": 4, "keys": 2}


def test_a_taken_port_is_refused_in_words(toancanh):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = toancanh("run", "--port", port, seconds=30)
    assert done.returncode == 1
    assert str(port) in done.stderr
    assert "một chương trình khác đang dùng" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_address_of_another_machine_is_refused_in_words(toancanh):
    done = toancanh("run", "--host", "192.0.2.1", "--port", free_port(), seconds=30)
    assert done.returncode == 1
    assert "máy này không có địa chỉ đó" in done.stderr
    assert "--host" in done.stderr


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.10"])
def test_a_demo_for_others_to_reach_is_refused_before_anything_is_made(toancanh, host):
    done = toancanh("run", "--demo", "--host", host, "--port", free_port(), seconds=30)
    assert done.returncode == 1
    assert host in done.stderr
    assert not (toancanh.home / "toancanh.sqlite3").exists()
