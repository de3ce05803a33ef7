"""The simulated stations of a province: what they measure goes out over MQTT, a topic for each station."""

import random
import threading
from collections import Counter, deque
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from toancanh.base.clock import local
from toancanh.domains.environment import faults as wrong
from toancanh.domains.environment import notation
from toancanh.domains.environment.air import Row
from toancanh.domains.environment.broker import IN_FLIGHT
from toancanh.domains.environment.stations import Station
from toancanh.domains.environment.telling import Stream
from toancanh.domains.simulation.faults import Faults

_HELD = 1000  # messages made and not sent, before no more are made
_PAUSE = 0.005
_ENDING = 2.0  # seconds for what is still under way at the end


class Line(Protocol):
    """The line to the broker."""

    @property
    def connected(self) -> bool:
        """Whether the broker hears us now."""
        ...

    def send(self, topic: str, payload: bytes) -> int:
        """Send a message; its number."""
        ...

    def acknowledged(self) -> list[int]:
        """The numbers of the messages that the broker has since it was last asked."""
        ...

    def leave(self) -> None:
        """Disconnect."""
        ...

    def come_back(self) -> None:
        """Connect again."""
        ...


class _Message(NamedTuple):
    """`what` it is: distinct, repeated or malformed."""

    station: str
    payload: bytes
    what: str


class Network:
    """The stations' messages and what became of them; safe to use from many threads."""

    def __init__(
        self,
        stream: Stream,
        stations: Sequence[Station],
        topic: str,
        line: Line,
        seed: int,
        malformed: float,
        faults: Faults,
    ) -> None:
        self.faults = faults
        self.ended, self.held = threading.Event(), threading.Event()
        self._stream, self._line, self._topic = stream, line, topic
        self._seed, self._share = seed, malformed
        self._troubled = stations[0].code
        self._held: deque[_Message] = deque()
        self._pile: list[_Message] = []
        self._sent: dict[int, _Message] = {}
        self._told: Counter[str] = Counter()
        self._stations: Counter[str] = Counter(dict.fromkeys((station.code for station in stations), 0))
        self._stuck: dict[tuple[str, str], float | None] = {}
        self._early: set[tuple[str, str, str, datetime]] = set()
        self._away = False
        self._random = random.Random(seed)  # noqa: S311 - what a fault makes of messages
        self._lock = threading.Lock()

    def publish(self) -> None:
        """Send what has been measured by now, unless it is to end. Waits for a broker that is slow or away."""
        self._stay_or_leave()
        for rows in () if self.held.is_set() else self._stream.due():
            with self._lock:
                for row in rows:
                    self._measure(row)
            self._send()
            while len(self._held) > _HELD and self.faults.kind != "down" and not self.ended.wait(_PAUSE):
                self._send()
                self._stay_or_leave()
            if self.ended.is_set():
                return
        self._send()

    def finish(self) -> None:
        """Wait a moment for what is under way, and disconnect."""
        waited = threading.Event()
        for _turn in range(int(_ENDING / _PAUSE)):
            self._send()
            if not (self._held or self._sent) or self._away:
                break
            waited.wait(_PAUSE)
        self._line.leave()

    def counts(self) -> dict[str, Any]:
        """What the broker has acknowledged, exactly, and what still waits to be."""
        clock = local(self._stream.now()).isoformat()
        with self._lock:
            self._settle()
            return {
                "published": self._told.total(),
                "distinct": self._told["distinct"],
                "repeated": self._told["repeated"],
                "malformed": self._told["malformed"],
                "waiting": len(self._held) + len(self._pile) + len(self._sent),
                "by_station": dict(self._stations),
                "clock": clock,
            }

    def _stay_or_leave(self) -> None:
        """Be connected but under the fault `down`, which comes once nothing is under way."""
        down = self.faults.kind == "down"
        with self._lock:
            self._settle()
        if down and not self._away and not self._sent:
            self._line.leave()
            self._away = True
        elif self._away and not down:
            self._line.come_back()
            self._away = False

    def _measure(self, row: Row) -> None:
        """Make messages of a reading: its own, unless the fault that is on keeps or spoils it, and malformed ones."""
        kind, troubled = self.faults.kind, row["station"] == self._troubled
        if kind == "silent" and troubled:
            return
        if troubled:
            row = self._changed(row, kind)
        if kind == "nonsense" and troubled:
            self._tell(kind, _Message(row["station"], wrong.nonsense(self._random), "malformed"))
            return
        key = (row["station"], row["parameter"], row["averaging"], row["at"])
        what = "distinct"
        if troubled and key in self._early:
            what = "repeated"
            self._early.discard(key)
        elif troubled and kind == "clock":
            self._early.add(key)
        self._tell(kind, _Message(row["station"], notation.line(notation.message(row)), what))
        if (broken := notation.malformed(row, self._seed, self._share)) is not None:
            self._tell(kind, _Message(row["station"], notation.line(broken), "malformed"))

    def _changed(self, row: Row, kind: str) -> Row:
        """A reading of the troubled station as it tells it."""
        if kind == "stuck":
            return row | {"value": self._stuck.setdefault((row["parameter"], row["averaging"]), row["value"])}
        self._stuck.clear()
        if kind == "clock":
            return row | {"at": row["at"] + wrong.AHEAD}
        if kind == "spike" and row["value"] is not None and self._random.random() < wrong.SPIKES:
            return row | {"value": round(row["value"] * wrong.SPIKE, 1)}
        return row

    def _tell(self, kind: str, message: _Message) -> None:
        """Put a message where it is sent from."""
        self._pile.append(message)
        if kind == "repeat":
            self._pile.append(message._replace(what="repeated" if message.what == "distinct" else message.what))
        if kind != "disorder" or len(self._pile) >= wrong.PILE:
            self._unpile(kind)

    def _unpile(self, kind: str) -> None:
        if kind == "disorder":
            self._random.shuffle(self._pile)
        self._held.extend(self._pile)
        self._pile.clear()

    def _send(self) -> None:
        """Send what is held, as far as the broker keeps up."""
        with self._lock:
            if self._pile and self.faults.kind != "disorder":
                self._unpile("")
            self._settle()
            if self.faults.kind == "down":
                return
            while self._held and len(self._sent) < IN_FLIGHT and self._line.connected:
                message = self._held.popleft()
                self._sent[self._line.send(f"{self._topic}/{message.station}", message.payload)] = message

    def _settle(self) -> None:
        """Count what the broker has acknowledged."""
        for number in self._line.acknowledged():
            message = self._sent.pop(number, None)
            if message is not None:
                self._told[message.what] += 1
                self._stations[message.station] += message.what == "distinct"
