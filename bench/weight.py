"""What a first visit weighs as it is transferred, and how long it takes on a slow phone."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from bench.common import PASSWORD, Centre, Result, Visitor, temporary

LIMIT_KB, USABLE = 300, 2.5
# A phone on a slow mobile net: 1.6 Mbit/s down, 150 ms there and back, a quarter of this machine's speed.
NET = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 0.75e6 / 8}
SLOWER, VISITS = 4, 5
LEADER = "lanhdao"
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def measure() -> Iterator[Result]:
    with temporary() as folder:
        home = folder / "home"
        home.mkdir(mode=0o700)
        with Centre(home, demo=True) as centre:
            centre.quiet(120)
            yield from _weights(centre)
            yield from _throttled(centre)


def _weights(centre: Centre) -> Iterator[Result]:
    out = Visitor(centre.port)
    yield _weight(out, "/login", "first visit, /login")
    inside = Visitor(centre.port)
    inside.log_in(LEADER)
    yield _weight(inside, "/", "first visit, overview without map")


def _weight(visitor: Visitor, path: str, title: str) -> Result:
    """The page and all it links to; parts that are loaded later, charts and maps, are not among them."""
    page = visitor.get(path)
    if page.status != 200:
        raise RuntimeError(f"{path} answers {page.status}")
    sizes = {"HTML": page.wire}
    raw = len(page.text.encode())
    for link in _links(page.text, path):
        part = visitor.get(link)
        if part.status != 200:
            raise RuntimeError(f"{link} answers {part.status}")
        kind = link.rpartition(".")[2]
        sizes[kind] = sizes.get(kind, 0) + part.wire
        raw += len(part.body) if "Content-Encoding" not in part.headers else len(part.text.encode())
    note = ", ".join(f"{kind} {size / 1024:.0f} KB" for kind, size in sizes.items())
    total = sum(sizes.values()) / 1024
    return Result(title, total, "KB", raw / 1024, target=LIMIT_KB, note=f"{note}; beside it: the same unpacked")


def _links(html: str, base: str) -> list[str]:
    """What a browser fetches with the page: style sheets, scripts, icons (`use` of a sprite), preloaded fonts."""
    found = []
    for tag in re.findall(r"<(?:link|script|img|use)\b[^>]*>", html):
        address = re.search(r'\b(?:href|src)="([^"]+)"', tag)
        if address and not address[1].startswith("data:"):
            found.append(urljoin(base, address[1].partition("#")[0]))
    return list(dict.fromkeys(found))


def _throttled(centre: Centre) -> list[Result]:
    title = "usable on a slow phone"
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return [Result(title, None, "s", note="skipped: Playwright is not installed")]
    binary = next((each for each in CHROMIUM if Path(each).exists()), None)
    if binary is None:
        return [Result(title, None, "s", note="skipped: Chromium is not installed (make browser)")]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=binary, args=["--no-sandbox"])
        try:
            return [_visit(browser, centre.port, False), _visit(browser, centre.port, True)]
        finally:
            browser.close()


def _visit(browser: Any, port: int, inside: bool) -> Result:
    """The median of some visits with an empty cache: until the page is loaded and its scripts have run."""
    root = f"http://127.0.0.1:{port}"
    times, weights = [], []
    for _visit in range(VISITS):
        phone = {"viewport": {"width": 360, "height": 740}, "is_mobile": True, "device_scale_factor": 2}
        context = browser.new_context(locale="vi-VN", **phone)
        page = context.new_page()
        page.set_default_timeout(60_000)
        if inside:
            login = context.request.get(f"{root}/login").text()
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', login)
            form = {"csrfmiddlewaretoken": token[1] if token else "", "username": LEADER, "password": PASSWORD}
            context.request.post(f"{root}/login", form=form, headers={"Referer": f"{root}/login"})
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.setCacheDisabled", {"cacheDisabled": True})
        session.send("Network.emulateNetworkConditions", NET)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        weight: list[float] = []
        session.on("Network.loadingFinished", lambda event, weight=weight: weight.append(event["encodedDataLength"]))
        started = time.perf_counter()
        page.goto(root + ("/" if inside else "/login"), wait_until="load")
        times.append(time.perf_counter() - started)
        if not inside and page.locator("input[name=username]").count() != 1:
            raise RuntimeError("no login form")
        if inside and "/login" in page.url:
            raise RuntimeError("not logged in")
        weights.append(sum(weight))
        context.close()
    times.sort()
    note = (
        f"1.6 Mbit/s, 150 ms, CPU {SLOWER}x slower, empty cache, to the load event; median of {VISITS}, slowest "
        f"{times[-1]:.1f} s; {sorted(weights)[VISITS // 2] / 1024:.0f} KB until then"
    )
    what = "overview" if inside else "/login"
    return Result(f"{what} usable on a slow phone", times[VISITS // 2], "s", target=USABLE, note=note)
