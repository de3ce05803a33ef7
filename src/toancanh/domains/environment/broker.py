"""The connection to an MQTT broker: messages go out with QoS 1, and count once the broker has acknowledged them."""

from collections import deque
from threading import Event
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

SCHEMES = {"mqtt": 1883, "mqtts": 8883}
IN_FLIGHT = 500  # messages that wait for their acknowledgement
_PATIENCE = 5.0  # seconds until the broker must have answered


class Broker:
    """A broker by its address `mqtt://user:password@host:1883` (`mqtts` with TLS).

    Raises ValueError for an address that is none, ConnectionError where nobody answers there or lets us in.
    """

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        if address.scheme not in SCHEMES or not address.hostname:
            raise ValueError(url)
        self._address = address.hostname, address.port or SCHEMES[address.scheme]
        self.name = f"{address.scheme}://{self._address[0]}:{self._address[1]}"
        self._acknowledged: deque[int] = deque()
        self._answered, self._refused = Event(), ""
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.max_inflight_messages_set(IN_FLIGHT)
        client.on_connect, client.on_publish = self._connected, self._published
        if address.username:
            client.username_pw_set(unquote(address.username), unquote(address.password or ""))
        if address.scheme == "mqtts":
            client.tls_set()
        self._client = client
        try:
            client.connect(*self._address)
        except OSError as error:
            raise ConnectionError(str(error)) from error
        client.loop_start()
        if not self._answered.wait(_PATIENCE) or self._refused:
            self.leave()
            raise ConnectionError(self._refused or f"{_PATIENCE:g} s")

    @property
    def connected(self) -> bool:
        """Whether the broker hears us now."""
        return self._client.is_connected()

    def send(self, topic: str, payload: bytes) -> int:
        """Send a message; its number. It is sent again until it is acknowledged."""
        return self._client.publish(topic, payload, qos=1).mid

    def acknowledged(self) -> list[int]:
        """The numbers of the messages that the broker has since it was last asked."""
        return [self._acknowledged.popleft() for _turn in range(len(self._acknowledged))]

    def leave(self) -> None:
        """Disconnect, for good or until `come_back`."""
        self._client.disconnect()
        self._client.loop_stop()

    def come_back(self) -> None:
        """Connect again, as soon as the broker is there."""
        self._client.connect_async(*self._address)
        self._client.loop_start()

    def _connected(
        self, _client: mqtt.Client, _data: object, _flags: object, reason: ReasonCode, _more: Properties | None
    ) -> None:
        self._refused = str(reason) if reason.is_failure else ""
        self._answered.set()

    def _published(
        self, _client: mqtt.Client, _data: object, mid: int, _reason: ReasonCode, _more: Properties | None
    ) -> None:
        self._acknowledged.append(mid)
