"""Quarantine: the refused rows of a source, by reason; mended here one by one or many at once."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from toancanh.access.gates import gate
from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.base.problems import Problem, explain
from toancanh.screens import uploads
from toancanh.sources import mending, outside, quarantine
from toancanh.sources.layout import PLACE
from toancanh.sources.mending import Edit, Mended
from toancanh.sources.models import Load, Reject, Source

PAGE = 50
REASONS = 12  # the most frequent ones


@gate(Permission.QUARANTINE_READ)
def page(request: HttpRequest, name: str) -> HttpResponse:
    """The rows of a source that wait, narrowed by reason, column, load and value."""
    source = uploads.visible_source(request, name)
    return render(request, "screens/quarantine.html", _context(request, source))


@gate(Permission.LOADS_WRITE)
@require_POST
def mend(request: HttpRequest, name: str) -> HttpResponse:
    """Judge rows again as they were edited: on trial, or to bring the good ones in."""
    source = uploads.visible_source(request, name)
    try:
        chosen, edit = _edited(request, source)
    except Problem as problem:
        messages.error(request, str(problem))
        return render(request, "screens/quarantine.html", _context(request, source), status=problem.status)
    trial = "try" in request.POST
    scope = request.access_scope  # type: ignore[attr-defined]
    done = mending.mend(source, chosen, edit, actor=uploads.actor(request), scope=scope, keep=not trial)
    if trial:
        context = _context(request, source) | {"trial": _told(done), "typed": request.POST}
        return render(request, "screens/quarantine.html", context)
    messages.success(
        request,
        _("Đã nhận {accepted} dòng; {refused} dòng vẫn bị loại, {overruled} dòng đã có bản mới hơn.").format(
            accepted=len(done.accepted), refused=len(done.refused), overruled=len(done.overruled)
        ),
    )
    return redirect(f"{reverse('quarantine', args=[name])}?{request.GET.urlencode()}")


def _edited(request: HttpRequest, source: Source) -> tuple[list[Reject], Edit]:
    """The rows to mend and how: those ticked with what was typed in them, or all that the filter shows."""
    waiting = _waiting(request, source)
    if "bulk" in request.POST:
        column, new = request.POST.get("column", ""), request.POST.get("new", "")
        old = None if "any" in request.POST else request.POST.get("old", "")
        return list(_filtered(request, waiting)[: mending.MOST + 1]), mending.replacing(column, old, new)
    picked = [int(each) for each in request.POST.getlist("row") if each.isdecimal()]
    cells: dict[int, dict[str, str]] = {pk: {} for pk in picked}
    for key, value in request.POST.items():
        head, _dot, rest = key.partition(".")
        number, _dot, column = rest.partition(".")
        if head == "cell" and number.isdecimal() and int(number) in cells:
            cells[int(number)][column] = str(value)
    if not picked:
        raise Problem("mend.none")
    return list(waiting.filter(pk__in=picked)), mending.writing(cells)


def _waiting(request: HttpRequest, source: Source) -> QuerySet[Reject]:
    """The open rows of a source, of loads whose every row the visitor may see."""
    found = quarantine.still_open(source.name)
    scope = request.access_scope  # type: ignore[attr-defined]
    if scope.everything:
        return found
    loads = Load.objects.filter(source=source, rejects__state=Reject.State.OPEN).distinct()
    return found.filter(load__in=[load.pk for load in loads if outside.covers(load, scope)])


def _filtered(request: HttpRequest, waiting: QuerySet[Reject]) -> QuerySet[Reject]:
    for field, key in (("code", "code"), ("column", "column"), ("value", "value")):
        if asked := request.GET.get(key):
            waiting = waiting.filter(**{field: asked})
    load = request.GET.get("load", "")
    return waiting.filter(load=int(load)) if load.isdecimal() else waiting


def _context(request: HttpRequest, source: Source) -> dict[str, Any]:
    waiting = _waiting(request, source)
    shown = _filtered(request, waiting)
    reasons = shown.order_by().values("code", "column").annotate(count=Count("pk")).order_by("-count")[:REASONS]
    chosen = Paginator(shown.select_related("load"), PAGE).get_page(request.GET.get("page"))
    user = request.user
    return {
        "spec": source,
        "page": chosen,
        "rows": [_row(reject, request.POST) for reject in chosen.object_list],
        "total": waiting.count(),
        "reasons": [each | {"title": _reason(shown, each)} for each in reasons],
        "columns": sorted({column for reject in chosen.object_list for column, _text in reject.raw if column != PLACE}),
        "filters": {key: request.GET[key] for key in ("code", "column", "value", "load") if request.GET.get(key)},
        "query": request.GET.urlencode(),
        "may_mend": isinstance(user, User) and user.may(Permission.LOADS_WRITE),
    }


def _reason(shown: QuerySet[Reject], reason: Any) -> str:
    """A reason in the words of one row that has it."""
    example = shown.filter(code=reason["code"], column=reason["column"]).first()
    return quarantine.words(example).what if example else str(reason["code"])


def _row(reject: Reject, typed: QueryDict) -> dict[str, Any]:
    """A row as it was told, with what has been typed over it."""
    cells = [(column, typed.get(f"cell.{reject.pk}.{column}", text)) for column, text in reject.raw if column != PLACE]
    at_fault = [(column, text) for column, text in cells if column in reject.column.split(", ")]
    return {
        "reject": reject,
        "ticked": str(reject.pk) in typed.getlist("row"),
        "words": quarantine.words(reject),
        "at_fault": at_fault or cells,
        "others": [cell for cell in cells if cell not in at_fault] if at_fault else [],
    }


def _told(done: Mended) -> dict[str, Any]:
    """What a trial came to."""
    refused = [
        {
            "row": each.row,
            "load": each.load_id,
            "column": why.column,
            "value": why.value,
            "words": explain(why.code, why.params),
        }
        for each, why in done.refused[:PAGE]
    ]
    return {
        "accepted": len(done.accepted),
        "overruled": len(done.overruled),
        "refused": len(done.refused),
        "examples": refused,
    }
