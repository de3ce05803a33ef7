"""Acts on alerts as a form or a program tells them; the floor below guards and keeps them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from toancanh.access.models import User
from toancanh.access.scope import Scope
from toancanh.alerts import actions
from toancanh.alerts.models import Alert
from toancanh.base import clock
from toancanh.base.problems import Problem, Words, register

Told = Mapping[str, Any]

register(
    {
        "alert.action": Words(_("Không có thao tác `{action}` với cảnh báo."), _("Dùng một trong: {known}."), 404),
        "alert.number": Words(_("`{value}` không phải là một số."), _("Ghi một số nguyên."), 422),
        "alert.until": Words(
            _("`{value}` không phải là một thời điểm."), _("Viết 15/11/2026 08:30 hoặc 2026-11-15T08:30."), 422
        ),
    }
)


def who(request: HttpRequest) -> dict[str, Any]:
    """Who acts, and where he may."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the gate let him in
    scope: Scope = request.access_scope  # type: ignore[attr-defined]
    return {"user": user, "scope": scope}


def _acknowledge(request: HttpRequest, pks: list[int], told: Told) -> list[Alert]:
    return actions.acknowledge(pks, note=str(told.get("note", "")), **who(request))


def _unacknowledge(request: HttpRequest, pks: list[int], _told: Told) -> list[Alert]:
    return actions.unacknowledge(pks, **who(request))


def _escalate(request: HttpRequest, pks: list[int], told: Told) -> list[Alert]:
    severity = number(told.get("severity")) if told.get("severity") else None
    return actions.escalate(pks, severity=severity, note=str(told.get("note", "")), **who(request))


def _merge(request: HttpRequest, pks: list[int], told: Told) -> list[Alert]:
    into = number(told.get("into")) if told.get("into") else None
    return [actions.merge(pks, into=into, **who(request))]


def _part(request: HttpRequest, pks: list[int], _told: Told) -> list[Alert]:
    return actions.part(pks, **who(request))


def _silence(request: HttpRequest, pks: list[int], told: Told) -> list[Alert]:
    hours = told.get("hours")
    until = clock.now() + timedelta(hours=number(hours)) if hours else moment(str(told.get("until", "")))
    actions.silence(pks, until=until, reason=str(told.get("reason", "")), **who(request))
    return list(Alert.objects.filter(pk__in=pks))


ACTIONS: dict[str, Callable[[HttpRequest, list[int], Told], list[Alert]]] = {
    "acknowledge": _acknowledge,
    "unacknowledge": _unacknowledge,
    "silence": _silence,
    "escalate": _escalate,
    "merge": _merge,
    "part": _part,
}


def act(request: HttpRequest, action: str, pks: Iterable[Any], told: Told) -> list[Alert]:
    """Do one act with alerts. Raises alert.action, alert.number, alert.until and what the act refuses."""
    if action not in ACTIONS:
        raise Problem("alert.action", action=action, known=", ".join(ACTIONS))
    return ACTIONS[action](request, [number(pk) for pk in pks], told)


def number(told: Any) -> int:
    """A whole number. Raises alert.number."""
    try:
        found = int(str(told))
    except ValueError:
        raise Problem("alert.number", value=told) from None
    if abs(found) >= 1 << 62:
        raise Problem("alert.number", value=told)
    return found


def moment(told: str) -> datetime:
    """A moment as somebody wrote it. Raises alert.until."""
    try:
        return clock.parse_moment(told)
    except ValueError:
        raise Problem("alert.until", value=told) from None


def day(told: str) -> date:
    """A day as somebody wrote it. Raises alert.until."""
    try:
        return clock.parse_day(told)
    except ValueError:
        raise Problem("alert.until", value=told) from None
