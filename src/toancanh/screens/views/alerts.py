"""Alerts: the queue of whoever is on watch, one alert with its life, and the handing over of the watch."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from toancanh.access.gates import gate
from toancanh.access.models import User
from toancanh.access.roles import Permission, Role
from toancanh.access.scope import Scope
from toancanh.alerts import access, actions, listing, rules
from toancanh.alerts.listing import Wanted
from toancanh.alerts.models import Alert, AlertChange
from toancanh.base.domain import all_domains
from toancanh.base.problems import Problem
from toancanh.base.text import sort_key
from toancanh.cases import access as case_access
from toancanh.cases import listing as case_listing
from toancanh.cases.models import Case
from toancanh.screens import acting, parts
from toancanh.screens.context import province_name
from toancanh.units import labels
from toancanh.units.tree import reference

PAGE = 50
_STATES = (Alert.State.FIRING.value, Alert.State.CLEARED.value, "held")


def waiting_alerts(request: HttpRequest) -> QuerySet[Alert]:
    """The alerts in the visitor's scope that wait for somebody: firing, held back by nothing."""
    return listing.queue(visible_alerts(request))


def visible_alerts(request: HttpRequest) -> QuerySet[Alert]:
    """The alerts in the visitor's scope."""
    user = request.user
    assert isinstance(user, User)  # noqa: S101 - the gate let him in
    return access.visible(user, request.access_scope)  # type: ignore[attr-defined]


def wanted(told: QueryDict) -> Wanted:
    """Which alerts an address asks for; what cannot be read asks for nothing."""
    state, severity = told.get("state", ""), told.get("severity", "")
    acknowledged = {"yes": True, "no": False}.get(told.get("acknowledged", ""))
    unit = told.get("unit", "")
    return Wanted(
        state if state in _STATES else "",
        acknowledged,
        int(severity) if severity.isdecimal() and len(severity) == 1 else 0,
        told.get("rule", ""),
        reference(unit) if unit else "",
        told.get("domain", ""),
    )


@gate(Permission.FIGURES_READ)
def page(request: HttpRequest) -> HttpResponse:
    """The queue: what fires, grouped, then what is held back and what cleared within a week."""
    context = _context(request)
    asked = {"query": request.GET.urlencode(), "parts": [_part(context)], **_choices(request, context)}
    return render(request, "screens/alerts.html", context | asked)


@gate(Permission.FIGURES_READ)
def live(request: HttpRequest) -> HttpResponse:
    """The queue, where it differs from the one the page has."""
    return parts.changed(request, [_part(_context(request))])


@gate(Permission.FIGURES_READ)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One alert: what it says, what holds it back, what happened to it, what can be done."""
    who = acting.who(request)
    alert = access.alert(number, **{"user": who["user"], "scope": who["scope"]})
    known = rules.known()
    own = visible_alerts(request)
    context = {
        "told": listing.told(alert, known),
        "rule": known.get(alert.rule),
        "held": listing.held(alert),
        "children": [listing.told(each, known) for each in own.filter(parent=alert)],
        "changes": [
            {"change": each, "words": AlertChange.Act(each.act).label} for each in alert.changes.order_by("-id")[:200]
        ],
        "may_act": who["user"].may(Permission.ALERTS_WRITE) and alert.state == Alert.State.FIRING,
        "may_rules": who["user"].may(Permission.RULES_READ),
        "may_send": Role(who["user"].role) in (Role.OPERATOR, Role.ADMIN) and alert.state == Alert.State.FIRING,
        "slips": [case_listing.told(case) for case in cases_of(alert, who["scope"])],
        "province": province_name(),
        "severities": range(alert.severity + 1, 6),
    }
    return render(request, "screens/alert.html", context)


def cases_of(alert: Alert, scope: Scope) -> QuerySet[Case]:
    """The open cases about an alert: sent of it by hand, or by its rule to its unit."""
    about = Q(subject_kind="alert", subject_id=str(alert.pk)) | Q(reason=alert.rule, unit=alert.subject_id)
    return case_access.visible(scope).filter(about, is_open=True).order_by("-created_at")[:20]


@gate(Permission.ALERTS_WRITE)
@require_POST
def act(request: HttpRequest) -> HttpResponse:
    """Do one act with the chosen alerts, or with the one whose button was pressed."""
    action, _dot, only = request.POST.get("action", "").partition(".")
    chosen = [only] if only else request.POST.getlist("alert")
    try:
        done = acting.act(request, action, chosen, request.POST.dict())
    except Problem as problem:
        if problem.status in (403, 404):
            raise
        told = problem.explain()
        messages.warning(request, f"{told.what} {told.remedy}")
    else:
        text = ngettext("Đã xử lý {count} cảnh báo.", "Đã xử lý {count} cảnh báo.", len(done))
        messages.success(request, text.format(count=len(done)))
    back = request.POST.get("back", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return redirect(back if ours else "/alerts")


@gate(Permission.ALERTS_WRITE)
def handover(request: HttpRequest) -> HttpResponse:
    """Hand the watch over with a written note; what was handed over before."""
    who = acting.who(request)
    if request.method == "POST":
        made = actions.hand_over(request.POST.get("note", ""), **who)
        messages.success(request, _("Đã bàn giao ca trực với {count} cảnh báo đang mở.").format(count=len(made.open)))
        return redirect("alert-handover")
    known = rules.known()
    context = {
        "open": [listing.told(alert, known) for alert in waiting_alerts(request)[:PAGE]],
        "waiting": waiting_alerts(request).count(),
        "handovers": access.handovers(who["user"])[:20],
        "me": who["user"].get_username(),
    }
    return render(request, "screens/handover.html", context)


@gate(Permission.ALERTS_WRITE)
@require_POST
def take_over(request: HttpRequest, number: int) -> HttpResponse:
    """Confirm that the watch was taken over."""
    found = actions.take_over(number, user=acting.who(request)["user"])
    messages.success(request, _("Bạn đã nhận ca trực do {by} bàn giao.").format(by=found.by))
    return redirect("alerts")


def _part(context: dict[str, Any]) -> parts.Part:
    return parts.part("alerts-part", "screens/parts/alerts.html", context)()


def _context(request: HttpRequest) -> dict[str, Any]:
    asked, known = wanted(request.GET), rules.known()
    found = listing.narrowed(visible_alerts(request), asked).select_related("silence")
    chosen = Paginator(found, PAGE).get_page(request.GET.get("page"))
    user = acting.who(request)["user"]
    counted = visible_alerts(request).filter(state=Alert.State.FIRING)
    waiting = listing.queue(visible_alerts(request))
    may_act = user.may(Permission.ALERTS_WRITE)
    return {
        "page": chosen,
        "groups": listing.grouped(chosen.object_list, known),
        "total": chosen.paginator.count,
        "waiting": waiting.filter(acknowledged_at=None).count(),
        "taken": waiting.exclude(acknowledged_at=None).count(),
        "held": counted.count() - waiting.count(),
        "state": asked.state,
        "may_act": may_act,
        "handover": access.handovers(user).filter(confirmed_at=None).first() if may_act else None,
        "me": user.get_username(),
        "province": province_name(),
    }


def _choices(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """What the queue can be narrowed by."""
    asked = wanted(request.GET)
    own = visible_alerts(request).filter(state=Alert.State.FIRING).order_by()
    codes = sorted(set(own.values_list("rule", flat=True)) | ({asked.rule} - {""}))
    owners = sorted(set(own.values_list("owner", flat=True)) | {asked.unit} - {""} - {""})
    known = rules.known()
    return {
        "asked": asked,
        "rules": [(code, str(known[code].title) if code in known else code) for code in codes],
        "units": sorted(((code, labels.name(code)) for code in owners if code), key=lambda each: sort_key(each[1])),
        "domains": [(each.code, str(each.name)) for each in all_domains()],
        "acknowledged": request.GET.get("acknowledged", ""),
        "back": request.get_full_path(),
    }
