"""A centre and a simulated system as processes of their own, to be killed, starved and compared."""

import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from pathlib import Path

COMMAND = Path(sys.executable).with_name("toancanh")
UP = 90.0
PROCESSES = ("web", "flusher", "collector", "scheduler", "worker fast", "worker slow")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask(url: str, method: str = "GET", body: dict | None = None, timeout: float = 10.0) -> dict:
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=timeout) as answer:
        return json.loads(answer.read() or b"{}")


def until(condition, seconds: float, what: str = ""):
    """The first true answer of a condition within some seconds."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, what or "it did not come"
        time.sleep(0.25)


class Process:
    """A command in a process of its own whose output goes to a file."""

    def __init__(self, home: Path, *words: object) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("TOANCANH_", "DJANGO_"))}
        self.environment = kept | {"TOANCANH_HOME": str(home)}
        self.words = [str(COMMAND), *map(str, words)]
        self.log = home.parent / f"{words[0]}-{free_port()}.log"
        self.handle: subprocess.Popen | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.handle = subprocess.Popen(self.words, env=self.environment, stdout=log, stderr=log)

    def stop(self) -> None:
        if self.handle and self.handle.poll() is None:
            self.handle.terminate()
            try:
                self.handle.wait(15)
            except subprocess.TimeoutExpired:
                self.handle.kill()
                self.handle.wait()


class System(Process):
    """The simulated one-stop system."""

    def __init__(self, home: Path, *words: object) -> None:
        self.port = free_port()
        super().__init__(home, "simulate", "dossiers", "--port", self.port, "--token", "t", *words)
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        super().start()
        until(self._answers, UP, "the simulated system did not start")

    def _answers(self) -> bool:
        with suppress(OSError):
            return ask(f"{self.url}/healthz")["status"] == "ok"
        return False

    def counts(self) -> dict:
        return ask(f"{self.url}/counts")

    def fault(self, kind: str, seconds: float) -> None:
        ask(f"{self.url}/faults", "POST", {"kind": kind, "seconds": seconds})

    def hold(self) -> dict:
        """Publish nothing more; what was published."""
        ask(f"{self.url}/faults", "DELETE")
        ask(f"{self.url}/hold", "POST", {})
        time.sleep(1.5)
        return self.counts()

    def definition(self, folder: Path, every: float = 1.0) -> Path:
        """The file that connects a centre to it."""
        file = folder / "mot-cua.toml"
        file.write_text(
            f'name = "mot-cua"\nrecord_type = "dossier"\nmapping = "onestop"\n[connector]\nkind = "rest"\n'
            f'url = "{self.url}/api/events"\nauth = "bearer"\nevery = {every}\ntimeout = 8\n[secrets]\ntoken = "t"\n'
            "[promise]\nevery = 5\n"
        )
        return file


class Centre(Process):
    """A running centre in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, free_port()
        super().__init__(home, "run", "--port", self.port)

    def start(self) -> None:
        super().start()
        until(self._answers, UP, "the centre did not start")

    def _answers(self) -> bool:
        with suppress(OSError, urllib.error.HTTPError):
            return ask(f"http://127.0.0.1:{self.port}/healthz")["status"] == "ok"
        return False

    def __call__(self, *words: object) -> str:
        """What a command of this installation prints."""
        done = subprocess.run(
            [str(COMMAND), *map(str, words)],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def typed(self, text: str, *words: object) -> None:
        """Run a command that asks for something."""
        words = [str(COMMAND), *map(str, words)]
        subprocess.run(words, env=self.environment, input=text + "\n", text=True, check=True, capture_output=True)

    def pids(self) -> dict[str, int]:
        """The processes that it supervises, by name."""
        found = {}
        children = Path(f"/proc/{self.handle.pid}/task/{self.handle.pid}/children").read_text().split()
        for pid in children:
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
                name = " ".join(words[words.index("-m") + 1 :]).replace("toancanh.cli.", "")
                found[next((each for each in PROCESSES if name.startswith(each)), name)] = int(pid)
        return found

    def kill(self, name: str) -> bool:
        pid = self.pids().get(name)
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        return True

    def database(self) -> sqlite3.Connection:
        return sqlite3.connect(self.home / "toancanh.sqlite3", timeout=60)

    def told(self) -> dict[str, int]:
        """What the centre has of the source: rows and dossiers in the warehouse, refused rows, rows on their way."""
        records = json.loads(self("records", "dossier", "--count", "--json"))
        database = self.database()
        try:
            (waiting,) = database.execute("SELECT coalesce(sum(rows), 0) FROM base_outboxentry").fetchone()
            loads = database.execute(
                "SELECT coalesce(sum(read), 0), coalesce(sum(accepted), 0), coalesce(sum(rejected), 0),"
                " coalesce(sum(duplicates), 0) FROM sources_load"
            ).fetchone()
            (refused,) = database.execute("SELECT count(DISTINCT raw) FROM sources_reject").fetchone()
        finally:
            database.close()
        read, accepted, rejected, duplicates = loads
        return {
            "records": records["rows"],
            "subjects": records["keys"],
            "waiting": waiting,
            "read": read,
            "accepted": accepted,
            "rejected": rejected,
            "duplicates": duplicates,
            "refused": refused,
        }

    def settled(self, published: dict, seconds: float = 120.0) -> dict[str, int]:
        """What the centre has once all that was published has come; fails where that takes too long."""
        told: dict[str, int] = {}

        def whole() -> bool:
            nonlocal told
            told = self.told()
            return told["records"] >= published["distinct"] and told["waiting"] == 0

        deadline = time.monotonic() + seconds
        while not whole():
            assert time.monotonic() < deadline, f"{told} of {published}\n{self.log.read_text()[-3000:]}"
            time.sleep(1.0)
        return told


@contextmanager
def flowing(folder: Path, *words: object, every: float = 1.0):
    """A centre that hears a simulated system: (centre, system)."""
    home = folder / "home"
    system, centre = System(home, *words), Centre(home)
    try:
        system.start()
        centre("sources", "add", system.definition(folder, every))
        centre.start()
        yield centre, system
    finally:
        centre.stop()
        system.stop()


def equal(told: dict[str, int], published: dict) -> None:
    """Every event is there exactly once, and every malformed row waits."""
    assert told["records"] == published["distinct"], (told, published)
    assert told["subjects"] == published["dossiers"], (told, published)
    assert told["refused"] == published["malformed"], (told, published)
    assert told["read"] == told["accepted"] + told["rejected"] + told["duplicates"], told
    assert told["accepted"] == told["records"], told


def seeded() -> random.Random:
    return random.Random(2026)
