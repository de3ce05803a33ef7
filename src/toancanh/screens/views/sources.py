"""Sources: each with its loads and counts; a load with its quarantine; upload, correct, withdraw."""

from collections.abc import Callable
from typing import Any, Literal

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from toancanh.access.gates import gate
from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.base import audit
from toancanh.base.problems import Problem, explain
from toancanh.screens import parts, recordtable, uploads
from toancanh.screens.parts import Part
from toancanh.sources import faring, freshness, listing, mappings, outside, quarantine, vault
from toancanh.sources.connectors import connector
from toancanh.sources.freshness import Freshness
from toancanh.sources.models import Load, Source
from toancanh.sources.preview import Preview
from toancanh.sources.preview import preview as read
from toancanh.warehouse import types

PAGE = 50
ACTS = 20  # of the log of a source


@gate(Permission.SOURCES_READ)
def catalogue_page(request: HttpRequest) -> HttpResponse:
    """All sources with their freshness and latest load."""
    counted = {each["name"]: each for each in listing.sources()}
    newest = {load.source_id: load for load in Load.objects.filter(pk__in=_newest())}
    seen = marked(request)
    rows = [
        {"spec": source, "freshness": mark, "counts": counted[source.name], "last": newest.get(source.pk)}
        for source, mark in seen
    ]
    may_add = _may_write(request) and uploads.of_all_units(request)
    context = {"rows": rows, "may_add": may_add, "feeds": _feeds(request, seen)()}
    return render(request, "screens/sources.html", context)


@gate(Permission.SOURCES_READ)
def catalogue_live(request: HttpRequest) -> HttpResponse:
    """The connected sources, where they differ from what the page has."""
    return parts.changed(request, [_feeds(request, marked(request))()])


def _feeds(request: HttpRequest, seen: list[tuple[Source, dict[str, Any]]]) -> Callable[[], Part]:
    """How to make the list of connected sources: each with how it does and how its last days went."""
    marks = {source.pk: mark for source, mark in seen}
    connected = [source for source, _mark in seen if source.connector]
    feeds = [(found, marks[key]) for key, found in faring.of_all(connected).items()]
    may_add = _may_write(request) and uploads.of_all_units(request)
    return parts.part("feeds", "screens/parts/feeds.html", {"feeds": feeds, "may_add": may_add})


def _may_write(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.may(Permission.SOURCES_WRITE)


@gate(Permission.SOURCES_READ)
def page(request: HttpRequest, name: str) -> HttpResponse:
    """One source: its loads, newest first, and the form to load a file."""
    spec = uploads.visible_source(request, name)
    loads = _loads(request, spec)
    context: dict[str, Any] = {
        "spec": spec,
        "page": loads,
        "mappings": _mappings(spec),
        "may_load": isinstance(request.user, User) and request.user.may(Permission.LOADS_WRITE),
        "fields": types.get(spec.record_type).fields,
        "may_write": _may_write(request),
        "whole": uploads.of_all_units(request),
        "pushed": bool(spec.connector) and connector.of_kind(spec.connector).pushed,
        "mark": vault.mark(spec.secrets),
        "address": request.build_absolute_uri(f"/api/v1/sources/{spec.name}/push"),
        "parts": {each.name: each for each in _moving(request, spec, loads)},
        "acts": [(entry, audit.sentence(entry)) for entry in reversed(audit.entries("source", spec.name)[-ACTS:])],
    }
    return render(request, "screens/source.html", context)


def _loads(request: HttpRequest, source: Source) -> Page[Load]:
    return Paginator(Load.objects.filter(source=source).order_by("-id"), PAGE).get_page(request.GET.get("page"))


def _may_see(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.may(Permission.QUARANTINE_READ)


@gate(Permission.SOURCES_READ)
def live(request: HttpRequest, name: str) -> HttpResponse:
    """How a source does, where it differs from what the page has."""
    source = uploads.visible_source(request, name)
    return parts.changed(request, _moving(request, source, _loads(request, source)))


def _moving(request: HttpRequest, source: Source, loads: Page[Load]) -> list[Part]:
    """The pieces of a source's page that move: what is told of connections only where it has one."""
    rights = {"may_write": _may_write(request), "whole": uploads.of_all_units(request)}
    waiting = quarantine.still_open(source.name).count() if _may_see(request) else 0
    mark = _mark(source, freshness.freshness(source))
    found = [
        parts.part(
            "head", "screens/parts/source_head.html", {"spec": source, "freshness": mark, "waiting": waiting} | rights
        )(),
        parts.part("loads", "screens/parts/source_loads.html", {"page": loads})(),
    ]
    if source.connector:
        context = {"feed": faring.of(source)} | rights
        found.append(parts.part("faring", "screens/parts/faring.html", context)())
        found.append(parts.part("beats", "screens/parts/beats.html", context)())
    return found


@gate(Permission.LOADS_WRITE)
@require_POST
def upload(request: HttpRequest, name: str) -> HttpResponse:
    """Take a delivered file: show how its first rows would be read, or hand it to the loader."""
    delivered, mapping = request.FILES.get("file"), request.POST.get("mapping") or None
    if not request.POST.get("try"):
        load = uploads.take(request, name, delivered, mapping)
        messages.success(request, _("Đã nhận tệp {name}; đang nạp.").format(name=load.filename))
        return redirect("load", number=load.pk)
    spec = uploads.visible_source(request, name)
    with uploads.on_disk(delivered) as file:
        chosen = spec.mapping if mapping is None else mapping
        found = read(file, chosen, record_type=spec.record_type, actor=uploads.actor(request))
    return render(request, "screens/preview.html", {"spec": spec, "name": file.name, **tried(spec, found)})


def tried(source: Source, found: Preview) -> dict[str, Any]:
    """Rows that were read on trial, as the pieces of a preview show them."""
    kind = types.get(source.record_type)
    return {
        "heads": recordtable.heads(kind),
        "lines": recordtable.lines(kind, found.rows),
        "rejects": [(each, explain(each.code, each.params)) for each in found.rejects],
        "notes": [explain(code, params) for code, params in found.notes],
    }


@gate(Permission.SOURCES_READ)
def load(request: HttpRequest, number: int) -> HttpResponse:
    """One load: counts, problems, and its quarantine row by row."""
    return render(request, "screens/load.html", _told(request, number))


@gate(Permission.SOURCES_READ)
def progress(request: HttpRequest, number: int) -> HttpResponse:
    """What has become of a load so far, as a piece of its page."""
    return render(request, "screens/parts/load.html", _told(request, number))


def _told(request: HttpRequest, number: int) -> dict[str, Any]:
    found = uploads.visible_load(request, number)
    rejected = Paginator(quarantine.rejects(found), PAGE).get_page(request.GET.get("page"))
    covered = outside.covers(found, request.access_scope)  # type: ignore[attr-defined]
    may_see = covered and isinstance(request.user, User) and request.user.may(Permission.QUARANTINE_READ)
    return {
        "load": found,
        "problem": explain(found.problem, found.problem_params) if found.problem else None,
        "notes": [explain(code, params) for code, params in found.notes],
        "rejects": [(each, quarantine.words(each)) for each in rejected.object_list] if may_see else [],
        "may_see": may_see,
        "page": rejected,
        "covered": covered,
        "may_load": covered and isinstance(request.user, User) and request.user.may(Permission.LOADS_WRITE),
        "log": [(entry, audit.sentence(entry)) for entry in audit.entries("load", str(found.pk))],
    }


@gate(Permission.QUARANTINE_READ)
def rejects(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """The rejected rows with reason and remedy, to correct and load again."""
    found = uploads.whole_load(request, number)
    chosen: Literal["csv", "xlsx"] = "xlsx" if kind == "xlsx" else "csv"
    kinds = {
        "csv": "text/csv; charset=utf-8",
        "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    response = HttpResponse(quarantine.export(found, chosen), content_type=kinds[chosen])
    response["Content-Disposition"] = f'attachment; filename="load-{found.pk}-rejects.{chosen}"'
    return response


@gate(Permission.LOADS_WRITE)
@require_POST
def withdraw(request: HttpRequest, number: int) -> HttpResponse:
    """Take a wrong load back: an event, nothing is deleted."""
    found = uploads.withdraw(request, number, request.POST.get("reason", ""))
    messages.success(request, _("Đã rút lần nạp {number}.").format(number=found.pk))
    return redirect("load", number=found.pk)


def _newest() -> QuerySet[Any, Any]:
    """The newest load of every source."""
    return Load.objects.order_by().values("source").annotate(newest=Max("pk")).values("newest")


def marked(request: HttpRequest) -> list[tuple[Source, dict[str, Any]]]:
    """The sources in the visitor's scope, each with how fresh it is."""
    found = [source for source in listing.all_sources() if uploads.visible(request, source.owner)]
    states = freshness.of_all(found)
    return [(source, _mark(source, states[source.pk])) for source in found]


def _mark(source: Source, state: Freshness) -> dict[str, Any]:
    """How fresh a source is, as the strip and the freshness mark show it."""
    words = {"fresh": "fresh", "stale": "late", "silent": "dead", "paused": "paused"}.get(state.state, "unknown")
    return {"name": source.title, "state": words, "at": state.newest_at, "url": f"/sources/{source.name}"}


def _mappings(source: Source) -> list[mappings.Mapping]:
    """The file formats for a source's record type; one that cannot be read is left to whoever asks for it."""
    found = []
    for name in sorted(name for name in mappings.available() if "/" not in name):
        try:
            mapping = mappings.find(name)
        except Problem:
            continue
        if mapping.record_type == source.record_type:
            found.append(mapping)
    return found
