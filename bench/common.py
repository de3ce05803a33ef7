"""What every measurement needs: results, homes that go away, a running centre, a visitor."""

import http.client
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).parents[1]
FOLDER = Path(os.environ.get("TOANCANH_BENCH_DIR", "/tmp/toancanh-bench"))
TOANCANH = Path(sys.executable).with_name("toancanh")
PASSWORD = "toancanh-demo"
NAMES = ("web", "flusher", "collector", "scheduler", "worker fast", "worker slow", "worker messages", "demo")


@dataclass(frozen=True)
class Result:
    """One measured thing, and what was promised of it: of the measured value, or of its ratio to the floor.

    A target is a number that the measured value must not pass, or with `at_least` must reach. `note` says why there is
    nothing to see, or what the reader has to know.
    """

    what: str
    measured: float | None
    unit: str
    floor: float | None = None
    target: float | None = None
    ratio_target: float | None = None
    at_least: bool = False
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Measured over floor."""
        return self.measured / self.floor if self.measured is not None and self.floor else None

    @property
    def met(self) -> bool | None:
        """Whether everything promised holds; None where nothing was promised or nothing measured."""
        pairs = [(self.measured, self.target), (self.ratio, self.ratio_target)]
        held = [(v >= t) if self.at_least else (v <= t) for v, t in pairs if v is not None and t is not None]
        return all(held) if held else None


def spread(times: list[float]) -> tuple[float, float]:
    """Median and 95th percentile, in milliseconds, of seconds."""
    ordered = sorted(times)
    return statistics.median(ordered) * 1e3, ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))] * 1e3


def repeat(work: Callable[[], Any], times: int = 20, warm: int = 2, limit: float = 60.0) -> list[float]:
    """Seconds of each call after warming up; fewer calls, but at least three, when they take over `limit` in all."""
    for _turn in range(warm):
        work()
    found: list[float] = []
    while len(found) < times and (len(found) < 3 or sum(found) < limit):
        started = time.perf_counter()
        work()
        found.append(time.perf_counter() - started)
    return found


@contextmanager
def temporary() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="run-", dir=FOLDER))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def ready(home: Path) -> None:
    """Make this process one of that home, and the home a usable one."""
    os.environ["TOANCANH_HOME"] = str(home)
    from toancanh.cli import output

    output.start()


def free_port() -> int:
    """A port of the loopback address that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Centre:
    """A running operations centre of a home, on the loopback address."""

    home: Path
    demo: bool = False
    port: int = field(default_factory=free_port)
    more: dict[str, str] = field(default_factory=dict)  # environment, beside the home's
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0

    def start(self, limit: float = 120.0) -> float:
        """Start it; seconds until /healthz says ok."""
        command = [str(TOANCANH), "run", "--home", str(self.home), "--port", str(self.port)]
        self.started = time.perf_counter()
        with (self.home.parent / f"{self.home.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                command + ["--demo"] * self.demo, stdout=log, stderr=log, env=environment(self.home) | self.more
            )
        while time.perf_counter() - self.started < limit:
            with suppress(OSError, http.client.HTTPException):
                if Visitor(self.port).get("/healthz").status == 200:
                    return time.perf_counter() - self.started
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        self.stop()
        raise RuntimeError(f"no healthy centre within {limit:.0f} s")

    @property
    def pids(self) -> list[int]:
        """The process and all it has started."""
        found, todo = [], [self.process.pid] if self.process else []
        while todo:
            pid = todo.pop()
            found.append(pid)
            with suppress(OSError):
                todo += map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
        return found

    @property
    def resident(self) -> dict[str, int]:
        """Resident bytes of each process, whoever else holds them too."""
        return {name: _kilobytes(pid, "status", "VmRSS") * 1024 for name, pid in self.processes.items()}

    @property
    def memory(self) -> dict[str, int]:
        """Bytes that each process takes of the machine: its own, and its part of what it shares with others."""
        return {name: _kilobytes(pid, "smaps_rollup", "Pss") * 1024 for name, pid in self.processes.items()}

    @property
    def processor(self) -> dict[str, float]:
        """Seconds of processor time that each process has taken."""
        hertz = os.sysconf("SC_CLK_TCK")
        return {name: _ticks(pid) / hertz for name, pid in self.processes.items()}

    @property
    def processes(self) -> dict[str, int]:
        """The running processes by name; `run` is the supervisor."""
        found: dict[str, int] = {}
        for pid in self.pids:
            with suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
                found[next((each for each in NAMES if f"toancanh.cli.{each}" in command), "run")] = pid
        return found

    def quiet(self, limit: float = 90.0) -> None:
        """Wait until the processes have nothing to do: half a second of two without work, three times."""
        still, end = 0, time.perf_counter() + limit
        while still < 3 and time.perf_counter() < end:
            before = sum(self.processor.values())
            time.sleep(1)
            still = still + 1 if sum(self.processor.values()) - before < 0.25 else 0

    def stop(self) -> float:
        """End it by SIGTERM; seconds until all its processes are gone."""
        if self.process is None:
            return 0.0
        pids = self.pids
        started = time.perf_counter()
        with suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        while any(_alive(pid) for pid in pids) and time.perf_counter() - started < 20:
            time.sleep(0.01)
        taken = time.perf_counter() - started
        for pid in filter(_alive, pids):
            os.kill(pid, signal.SIGKILL)
        self.process = None
        return taken

    def __enter__(self) -> "Centre":
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()


def _ticks(pid: int) -> int:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
    return 0


def _kilobytes(pid: int, file: str, name: str) -> int:
    with suppress(OSError, StopIteration):
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
        return int(next(line.split()[1] for line in lines if line.startswith(f"{name}:")))
    return 0


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def environment(home: Path) -> dict[str, str]:
    """The environment of a command of that home, whatever this process is set to."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TOANCANH_", "DJANGO_"))}
    return kept | {"TOANCANH_HOME": str(home)}


@dataclass(frozen=True)
class Answer:
    """What a server answered: `size` is the body as it was transferred, `wire` the headers with it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes
    wire: int

    @property
    def size(self) -> int:
        return len(self.body)

    @property
    def text(self) -> str:
        """The body, unpacked."""
        import gzip

        import brotli

        match self.headers.get("Content-Encoding", ""):
            case "br":
                return str(brotli.decompress(self.body), "utf-8")
            case "gzip":
                return gzip.decompress(self.body).decode()
            case _:
                return self.body.decode()


class Visitor:
    """A browser without a screen: cookies, a kept connection, packed answers."""

    def __init__(self, port: int, *, packed: bool = True) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=600)
        self.packed = packed
        self.cookies: dict[str, str] = {}

    def get(self, path: str) -> Answer:
        """Ask for an address as it is; no redirect is followed."""
        return self._ask("GET", path)

    def log_in(self, name: str, password: str = PASSWORD) -> None:
        """Log in through the form."""
        self.get("/login")
        form = {"username": name, "password": password, "csrfmiddlewaretoken": self.cookies["csrftoken"], "next": "/"}
        answer = self._ask("POST", "/login", urlencode(form))
        if answer.status != 302:
            raise RuntimeError(f"{name} cannot log in: {answer.status}")

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {"Accept-Language": "vi", "Referer": f"http://127.0.0.1:{self.connection.port}/login"}
        headers["Accept-Encoding"] = "br, gzip" if self.packed else "identity"
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):  # kept open, and closed by the server meanwhile
            self.connection.close()
            self.connection.request(method, path, body, headers)
            response = self.connection.getresponse()
        content = response.read()
        for header in response.headers.get_all("Set-Cookie") or []:
            name, _equals, value = header.partition(";")[0].partition("=")
            self.cookies[name] = value
        return Answer(response.status, response.headers, content, len(content) + len(bytes(response.headers)))


def machine() -> dict[str, str]:
    """What was measured on; no names."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30)
    return {
        "CPU": model,
        "cores": str(len(os.sched_getaffinity(0))),
        "memory": f"{memory:.0f} GB",
        "Python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
    }
