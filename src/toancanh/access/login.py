"""Logging in: passwords are checked slowly, guessers are slowed down more, demo accounts stay on loopback."""

import hashlib
import os
import secrets
import time
from datetime import timedelta

from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from toancanh.access.models import LoginFailure, User
from toancanh.base import clock
from toancanh.base.network import only_loopback
from toancanh.base.problems import Problem, Words, register

WINDOW = timedelta(minutes=15)
PER_USER = 8
PER_ADDRESS = 40
# A client of the HTTP API sends its password with each request: remember for a minute which passwords fit which hashes,
# as digests under a secret of this process, so that not every request costs a full password hash.
_REMEMBERED: dict[str, float] = {}
_PEPPER = secrets.token_bytes(32)

register(
    {
        "access.throttled": Words(
            _("Đăng nhập sai quá nhiều lần."),
            _("Chờ 15 phút rồi thử lại, hoặc nhờ quản trị viên đặt lại mật khẩu."),
            429,
        ),
        "access.wrong": Words(
            _("Tên đăng nhập hoặc mật khẩu không đúng."),
            _("Kiểm tra phím Caps Lock và bộ gõ tiếng Việt rồi thử lại."),
            401,
        ),
    }
)


def authenticate(request: HttpRequest, username: str, password: str) -> User | None:
    """The active user with that name and password, or None. Raises access.throttled, access.demo."""
    address = request.META.get("REMOTE_ADDR", "")
    name = username.strip().casefold()[:60]
    user = User.objects.filter(username__iexact=name, is_active=True).first()
    memory = _memory(user.password, password) if user else ""
    if user is not None and _REMEMBERED.get(memory, 0.0) > time.monotonic():
        return _unless_exposed(user)
    since = clock.now() - WINDOW
    recent = LoginFailure.objects.filter(at__gte=since)
    if (
        recent.filter(username=name, address=address).count() >= PER_USER
        or recent.filter(address=address).count() >= PER_ADDRESS
    ):
        raise Problem("access.throttled")
    if user is None:
        make_password(password)  # an unknown name takes as long as a wrong password
    if user is None or not user.check_password(password):
        LoginFailure.objects.create(username=name, address=address, at=clock.now())
        LoginFailure.objects.filter(at__lt=since).delete()
        return None
    if len(_REMEMBERED) > 1000:
        _REMEMBERED.clear()
    _REMEMBERED[memory] = time.monotonic() + 60
    return _unless_exposed(user)


def _memory(kept: str, password: str) -> str:
    return hashlib.blake2b(f"{kept}\0{password}".encode(), key=_PEPPER, digest_size=32).hexdigest()


def _unless_exposed(user: User) -> User:
    if user.demo or user.simulated:
        only_loopback(os.environ.get("TOANCANH_BIND", "127.0.0.1"))
    return user
