"""Boards of the domains, their downloads and their maps."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from toancanh.access.gates import gate
from toancanh.access.roles import Permission
from toancanh.base import domain as domains
from toancanh.base import memory
from toancanh.base.clock import local, today
from toancanh.base.domain import Domain
from toancanh.base.memory import Memory
from toancanh.base.problems import Problem
from toancanh.indicators import coverage as coverages
from toancanh.indicators import figures, scoreset
from toancanh.indicators.catalogue import get
from toancanh.indicators.figures import Figure, Query
from toancanh.screens import boards, narrowing, parts, tables
from toancanh.screens.boards import Board, Filter, Group, Page
from toancanh.screens.parts import Part
from toancanh.screens.tables import Column, Table
from toancanh.units import boundaries as borders
from toancanh.units import labels
from toancanh.warehouse import derived

# What many screens ask for at once is computed and written once.
PAGES, PARTS = Memory(), Memory(64)


_DAY = "%d/%m/%Y"  # as people here write one


@gate(Permission.FIGURES_READ)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """A domain's board."""
    domain = _domain(code)
    board = boards.find(code)
    context: dict[str, Any] = {"domain": domain, "query": request.GET.urlencode()}
    if board is None:
        found = _claims(request, domain)
        context |= {"groups": boards.pillars(domain.code, found), "conflicts": boards.conflicts(found)}
        return render(request, "screens/pillars.html", context)
    shown = _show(request, board, memory.PATIENCE)
    context |= {
        "page": shown,
        "filter": shown.filter,
        "parts": _parts(request, domain, shown),
        "choices": narrowing.choices(request, shown.filter.until),
        "presets": boards.preset_titles(),
        "record_types": " ".join(boards.record_types(board)),
    }
    return render(request, "screens/board.html", context)


@gate(Permission.FIGURES_READ)
def live(request: HttpRequest, code: str) -> HttpResponse:
    """The parts of a board that differ from those the page has, by the digests in `known`."""
    domain = _domain(code)
    board = boards.find(code)
    if board is None:
        raise Problem("access.outside")
    return parts.changed(request, _parts(request, domain, _show(request, board)))


def _parts(request: HttpRequest, domain: Domain, shown: Page) -> list[Part]:
    """The head and the panels of a board as they stand on its page."""
    asked = request.GET.copy()
    asked.pop("known", None)
    context = {"domain": domain, "page": shown, "filter": shown.filter, "query": asked.urlencode()}
    context["scores"] = list(scoreset.names(domain.code))
    context["whole"] = request.GET.get("all", "")
    head = parts.part("head", "screens/parts/board_head.html", context)
    panels = (
        parts.part(f"panel-{place}", "screens/parts/panel.html", context | {"panel": panel})
        for place, panel in enumerate(shown.panels)
    )
    # Parts are of the page that they are drawn from, never of one that was made since: its version is in the question.
    question = (domain.code, shown.question, shown.version, context["query"], get_language())
    return PARTS.get(question, None, lambda: [head(), *(panel() for panel in panels)])


@gate(Permission.FIGURES_READ)
def export(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """What the board shows, as CSV or XLSX; `panel` picks one table."""
    domain = _domain(code)
    board = boards.find(code)
    if board is None:
        found = [_group_table(group) for group in boards.pillars(domain.code, _claims(request, domain))]
    else:
        shown = _show(request, board)
        wanted = request.GET.get("panel", "")
        found = [p.table for p in shown.panels if p.table and wanted in ("", p.anchor)]
        if not wanted:
            found.insert(0, _cards_table(shown))
        for table in found:
            table.note = _note(shown)
    name = f"{domain.code}-{today():%Y%m%d}"
    return tables.as_xlsx(name, found) if kind == "xlsx" else tables.as_csv(name, found)


@gate(Permission.FIGURES_READ)
def boundaries(request: HttpRequest, code: str) -> HttpResponse:
    """The territories under a unit as GeoJSON; its `kind` says whether they are official or drawn around centroids."""
    unit = narrowing.unit(request)
    shapes, kind = borders.boundaries(unit, narrowing.day(request.GET.get("at")) or today())
    response = JsonResponse(shapes | {"kind": kind}, json_dumps_params={"ensure_ascii": False})
    response["Cache-Control"] = "private, max-age=86400"
    return response


def _domain(code: str) -> Domain:
    try:
        return domains.get(code)
    except KeyError:
        raise Problem("access.outside") from None


def _show(request: HttpRequest, board: Board, patience: float = 0.0) -> Page:
    unit = narrowing.unit(request)
    scope = request.access_scope  # type: ignore[attr-defined]
    coverage = _coverage(board, patience)
    if coverage is None:
        nothing = Filter(unit, today(), today())
        return Page(nothing, question=(board, nothing, scope.key, get_language()))
    since, until = narrowing.day(request.GET.get("since")), narrowing.day(request.GET.get("until"))
    chosen = boards.preset(request.GET.get("period", ""), unit, coverage.first, coverage.last)
    if since or until:
        chosen = Filter(unit, since or coverage.first, until or chosen.until)
        if chosen.since > chosen.until:
            raise Problem("board.period", since=since, until=until)
    versions = tuple(derived.version(each) for each in boards.record_types(board))
    question, version = (board, chosen, scope.key, get_language()), (today(), versions)

    def make() -> Page:
        page = boards.show(board, chosen, scope)
        page.question, page.version = question, version
        return page

    return PAGES.get(question, version, make, patience)


def _coverage(board: Board, patience: float) -> coverages.Coverage | None:
    formula = get(board.panels[0].indicators[0]).formula
    return coverages.coverage(formula.rollup, patience=patience) if formula else None


def _claims(request: HttpRequest, domain: Domain) -> list[Figure]:
    scope = request.access_scope  # type: ignore[attr-defined]
    return figures.ask(Query(domain=domain.code, scope=scope, unit=request.GET.get("unit", "")))


def _cards_table(shown: Page) -> Table:
    columns = [
        Column("name", _("Chỉ tiêu")),
        Column("value", _("Giá trị")),
        Column("measure", _("Đơn vị tính")),
        Column("part", _("Tử số")),
        Column("whole", _("Mẫu số")),
        Column("change", _("So với kỳ trước")),
    ]
    rows = [
        {
            "name": str(card.indicator.name),
            "value": card.figure.value if card.figure else None,
            "measure": str(card.indicator.measure),
            "part": card.figure.part if card.figure else None,
            "whole": card.figure.whole if card.figure else None,
            "change": card.comparison.change if card.comparison else None,
        }
        for panel in shown.panels
        for card in panel.cards
    ]
    return Table(_("Số liệu chính"), columns, rows)


def _group_table(group: Group) -> Table:
    columns = [
        Column("name", _("Chỉ tiêu")),
        Column("unit", _("Đơn vị")),
        Column("period", _("Kỳ")),
        Column("value", _("Giá trị")),
        Column("measure", _("Đơn vị tính")),
        Column("part", _("Tử số")),
        Column("whole", _("Mẫu số")),
        Column("conflict", _("Mâu thuẫn")),
        Column("document", _("Văn bản")),
        Column("section", _("Mục")),
    ]
    rows = [
        {
            "name": str(line.indicator.name),
            "unit": labels.name(figure.unit, figure.end),
            "period": figure.period.label(),
            "value": figure.value,
            "measure": str(line.indicator.measure),
            "part": figure.part,
            "whole": figure.whole,
            "conflict": _("có") if figure.conflict else "",
            "document": figure.document,
            "section": figure.section,
        }
        for line in group.lines
        for figure in line.shown
    ]
    return Table(group.name, columns, rows)


def _note(shown: Page) -> str:
    """Whose figures a table tells, of which days, until when, and against which."""
    chosen, earlier = shown.filter, shown.earlier
    told = [
        _("Đơn vị: {unit}. Từ {since} đến {until}.").format(
            unit=labels.name(chosen.unit, chosen.until), since=f"{chosen.since:{_DAY}}", until=f"{chosen.until:{_DAY}}"
        )
    ]
    if shown.coverage:
        told.append(_("Số liệu đến {at}.").format(at=f"{local(shown.coverage.as_of):{_DAY} %H:%M}"))
    if earlier:
        told.append(
            _("So với {since} – {until}.").format(since=f"{earlier.since:{_DAY}}", until=f"{earlier.until:{_DAY}}")
        )
    if shown.simulated:
        told.append(_("SỐ LIỆU MÔ PHỎNG."))
    return " ".join(told)
