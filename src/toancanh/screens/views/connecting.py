"""Connecting: sources are added, changed, tried, paused, resumed and read again, each by the act of the floor below."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from toancanh.access.gates import gate
from toancanh.access.roles import Permission
from toancanh.base.problems import Problem
from toancanh.screens import replays, uploads
from toancanh.screens.sourceform import BY_HAND, SourceForm
from toancanh.screens.views.sources import tried
from toancanh.sources import actions
from toancanh.sources.connectors import connector
from toancanh.sources.models import Source
from toancanh.sources.trial import trial


@gate(Permission.SOURCES_WRITE)
def new(request: HttpRequest) -> HttpResponse:
    """Add a source: first how it is connected, then its form."""
    uploads.whole(request)
    kind = request.GET.get("connector")
    return _form(request, kind, None) if kind else _choose(request, None)


@gate(Permission.SOURCES_WRITE)
def edit(request: HttpRequest, name: str) -> HttpResponse:
    """Change a source; where it has no connector yet, or another is wanted, that is asked for first."""
    uploads.whole(request)
    source = uploads.visible_source(request, name)
    kind = request.GET.get("connector", source.connector)
    return _form(request, kind, source) if kind else _choose(request, source)


@gate(Permission.SOURCES_WRITE)
@require_POST
def try_out(request: HttpRequest, name: str) -> HttpResponse:
    """Show what a source tells now, as it would go in; nothing is kept."""
    uploads.whole(request)
    return _tried(request, uploads.visible_source(request, name))


@gate(Permission.SOURCES_WRITE)
@require_POST
def pause(request: HttpRequest, name: str) -> HttpResponse:
    """Hear a source no longer."""
    source = actions.pause(uploads.visible_source(request, name).name, actor=uploads.actor(request))
    messages.success(request, _("Nguồn {name} đã tạm dừng.").format(name=source.name))
    return redirect("source", name=source.name)


@gate(Permission.SOURCES_WRITE)
@require_POST
def resume(request: HttpRequest, name: str) -> HttpResponse:
    """Hear a source again."""
    source = actions.resume(uploads.visible_source(request, name).name, actor=uploads.actor(request))
    messages.success(request, _("Nguồn {name} đang chạy.").format(name=source.name))
    return redirect("source", name=source.name)


@gate(Permission.SOURCES_WRITE)
@require_POST
def replay(request: HttpRequest, name: str) -> HttpResponse:
    """Have a source tell again what happened since a moment."""
    source = replays.again(request, name, request.POST.get("from", ""))
    messages.success(request, _("Nguồn {name} sẽ được đọc lại; dòng đã có không bị nhân đôi.").format(name=source.name))
    if not source.running:
        messages.warning(request, _("Nguồn đang tạm dừng; việc đọc lại bắt đầu khi cho chạy tiếp."))
    return redirect("source", name=source.name)


@gate(Permission.SOURCES_WRITE)
@require_POST
@never_cache
def secret(request: HttpRequest, name: str) -> HttpResponse:
    """Make a fresh secret to sign with, shown this once."""
    uploads.whole(request)
    source = uploads.visible_source(request, name)
    made = actions.renew_secret(source.name, request.POST.get("was", ""), actor=uploads.actor(request))
    return _shown_once(request, source, made)


def _choose(request: HttpRequest, source: Source | None) -> HttpResponse:
    """Which kind of connection it is to be."""
    # A template would call a class.
    kinds = [
        {name: getattr(each, name) for name in ("kind", "title", "pushed", "listens")} for each in connector.kinds()
    ]
    context = {"kinds": kinds, "source": source, "by_hand": BY_HAND}
    return render(request, "screens/source_kinds.html", context)


def _form(request: HttpRequest, kind: str, source: Source | None) -> HttpResponse:
    if kind != BY_HAND:
        connector.of_kind(kind)  # refuses what there is not
    form = SourceForm("" if kind == BY_HAND else kind, source, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        try:
            return _saved(request, form)
        except Problem as problem:
            form.problem = problem
    status = form.problem.status if form.problem else 200
    return render(request, "screens/source_form.html", {"form": form, "kind": kind}, status=status)


def _saved(request: HttpRequest, form: SourceForm) -> HttpResponse:
    """Keep what was typed, and go on as the pressed button says. Raises what refuses it."""
    then = request.POST.get("then", "")
    runs = then == "start" or (then == "try" and form.source is not None and form.source.running)
    source = actions.connect(form.read(paused=not runs), actor=uploads.actor(request))
    messages.success(request, _("Đã lưu nguồn {name}.").format(name=source.name))
    if form.made:
        return _shown_once(request, source, form.made)
    if then == "try" and source.connector and not form.pushed:
        return _tried(request, source)
    return redirect("source", name=source.name)


def _tried(request: HttpRequest, source: Source) -> HttpResponse:
    """What a trial brought, or why it brought nothing: that is an answer, too."""
    try:
        context = tried(source, trial(source))
    except Problem as problem:
        context = {"problem": problem.explain()}
    return render(request, "screens/trial.html", {"spec": source, **context})


def _shown_once(request: HttpRequest, source: Source, made: str) -> HttpResponse:
    address = request.build_absolute_uri(f"/api/v1/sources/{source.name}/push")
    response = render(request, "screens/source_secret.html", {"spec": source, "secret": made, "address": address})
    response["Cache-Control"] = "no-store"
    return response
