"""Score sets: an index of a unit and of those under it, criterion by criterion, and its downloads."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from toancanh.access.gates import gate
from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.base import domain as domains
from toancanh.base import memory, versions
from toancanh.base.clock import today
from toancanh.base.memory import Memory
from toancanh.base.problems import Problem
from toancanh.indicators import scoreset, scoring
from toancanh.screens import narrowing, parts, scores, tables, uploads
from toancanh.screens.parts import Part
from toancanh.screens.scores import Shown
from toancanh.units.periods import CALENDAR
from toancanh.warehouse import derived

# What many screens ask for at once is computed and written once.
PAGES, PARTS = Memory(), Memory(64)


@gate(Permission.FIGURES_READ)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """The scores of a unit in a period."""
    shown = show(request, code, memory.PATIENCE)
    asked, made = shown.scores.period, shown.scores.set
    last = scoring.last_day(code)
    context: dict[str, Any] = {
        "shown": shown,
        "scores": shown.scores,
        "domain": domains.get(made.domain),
        "parts": _parts(request, shown),
        "choices": narrowing.choices(request, min(asked.end, today())),
        "periods": scores.periods(scoring.first_day(made), last, asked),
        "rules": scores.rules(),
        "query": request.GET.urlencode(),
        "may_decide": isinstance(request.user, User)
        and request.user.may(Permission.RULES_WRITE)
        and not request.user.unit,
        "record_types": " ".join(scoring.record_types(made)),
    }
    return render(request, "screens/scores.html", context)


@gate(Permission.FIGURES_READ)
def live(request: HttpRequest, code: str) -> HttpResponse:
    """The parts of the page that differ from those it has, by the digests in `known`."""
    return parts.changed(request, _parts(request, show(request, code)))


@gate(Permission.FIGURES_READ)
def export(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """What the page shows, as CSV or XLSX."""
    shown = show(request, code)
    found = shown.tables
    for table in found:
        table.note = scores.note(shown.scores)
    name = f"chi-so-{code}-{shown.scores.period}"
    return tables.as_xlsx(name, found) if kind == "xlsx" else tables.as_csv(name, found)


@gate(Permission.RULES_WRITE)
def points(request: HttpRequest, code: str) -> HttpResponse:
    """The points and thresholds that the province sets itself, where none are known for sure."""
    if not uploads.of_all_units(request):
        raise Problem("score.whole")
    made = scoreset.editions(code)[-1]
    known = versions.current(scoreset.OWN.name, code)
    told, problem = known.definition, None
    seen = request.POST.get("seen", "")
    if request.method == "POST":
        told = _told(request)
        try:
            scoreset.decide(
                code,
                told,
                actor=uploads.actor(request),
                note=request.POST.get("note", ""),
                seen=int(seen) if seen.isdecimal() else -1,
            )
        except Problem as refused:
            problem = refused
        else:
            messages.success(request, _("Đã ban hành điểm của tỉnh cho bộ chỉ số {code}.").format(code=code))
            return redirect("scores", code)
    context = {
        "made": made,
        "domain": domains.get(made.domain),
        "rows": scores.open_criteria(made, told),
        "basis": told.get("basis", ""),
        "note": request.POST.get("note", ""),
        "number": known.number,
        "history": versions.history(scoreset.OWN.name, code),
        "problem": problem.explain() if problem else None,
    }
    return render(request, "screens/scores_points.html", context, status=problem.status if problem else 200)


def _told(request: HttpRequest) -> dict[str, Any]:
    """What the form says; a field left empty sets nothing."""
    told: dict[str, Any] = {"basis": request.POST.get("basis", "").strip(), "points": {}, "thresholds": {}}
    for name, value in request.POST.items():
        kind, _colon, criterion = name.partition(":")
        if kind in ("points", "thresholds") and isinstance(value, str) and value.strip():
            # As people here write numbers; what is none is refused with its place.
            text = value.strip().replace(",", ".")
            told[kind][criterion] = float(text) if text.replace(".", "", 1).isdecimal() else value.strip()
    return told


def show(request: HttpRequest, code: str, patience: float = 0.0) -> Shown:
    """The scores that are asked for, within the visitor's scope."""
    unit = narrowing.unit(request)
    scope = request.access_scope  # type: ignore[attr-defined]
    rule = request.GET.get("rule") or CALENDAR
    asked = scoring.period(request.GET.get("period", ""), rule, scoring.last_day(code))
    made = scoreset.in_force(code, asked.end, asked.label())
    may_compare = request.user.may(Permission.RECORDS_READ) if isinstance(request.user, User) else False
    question = (made, unit, asked, scope.key, get_language(), may_compare)
    version = (
        today(),
        tuple(derived.version(each) for each in scoring.record_types(made)),
        scoring.counted_at(made),
    )

    def make() -> Shown:
        return Shown(scoring.ask(made, unit, asked, scope), question, version, may_compare)

    return PAGES.get(question, version, make, patience)


def _parts(request: HttpRequest, shown: Shown) -> list[Part]:
    """The head, the sheet, the units and the months as they stand on the page."""
    told = shown.scores
    # Whoever asks without a unit or a period sees a page that says both.
    query = f"unit={told.unit}&period={told.period}&rule={told.period.rule}"
    context = {
        "shown": shown,
        "scores": told,
        "sheet": told.sheet,
        "domain": domains.get(told.set.domain),
        "query": query,
        "reasons": scores.reasons(told.sheet),
    }
    names = [name for name in ("head", "sheet", "units", "trend") if name != "units" or shown.units]
    made = [parts.part(f"scores-{name}", f"screens/parts/scores_{name}.html", context) for name in names]
    return PARTS.get((shown.question, shown.version), None, lambda: [each() for each in made])
