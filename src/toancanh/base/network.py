"""Addresses: which of them only this machine can reach."""

import ipaddress

from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem, Words, register

register(
    {
        "access.demo": Words(
            _("Tài khoản mẫu chỉ dùng được khi máy chủ nghe trên địa chỉ nội bộ (127.0.0.1); đang nghe trên {host}."),
            _("Chạy lại với --host 127.0.0.1, hoặc tạo tài khoản thật bằng `toancanh user create`."),
            403,
        ),
    }
)


def is_loopback(host: str) -> bool:
    """Whether a bind address can be reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def only_loopback(host: str) -> None:
    """Raises access.demo where a demo would be reachable from other machines."""
    if not is_loopback(host):
        raise Problem("access.demo", host=host)
