"""Notices: what a person was told and where he wants to be told; for operators, what became of every message."""

from datetime import time
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from toancanh.access.gates import gate
from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.alerts.notices import actions, bundling, keys, listing
from toancanh.alerts.notices.models import Address, Channel, Notice
from toancanh.base.problems import Problem
from toancanh.screens import uploads

PAGE = 50
SEVERITIES = range(1, 6)


@gate(Permission.FIGURES_READ)
def own(request: HttpRequest) -> HttpResponse:
    """The last hundred notices of the visitor, where he wants to be told, and how (POST)."""
    if request.method == "POST":
        try:
            actions.wish(
                _person(request),
                language=request.POST.get("language", ""),
                quiet_from=_hour(request.POST.get("quiet_from", "")),
                quiet_until=_hour(request.POST.get("quiet_until", "")),
            )
        except Problem as problem:
            return _own_page(request, problem)
        messages.success(request, _("Đã lưu cách nhận thông báo."))
        return redirect("my-notices")
    return _own_page(request)


@gate(Permission.FIGURES_READ)
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Note that the visitor has read all that he was told."""
    actions.read(_person(request))
    return redirect("my-notices")


@gate(Permission.FIGURES_READ)
def opened(request: HttpRequest, number: int) -> HttpResponse:
    """Go to what a notice is about; it is read then."""
    found = listing.opened(_person(request), number)
    if found is None:
        raise Problem("access.outside")
    actions.read(_person(request), number)
    inside = url_has_allowed_host_and_scheme(found.link, {request.get_host()}, request.is_secure())
    return redirect(found.link if inside and found.link.startswith("/") else "my-notices")


@gate(Permission.FIGURES_READ)
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put down one more place where the visitor wants to be told."""
    try:
        made = actions.add_address(
            _person(request),
            request.POST.get("channel", ""),
            request.POST.get("address", ""),
            title=request.POST.get("title", ""),
            severity_from=_severity(request),
        )
    except Problem as problem:
        return _own_page(request, problem)
    if made.verified_at is None:
        messages.success(request, _("Đã gửi mã xác nhận tới địa chỉ này; nhập mã để bắt đầu nhận thông báo."))
    else:
        messages.success(request, _("Trình duyệt này sẽ nhận thông báo."))
    return redirect("my-notices")


@gate(Permission.FIGURES_READ)
@require_POST
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Confirm, change, try or remove an address of the visitor's, as the pressed button says (`then`)."""
    person, told = _person(request), request.POST
    try:
        match told.get("then"):
            case "confirm":
                actions.confirm(person, number, told.get("code", ""))
                done = _("Đã xác nhận địa chỉ; từ nay thông báo được gửi tới đây.")
            case "code":
                actions.send_code(person, number)
                done = _("Đã gửi mã xác nhận mới.")
            case "try":
                actions.try_address(person, number)
                done = _("Nơi nhận đã nhận tin thử.")
            case "remove":
                actions.remove_address(person, number)
                done = _("Đã gỡ địa chỉ.")
            case _:
                actions.change_address(person, number, severity_from=_severity(request), on="on" in told)
                done = _("Đã lưu địa chỉ.")
    except Problem as problem:
        return _own_page(request, problem)
    messages.success(request, done)
    return redirect("my-notices")


@gate(Permission.MESSAGES_READ)
def page(request: HttpRequest) -> HttpResponse:
    """Every notice within the visitor's scope and what became of it; the channels, for who sets them up."""
    return _page(request)


@gate(Permission.MESSAGES_WRITE)
@require_POST
def again(request: HttpRequest, number: int) -> HttpResponse:
    """Send once more what did not arrive."""
    scope = request.access_scope  # type: ignore[attr-defined]
    actions.send_again(number, actor=uploads.actor(request), scope=scope)
    messages.success(request, _("Thông báo {number} sẽ được gửi lại.").format(number=number))
    return redirect("notices")


@gate(Permission.CHANNELS_WRITE)
def channel(request: HttpRequest, name: str) -> HttpResponse:
    """The form of a channel (`new` for another); POST keeps it, switches it or sends a trial, as `then` says."""
    uploads.whole(request)
    found = None if name == "new" else actions.channel(name)
    if request.method != "POST":
        return _form(request, found)
    try:
        return _acted(request, found)
    except Problem as problem:
        return _form(request, found, problem)


def _acted(request: HttpRequest, found: Channel | None) -> HttpResponse:
    told, actor = request.POST, uploads.actor(request)
    then = told.get("then", "")
    if found is not None and then in ("on", "off"):
        actions.switch_channel(found.name, then == "on", actor=actor)
        done = _("Kênh {name} đã bật.") if then == "on" else _("Kênh {name} đã tắt; tin đang chờ được giữ lại.")
        messages.success(request, done.format(name=found.name))
        return redirect("notices")
    if found is not None and then == "try":
        actions.try_channel(found.name, told.get("address", ""))
        messages.success(request, _("Nơi nhận đã nhận tin thử."))
        return redirect("channel", name=found.name)
    kept = actions.save_channel(
        found.name if found else told.get("name", ""),
        kind=found.kind if found else told.get("kind", ""),
        title=told.get("title", ""),
        url=told.get("url", ""),
        secret=told.get("secret", ""),
        actor=actor,
    )
    messages.success(request, _("Đã lưu kênh {name}.").format(name=kept.name))
    return redirect("channel", name=kept.name)


def _form(request: HttpRequest, found: Channel | None, problem: Problem | None = None) -> HttpResponse:
    context = {"channel": found, "kinds": Channel.Kind.choices, "typed": request.POST, "problem": _words(problem)}
    return render(request, "screens/channel.html", context, status=problem.status if problem else 200)


def _own_page(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    person = _person(request)
    on = Channel.objects.filter(on=True).order_by("title")
    push = on.filter(kind=Channel.Kind.PUSH).first()
    own = Address.objects.filter(person=person, removed_at=None).select_related("channel").order_by("pk")
    context: dict[str, Any] = {
        "notices": listing.own(person),
        "unread": listing.unread(person, request.access_scope),  # type: ignore[attr-defined]
        "addresses": own,
        "channels": on.exclude(kind=Channel.Kind.PUSH),
        "push": push,
        "push_key": keys.public() if push else "",
        "severities": SEVERITIES,
        "urgent": bundling.URGENT,
        "wishes": actions.wishes_of(person),
        "problem": _words(problem),
    }
    return render(request, "screens/my_notices.html", context, status=problem.status if problem else 200)


def _page(request: HttpRequest) -> HttpResponse:
    person, state = _person(request), request.GET.get("state", "")
    chosen = state if state in Notice.State.values else ""
    found = listing.notices(chosen, request.access_scope)  # type: ignore[attr-defined]
    shown = Paginator(found, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": shown,
        "notices": [listing.told(each, person) for each in shown.object_list],
        "states": Notice.State.choices,
        "state": chosen,
        "may_write": person.may(Permission.MESSAGES_WRITE),
        "may_channel": person.may(Permission.CHANNELS_WRITE) and uploads.of_all_units(request),
        "channels": Channel.objects.order_by("title"),
    }
    return render(request, "screens/notices.html", context)


def _words(problem: Problem | None) -> dict[str, str] | None:
    return problem.explain()._asdict() if problem else None


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the gate let him in
    return request.user


def _severity(request: HttpRequest) -> int:
    text = request.POST.get("severity_from", "1")
    return int(text) if text.isdecimal() and len(text) < 3 else 0


def _hour(text: str) -> time | None:
    """An hour as a form tells it. Raises notices.quiet."""
    try:
        return time.fromisoformat(text).replace(tzinfo=None) if text else None
    except ValueError:
        raise Problem("notices.quiet") from None
