"""The only writer of users."""

from collections.abc import Iterable
from itertools import batched
from typing import NamedTuple

from django.contrib.auth import SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from toancanh.access.models import LoginFailure, User
from toancanh.access.roles import OF_A_UNIT, Role
from toancanh.base import audit, clock
from toancanh.base.problems import Problem, Words, register
from toancanh.units.tree import Tree

audit.register(
    {
        "user.created": _("{actor} tạo tài khoản {object}, vai trò {role}."),
        "user.password_set": _("{actor} đặt mật khẩu mới cho tài khoản {object}."),
        "user.disabled": _("{actor} khoá tài khoản {object}."),
        "user.enabled": _("{actor} mở lại tài khoản {object}."),
        "user.logged_in": _("{actor} đăng nhập."),
        "user.logged_out": _("{actor} đăng xuất."),
    }
)
register(
    {
        "user.unknown": Words(
            _("Không có tài khoản tên `{name}`."), _("Xem các tài khoản bằng `toancanh user list`."), 404
        ),
        "user.exists": Words(_("Đã có tài khoản tên `{name}`."), _("Chọn tên khác."), 409),
        "user.role": Words(_("Không có vai trò `{role}`."), _("Dùng một trong: {roles}."), 422),
        "user.unit": Words(
            _("Không có đơn vị `{unit}` vào hôm nay."), _("Tìm mã đơn vị bằng `toancanh units --json`."), 422
        ),
        "user.everything": Words(
            _("Cán bộ đơn vị phải thuộc một đơn vị; không có đơn vị thì xem được dữ liệu của mọi đơn vị."),
            _("Thêm --unit, ví dụ --unit gso:24133; tìm mã bằng `toancanh units --search`."),
            422,
        ),
        "user.password": Words(_("Mật khẩu chưa đủ mạnh: {reasons}"), _("Chọn mật khẩu dài hơn, khó đoán hơn."), 422),
    }
)
_TOGETHER = 10  # accounts that one transaction makes
# Django has no Vietnamese for these; its words stay for the validators an installation adds itself.
_WEAK = {
    "password_too_short": _("ngắn hơn {min_length} ký tự."),
    "password_too_common": _("quá thông dụng."),
    "password_too_similar": _("quá giống tên tài khoản."),
    "password_entirely_numeric": _("chỉ gồm chữ số."),
}


def get(username: str) -> User:
    """The user of that name, whatever its case. Raises user.unknown."""
    user = User.objects.filter(username__iexact=username.strip()).first()
    if user is None:
        raise Problem("user.unknown", name=username)
    return user


def create_user(
    username: str,
    role: str,
    unit: str = "",
    *,
    password: str,
    name: str = "",
    demo: bool = False,
    actor: audit.Ref = audit.SYSTEM,
) -> User:
    """Create a user. Raises user.exists, user.role, user.everything, user.unit, user.password."""
    if role not in list(Role):
        raise Problem("user.role", role=role, roles=", ".join(Role))
    if role in OF_A_UNIT and not unit:
        raise Problem("user.everything")
    if unit and not Tree.at(clock.today()).get(unit):
        raise Problem("user.unit", unit=unit)
    if User.objects.filter(username__iexact=username).exists():
        raise Problem("user.exists", name=username)
    user = User(username=username, name=name or username, role=role, unit=unit, demo=demo)
    if not demo:
        _check(password, user)
    user.set_password(password)
    with transaction.atomic():
        user.save()
        audit.record("user.created", actor=actor, target=("user", username), role=role, unit=unit)
    return user


class Part(NamedTuple):
    """An officer whom a program plays."""

    username: str
    role: str
    unit: str
    name: str


def create_simulated(parts: Iterable[Part], password: str) -> int:
    """Accounts for those parts that have none yet, all with one password, hashed once; returns how many were made.

    They are let in on a loopback address only. Raises user.unit.
    """
    known = {name.casefold() for name in User.objects.values_list("username", flat=True)}
    fresh = [part for part in parts if part.username.casefold() not in known]
    tree = Tree.at(clock.today())
    for part in fresh:
        if part.unit not in tree:
            raise Problem("user.unit", unit=part.unit)
    kept = make_password(password) if fresh else ""
    for some in batched(fresh, _TOGETHER):
        with transaction.atomic():
            for part in some:
                User.objects.create(**part._asdict(), password=kept, simulated=True)
                target = ("user", part.username)
                audit.record("user.created", actor=audit.SYSTEM, target=target, role=part.role, unit=part.unit)
    return len(fresh)


def set_password(user: User, password: str, *, actor: audit.Ref) -> None:
    """Give a user a new password; his sessions end, wrong attempts are forgotten. Raises user.password."""
    _check(password, user)
    user.set_password(password)
    with transaction.atomic():
        user.save(update_fields=["password"])
        LoginFailure.objects.filter(username=user.username.casefold()).delete()
        audit.record("user.password_set", actor=actor, target=("user", user.username))
    _end_sessions(user)


def disable(user: User, *, actor: audit.Ref) -> None:
    """Let a user in no more; his sessions end."""
    _switch(user, False, "user.disabled", actor)
    _end_sessions(user)


def enable(user: User, *, actor: audit.Ref) -> None:
    """Let a disabled user in again, with his old password."""
    _switch(user, True, "user.enabled", actor)


def _switch(user: User, active: bool, act: str, actor: audit.Ref) -> None:
    if user.is_active == active:
        return
    user.is_active = active
    with transaction.atomic():
        user.save(update_fields=["is_active"])
        audit.record(act, actor=actor, target=("user", user.username))


def _end_sessions(user: User) -> None:
    # Django refuses the sessions of an inactive user, but would take them again once he is enabled.
    own = [each.pk for each in Session.objects.iterator() if each.get_decoded().get(SESSION_KEY) == str(user.pk)]
    Session.objects.filter(pk__in=own).delete()


def _check(password: str, user: User) -> None:
    """Raises user.password where the password is weak."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        reasons = [_reason(each) for each in error.error_list]
        raise Problem("user.password", reasons=" ".join(reasons)) from None


def _reason(error: ValidationError) -> str:
    words = _WEAK.get(error.code or "")
    return str(words).format_map(error.params or {}) if words else " ".join(error.messages)
