"""Simulated systems beside a centre: started, disturbed, counted, and compared with what the centre has of them."""

import json
import sqlite3
import subprocess
import time
import urllib.request
from collections import Counter
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.common import TOANCANH, environment, free_port

TOKEN = "bench"


def ask(url: str, method: str = "GET", body: Any = None, timeout: float = 10.0) -> Any:
    """JSON that a simulated system answers."""
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data, method=method), timeout=timeout) as answer:
        return json.loads(answer.read() or b"null")


def run(home: Path, *words: object, stdin: str | None = None) -> str:
    """What a command of a home prints."""
    told = [str(TOANCANH), *map(str, words)]
    done = subprocess.run(told, env=environment(home), capture_output=True, text=True, input=stdin, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(told)}: {done.stderr}")
    return done.stdout


@dataclass
class System:
    """A simulated system of a kind (`dossiers`, `sensors`), a process of its own."""

    home: Path
    kind: str
    words: tuple[object, ...] = ()
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> "System":
        command = [str(TOANCANH), "simulate", self.kind, "--port", str(self.port), *map(str, self.words)]
        command += ["--token", TOKEN] if self.kind == "dossiers" else []
        with (self.home.parent / f"{self.kind}.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment(self.home), stdout=log, stderr=log)
        end = time.monotonic() + 90
        while time.monotonic() < end and self.process.poll() is None:
            with suppress(OSError):
                self.counts()
                return self
            time.sleep(0.1)
        self.__exit__()
        raise RuntimeError(f"the simulated {self.kind} did not start")

    def __exit__(self, *_error: object) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(15)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def counts(self) -> dict[str, Any]:
        """What it has published, exactly."""
        return dict(ask(f"{self.url}/counts"))

    def kinds(self) -> list[str]:
        """The faults that it knows."""
        return list(ask(f"{self.url}/faults")["kinds"])

    def fault(self, kind: str, seconds: float) -> None:
        """Switch a fault on for some seconds."""
        ask(f"{self.url}/faults", "POST", {"kind": kind, "seconds": seconds})

    def hold(self) -> dict[str, Any]:
        """Publish nothing more; what was published."""
        ask(f"{self.url}/faults", "DELETE")
        ask(f"{self.url}/hold", "POST", {})
        counts, still = {"waiting": 1}, False
        while not still or counts.get("waiting"):
            time.sleep(1.0)
            before, counts = counts, {key: value for key, value in self.counts().items() if key != "clock"}
            still = counts == before
        return counts


def onestop(system: System, every: float = 1.0, name: str = "mot-cua") -> str:
    """The definition that connects a centre to simulated dossiers."""
    return (
        f'name = "{name}"\nrecord_type = "dossier"\nmapping = "onestop"\n[connector]\nkind = "rest"\n'
        f'url = "{system.url}/api/events"\nauth = "bearer"\nevery = {every}\ntimeout = 8\n'
        f'[secrets]\ntoken = "{TOKEN}"\n[promise]\nevery = 60\n'
    )


def stations(topic: str, port: int = 1883) -> str:
    """The definition that connects a centre to simulated air stations."""
    return (
        f'name = "khong-khi"\nrecord_type = "measurement"\nmapping = "stations"\n[connector]\nkind = "mqtt"\n'
        f'host = "127.0.0.1"\nport = {port}\ntopic = "{topic}/+"\n[promise]\nevery = 60\n'
    )


def connect(home: Path, definition: str) -> None:
    """Make a home hear a source."""
    file = home.parent / "source.toml"
    file.write_text(definition)
    run(home, "sources", "add", file)


@dataclass(frozen=True)
class Told:
    """What a centre has of sources: rows and subjects in the warehouse, rows of all looks, `refused` ones that differ.

    `waiting` rows are still on their way. A correction is accepted, and is no record more.
    """

    records: int
    subjects: int
    read: int
    accepted: int
    rejected: int
    duplicates: int
    refused: int
    waiting: int

    def missing(self, *published: dict[str, Any]) -> list[str]:
        """Where it differs from what was published; rows that were told again count once, also those refused."""
        total: Counter[str] = Counter()
        for each in published:
            total.update({key: value for key, value in each.items() if isinstance(value, int)})
        pairs = [
            ("records", self.records, total["distinct"]),
            ("subjects", self.subjects, total.get("dossiers", self.subjects)),
            ("rows read", self.read, self.accepted + self.rejected + self.duplicates),
            ("rows on their way", self.waiting, 0),
        ]
        wrong = [f"{what}: {here:,} here, {there:,} there" for what, here, there in pairs if here != there]
        if not self.refused <= total["malformed"] <= self.rejected:
            wrong.append(
                f"refused rows: {self.rejected:,} here, {self.refused:,} of them different, "
                f"{total['malformed']:,} there"
            )
        return wrong


def counted(home: Path, record_type: str) -> tuple[int, int]:
    """Rows and subjects in the warehouse, of whatever source."""
    records = json.loads(run(home, "records", record_type, "--count", "--json"))
    return records["rows"], records["keys"]


def told(home: Path, record_type: str, *sources: str, before: tuple[int, int] = (0, 0)) -> Told:
    """What a home has of some sources, read beside its running centre; `before` is what was counted without them."""
    rows, subjects = counted(home, record_type)
    named = f"({', '.join('?' * len(sources))})"
    with closing(sqlite3.connect(home / "toancanh.sqlite3", timeout=60)) as database:

        def one(query: str) -> tuple[int, ...]:
            return tuple(database.execute(query, sources).fetchone())

        sums = ", ".join(f"coalesce(sum(l.{name}), 0)" for name in ("read", "accepted", "rejected", "duplicates"))
        own = f"sources_load l JOIN sources_source s ON s.id = l.source_id AND s.name IN {named}"
        looks = one(f"SELECT {sums} FROM {own}")
        (refused,) = one(f"SELECT count(DISTINCT r.raw) FROM {own} JOIN sources_reject r ON l.id = r.load_id")
        (waiting,) = one(f"SELECT coalesce(sum(rows), 0) FROM base_outboxentry WHERE source IN {named}")
    return Told(rows - before[0], subjects - before[1], *looks, refused, waiting)


def settled(
    home: Path,
    record_type: str,
    published: dict[str, dict[str, Any]],
    before: tuple[int, int] = (0, 0),
    seconds: float = 180.0,
) -> Told:
    """What a home has once all that sources, by name, have published has come, or after some seconds."""
    end = time.monotonic() + seconds
    while True:
        here = told(home, record_type, *published, before=before)
        if not here.missing(*published.values()) or time.monotonic() > end:
            return here
        time.sleep(2.0)
