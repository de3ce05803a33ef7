"""Reading a one-stop system over HTTP, as the simulated National Portal does."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import httpx

from toancanh.domains.dossiers import notation
from toancanh.domains.dossiers.notation import Row
from toancanh.domains.dossiers.serving import PAGE_MOST

_PAUSE, _PATIENCE = 1.0, 30.0  # seconds between two looks, and until it must have answered
_CHANNELS = {name: code for code, name in notation.CHANNELS.items()}
_TIMES = ("at", "received_at", "due_at", "finished_at")


def event(item: Any) -> Row | None:
    """An event of a one-stop system by the names of its fields; None for one that cannot be read."""
    try:
        row: dict[str, Any] = {
            "dossier_id": str(item["maHoSo"] or ""),
            "seq": int(item["thuTu"]),
            "procedure": item["maThuTuc"],
            "unit": item["maDonVi"],
            "channel": _CHANNELS[item["kenhNop"]],
            "state": int(item["trangThai"]),
            "at": item["thoiDiem"],
            "received_at": item["ngayTiepNhan"],
            "due_at": item["ngayHenTra"],
            "finished_at": item["ngayKetThuc"],
            "fee": float(item["lePhi"] or 0),
            "simulated": item["moPhong"],
        }
        row |= {name: datetime.fromisoformat(row[name]) if row[name] else None for name in _TIMES}
    except (TypeError, KeyError, ValueError):
        return None
    return row if row["dossier_id"] and row["at"] and row["received_at"] else None


class Reader:
    """Reads the events of a one-stop system in a thread of its own, page by page, until the portal has ended.

    `url` carries the token as a user would: http://TOKEN@host:port/api/events. Raises ValueError for one without.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or not parts.username:
            raise ValueError(url)
        self.url = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {unquote(parts.username)}"}, timeout=_PATIENCE, trust_env=False
        )
        self._cursor: str | None = None
        self.failing = ""

    def start(self, hear: Callable[[Sequence[Any]], None], held: threading.Event, ended: threading.Event) -> None:
        """Read what there is and what comes; nothing while it is held."""

        def run() -> None:
            while not ended.is_set():
                more = not held.is_set() and self._read(hear)
                if not more:
                    ended.wait(_PAUSE)

        threading.Thread(target=run, name=f"reader {self.url}", daemon=True).start()

    def _read(self, hear: Callable[[Sequence[Any]], None]) -> bool:
        """Hear one page; whether there is more."""
        asked = {"limit": str(PAGE_MOST)} | ({"after": self._cursor} if self._cursor else {})
        try:
            answer = self._client.get(self.url, params=asked)
            if answer.status_code == httpx.codes.GONE:
                self._cursor = None  # it has begun anew, and tells its day again
                return True
            told = answer.raise_for_status().json()
            items, following, more = list(told["items"]), str(told["next"]), bool(told["more"])
        except (httpx.HTTPError, ValueError, TypeError, KeyError) as error:
            self.failing = str(error) or type(error).__name__
            return False
        hear(items)
        self._cursor, self.failing = following, ""
        return more
