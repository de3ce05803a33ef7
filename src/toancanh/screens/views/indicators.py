"""Indicators: the catalogue, one indicator with its series and ranking, the passport of a figure."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from toancanh.access.gates import gate
from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.base import clock
from toancanh.base import domain as domains
from toancanh.base.problems import Problem, Words, register
from toancanh.base.text import sort_key
from toancanh.indicators import catalogue, figures, provenance
from toancanh.indicators.catalogue import Indicator
from toancanh.indicators.comparison import compare
from toancanh.indicators.figures import Figure, Query
from toancanh.screens import recordtable, tables
from toancanh.screens.context import province_code
from toancanh.screens.tables import Column, Table
from toancanh.screens.templatetags.labels import GRAINS
from toancanh.units import labels, lineage
from toancanh.units.tree import Tree

register(
    {
        "passport.moment": Words(
            gettext_lazy("“{value}” không phải là một ngày hay thời điểm."),
            gettext_lazy("Chọn một ngày, hoặc viết dạng 2026-11-15 hay 15/11/2026."),
        ),
    }
)

SERIES_LIMIT = 6
ROWS = 300


@gate(Permission.FIGURES_READ)
def catalogue_page(request: HttpRequest) -> HttpResponse:
    """All indicators, by domain and pillar; `q` finds them without accents."""
    sought = request.GET.get("q", "").strip()
    groups = []
    for domain in domains.all_domains():
        found = catalogue.search(sought, domain.code) if sought else catalogue.all_indicators(domain.code)
        names = {pillar.code: str(pillar.name) for pillar in domain.pillars}
        if found:
            groups.append({"domain": domain, "indicators": [(each, names.get(each.pillar, "")) for each in found]})
    return render(request, "screens/indicators.html", {"groups": groups, "q": sought})


@dataclass
class Chart:
    """The series of one unit: figures by period, oldest first."""

    unit: str
    name: str
    figures: list[Figure]


@gate(Permission.FIGURES_READ)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator: definition, series with the break of 1/7/2025, ranking, table."""
    indicator = catalogue.get(code)
    scope = request.access_scope  # type: ignore[attr-defined]
    unit = request.GET.get("unit") or _home_unit(request)
    grain = request.GET.get("grain", "")
    found = figures.ask(Query(code, grain=grain, scope=scope))
    shown = figures.chosen(found)
    series = _series(shown, unit)
    latest = figures.latest([f for f in shown if f.unit == unit]) or figures.latest(shown)
    peers, ranked = _peers(shown, latest)
    context: dict[str, Any] = {
        "indicator": indicator,
        "domain": domains.get(indicator.domain),
        "code_text": provenance.explain(indicator),
        "series": series,
        "chart": _chart(series, indicator),
        "table": _series_table(series, indicator),
        "latest": latest,
        "latest_label": _label(latest) if latest else "",
        "comparison": compare(latest, indicator, [f for f in shown if f.unit == latest.unit], peers)
        if latest
        else None,
        "ranking": _ranking(ranked),
        "rows": sorted(found, key=lambda f: (f.end, f.unit), reverse=True)[:ROWS],
        "total": len(found),
        "owner": labels.name(indicator.owner),
        "unit": unit,
        "unit_name": labels.name(unit),
        "grain": grain,
        "grains": list(GRAINS.items())[:5],
        "choices": sorted({(f.unit, labels.name(f.unit, f.end)) for f in shown}, key=lambda each: sort_key(each[1])),
        "query": request.GET.urlencode(),
    }
    return render(request, "screens/indicator.html", context)


@gate(Permission.FIGURES_READ)
def export(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """All figures of an indicator, every claim, as CSV or XLSX."""
    indicator = catalogue.get(code)
    query = Query(code, grain=request.GET.get("grain", ""), scope=request.access_scope)  # type: ignore[attr-defined]
    table = _table(indicator, figures.ask(query))
    return tables.as_xlsx(code, [table]) if kind == "xlsx" else tables.as_csv(code, [table])


@gate(Permission.FIGURES_READ)
def passport(request: HttpRequest, address: str) -> HttpResponse:
    """The passport of a figure: a page of its own, or the inside of the dialog."""
    found = provenance.passport(address, request.access_scope, _moment(request))  # type: ignore[attr-defined]
    if found is None:
        raise Problem("access.outside")
    records = isinstance(request.user, User) and request.user.may(Permission.RECORDS_READ)
    kind = found.record_type
    context = {
        "passport": found,
        "figure": found.figure,
        "records_allowed": records,
        "as_of": request.GET.get("as_of", ""),
        "heads": recordtable.heads(kind) if kind else [],
        "lines": recordtable.lines(kind, found.contribution.rows) if kind and found.contribution else [],
        "inputs": [(*each, provenance.loads_of({each}).get(each)) for each in found.inputs.items()],
    }
    inside = request.headers.get("HX-Request") == "true"
    return render(request, "screens/parts/passport.html" if inside else "screens/passport.html", context)


@gate(Permission.RECORDS_READ)
def records(request: HttpRequest, address: str) -> HttpResponseBase:
    """Every record that counts into a computed figure, as CSV."""
    scope, moment = request.access_scope, _moment(request)  # type: ignore[attr-defined]
    found = figures.find(address, scope, moment)
    figure = next((each for each in found if each.status == "computed"), None)
    if figure is None:
        raise Problem("access.outside")
    first = provenance.contribution(figure, scope, limit=1, as_of=moment)
    heads = (*first.columns, *provenance.TRAIL) if first else ()
    return tables.stream_csv(figure.about, heads, provenance.stream(figure, scope, as_of=moment))


def _moment(request: HttpRequest) -> datetime | None:
    text = request.GET.get("as_of")
    try:
        return clock.parse_moment(text) if text else None
    except ValueError:
        raise Problem("passport.moment", value=text) from None


def _home_unit(request: HttpRequest) -> str:
    return request.user.unit if isinstance(request.user, User) and request.user.unit else province_code()


def _series(shown: list[Figure], unit: str) -> list[Chart]:
    """The unit's own series, those of the units it was made of, then those of its like: both sides of a merger."""
    by_unit: dict[str, list[Figure]] = defaultdict(list)
    for figure in shown:
        by_unit[figure.unit].append(figure)
    own = labels.ever(unit)
    alike = [
        code
        for code, run in sorted(by_unit.items(), key=lambda each: (-len(each[1]), each[0]))
        if (node := labels.on(code, run[-1].end)) and own and node.kind == own.kind == "province"
    ]
    charts = []
    for code in dict.fromkeys([unit, *lineage.before(unit), *alike]):
        # One code may name two territories, before and after a change: they are two series.
        territories: dict[int, list[Figure]] = defaultdict(list)
        for figure in sorted(by_unit.get(code, []), key=lambda f: f.end):
            known = Tree.at(figure.end).get(code)
            territories[known.id if known else 0].append(figure)
        for number, run in territories.items():
            name = labels.name(code, run[-1].end)
            if len(labels.versions(code)) > 1:
                name += f" {_('(trước sáp nhập)')}" if number and lineage.ended(number) else f" {_('(mới)')}"
            charts.append(Chart(code, name, run))
    return charts[:SERIES_LIMIT]


def _label(figure: Figure) -> str:
    """The period of a figure in words; of a computed one that is not over, up to which day it counts."""
    name, day = figure.period.label(), clock.local(figure.as_of).date()
    if figure.status != "computed" or day >= figure.end:
        return name
    return f"{name} ({_('đến {day}').format(day=f'{day:%d/%m}')})"


def _chart(series: list[Chart], indicator: Indicator) -> dict[str, Any]:
    """What the chart draws; the change of territory of 1/7/2025 is a mark between the periods before and after."""
    # One reader's year may run from January, another's from December: both are called by one name and share a place.
    ends: dict[str, date] = {}
    for figure in sorted((f for chart in series for f in chart.figures), key=lambda f: (f.end, f.start)):
        ends.setdefault(_label(figure), figure.end)
    x = list(ends)
    after = next((place for place, end in enumerate(ends.values()) if end >= lineage.CHANGE_2025), len(x))
    runs: list[tuple[str, list[float | None]]] = []
    for chart in series:
        values = {_label(f): f.value for f in chart.figures}
        runs.append((chart.name, [values.get(label) for label in x]))
    broken = bool(after and x)
    if broken and after == len(x):
        # No figure yet of the new territory: its empty place says so.
        x.append(_("Từ 1/7/2025"))
        for _name, points in runs:
            points.append(None)
    target = indicator.target(series[0].unit) if series else None
    return {
        "type": "line" if len(x) > 2 else "bar",
        "x": x,
        "series": [{"name": name, "values": points} for name, points in runs],
        "breaks": [{"x": x[after], "label": _("Sáp nhập 1/7/2025")}] if broken else [],
        "targets": [{"value": target.value, "label": _("Mục tiêu")}] if target else [],
        "measure": str(indicator.measure),
    }


def _series_table(series: list[Chart], indicator: Indicator) -> Table:
    """The table behind the chart: a row for each period, a column for each unit, each number with its address."""
    ends: dict[str, date] = {}
    columns = [Column("period", _("Kỳ"))]
    rows: dict[str, dict[str, Any]] = defaultdict(dict)
    for place, chart in enumerate(series):
        columns.append(
            Column(str(place), chart.name, str(indicator.measure), indicator.digits, numeric=True, figure=f"{place}!")
        )
        for figure in chart.figures:
            label = _label(figure)
            ends[label] = figure.end
            rows[label] |= {"period": label, str(place): figure.value, f"{place}!": figure.id}
    return Table(str(indicator.name), columns, [rows[label] for label in sorted(rows, key=lambda each: ends[each])])


def _peers(shown: list[Figure], latest: Figure | None) -> tuple[list[Figure], list[Figure]]:
    """The figures of the same period: of units of the same kind, and whom to rank.

    Ranked are the units of the same kind; where the unit is the only one of its kind, those under it.
    """
    if latest is None:
        return [], []
    tree = Tree.at(latest.end)
    same = [figure for figure in shown if (figure.start, figure.end) == (latest.start, latest.end)]
    own = tree.get(latest.unit)
    alike = [f for f in same if own is not None and (unit := tree.get(f.unit)) is not None and unit.kind == own.kind]
    under = tree.within(latest.unit) - {latest.unit}
    return alike, alike if len(alike) > 1 else [f for f in same if f.unit in under]


def _ranking(peers: list[Figure]) -> list[dict[str, Any]]:
    # The largest first, whichever way is better: what is worst of a thing to be kept low must not stand at the end.
    ranked = sorted((f for f in peers if f.value is not None), key=lambda f: f.value or 0, reverse=True)
    return [
        {"label": labels.name(f.unit, f.end), "href": f"/units/{f.unit}", "value": f.value, "figure": f.id}
        for f in ranked
    ]


def _table(indicator: Indicator, found: list[Figure]) -> Table:
    columns = [
        Column("unit", _("Đơn vị")),
        Column("code", _("Mã")),
        Column("start", _("Từ ngày")),
        Column("end", _("Đến ngày")),
        Column("value", _("Giá trị"), str(indicator.measure)),
        Column("part", _("Tử số")),
        Column("whole", _("Mẫu số")),
        Column("status", _("Trạng thái")),
        Column("simulated", _("Mô phỏng")),
        Column("conflict", _("Mâu thuẫn")),
        Column("document", _("Văn bản")),
        Column("section", _("Mục")),
    ]
    rows = [
        {
            "unit": labels.name(f.unit, f.end),
            "code": f.unit,
            "start": f.start,
            "end": f.end,
            "value": f.value,
            "part": f.part,
            "whole": f.whole,
            "status": f.status,
            "simulated": _("có") if f.simulated else "",
            "conflict": _("có") if f.conflict else "",
            "document": f.document,
            "section": f.section,
        }
        for f in found
    ]
    return Table(str(indicator.name), columns, rows)
