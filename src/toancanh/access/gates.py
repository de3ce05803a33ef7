"""Gates: the one way through which a request reaches data. Every view and route has one, or says it is public."""

import base64
import binascii
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from toancanh.access import login, scope
from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.base.problems import Problem, Words, register

register(
    {
        "access.login": Words(_("Cần đăng nhập để xem nội dung này."), _("Đăng nhập rồi thử lại."), 401),
        "access.forbidden": Words(
            _("Tài khoản của bạn không có quyền thực hiện việc này ({permission})."),
            _("Nhờ quản trị viên cấp quyền nếu công việc của bạn cần đến."),
            403,
        ),
        "access.outside": Words(
            _("Không tìm thấy, hoặc nội dung này nằm ngoài phạm vi đơn vị của bạn."),
            _("Kiểm tra lại địa chỉ; nếu công việc cần, nhờ quản trị viên mở rộng phạm vi."),
            404,
        ),
    }
)


def for_programs(request: HttpRequest) -> bool:
    """Whether an address is asked by programs, which show a password with each request and read documents."""
    return request.path.startswith("/api/") or request.path == "/metrics"


def public[View: Callable[..., Any]](view: View) -> View:
    """Mark a view that needs no login, knowingly."""
    view.gate = "public"  # type: ignore[attr-defined]
    return view


def gate[View: Callable[..., Any]](permission: Permission) -> Callable[[View], View]:
    """Let only users whose role grants `permission` in; the view finds `request.access_scope` set.

    Raises access.login, access.wrong or access.forbidden; a page redirects to the login form instead of the first.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            user = _user(request)
            if user is None:
                if for_programs(request):
                    raise Problem("access.login")
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            if not user.may(permission):
                raise Problem("access.forbidden", permission=permission.value)
            # Not `scope`: an ASGI request has one of its own, by which it knows whether it came by HTTPS.
            request.access_scope = scope.of_user(user)  # type: ignore[attr-defined]
            return view(request, *args, **kwargs)

        guarded.gate = permission.value  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]

    return decorate


def _user(request: HttpRequest) -> User | None:
    """Who asks, None for a stranger. Raises access.wrong for a wrong password in the request."""
    # The API has no CSRF token: what changes something there is believed only with a password, never with a cookie.
    by_cookie = not for_programs(request) or request.method in ("GET", "HEAD", "OPTIONS")
    if by_cookie and request.user.is_authenticated and isinstance(request.user, User):
        return request.user
    header = request.headers.get("Authorization", "")
    if for_programs(request) and header.startswith("Basic "):
        try:
            name, _colon, password = base64.b64decode(header[6:]).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        user = login.authenticate(request, name, password)
        if user is None:
            raise Problem("access.wrong")
        request.user = user
        return user
    return None
