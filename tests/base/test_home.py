"""The home folder: its owner's alone, one process at a time where it matters."""

import subprocess
import sys

import pytest

from toancanh.base.home import Home, default_path
from toancanh.base.problems import Problem

HOLDER = """
import sys
from pathlib import Path
from toancanh.base.home import Home
with Home(Path(sys.argv[1])).lock("run"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def own(tmp_path):
    return Home(tmp_path / "home")


def test_the_secret_key_is_made_once_and_read_by_its_owner_only(own):
    key = own.secret_key()
    assert own.secret_key() == key
    assert len(key) > 60
    assert (own.path / "secret.key").stat().st_mode & 0o777 == 0o600
    assert own.path.stat().st_mode & 0o777 == 0o700


def test_making_the_key_leaves_nothing_else_behind(own):
    own.secret_key()
    assert [file.name for file in own.path.iterdir()] == ["secret.key"]


def test_two_homes_have_two_keys(tmp_path):
    assert Home(tmp_path / "a").secret_key() != Home(tmp_path / "b").secret_key()


def test_a_lock_another_process_holds_is_busy_until_that_process_dies(own):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(own.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Problem) as caught, own.lock("run", wait=False):
            pass
        assert caught.value.code == "home.busy"
        assert str(own.path) in str(caught.value)
        holder.kill()
        holder.wait(5)
        with own.lock("run", wait=False):
            pass


def test_locks_of_other_names_do_not_meet(own):
    with own.lock("a", wait=False), own.lock("b", wait=False):
        pass


def test_the_home_is_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path))
    assert default_path() == tmp_path
    monkeypatch.setenv("TOANCANH_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert default_path() == tmp_path / ".local" / "share" / "toancanh"
