"""Silences: what is held back now, what is planned, and ending it early."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from toancanh.access.gates import gate
from toancanh.access.roles import Permission
from toancanh.alerts import access, actions, rules, silences
from toancanh.base import clock
from toancanh.base.problems import Problem
from toancanh.screens import acting, uploads
from toancanh.screens.context import province_code
from toancanh.sources import listing as source_listing
from toancanh.units import labels
from toancanh.units.tree import Tree, reference

_PAST = 50


@gate(Permission.ALERTS_WRITE)
def page(request: HttpRequest) -> HttpResponse:
    """What is held back now or will be, what was, and a form to plan more."""
    problem, told = None, request.POST.dict() if request.method == "POST" else {}
    if request.method == "POST":
        try:
            return _planned(request)
        except Problem as refusal:
            problem = refusal
    now, who = clock.now(), acting.who(request)
    own = access.silences(who["user"], who["scope"])
    standing = own.filter(pk__in=silences.standing(now).values("pk")).order_by("starts_at", "pk")
    codes = who["scope"].codes
    known = Tree.at(clock.today()).within(province_code()) if codes is None else codes
    context = {
        "standing": [
            {
                "silence": each,
                "what": actions.meant(each),
                "lasts": silences.lasts(each, now),
                "next": silences.following(each, now),
                "alerts": each.alerts.filter(state="firing").count(),
            }
            for each in standing
        ],
        "past": [
            {"silence": each, "what": actions.meant(each)}
            for each in own.exclude(pk__in=standing.values("pk")).order_by("-until", "-pk")[:_PAST]
        ],
        "rules": [(code, str(rule.title)) for code, rule in sorted(rules.known().items())],
        "sources": [
            (each.name, each.title) for each in source_listing.all_sources() if uploads.visible(request, each.owner)
        ],
        "units": sorted(((code, labels.name(code)) for code in known), key=lambda each: each[1]),
        "told": told,
        "problem": problem.explain() if problem else None,
        "soon": clock.local(now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M"),
        "now": clock.local(now).strftime("%Y-%m-%dT%H:%M"),
    }
    return render(request, "screens/silences.html", context, status=problem.status if problem else 200)


@gate(Permission.ALERTS_WRITE)
@require_POST
def end(request: HttpRequest, number: int) -> HttpResponse:
    """End a silence before its time."""
    actions.end_silence(number, **acting.who(request))
    messages.success(request, _("Đã kết thúc; cảnh báo lại hiện như thường."))
    return redirect("silences")


def _planned(request: HttpRequest) -> HttpResponse:
    told = request.POST
    weekly = told.get("weekly") == "true"
    unit = told.get("unit", "")
    actions.plan(
        starts=acting.moment(told.get("starts", "")),
        ends=acting.moment(told.get("ends", "")),
        until=acting.moment(told["until"]) if weekly and told.get("until") else None,
        weekly=weekly,
        reason=told.get("reason", ""),
        rule=told.get("rule", ""),
        source=told.get("source", ""),
        unit=reference(unit) if unit else "",
        **acting.who(request),
    )
    messages.success(request, _("Đã ghi; cảnh báo liên quan được giữ lại trong khoảng đó."))
    return redirect("silences")
