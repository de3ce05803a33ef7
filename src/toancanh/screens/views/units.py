"""Units: the tree at any date, one unit with what it came from and what became of it."""

from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy

from toancanh.access.gates import gate
from toancanh.access.roles import Permission
from toancanh.base.clock import today
from toancanh.base.problems import Problem, Words, register
from toancanh.screens.context import province_code
from toancanh.units import labels, lineage
from toancanh.units.search import search
from toancanh.units.tree import Tree

register(
    {
        "unit.day": Words(gettext_lazy("Ngày `{day}` không hợp lệ."), gettext_lazy("Dùng dạng 2025-06-30."), 422),
    }
)


@gate(Permission.UNITS_READ)
def tree_page(request: HttpRequest) -> HttpResponse:
    """The provinces at a date, or what a search without accents finds at any date."""
    day = _day(request)
    text = request.GET.get("q", "").strip()
    tree = Tree.at(day)
    return render(
        request,
        "screens/units.html",
        {
            "day": day,
            "q": text,
            "found": search(text, limit=100) if text else [],
            "provinces": [(unit, len(tree.children(unit.ref))) for unit in tree.roots],
            "own": province_code(),
        },
    )


@gate(Permission.UNITS_READ)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One unit at a date: where it stands, what is under it, what it came from and what became of it."""
    asked = "at" in request.GET
    day = _day(request)
    tree = Tree.at(day)
    unit = tree.get(code)
    if unit is None and not asked:
        unit = labels.ever(code)
        if unit is not None and unit.valid_to:
            day = unit.valid_to
            tree = Tree.at(day)
    if unit is None:
        raise Problem("access.outside")
    context = {
        "unit": unit,
        "day": day,
        "path": tree.path(code),
        "children": tree.children(code),
        "before": lineage.predecessors(unit),
        "after": lineage.successors(unit),
        "fates": [(fate.unit, relation) for fate in lineage.fates(unit) for relation in fate.successors],
        "versions": labels.versions(code),
    }
    return render(request, "screens/unit.html", context)


def _day(request: HttpRequest) -> date:
    text = request.GET.get("at")
    try:
        return date.fromisoformat(text) if text else today()
    except ValueError:
        raise Problem("unit.day", day=text) from None
