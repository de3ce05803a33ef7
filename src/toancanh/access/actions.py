"""The only writer of users."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.base import audit, clock
from toancanh.base.problems import Problem, Words, register
from toancanh.units.tree import Tree

audit.register(
    {
        "user.created": _("{actor} tạo tài khoản {object}, vai trò {role}."),
        "user.logged_in": _("{actor} đăng nhập."),
        "user.logged_out": _("{actor} đăng xuất."),
    }
)
register(
    {
        "user.exists": Words(_("Đã có tài khoản tên `{name}`."), _("Chọn tên khác."), 409),
        "user.role": Words(_("Không có vai trò `{role}`."), _("Dùng một trong: {roles}."), 422),
        "user.unit": Words(
            _("Không có đơn vị `{unit}` vào hôm nay."), _("Tìm mã đơn vị bằng `toancanh units --json`."), 422
        ),
        "user.password": Words(_("Mật khẩu chưa đủ mạnh: {reasons}"), _("Chọn mật khẩu dài hơn, khó đoán hơn."), 422),
    }
)


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
    """Create a user. Raises user.exists, user.role, user.unit, user.password."""
    if role not in list(Role):
        raise Problem("user.role", role=role, roles=", ".join(Role))
    if unit and not Tree.at(clock.today()).get(unit):
        raise Problem("user.unit", unit=unit)
    if User.objects.filter(username__iexact=username).exists():
        raise Problem("user.exists", name=username)
    user = User(username=username, name=name or username, role=role, unit=unit, demo=demo)
    if not demo:
        try:
            validate_password(password, user)
        except ValidationError as error:
            raise Problem("user.password", reasons=" ".join(error.messages)) from None
    user.set_password(password)
    with transaction.atomic():
        user.save()
        audit.record("user.created", actor=actor, target=("user", username), role=role, unit=unit)
    return user
