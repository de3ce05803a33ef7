"""Signed messages over HTTP (Standard Webhooks): what waits goes out together, and counts once it is answered."""

import json
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice, takewhile
from threading import Event, Thread
from uuid import uuid4

import httpx
from standardwebhooks.webhooks import Webhook

_TOGETHER = 100  # readings of one message
_LOOK = 0.05  # seconds between two looks at what waits
_PATIENCE, _AGAIN = 10.0, 1.0  # seconds until it must be answered, and until one that was not goes out once more


class Hook:
    """An address that takes signed messages. Raises ValueError for an address or a secret that is none."""

    def __init__(self, url: str, secret: str) -> None:
        if not url.startswith(("http://", "https://")) or not secret:
            raise ValueError(url if secret else "–")
        self.name = url
        self._signing, self._client = Webhook(secret), httpx.Client(timeout=_PATIENCE)
        self._waiting: deque[tuple[int, bytes]] = deque()
        self._answered: deque[int] = deque()
        self._number, self._run_of = 0, uuid4().hex
        self.come_back()

    @property
    def connected(self) -> bool:
        """Whether what was sent last was answered."""
        return self._heard

    def send(self, _topic: str, payload: bytes) -> int:
        """Send a reading; its number. It says by itself who measured, so that the topic need not be told."""
        self._number += 1
        self._waiting.append((self._number, payload))
        return self._number

    def acknowledged(self) -> list[int]:
        """The numbers of the readings that were answered since it was last asked."""
        return [self._answered.popleft() for _turn in range(len(self._answered))]

    def leave(self) -> None:
        """Send no more, for good or until `come_back`."""
        self._away.set()
        self._thread.join(_PATIENCE)

    def come_back(self) -> None:
        """Send what waits, again."""
        self._away, self._heard = Event(), True
        self._thread = Thread(target=self._run, name="webhook", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        message: list[tuple[int, bytes]] = []
        while not self._away.is_set():
            # One that was not answered goes out again as it is, under its number: it may have been taken all the same.
            message = message or _together(list(islice(self._waiting, _TOGETHER)))
            if not message:
                self._away.wait(_LOOK)
            elif self._tell(message):
                self._heard = True
                for number, _payload in message:
                    self._waiting.popleft()
                    self._answered.append(number)
                message = []
            else:
                self._heard = False
                self._away.wait(_AGAIN)

    def _tell(self, message: Sequence[tuple[int, bytes]]) -> bool:
        """Whether it was answered for good."""
        first, last, payloads = message[0][0], message[-1][0], [payload for _number, payload in message]
        body = b"[" + b",".join(payloads) + b"]" if _readable(payloads[0]) else payloads[0]
        number, now = f"{self._run_of}.{first}.{last}", datetime.now(UTC)
        headers = {
            "webhook-id": number,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signing.sign(number, now, body.decode(errors="replace")),
            "content-type": "application/json",
        }
        try:
            answer = self._client.post(self.name, content=body, headers=headers)
        except httpx.HTTPError:
            return False
        # What nobody can read is refused for good; anything else may be let in another time, under another key.
        return answer.is_success or (answer.is_client_error and not _readable(payloads[0]))


def _together(waiting: Sequence[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """The readings that go out in one message: what is no JSON would spoil the others, and goes alone."""
    return list(takewhile(lambda each: _readable(each[1]), waiting)) or list(waiting[:1])


def _readable(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except ValueError:
        return False
    return True
