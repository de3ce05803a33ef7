"""Channels: the ways out of the centre, one module for each kind, loaded where something is sent.

A module has `settings(url, secret)`, which refuses what cannot work; `address(text)`, which gives an address as it is
kept; and `send(told, address, parcel)`, which tries once, within its time.
"""

import importlib
from collections.abc import Mapping
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from toancanh.alerts.notices.outcomes import Outcome
from toancanh.alerts.notices.parcels import Parcel
from toancanh.base.problems import Words, register

TIMEOUT = 10.0  # seconds that a receiver has

register(
    {
        "notices.url": Words(
            _("Địa chỉ kênh không dùng được: {reason}."),
            _("Xem các dạng địa chỉ ở docs/how-to/send-notifications.vi.md."),
        ),
        "notices.address": Words(_("Địa chỉ nhận không hợp lệ: {reason}."), _("Sửa lại rồi gửi lại biểu mẫu.")),
    }
)


class Kind(Protocol):
    """What the module of a kind of channel offers."""

    def settings(self, url: str, secret: str) -> None:
        """Refuse settings that cannot work. Raises notices.url."""

    def address(self, text: str) -> str:
        """An address as it is kept. Raises notices.address."""

    def send(self, told: Mapping[str, str], address: str, parcel: Parcel) -> Outcome:
        """Try once to send; `told` has the url and the secret of the channel."""


def of(kind: str) -> Kind:
    """The module of a kind of channel."""
    return importlib.import_module(f"toancanh.alerts.notices.channels.{kind}")
