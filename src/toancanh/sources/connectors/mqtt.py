"""Messages of an MQTT broker: acknowledged only once they are safe, so that the broker keeps what we could not take."""

import hashlib
import json
import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from paho.mqtt.client import CallbackAPIVersion, Client, MQTTErrorCode, MQTTMessage, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from toancanh.base.problems import Problem
from toancanh.sources.connectors.connector import Connector, Option, Row, Shape
from toancanh.sources.connectors.line import reaching, trust

logging.getLogger("paho.mqtt.client").setLevel(logging.CRITICAL)  # what it logs is told as a problem

KEEPALIVE = 30  # seconds of silence after which either side asks whether the other is there
GLANCE = 0.1  # seconds between two looks at whether to stop
FAREWELL = 1  # seconds that the last acknowledgements have to leave
FOR_EVER = 0xFFFFFFFF  # how long a broker keeps our session, and with it what it could not hand on
TOPIC, PAYLOAD = "_topic", "_payload"  # columns of our own
NOT_LET_IN = (0x85, 0x86, 0x87, 0x8A, 0x8C)  # reason codes of MQTT 5: client, password, rights, banned, method

Heard = queue.SimpleQueue[MQTTMessage | Problem]


class Mqtt(Connector):
    """Hands on each message at least once, in the order of the broker, from the first subscription on."""

    kind = "mqtt"
    title = "MQTT"
    listens = True
    options = (
        Option("host", _("Máy chủ"), required=True),
        Option("port", _("Cổng"), Shape.NUMBER, default=1883, minimum=1, maximum=65535),
        Option("user", _("Tài khoản")),
        Option("password", _("Mật khẩu"), Shape.SECRET),
        Option("tls", _("Mã hoá (TLS)"), Shape.SWITCH, default=False),
        Option(
            "authority",
            _("Chứng thư gốc"),
            Shape.LINES,
            help=_("PEM; chỉ cần khi chứng thư của máy chủ do đơn vị tự cấp."),
        ),
        Option("topic", _("Chủ đề"), required=True, help=_("Có thể dùng + cho một cấp, # cho mọi cấp phía sau.")),
        Option(
            "qos",
            _("Mức bảo đảm (QoS)"),
            Shape.CHOICE,
            default="1",
            choices=("0", "1"),
            help=_("1: máy chủ giữ tin tới khi ta đã cất xong; 0: tin có thể mất khi đường truyền đứt."),
        ),
        Option("version", _("Phiên bản MQTT"), Shape.CHOICE, default="5", choices=("5", "3.1.1")),
        Option(
            "client",
            _("Tên của ta ở máy chủ"),
            help=_("Máy chủ giữ tin theo tên này; hai bản cài đặt cùng đọc một chủ đề phải có tên khác nhau."),
        ),
        Option("batch_seconds", _("Gom nhiều nhất (giây)"), Shape.NUMBER, default=0.5, minimum=0),
        Option("batch_rows", _("Gom nhiều nhất (dòng)"), Shape.NUMBER, default=500, minimum=1, maximum=10_000),
        Option("timeout", _("Chờ trả lời (giây)"), Shape.NUMBER, default=30, minimum=0.1),
    )

    def __init__(self, options: Mapping[str, Any]) -> None:
        """Raises connector.option where the topic is no filter."""
        super().__init__(options)
        levels = options["topic"].split("/")
        if any(("+" in level or "#" in level) and len(level) > 1 for level in levels) or "#" in levels[:-1]:
            told = gettext("không phải là bộ lọc chủ đề: + và # đứng riêng một cấp, # ở cấp cuối")
            raise Problem("connector.option", option="topic", reason=told)

    @property
    def place(self) -> str:
        """The address of the broker."""
        return f"mqtt{'s' if self.told['tls'] else ''}://{self.told['host']}:{self.told['port']}"

    def listen(self, take: Callable[[list[Row]], None], stopping: threading.Event) -> None:
        """Hand on messages in batches until `stopping`. Raises what `take` raises, or why the broker is gone."""
        line = _Line(self)
        try:
            while not stopping.is_set():
                messages, rows, problem = self._batch(line, stopping)
                if stopping.is_set():  # the broker sends again what is not acknowledged
                    return
                if rows:
                    take(rows)
                for message in messages:
                    line.client.ack(message.mid, message.qos)
                if problem:
                    raise problem
        finally:
            line.close()

    def _batch(self, line: "_Line", stopping: threading.Event) -> tuple[list[MQTTMessage], list[Row], Problem | None]:
        """The next messages with their rows, and what ended them."""
        messages: list[MQTTMessage] = []
        rows: list[Row] = []
        end = float("inf")
        while not stopping.is_set() and len(rows) < self.told["batch_rows"] and time.monotonic() < end:
            try:
                heard = line.heard.get(timeout=max(0.0, min(GLANCE, end - time.monotonic())))
            except queue.Empty:
                line.check()
                continue
            if isinstance(heard, Problem):
                return messages, rows, heard
            messages.append(heard)
            rows += _rows(heard.topic, bytes(heard.payload))
            end = min(end, time.monotonic() + self.told["batch_seconds"])
        return messages, rows, None


class _Line:
    """A line to a broker: what is heard on it, until one problem ends it."""

    def __init__(self, connector: Mqtt) -> None:
        self._place, self._told = connector.place, connector.told
        self.heard: Heard = queue.SimpleQueue()
        self._since, self._subscribed, self._closing = time.monotonic(), threading.Event(), threading.Event()
        self._left = threading.Event()
        self.client = self._client()
        threading.Thread(target=self._dial, name="mqtt-dial", daemon=True).start()

    def check(self) -> None:
        """Raises connector.timeout where the broker does not answer."""
        if not self._subscribed.is_set() and time.monotonic() - self._since > self._told["timeout"]:
            raise Problem("connector.timeout", place=self._place, seconds=f"{self._told['timeout']:g}")

    def close(self) -> None:
        """Leave the broker, which keeps what was not acknowledged."""
        self._closing.set()
        if self.client.disconnect() == MQTTErrorCode.MQTT_ERR_SUCCESS:
            self._left.wait(FAREWELL)  # else whoever listens next is sent again what we have

    def _client(self) -> Client:
        settings: dict[str, Any] = {"protocol": MQTTProtocolVersion.MQTTv5}
        if self._told["version"] == "3.1.1":
            settings = {"protocol": MQTTProtocolVersion.MQTTv311, "clean_session": False}
        client = Client(
            CallbackAPIVersion.VERSION2,
            client_id=self._told["client"] or self._name(),
            reconnect_on_failure=False,
            manual_ack=True,
            **settings,
        )
        if self._told["user"]:
            client.username_pw_set(self._told["user"], self._told["password"])
        if self._told["tls"]:
            client.tls_set_context(trust(self._told["authority"]))
        client.connect_timeout = self._told["timeout"]
        client.on_connect, client.on_subscribe = self._connected, self._answered
        client.on_message, client.on_disconnect = self._spoken, self._gone
        return client

    def _name(self) -> str:
        told = f"{self._told['host']}:{self._told['port']}/{self._told['topic']}"
        return f"toancanh-{hashlib.sha256(told.encode()).hexdigest()[:12]}"

    def _dial(self) -> None:
        session: dict[str, Any] = {}
        if self._told["version"] == "5":
            properties = Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = FOR_EVER
            # Else many brokers wait for an acknowledgement after 20 messages, and a batch would never fill.
            properties.ReceiveMaximum = max(20, 2 * int(self._told["batch_rows"]))
            session = {"clean_start": False, "properties": properties}
        try:
            with reaching(self._place, self._told["timeout"]):
                self.client.connect(self._told["host"], self._told["port"], KEEPALIVE, **session)
        except Problem as problem:
            self.heard.put(problem)
            return
        if self._closing.is_set():
            self.client.disconnect()
        else:
            self.client.loop_start()

    def _connected(self, client: Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        if not code.is_failure:
            client.subscribe(self._told["topic"], int(self._told["qos"]))
        elif code.value in NOT_LET_IN:
            self.heard.put(self._refused(str(code)))
        else:
            self.heard.put(Problem("connector.unreachable", place=self._place, reason=str(code)))

    def _answered(self, _client: Client, _data: Any, _mid: int, codes: list[Any], _properties: Any) -> None:
        for code in codes:
            if code.is_failure:
                self.heard.put(self._refused(f"{self._told['topic']}: {code}"))
        self._subscribed.set()

    def _refused(self, told: str) -> Problem:
        return Problem("connector.refused", place=self._place, user=self._told["user"] or "", reason=told)

    def _spoken(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        while self.heard.qsize() > 10 * self._told["batch_rows"] and not self._closing.wait(0.01):
            pass  # QoS 0 knows no other way to be slowed down
        self.heard.put(message)

    def _gone(self, _client: Client, _data: Any, _flags: Any, code: Any, _properties: Any) -> None:
        self._left.set()
        self.heard.put(Problem("connector.cut", place=self._place, reason=str(code)))


def _rows(topic: str, payload: bytes) -> list[Row]:
    """The rows of a message: an object, or each of an array; what is neither is kept as text."""
    ours = {TOPIC: topic} | {f"{TOPIC}.{place}": level for place, level in enumerate(topic.split("/"), 1)}
    return [_without_ours(item) | ours for item in _items(payload)]


def _without_ours(item: Row) -> Row:
    return {name: value for name, value in item.items() if name != TOPIC and not name.startswith(f"{TOPIC}.")}


def _items(payload: bytes) -> list[Row]:
    try:
        content = json.loads(payload, parse_float=Decimal, parse_constant=_no_number, object_pairs_hook=_object)
    except (ValueError, RecursionError):
        content = None
    if isinstance(content, dict):
        return [content]
    if isinstance(content, list):
        return [item if isinstance(item, dict) else {PAYLOAD: _text(item)} for item in content]
    return [{PAYLOAD: payload.decode("utf-8", "backslashreplace")}]


def _text(item: Any) -> str:
    return json.dumps(item, ensure_ascii=False, default=str)


def _object(pairs: list[tuple[str, Any]]) -> Row:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands there twice, so which value is meant cannot be told")
    return found


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON")
