"""Outcomes: what became of one try to send, and the words of what can go wrong."""

import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from toancanh.base import reasons as network
from toancanh.base.problems import Words, register

register(
    {
        "notices.refused": Words(
            _("Nơi nhận từ chối: {reason}."),
            _("Kiểm tra địa chỉ nhận và quyền của kênh, rồi bấm gửi lại."),
        ),
        "notices.unreachable": Words(
            _("Chưa gửi được: {reason}."), _("Hệ thống tự thử lại trong 24 giờ; kiểm tra kênh nếu lỗi kéo dài.")
        ),
        "notices.unknown": Words(
            _("Đã chuyển đi nhưng không có câu trả lời: {reason}."),
            _("Hỏi người nhận; nếu chưa nhận được thì bấm gửi lại, tin có thể đến hai lần."),
        ),
        "notices.gone": Words(
            _("Địa chỉ nhận không còn: {reason}."), _("Người nhận cần đăng ký lại ở trang Thông báo của tôi.")
        ),
        "notices.broken": Words(
            _("Kênh gửi lỗi: {reason}."), _("Xem cấu hình kênh; gửi nhật ký cho nhà phát triển nếu cấu hình đúng.")
        ),
    }
)


class Ended(StrEnum):
    """How a try ended: it arrived; it surely did not and may be tried again, or need not be; nobody knows."""

    SENT = "sent"
    AGAIN = "again"
    NEVER = "never"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Outcome:
    """How a try ended, and the problem where it did not end well. `gone`: the address is none any more."""

    ended: Ended
    problem: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    gone: bool = False


SENT = Outcome(Ended.SENT)


def again(reason: object) -> Outcome:
    """It surely did not arrive; another try may."""
    return Outcome(Ended.AGAIN, "notices.unreachable", {"reason": short(reason)})


def never(reason: object) -> Outcome:
    """It was refused for good."""
    return Outcome(Ended.NEVER, "notices.refused", {"reason": short(reason)})


def unknown(reason: object) -> Outcome:
    """It left, and nobody said whether it arrived."""
    return Outcome(Ended.UNKNOWN, "notices.unknown", {"reason": short(reason)})


def gone(reason: object) -> Outcome:
    """There is nobody at that address any more."""
    return Outcome(Ended.NEVER, "notices.gone", {"reason": short(reason)}, gone=True)


def why(error: BaseException) -> str:
    """Why the network failed, in words; never those of a library that quotes addresses with their passwords."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, TimeoutError) or "Timeout" in type(cause).__name__:
            return str(_("không trả lời kịp"))
        if isinstance(cause, ssl.SSLError):
            return str(_("chứng thư TLS không được chấp nhận"))
        if isinstance(cause, OSError):
            return str(network.reason(cause))
        cause = cause.__cause__
    return str(_("kết nối đứt giữa chừng"))


def short(reason: object) -> str:
    """A reason in one line of at most 200 characters."""
    return " ".join(str(reason).split())[:200].rstrip(". ") or "–"
