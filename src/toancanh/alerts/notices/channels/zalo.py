"""Zalo: a plugin of ours for apprise, whose request is data (zalo.toml); not verified against the real service."""

import json
import re
import tomllib
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from apprise.asset import AppriseAsset
from apprise.common import NotifyFormat, NotifyType
from apprise.manager_plugins import NotificationManager
from apprise.plugins.base import NotifyBase
from django.utils.translation import gettext_lazy as _

from toancanh.alerts.notices import outcomes
from toancanh.alerts.notices.channels import posting
from toancanh.alerts.notices.outcomes import Outcome
from toancanh.alerts.notices.parcels import Parcel
from toancanh.base import home
from toancanh.base.problems import Problem

_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")


class NotifyZaloOA(NotifyBase):
    """`zalooa://TOKEN@_/USER`: one message to one person who follows the account; `outcome` says what became of it."""

    service_name = "Zalo OA"
    secure_protocol = "zalooa"
    setup_url = "https://developers.zalo.me/docs/official-account/"
    notify_format = NotifyFormat.TEXT
    title_maxlen = 0
    body_maxlen = 4000
    request_rate_per_sec = 0

    def __init__(self, token: str, targets: list[str], identity: str = "", link: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.token, self.targets = token, targets
        self.told = {"identity": identity, "link": link, "subject": ""}
        self.outcome: Outcome = outcomes.again("–")

    @cached_property
    def format(self) -> dict[str, Any]:
        """The request as data: the home's, else the product's."""
        own = home.current().path / "zalo.toml"
        file = own if own.exists() else Path(__file__).with_name("zalo.toml")
        return tomllib.loads(file.read_text(encoding="utf-8"))

    def send(self, body: str, title: str = "", notify_type: NotifyType = NotifyType.INFO, **kwargs: Any) -> bool:
        """Give it to the service; true where it was taken."""
        for target in self.targets:
            self.outcome = self._one(target, body)
            if self.outcome.ended != outcomes.Ended.SENT:
                return False
        return bool(self.targets)

    def url(self, privacy: bool = False, *args: Any, **kwargs: Any) -> str:
        """The address by which apprise knows it."""
        token = self.pprint(self.token, privacy, safe="")
        return f"{self.secure_protocol}://{token}@_/{'/'.join(self.targets)}"

    @staticmethod
    def parse_url(url: str) -> dict[str, Any] | None:
        """What an address says: the token, and to whom."""
        found: dict[str, Any] | None = NotifyBase.parse_url(url, verify_host=False)
        if found:
            found["token"] = NotifyBase.unquote(found["user"] or "")
            found["targets"] = NotifyBase.split_path(found["fullpath"])
        return found

    def _one(self, target: str, body: str) -> Outcome:
        asked, answer = self.format["request"], self.format["answer"]
        told = {**self.told, "token": self.token, "to": target, "text": body[: asked.get("longest", 2000)]}
        headers = {name: _filled(value, told) for name, value in asked["headers"].items()}
        content = json.dumps(_filled(asked["body"], told), ensure_ascii=False).encode()
        found = posting.post(_filled(asked["url"], told), content, headers, method=asked.get("method", "POST"))
        return found if isinstance(found, Outcome) else _judged(found, answer)


def settings(url: str, secret: str) -> None:
    """`zalooa://TOKEN@_`. Raises notices.url."""
    _plugin(url, "1", None)


def address(text: str) -> str:
    """The id of a person who follows the account. Raises notices.address."""
    if not _ID.fullmatch(text):
        raise Problem("notices.address", reason=str(_("cần mã người dùng Zalo (user id) của người theo dõi OA")))
    return text


def send(told: Mapping[str, str], address: str, parcel: Parcel) -> Outcome:
    """Give a message to the account; Zalo names no key by which it would drop a double."""
    plugin = _plugin(told["url"], address, parcel)
    plugin.told["subject"] = parcel.subject
    text = f"{parcel.text}\n{parcel.link}" if parcel.link and parcel.link not in parcel.text else parcel.text
    plugin.notify(body=text, body_format=NotifyFormat.TEXT)
    return plugin.outcome


def _plugin(url: str, target: str, parcel: Parcel | None) -> NotifyZaloOA:
    told = NotifyZaloOA.parse_url(url) if url.startswith("zalooa://") else None
    if not told or not told["token"]:
        raise Problem("notices.url", reason=str(_("cần dạng zalooa://TOKEN@_")))
    told |= {"targets": [target], "asset": AppriseAsset(app_id="toancanh", secure_logging=True)}
    return NotifyZaloOA(**told, identity=parcel.identity if parcel else "", link=parcel.link if parcel else "")


def _filled(value: Any, told: Mapping[str, str]) -> Any:
    """A template with its places filled, at whatever depth."""
    if isinstance(value, str):
        return re.sub(r"\{(\w+)\}", lambda found: told.get(found[1], found[0]), value)
    if isinstance(value, dict):
        return {key: _filled(each, told) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, told) for each in value]
    return value


def _judged(answer: posting.Answer, told: Mapping[str, Any]) -> Outcome:
    """What the service said, as the format reads it; nonsense after 2xx leaves open whether it was taken."""
    if answer.status >= 500 or answer.status == 429:
        return outcomes.again(f"HTTP {answer.status}")
    try:
        content = json.loads(answer.body)
        result = content[told["result"]]
    except (ValueError, KeyError, TypeError):
        if answer.status >= 300:
            return outcomes.never(f"HTTP {answer.status}")
        return outcomes.unknown(_("câu trả lời không đọc được"))
    if result in told["success"]:
        return outcomes.SENT
    said = f"{result} {content.get(told['message'], '')}"
    if result in told["again"]["codes"]:
        return outcomes.again(said)
    return outcomes.gone(said) if result in told["gone"]["codes"] else outcomes.never(said)


NotificationManager()["zalooa"] = NotifyZaloOA
