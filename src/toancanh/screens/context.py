"""What every page knows: the province, the way around, who is here."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext as _

from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.base import clock
from toancanh.base.domain import all_domains
from toancanh.screens.parts import bell
from toancanh.units import labels


def shell(request: HttpRequest) -> dict[str, Any]:
    """The frame of a page: `shell.nav`, `shell.province`, `shell.user`, `shell.bell`, theme and moment."""
    user = getattr(request, "user", None)
    theme = request.COOKIES.get("theme", "auto")
    frame: dict[str, Any] = {
        "nav": [],
        "theme": theme if theme in ("light", "dark") else "auto",
        "now": clock.local(clock.now()),
        "province": province_name(),
        "user": user if user is not None and user.is_authenticated else None,
        "sources": isinstance(user, User) and user.may(Permission.SOURCES_READ),
        "messages": isinstance(user, User) and user.may(Permission.MESSAGES_READ),
    }
    if frame["user"] is not None:
        frame["nav"] = _navigation(request)
        frame["bell"] = bell(request)
    return {"shell": frame}


def province_code() -> str:
    """The unit whose centre this is."""
    return str(settings.PROVINCE)


def province_name() -> str:
    """The name of the province, in the active language."""
    return labels.name(province_code(), clock.today())


def _navigation(request: HttpRequest) -> list[dict[str, Any]]:
    entries = [
        (_("Tổng quan"), "/", "layout-dashboard", Permission.FIGURES_READ),
        (_("Cảnh báo"), "/alerts", "bell", Permission.FIGURES_READ),
        (_("Vụ việc"), "/cases", "clipboard-list", Permission.CASES_READ),
        (_("Phiếu cảnh báo"), "/slips", "send", Permission.CASES_LEAD),
        *((str(d.name), f"/boards/{d.code}", d.icon, Permission.FIGURES_READ) for d in all_domains()),
        (_("Chỉ tiêu"), "/indicators", "chart-line", Permission.FIGURES_READ),
        (_("Nguồn dữ liệu"), "/sources", "database-import", Permission.SOURCES_READ),
        (_("Luật cảnh báo"), "/rules", "adjustments", Permission.RULES_READ),
        (_("Đơn vị"), "/units", "sitemap", Permission.UNITS_READ),
    ]
    path = request.path
    return [
        {"label": label, "url": url, "icon": icon, "active": path == url or (url != "/" and path.startswith(url))}
        for label, url, icon, permission in entries
        if request.user.may(permission)  # type: ignore[union-attr]
    ]
