"""Supervising: what dies is started again, everything ends together in seconds."""

import os
import signal
import subprocess
import sys
import time

import pytest

PARENT = """
import sys
from toancanh.base.processes import Process, Supervisor
folder = sys.argv[1]
child = (
    "import os, pathlib, signal, sys, time\\n"
    "folder, name = sys.argv[1:]\\n"
    "if name == 'deaf': signal.signal(signal.SIGTERM, signal.SIG_IGN)\\n"
    "pathlib.Path(folder, f'{name}.{os.getpid()}').touch()\\n"
    "time.sleep({'once': 0, 'idle': 0, 'brief': 2.2}.get(name, 60))\\n"
)
Supervisor([Process(n, ["-c", child, folder, n], once=n == "once") for n in sys.argv[2:]]).run()
"""
SECONDS = 15


@pytest.fixture
def supervise(tmp_path):
    """Start a supervisor of children that leave a file `name.pid` each; end whatever is left."""
    started = []

    def _supervise(*names):
        parent = subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path), *names])
        started.append(parent)
        return parent

    yield _supervise
    for parent in started:
        if parent.poll() is None:
            parent.kill()
            parent.wait()
    for file in tmp_path.iterdir():
        end(int(file.suffix[1:]), signal.SIGKILL)


def end(pid, number):
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return False
    return True


def pids(folder, name, count):
    """The processes that ever ran under that name, once there are `count` of them."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        found = [int(file.suffix[1:]) for file in sorted(folder.glob(f"{name}.*"), key=lambda f: f.stat().st_mtime_ns)]
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"{name}: fewer than {count} processes in {SECONDS} s")


def alive(pid):
    return end(pid, 0)


def test_a_killed_child_is_started_again_and_the_other_left_alone(supervise, tmp_path):
    supervise("a", "b")
    (first,) = pids(tmp_path, "a", 1)
    (other,) = pids(tmp_path, "b", 1)
    end(first, signal.SIGKILL)
    _dead, second = pids(tmp_path, "a", 2)
    assert alive(second)
    assert pids(tmp_path, "b", 1) == [other]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_all_end_within_five_seconds_of_a_signal(supervise, tmp_path, number):
    parent = supervise("a", "b")
    children = pids(tmp_path, "a", 1) + pids(tmp_path, "b", 1)
    parent.send_signal(number)
    assert parent.wait(5) == 0
    assert not any(alive(pid) for pid in children)


def test_a_child_that_does_not_listen_is_ended_all_the_same(supervise, tmp_path):
    parent = supervise("deaf")
    (child,) = pids(tmp_path, "deaf", 1)
    parent.terminate()
    assert parent.wait(5) == 0
    assert not alive(child)


def test_what_runs_once_is_not_started_again(supervise, tmp_path):
    supervise("once", "a")
    pids(tmp_path, "once", 1)
    pids(tmp_path, "a", 1)
    time.sleep(1.5)
    assert len(pids(tmp_path, "once", 1)) == 1


def test_one_that_ends_well_is_started_anew_without_a_word(supervise, tmp_path, capfd):
    supervise("brief")
    pids(tmp_path, "brief", 3)
    told = capfd.readouterr()
    assert "process ended" not in told.out + told.err


def test_one_that_ends_at_once_has_failed_whatever_it_says(supervise, tmp_path, capfd):
    parent = supervise("idle")
    pids(tmp_path, "idle", 2)
    parent.terminate()
    parent.wait(SECONDS)
    assert "process ended" in capfd.readouterr().out
