"""The overview: what is wrong or stale now and whose it is, one card per domain, the units on a map; and search."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from toancanh.access.gates import gate
from toancanh.access.models import User
from toancanh.access.roles import OF_A_UNIT, Permission, Role
from toancanh.access.scope import Scope
from toancanh.alerts import listing
from toancanh.base import domain as domains
from toancanh.base import memory
from toancanh.base.clock import today
from toancanh.base.domain import Domain
from toancanh.base.memory import Memory
from toancanh.base.text import search_key
from toancanh.cases import listing as cases
from toancanh.cases.listing import CaseFilter
from toancanh.cases.models import Case
from toancanh.indicators import catalogue, figures
from toancanh.indicators.figures import Figure, Query
from toancanh.indicators.records import FIGURE
from toancanh.screens import boards, parts, uploads
from toancanh.screens.boards import Card, Ranking
from toancanh.screens.context import province_code
from toancanh.screens.parts import Part
from toancanh.screens.views.alerts import waiting_alerts
from toancanh.screens.views.sources import marked
from toancanh.sources import listing as source_listing
from toancanh.sources.models import Load
from toancanh.units import labels
from toancanh.units.search import search as find_units
from toancanh.units.tree import Tree
from toancanh.warehouse import derived

WORST_UNITS = 5
ALERTS = 12  # of those that fire, worst first; all of them are in their list
CASES = 6  # of a unit; half as many of all units
ASKED = 50  # of a unit, looked at to tell of nothing twice
BAD = 4  # severity from which on an alert is bad
SHOWN = 50  # of what a search finds


@dataclass(frozen=True)
class Trouble:
    """One line of "what is wrong now": severity, what, where, whose it is, since when, where to look."""

    severity: str
    what: str
    where: str
    owner: str
    since: datetime | None
    url: str
    handler: str | None = None


@dataclass(frozen=True)
class DomainCard:
    """A domain on the overview: its leading figures, their period if it is one, how fresh they are, what conflicts."""

    domain: Domain
    cards: list[Card]
    owner: str
    as_of: datetime | None
    simulated: bool
    conflicts: int
    since: date | None
    until: date | None

    @property
    def stale(self) -> int:
        """How many of the leading figures are old."""
        return sum(card.figure is not None and card.figure.stale for card in self.cards)


class Told(NamedTuple):
    """What a domain tells on the first screen: its card, its worst units, and the ranking that has them.

    Two of the same question and version tell the same.
    """

    card: DomainCard
    worst: list[Trouble]
    ranking: boards.Shown | None
    question: Hashable
    version: Hashable


# What many screens ask for at once is computed once.
TOLD, PARTS = Memory(), Memory()


@gate(Permission.FIGURES_READ)
def page(request: HttpRequest) -> HttpResponse:
    """The first screen."""
    context = _context(request, memory.PATIENCE)
    kinds = " ".join(sorted({"figure", *(each for board in _boards() for each in boards.record_types(board))}))
    more = _running(context["sources"]) if context["may_see"] else {}
    return render(request, "screens/overview.html", context | more | {"parts": _parts(context), "record_types": kinds})


@gate(Permission.FIGURES_READ)
def live(request: HttpRequest) -> HttpResponse:
    """The parts of the first screen that differ from those the page has, by the digests in `known`."""
    return parts.changed(request, _parts(_context(request)).values())


def _parts(context: dict[str, Any]) -> dict[str, Part]:
    """The pieces of the first screen, by name."""
    made = [
        parts.part("strip", "screens/parts/source_strip.html", context)(),
        parts.part("troubles-part", "screens/parts/troubles.html", context | {"problems": context["troubles"]})(),
    ]
    if context["heat"]:
        heat = {name: context[name] for name in ("heat", "unit", "unit_name")}
        made.append(_kept(context["heat"]["told"], parts.part("heat-part", "screens/parts/heat.html", heat), "heat"))
    for told in context["told"]:
        name = f"domain-{told.card.domain.code}"
        made.append(_kept(told, parts.part(name, "screens/parts/domain.html", {"domain": told.card}), "domain"))
    return {each.name: each for each in made}


def _kept(told: Told, make: Callable[[], Part], what: str) -> Part:
    """A part that shows nothing but what a domain tells."""
    return PARTS.get((what, told.question, told.version), None, make)


def _boards() -> list[boards.Board]:
    return [board for domain in domains.all_domains() if (board := boards.find(domain.code))]


def _context(request: HttpRequest, patience: float = 0.0) -> dict[str, Any]:
    """What the first screen shows."""
    scope: Scope = request.access_scope  # type: ignore[attr-defined]
    user = request.user
    unit = user.unit if isinstance(user, User) and user.unit else province_code()
    told = [_tell(domain, unit, scope, patience) for domain in domains.all_domains()]
    cards = [each.card for each in told]
    found = [trouble for each in told for trouble in each.worst]
    heat = None
    if Tree.at(today()).children(unit):  # a unit with nothing under it has no map
        ranked = next((each for each in told if each.ranking), None)
        heat = ranked and {"panel": ranked.ranking, "domain": ranked.card.domain, "told": ranked}
    slips = _cases(user, scope)
    # A unit has the slip in its place: what was found is told once.
    asked = {(case.reason, case.unit) for case in slips.open} if slips.own else set()
    firing = [listing.told(a) for a in waiting_alerts(request)[: ALERTS + len(asked)] if (a.rule, a.owner) not in asked]
    firing = firing[:ALERTS]
    alerted = {told.alert.subject_id for told in firing if told.alert.subject_kind == "unit"}
    # What is merely the most is told where nothing is beyond its limit.
    troubles = [_alerted(told) for told in firing] + [each for each in found if not alerted]
    may_see = isinstance(user, User) and user.may(Permission.SOURCES_READ)
    seen = _sources(request) if may_see else []
    troubles += _sources_in_trouble(seen)
    troubles += [_conflict(card) for card in cards if card.conflicts]
    troubles += [_stale(card) for card in cards if card.stale]
    troubles = [*slips.troubles, *troubles]
    order = {"bad": 0, "warn": 1, "info": 2}
    troubles.sort(key=lambda each: order[each.severity])
    return {
        "told": told,
        "cards": cards,
        "troubles": troubles,
        "heat": heat,
        "unit": unit,
        "unit_name": labels.name(unit),
        "sources": seen,
        "may_see": may_see,
        "simulated": any(card.simulated for card in cards),
    }


@gate(Permission.SOURCES_READ)
def progress(request: HttpRequest) -> HttpResponse:
    """What is being loaded now, as a piece of the overview."""
    return render(request, "screens/parts/progress.html", _running(_sources(request)) | {"ended": True})


@gate(Permission.FIGURES_READ)
def search(request: HttpRequest) -> HttpResponse:
    """Units, indicators and sources by name, without accents."""
    text = request.GET.get("q", "").strip()
    words = search_key(text).split()
    indicators = catalogue.search(text)
    units = find_units(text, limit=SHOWN + 1) if text else []
    user = request.user
    may_see = isinstance(user, User) and user.may(Permission.SOURCES_READ)
    sources = [s for s in source_listing.all_sources() if uploads.visible(request, s.owner)] if may_see else []
    context = {
        "q": text,
        "units": units[:SHOWN],
        "more_units": len(units) > SHOWN,
        "indicators": indicators[:SHOWN],
        "found": len(indicators),
        "sources": [s for s in sources if words and all(w in search_key(f"{s.name} {s.title}") for w in words)],
    }
    return render(request, "screens/search.html", context)


def _sources(request: HttpRequest) -> list[dict[str, Any]]:
    """The sources in the visitor's scope, each with how fresh it is."""
    return [mark | {"owner": source.owner, "pk": source.pk} for source, mark in marked(request)]


def _running(sources: list[dict[str, Any]]) -> dict[str, Any]:
    running = Load.objects.filter(
        state__in=(Load.State.WAITING, Load.State.RUNNING), source__in=[each["pk"] for each in sources]
    ).select_related("source")
    return {"running": list(running.order_by("-state", "id")[:3]), "waiting": running.count()}


def _tell(domain: Domain, unit: str, scope: Scope, patience: float) -> Told:
    """What a domain tells of a unit, from its board, or from what was reported where it has none."""
    board = boards.find(domain.code)
    kinds = boards.record_types(board) if board else [FIGURE.name]
    question = (domain.code, unit, scope.key, get_language())
    version = (today(), tuple(map(derived.version, kinds)))

    def make() -> Told:
        if board is None:
            return Told(_reported(domain, unit, scope), [], None, question, version)
        heads = [panel for panel in board.panels if isinstance(panel, boards.Cards)][:1]
        rankings = [panel for panel in board.panels if isinstance(panel, Ranking)][:1]
        shown = boards.recent(boards.Board(domain.code, (*heads, *rankings)), unit, scope)
        leading = {each.code for each in catalogue.all_indicators(domain.code) if each.leading}
        cards = [card for panel in shown.panels for card in panel.cards if card.indicator.code in leading]
        ranking = next((panel for panel in shown.panels if panel.kind == "ranking"), None)
        worst = _worst(ranking, rankings[0], domain, shown) if ranking else []
        return Told(_card(domain, cards, 0), worst, ranking, question, version)

    return TOLD.get(question, version, make, patience)


def _reported(domain: Domain, unit: str, scope: Scope) -> DomainCard:
    by_indicator: dict[str, list[Figure]] = {}
    for figure in figures.ask(Query(domain=domain.code, scope=scope)):
        by_indicator.setdefault(figure.indicator, []).append(figure)
    groups = [figures.by_key(found) for found in by_indicator.values()]
    conflicts = sum(any(f.conflict for f in rivals) for group in groups for rivals in group.values())
    leading = [each for each in catalogue.all_indicators(domain.code) if each.leading]
    cards = [boards.card_of(each, by_indicator.get(each.code, []), unit) for each in leading]
    return _card(domain, [card for card in cards if card.figure is not None][:4], conflicts)


def _card(domain: Domain, cards: list[Card], conflicts: int) -> DomainCard:
    shown = [card.figure for card in cards if card.figure is not None]
    spans = {(figure.start, figure.end) for figure in shown}
    return DomainCard(
        domain,
        cards,
        labels.name(domain.owner),
        max((figure.as_of for figure in shown), default=None),
        any(figure.simulated for figure in shown),
        conflicts,
        *(spans.pop() if len(spans) == 1 else (None, None)),
    )


def _worst(panel: boards.Shown, ranking: Ranking, domain: Domain, page: boards.Page) -> list[Trouble]:
    indicator = catalogue.get(ranking.trouble or ranking.indicators[0])
    rows = panel.table.rows if panel.table else []
    bad = sorted((row for row in rows if (row.get(indicator.code) or 0) > 0), key=lambda row: -row[indicator.code])[
        :WORST_UNITS
    ]
    return [
        Trouble(
            "bad" if place == 0 else "warn",
            f"{indicator.name}: {boards.number(row[indicator.code])} {indicator.measure}",
            str(domain.name),
            row["unit"],
            page.coverage.as_of if page.coverage else None,
            f"/boards/{domain.code}?unit={row['code']}",
        )
        for place, row in enumerate(bad)
    ]


def _alerted(told: listing.Told) -> Trouble:
    severity = "bad" if told.alert.severity >= BAD else "warn"
    alert, owner = told.alert, told.owner or labels.name(province_code())
    handler = (alert.note or alert.acknowledged_by) if alert.acknowledged else ""
    return Trouble(severity, told.what, told.title, owner, told.since, told.url, handler)


class _Slips(NamedTuple):
    """The open slips of a unit itself (`own`), or of all units those that nobody has answered in time."""

    own: bool
    open: list[Case]

    @property
    def troubles(self) -> list[Trouble]:
        """The most urgent of them."""
        waiting = [case for case in self.open if case.answered_at is None]
        return [self._trouble(cases.told(case)) for case in waiting[: CASES if self.own else CASES // 2]]

    def _trouble(self, told: cases.Told) -> Trouble:
        severity = "bad" if self.own or told.overdue else "warn"
        where, url = f"{told.kind} {told.number} · {told.left}", f"/cases/{told.case.pk}"
        return Trouble(severity, told.what, where, told.unit, told.case.created_at, url, told.state)


def _cases(user: object, scope: Scope) -> _Slips:
    """The open slips of a unit, most urgent first; of all units those that nobody has answered in time."""
    if not isinstance(user, User) or not user.may(Permission.CASES_READ):
        return _Slips(False, [])
    own = Role(user.role) in OF_A_UNIT
    found = cases.cases(CaseFilter(state="open" if own else "overdue"), scope)
    return _Slips(own, list(found[: ASKED if own else CASES // 2]))


def _sources_in_trouble(sources: list[dict[str, Any]]) -> list[Trouble]:
    troubles: list[Trouble] = []
    own = Load.objects.filter(source__in=[source["pk"] for source in sources])
    rejected = own.annotate(open=Count("rejects", Q(rejects__state="open"))).filter(open__gt=0, state=Load.State.DONE)
    if not sources:
        return troubles
    for waits in rejected.select_related("source").order_by("-id")[:5]:
        count = boards.number(waits.open)
        title = _("{count} dòng chờ sửa sau khi nạp {name}").format(count=count, name=waits.filename)
        owner = labels.name(waits.source.owner)
        troubles.append(Trouble("warn", title, waits.source.title, owner, waits.finished_at, f"/loads/{waits.pk}"))
    same = {"filename": OuterRef("filename"), "source": OuterRef("source"), "id__gt": OuterRef("id")}
    mended = own.filter(state=Load.State.DONE, **same)
    failed = own.filter(~Exists(mended), state=Load.State.FAILED).select_related("source").order_by("-id")[:3]
    for load in failed:
        title = _("Nạp {name} không thành công").format(name=load.filename)
        owner = labels.name(load.source.owner)
        troubles.append(Trouble("bad", title, load.source.title, owner, load.finished_at, f"/loads/{load.pk}"))
    return troubles


def _stale(card: DomainCard) -> Trouble:
    title = _("{stale}/{count} số liệu chính đã cũ").format(stale=card.stale, count=len(card.cards))
    url = f"/boards/{card.domain.code}"
    return Trouble("warn", title, str(card.domain.name), card.owner, card.as_of, url)


def _conflict(card: DomainCard) -> Trouble:
    title = _("{count} số liệu mâu thuẫn giữa các nguồn").format(count=card.conflicts)
    return Trouble("warn", title, str(card.domain.name), card.owner, None, f"/boards/{card.domain.code}#conflicts")
