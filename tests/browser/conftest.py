"""A browser before a running centre: Debian's Chromium, a sample province, and a small home that tests may change.

Workers share both centres: the first to ask starts one, the last to leave stops it.
"""

import base64
import fcntl
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from http.cookiejar import CookieJar
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from pages import log_in

PROGRAM = Path(sys.executable).with_name("toancanh")
DEMO_PASSWORD = "toancanh-demo"
STEWARD, STEWARD_PASSWORD = "kho", "mat-khau-rat-dai-77"
HEALTHY_WITHIN, WHOLE_WITHIN = 90, 300
HISTORY_DAYS = 90
# Stops a centre whose testers were killed before they could: nobody else would.
WATCH = """
import json, os, pathlib, signal, sys, time
known, server = pathlib.Path(sys.argv[1]), int(sys.argv[2])
def lives(pid):
    return os.path.exists(f"/proc/{pid}")
while lives(server):
    time.sleep(2)
    try:
        users = json.loads(known.read_text())["users"]
    except FileNotFoundError:
        users = []
    except ValueError:
        continue
    if not any(map(lives, users)):
        time.sleep(5)
        lives(server) and os.kill(server, signal.SIGTERM)
        break
"""
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--use-gl=swiftshader",
    "--enable-unsafe-swiftshader",
]


@pytest.hookimpl(tryfirst=True)  # before the marks are asked for by -m
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Modules that need the simulated history come last here: it loads while the others run."""
    here = Path(__file__).parent
    places = [place for place, item in enumerate(items) if item.path.parent == here]
    late = {items[place].path for place in places if "history" in items[place].fixturenames}
    ordered = sorted((items[place] for place in places), key=lambda item: item.path in late)
    for place, item in zip(places, ordered, strict=True):
        item.add_marker(pytest.mark.browser)
        items[place] = item


@dataclass
class Centre:
    """A running operations centre."""

    url: str
    home: Path
    password: str
    more: dict[str, str] = field(default_factory=dict)  # of the environment of its processes

    def command(self, *words: str, given: str | None = None) -> str:
        """What `toancanh` answers when run on the centre's home."""
        return _run(self.home, *words, given=given, more=self.more)

    def api(self, path: str, user: str = "quantri", told: Any = None) -> Any:
        """The answer of the HTTP API, to what it is told where it is."""
        body = None if told is None else json.dumps(told).encode()
        request = urllib.request.Request(self.url + path, body, {"Content-Type": "application/json"})
        token = base64.b64encode(f"{user}:{self.password}".encode()).decode()
        request.add_header("Authorization", f"Basic {token}")
        with urllib.request.urlopen(request, timeout=60) as reply:
            return json.load(reply)

    def wait_for(self, source: str, file: str = "") -> None:
        """Until a source has brought something that is in, of a file whose name begins so."""
        end = time.monotonic() + WHOLE_WITHIN
        while time.monotonic() < end:
            loads = self.api(f"/api/v1/loads?source={source}")["items"]
            if any(load["accepted"] and load["file"].startswith(file) for load in loads):
                return
            time.sleep(1)
        pytest.fail(f"nothing of {source} was in within {WHOLE_WITHIN} s", pytrace=False)


def _environment(home: Path) -> dict[str, str]:
    left_out = ("TOANCANH_DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    return {k: v for k, v in os.environ.items() if k not in left_out} | {"TOANCANH_HOME": str(home)}


def _run(home: Path, *words: str, given: str | None = None, more: Mapping[str, str] = MappingProxyType({})) -> str:
    environment = _environment(home) | more
    done = subprocess.run([PROGRAM, *words], env=environment, input=given, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, f"toancanh {' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """One worker at a time."""
    with file.open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def _shared(root: Path, name: str, *, demo: bool) -> Iterator[str]:
    """The address of a centre that all workers use."""
    known, lock, home = root / f"{name}.json", root / f"{name}.lock", root / name
    with locked(lock):
        state = json.loads(known.read_text()) if known.exists() else {"users": []} | _start(home, demo=demo)
        known.write_text(json.dumps(state | {"users": [*state["users"], os.getpid()]}))
        if not state["users"]:
            subprocess.Popen([sys.executable, "-c", WATCH, known, str(state["pid"])], start_new_session=True)
    try:
        _wait_healthy(state, home)
        yield state["url"]
    finally:
        with locked(lock):
            state = json.loads(known.read_text())
            left = [pid for pid in state["users"] if pid != os.getpid()]
            known.write_text(json.dumps(state | {"users": left}))
            if not left:
                _stop(state)
                known.unlink()
                shutil.rmtree(home, ignore_errors=True)


@contextmanager
def running(centre: Centre) -> Iterator[None]:
    """A centre of one test alone, from its start to its end."""
    state = _launch(centre.home, more=centre.more)
    try:
        _wait_healthy(state, centre.home)
        centre.url = state["url"]
        yield
    finally:
        _stop(state)


def _start(home: Path, *, demo: bool) -> dict[str, Any]:
    home.mkdir(exist_ok=True)
    if not demo:
        _run(home, "user", "create", STEWARD, "--role", "steward", given=f"{STEWARD_PASSWORD}\n")
    return _launch(home, *(["--demo"] if demo else []))


def _launch(home: Path, *words: str, more: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command, environment = [PROGRAM, "run", *words, "--port", str(port)], _environment(home) | more
    with (home.with_suffix(".log")).open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    return {"pid": process.pid, "url": f"http://127.0.0.1:{port}"}


def _wait_healthy(state: dict[str, Any], home: Path) -> None:
    end = time.monotonic() + HEALTHY_WITHIN
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(state["url"] + "/healthz", timeout=5) as reply:
                if reply.status == 200:
                    return
        except OSError:
            time.sleep(0.25)
    log = home.with_suffix(".log").read_text(errors="replace")
    pytest.fail(f"the centre did not answer within {HEALTHY_WITHIN} s:\n{log[-3000:]}", pytrace=False)


def _stop(state: dict[str, Any]) -> None:
    address = urlsplit(state["url"])
    try:
        os.kill(state["pid"], signal.SIGTERM)
        for _ in range(80):
            with socket.socket() as probe:
                if probe.connect_ex((address.hostname, address.port)):
                    break
            time.sleep(0.25)
        time.sleep(1)
        os.killpg(state["pid"], signal.SIGKILL)  # what is left of its own group
    except (ProcessLookupError, PermissionError):
        pass


@pytest.fixture(scope="session")
def shared_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def province(shared_root: Path) -> Iterator[Centre]:
    """The sample province: nothing here is changed by a test. Its history may still be loading."""
    _chromium_or_skip()
    with _shared(shared_root, "province", demo=True) as url:
        yield Centre(url, shared_root / "province", DEMO_PASSWORD)


@pytest.fixture(scope="session")
def workshop(shared_root: Path) -> Iterator[Centre]:
    """A home without samples, for tests that load and withdraw."""
    _chromium_or_skip()
    with _shared(shared_root, "workshop", demo=False) as url:
        yield Centre(url, shared_root / "workshop", STEWARD_PASSWORD)


@pytest.fixture(scope="session")
def history(province: Centre) -> Centre:
    """The province once all simulated months are in and its live systems paused: no number moves under a test."""
    vietnam = timezone(timedelta(hours=7))
    last = datetime.now(vietnam).date() - timedelta(1)
    first = last - timedelta(HISTORY_DAYS - 1)
    months = (last.year - first.year) * 12 + last.month - first.month + 1
    _wait_months(province, months, WHOLE_WITHIN)
    for file in ("mo-phong", f"{datetime.now(vietnam):%d/%m}"):  # the days before today, and what is told since
        province.wait_for("tram-khong-khi", file)
    for name in ("mot-cua", "cong-dich-vu-cong", "tram-khong-khi"):
        province.command("sources", "pause", name)
    _wait_until_still(province)
    return province


def _wait_until_still(centre: Centre) -> None:
    """Wait until what the paused systems told last is in, however slow the machine is."""
    same, before = 0, None
    end = time.monotonic() + WHOLE_WITHIN
    while same < 4:
        found = centre.api("/api/v1/figures?indicator=dossiers.received&unit=gso:66&grain=month")["items"]
        now = [figure["value"] for figure in found]
        same = same + 1 if now == before else 0
        before = now
        if time.monotonic() > end:
            pytest.fail("the figures move although all systems are paused", pytrace=False)
        time.sleep(3)


_LOAD = re.compile(r">mo-phong-(\d{4}-\d\d)\.parquet</a></td><td>[^<]*</td><td>([^<]*)</td>")


def _wait_months(centre: Centre, wanted: int, within: float) -> None:
    reader = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    reader.addheaders = [("Accept-Language", "vi")]
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', reader.open(centre.url + "/login").read().decode())
    assert token
    form = {"csrfmiddlewaretoken": token[1], "username": "lanhdao", "password": centre.password}
    reader.open(centre.url + "/login", urlencode(form).encode()).close()
    end = time.monotonic() + within
    states: list[tuple[str, str]] = []
    while time.monotonic() < end:
        states = sorted(_LOAD.findall(reader.open(centre.url + "/sources/dossiers").read().decode()), reverse=True)
        if len(states) >= wanted and all(state == "Đã xong" for _month, state in states[:wanted]):
            return
        time.sleep(1)
    pytest.fail(f"{wanted} simulated months were not in within {within} s: {states}", pytrace=False)


def _chromium_or_skip() -> str:
    found = shutil.which("chromium")
    if found is None:
        pytest.skip("no Chromium here: `make browser` installs Debian's")
    return found


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """The browser, for one module: Playwright's loop must not stand around tests that use the database."""
    program = _chromium_or_skip()
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: `make setup` does")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGS)
        yield browser
        browser.close()


@dataclass
class Seen:
    """What a page did behind the visitor's back."""

    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)


Visit = Callable[..., Any]


@pytest.fixture(scope="module")
def sessions() -> dict[tuple[str, str], Any]:
    """Who is logged in already, by centre and name."""
    return {}


@pytest.fixture
def browse(chromium: Any, sessions: dict[tuple[str, str], Any]) -> Iterator[Visit]:
    """`browse(centre, "lanhdao")`: a fresh window of somebody who is logged in; nobody if no name is given.

    The window has `seen`: console errors and requests to other hosts. Other words are options of the context.
    """
    contexts = []

    def open_window(centre: Centre, user: str = "", **options: Any) -> Any:
        given = {"locale": "vi-VN", "viewport": {"width": 1366, "height": 900}} | options
        if user:
            given["storage_state"] = sessions.get((centre.url, user)) or _log_in(chromium, centre, user)
            sessions[centre.url, user] = given["storage_state"]
        context = chromium.new_context(base_url=centre.url, **given)
        context.set_default_timeout(60_000)  # the machine may be busy with other tests
        contexts.append(context)
        page = context.new_page()
        page.seen = _watch(page, centre.url)
        return page

    yield open_window
    for context in contexts:
        context.close()


def _log_in(chromium: Any, centre: Centre, user: str) -> Any:
    context = chromium.new_context(base_url=centre.url, locale="vi-VN")
    page = context.new_page()
    log_in(page, user, centre.password)
    page.locator(".brand").wait_for()
    assert urlsplit(page.url).path == "/", page.locator("main").inner_text()
    state = context.storage_state()
    context.close()
    return state


def _watch(page: Any, url: str) -> Seen:
    seen = Seen()
    page.on("console", lambda said: seen.errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: seen.errors.append(str(error)))

    def asked(request: Any) -> None:
        if not request.url.startswith((url + "/", "data:", f"blob:{url}/")):
            seen.strangers.append(request.url)

    page.on("request", asked)
    return seen


@pytest.fixture
def leader(browse: Visit, province: Centre) -> Any:
    """The leader of the sample province, before a window."""
    return browse(province, "lanhdao")


@pytest.fixture
def admin(browse: Visit, province: Centre) -> Any:
    """The administrator, whose scope is the whole installation."""
    return browse(province, "quantri")


@pytest.fixture
def steward(browse: Visit, workshop: Centre) -> Any:
    """The data steward of the home without samples."""
    return browse(workshop, STEWARD)
