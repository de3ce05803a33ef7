"""Web push: to a browser, by the push service of its maker, which sees no word of it (RFC 8030, 8291, 8292)."""

import base64
import json
import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as django_settings
from django.utils.translation import gettext_lazy as _

from toancanh.alerts.notices import keys, outcomes
from toancanh.alerts.notices.channels import posting, webhook
from toancanh.alerts.notices.outcomes import Outcome
from toancanh.alerts.notices.parcels import Parcel, thread_mark
from toancanh.base import clock
from toancanh.base.problems import Problem

_LARGEST = 2800  # bytes before encryption: push services take 4096 after it
_KEPT = 24 * 3600  # seconds that a push service keeps it for a browser that is closed
_NOBODY = (404, 410)


def settings(url: str, secret: str) -> None:
    """Whom a push service may write to about this centre: `mailto:` or https. Raises notices.url."""
    if not url.startswith(("mailto:", "https://")):
        raise Problem("notices.url", reason=str(_("cần địa chỉ liên hệ dạng mailto:… hoặc https://…")))


def address(text: str) -> str:
    """The subscription of a browser, as JSON. Raises notices.address."""
    try:
        told = json.loads(text)
        endpoint, key, auth = told["endpoint"], told["keys"]["p256dh"], told["keys"]["auth"]
        raw, secret = _bytes(key), _bytes(auth)
    except (ValueError, KeyError, TypeError):
        raise Problem("notices.address", reason=str(_("trình duyệt gửi đăng ký không đọc được"))) from None
    if len(raw) != 65 or raw[0] != 4 or len(secret) != 16 or not isinstance(endpoint, str) or len(endpoint) > 1000:
        raise Problem("notices.address", reason=str(_("trình duyệt gửi đăng ký không đọc được")))
    if not django_settings.PUSH_PRIVATE:
        _outside(endpoint)
    return json.dumps({"endpoint": endpoint, "keys": {"auth": auth, "p256dh": key}})


def send(told: Mapping[str, str], address: str, parcel: Parcel) -> Outcome:
    """Encrypt for the browser and hand it to its push service; `Topic` lets a newer one of a case take its place."""
    import http_ece
    from cryptography.hazmat.primitives.asymmetric import ec
    from py_vapid import Vapid

    subscription = json.loads(address)
    endpoint = subscription["endpoint"]
    body = http_ece.encrypt(
        _content(parcel),
        salt=os.urandom(16),
        private_key=ec.generate_private_key(ec.SECP256R1()),
        dh=_bytes(subscription["keys"]["p256dh"]),
        auth_secret=_bytes(subscription["keys"]["auth"]),
        version="aes128gcm",
    )
    parts = urlsplit(endpoint)
    claims = {"sub": told["url"], "aud": f"{parts.scheme}://{parts.netloc}", "exp": int(clock.now().timestamp()) + 3600}
    headers = {
        **Vapid.from_pem(keys.private_pem()).sign(claims),
        "content-encoding": "aes128gcm",
        "content-type": "application/octet-stream",
        "ttl": str(_KEPT),
        "urgency": "high" if parcel.severity >= 4 else "normal",
    }
    if parcel.thread:
        headers["topic"] = thread_mark(parcel.thread)
    answer = posting.post(endpoint, body, headers, outside=not django_settings.PUSH_PRIVATE)
    if isinstance(answer, Outcome):
        return answer
    if answer.status in _NOBODY:
        return outcomes.gone(f"HTTP {answer.status}")
    return webhook.judged(answer)


def _content(parcel: Parcel) -> bytes:
    """What the service worker shows; `tag` lets it replace a double, or the state before of the same case."""
    told: dict[str, Any] = {
        "title": parcel.subject.removeprefix("[Toàn Cảnh] "),
        "body": parcel.text,
        "tag": thread_mark(parcel.thread) if parcel.thread else parcel.identity,
        "link": parcel.path,
        "urgent": parcel.severity >= 5,
    }
    while len(found := json.dumps(told, ensure_ascii=False).encode()) > _LARGEST:
        told["body"] = told["body"][: len(told["body"]) * 3 // 4].rstrip() + "…"
    return found


def _outside(endpoint: str) -> None:
    """Refuse an endpoint that is not https, or is inside by its name; where it leads is looked at when it is sent."""
    import ipaddress

    parts = urlsplit(endpoint)
    host = parts.hostname or ""
    try:
        inside = not posting.is_public(str(ipaddress.ip_address(host)))
    except ValueError:
        inside = "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan"))
    if parts.scheme != "https" or parts.username or inside:
        raise Problem(
            "notices.address", reason=str(_("dịch vụ đẩy của trình duyệt phải là một máy chủ https công khai"))
        )


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
