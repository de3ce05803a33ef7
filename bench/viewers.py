"""People who look on: browsers, and visitors who do over HTTP what the page of a board does."""

import html
import http.client
import json
import re
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bench.common import PASSWORD, Visitor

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
LEAST = 0.7  # seconds between two questions of a page
# Notes when a figure was first shown, in milliseconds of the clock.
_NOTE = """place => {
  window.seen = []
  const note = () => {
    const figure = document.querySelectorAll('.figure-number')[place]
    const value = Number((figure?.textContent ?? '').replace(/\\D/g, ''))
    if (value && value !== window.seen.at(-1)?.[1]) window.seen.push([Date.now(), value])
  }
  note()
  new MutationObserver(note).observe(document.body, {subtree: true, childList: true, characterData: true})
}"""


class Browser:
    """Chromium without a screen."""

    def __enter__(self) -> "Browser":
        from playwright.sync_api import sync_playwright

        self._playwright = sync_playwright().start()
        self._browser = self._playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        return self

    def __exit__(self, *_error: object) -> None:
        self._browser.close()
        self._playwright.stop()

    def page(self, port: int, name: str, path: str, said: Callable[[str], Any] = print) -> Any:
        """A page of somebody who is logged in; `said` hears of its errors."""
        context = self._browser.new_context(
            base_url=f"http://127.0.0.1:{port}", locale="vi-VN", viewport={"width": 1366, "height": 900}
        )
        page = context.new_page()
        page.on("pageerror", lambda error: said(str(error)))
        page.on("console", lambda line: line.type == "error" and said(line.text))
        page.goto("/login")
        page.fill("[name=username]", name)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "login" not in url)
        page.goto(path)
        return page


def watch(page: Any, place: int = 0) -> None:
    """Let a page note when the figure at that place changed."""
    page.evaluate(_NOTE, place)


def seen(page: Any) -> list[tuple[float, int]]:
    """When, in seconds of the clock, which values of the watched figure were first shown."""
    return [(at / 1000, int(value)) for at, value in page.evaluate("window.seen")]


class Stream(threading.Thread):
    """An open stream of one who is logged in; `heard` is called with the number, name and facts of each event."""

    def __init__(self, visitor: Visitor, heard: Callable[[int, str, dict[str, Any]], Any]) -> None:
        super().__init__(daemon=True)
        self._connection = http.client.HTTPConnection("127.0.0.1", visitor.connection.port, timeout=60)
        cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
        self._connection.request("GET", "/api/v1/stream", headers={"Cookie": cookies})
        self._answer = self._connection.getresponse()
        self._heard, self._over = heard, False
        if self._answer.status != 200:
            raise RuntimeError(f"the stream answers {self._answer.status}")

    def run(self) -> None:
        with suppress(OSError, ValueError, AttributeError, http.client.HTTPException):
            number, name = 0, ""
            while not self._over and (line := self._answer.readline()):
                key, _colon, value = line.decode().strip().partition(": ")
                if key == "id":
                    number = int(value)
                elif key == "event":
                    name = value
                elif key == "data":
                    self._heard(number, name, json.loads(value))

    def close(self) -> None:
        """Hear no more."""
        self._over = True
        with suppress(OSError, AttributeError):
            self._connection.sock.close()


class Reader(threading.Thread):
    """One who has a board open: hears the stream and asks for the parts that changed, as the page does."""

    def __init__(self, port: int, name: str, path: str, kinds: tuple[str, ...] = ("dossier",)) -> None:
        super().__init__(daemon=True)
        self._visitor = Visitor(port)
        self._visitor.log_in(name)
        page = self._visitor.get(path).text
        self._address = html.unescape(_one(r'data-live="([^"]+)"', page))
        self._parts = dict(re.findall(r'id="([^"]+)" data-part="([^"]+)"', page))
        self._again, self._over, self._kinds = threading.Event(), threading.Event(), kinds
        self._stream = Stream(self._visitor, self._hear)
        self.times: list[float] = []

    def run(self) -> None:
        self._stream.start()
        while not self._over.is_set():
            if not self._again.wait(0.2):
                continue
            self._again.clear()
            started = time.perf_counter()
            mark = "&" if "?" in self._address else "?"
            answer = self._visitor.get(f"{self._address}{mark}known={','.join(map(':'.join, self._parts.items()))}")
            self.times.append(time.perf_counter() - started)
            if answer.status == 200:
                self._parts |= dict(re.findall(r'id="([^"]+)" data-part="([^"]+)"', answer.text))
            elif answer.status != 204:
                raise RuntimeError(f"{self._address} answers {answer.status}")
            self._over.wait(max(0.0, LEAST - (time.perf_counter() - started)))

    def close(self) -> None:
        """Look no more."""
        self._over.set()
        self._stream.close()

    def _hear(self, _number: int, name: str, facts: dict[str, Any]) -> None:
        if name == "renew" or (name == "records.changed" and facts.get("record_type") in self._kinds):
            self._again.set()


def _one(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    if found is None:
        raise RuntimeError(f"no {pattern} on the page")
    return found[1]
