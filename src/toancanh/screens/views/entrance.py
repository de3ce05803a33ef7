"""The entrance: logging in and out, the language, whether the centre is healthy."""

from typing import Any

import structlog
from django.contrib import auth
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from toancanh.access import login as logins
from toancanh.access.gates import gate, public
from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.base import audit
from toancanh.base.problems import Problem
from toancanh.screens import metrics as measured

log = structlog.get_logger()


@public
def login(request: HttpRequest) -> HttpResponse:
    """The login form; goes on to where the visitor wanted to be."""
    goal = request.POST.get("next") or request.GET.get("next") or "/"
    if not url_has_allowed_host_and_scheme(goal, {request.get_host()}, request.is_secure()):
        goal = "/"
    problem = None
    if request.method == "POST":
        name = request.POST.get("username", "")
        try:
            user = logins.authenticate(request, name, request.POST.get("password", ""))
            problem = None if user else Problem("access.wrong")
        except Problem as refusal:
            user, problem = None, refusal
        if user is not None:
            auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
            audit.record("user.logged_in", actor=("user", user.username), target=("user", user.username))
            return redirect(goal)
    context: dict[str, Any] = {"next": goal, "username": request.POST.get("username", "")}
    if problem is not None:
        context |= {"what": problem.explain().what, "remedy": problem.explain().remedy}
    context["demo"] = User.objects.filter(demo=True).order_by("pk")
    return render(request, "screens/login.html", context, status=problem.status if problem else 200)


@public
@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if isinstance(request.user, User):
        audit.record("user.logged_out", actor=("user", request.user.username), target=("user", request.user.username))
    auth.logout(request)
    return redirect("/login")


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the visitor's language."""
    goal = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(goal, {request.get_host()}, request.is_secure()):
        goal = "/"
    response = redirect(goal)
    chosen = request.POST.get("language", "vi")
    if check_for_language(chosen):
        response.set_cookie("django_language", chosen, max_age=31536000, samesite="Lax")
    return response


@public
def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the centre can answer: the database is there and is its own; else 503 and where to look."""
    try:
        User.objects.exists()
    except DatabaseError:
        log.exception("healthz.database")
        reason = _("Không dùng được cơ sở dữ liệu tác nghiệp; trên máy chủ, `toancanh doctor` cho biết lý do.")
        told = {"status": "error", "reason": reason}
        return JsonResponse(told, status=503, json_dumps_params={"ensure_ascii": False})
    return JsonResponse({"status": "ok"})


@gate(Permission.METRICS_READ)
def metrics(request: HttpRequest) -> HttpResponse:
    """How the centre itself fares, in OpenMetrics; asked by monitoring with a name and password (Basic)."""
    return HttpResponse(measured.expose(), content_type=measured.CONTENT_TYPE)
