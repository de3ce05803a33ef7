"""Alerts: what is wrong now and what lately was."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from toancanh.access.gates import gate
from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.alerts import listing
from toancanh.alerts.models import Alert
from toancanh.screens import parts
from toancanh.screens.context import province_code, province_name

PAGE = 50


def visible_alerts(request: HttpRequest, state: str = "") -> QuerySet[Alert]:
    """The alerts in the visitor's scope; those about sources only if he may see sources."""
    user = request.user
    may_see = isinstance(user, User) and user.may(Permission.SOURCES_READ)
    return listing.alerts(state, request.access_scope, province_code(), sources=may_see)  # type: ignore[attr-defined]


@gate(Permission.FIGURES_READ)
def page(request: HttpRequest) -> HttpResponse:
    """The list: firing first, then what cleared within a week."""
    context = _context(request)
    asked = {"query": request.GET.urlencode(), "parts": [_part(context)]}
    return render(request, "screens/alerts.html", context | asked)


@gate(Permission.FIGURES_READ)
def live(request: HttpRequest) -> HttpResponse:
    """The list, where it differs from the one the page has."""
    return parts.changed(request, [_part(_context(request))])


def _part(context: dict[str, Any]) -> parts.Part:
    return parts.part("alerts-part", "screens/parts/alerts.html", context)()


def _context(request: HttpRequest) -> dict[str, Any]:
    state = request.GET.get("state", "")
    found = visible_alerts(request, state if state in (Alert.State.FIRING, Alert.State.CLEARED) else "")
    chosen = Paginator(found, PAGE).get_page(request.GET.get("page"))
    return {
        "page": chosen,
        "alerts": [listing.told(alert) for alert in chosen.object_list],
        "firing": visible_alerts(request, Alert.State.FIRING).count(),
        "state": state,
        "province": province_name(),
    }
