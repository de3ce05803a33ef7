"""Running: a real server answers, takes loads beside it, keeps others out of its home, ends when told."""

import base64
import json
import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import suppress

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


@pytest.fixture
def disk(toancanh):
    """The home on a disk of its own, of 48 MB."""
    if os.geteuid():
        pytest.skip("only root can mount a small disk")
    toancanh.home.mkdir()
    small = ["mount", "-t", "tmpfs", "-o", "size=48m,mode=700", "tmpfs", str(toancanh.home)]
    if subprocess.run(small, check=False).returncode:
        pytest.skip("this machine does not allow mounting")
    yield toancanh.home
    subprocess.run(["umount", "--lazy", str(toancanh.home)], check=True)


def fill(disk, leave):
    """Take the room of a disk but for some bytes."""
    room = os.statvfs(disk)
    with suppress(OSError):  # full a little sooner: the centre wrote something meanwhile
        (disk / "filler").write_bytes(bytes(max(0, room.f_bavail * room.f_frsize - leave)))


def post(port, name, text):
    """Hand in a file over HTTP."""
    body = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n{text}\r\n--x--\r\n'
    call = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/sources/dossiers/loads", body.encode())
    call.add_header("Content-Type", "multipart/form-data; boundary=x")
    call.add_header("Authorization", "Basic " + base64.b64encode(b"lan:mat-khau-rat-dai").decode())
    try:
        with urllib.request.urlopen(call, timeout=30) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def settled(toancanh):
    """The states of all loads once none waits or runs."""
    deadline = time.monotonic() + UP
    while time.monotonic() < deadline:
        states = [load["state"] for load in toancanh.json("loads")["items"]]
        if not {"waiting", "running"} & set(states):
            return states
        time.sleep(0.3)
    raise AssertionError(states)


@pytest.mark.slow
def test_a_disk_that_fills_under_a_running_centre_is_told_whoever_meets_it_and_loses_nothing(
    disk, server, toancanh, dossiers
):
    _process, port = server
    heads = dossiers.read_text().partition("\n")[0]
    assert toancanh("user", "create", "lan", "--role", "steward", typed="mat-khau-rat-dai\n").returncode == 0
    row = "{0}-{1},1,tc.{1},gso:24133,2,2,2026-03-02T08:15:00,2026-03-02T08:15:00,2026-03-05T17:00:00,,0,,false"
    refused = 0
    rooms = [0, 4_096, 12_288, 65_536, 262_144]  # beyond the file itself: for the database, for the warehouse
    for turn, room in enumerate(rooms):
        text = "\n".join([heads, *(row.format(turn, number) for number in range(500)), ""])
        fill(disk, len(text) + room if turn else 0)
        status, answer = post(port, f"{turn}.csv", text)
        assert status in (202, 507), answer
        if status == 507:
            refused += 1
            assert "Hết chỗ trên đĩa" in answer["title"]
            assert "Giải phóng" in answer["detail"]
        assert get(port, "/healthz")[0] == 200
        (disk / "filler").unlink()
        assert post(port, f"{turn}.csv", text)[0] == 202
        assert settled(toancanh)[0] == "done"
        assert toancanh.json("records", "dossier", "--count") == {"rows": 500 * (turn + 1), "keys": 500 * (turn + 1)}
    assert refused >= 2
