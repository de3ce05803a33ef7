"""The HTTP API: units, indicators, figures with their passports, sources. Lists are paged and carry totals."""

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Field, File, Form, NinjaAPI, Query, Schema
from ninja.errors import ValidationError
from ninja.files import UploadedFile

from toancanh.access.gates import gate
from toancanh.access.roles import Permission
from toancanh.base.clock import parse_moment, today
from toancanh.base.problems import Problem, Words, explain, register
from toancanh.indicators import catalogue, figures, provenance
from toancanh.indicators.catalogue import Indicator
from toancanh.screens import problems, uploads
from toancanh.sources import listing as source_listing
from toancanh.sources import quarantine
from toancanh.units import labels
from toancanh.units import listing as unit_listing
from toancanh.units.search import search

LIMIT = 100
MOST = 1000

register(
    {
        "api.parameter": Words(
            _("Tham số `{name}` không hợp lệ: {reason}"), _("Xem mô tả tham số trong /api/v1/openapi.json."), 422
        ),
        "api.not_found": Words(_("Không có địa chỉ này."), _("Xem các địa chỉ trong /api/v1/openapi.json."), 404),
    }
)

api = NinjaAPI(
    title="Toàn Cảnh",
    version="1.0.0",
    description="Trung tâm giám sát, điều hành của một tỉnh / The operations centre of a province.",
    docs_url=None,
    urls_namespace="api",
)


class Page(Schema):
    """Which part of a list."""

    limit: int = LIMIT
    offset: int = 0


class FigureFilter(Schema):
    """Which figures; days are ISO dates, `as_of` an ISO date (its end) or time."""

    indicator: str = ""
    unit: str = ""
    since: date | None = Field(None, alias="from")
    until: date | None = Field(None, alias="to")
    grain: str = ""
    as_of: str = ""


class Problems(Schema):
    """RFC 9457 problem details."""

    type: str
    title: str
    status: int
    detail: str
    instance: str


class Period(Schema):
    """First and last day, both inclusive, and the kind of period."""

    start: date
    end: date
    grain: str


class FigureOut(Schema):
    """A figure is a claim; `provenance` answers with its passport."""

    id: str
    indicator: str
    unit: str
    period: Period
    value: float | None
    part: float | None
    whole: float | None
    measure: str
    status: str
    simulated: bool
    as_of: str
    definition: str
    conflict: bool
    provenance: str


class Figures(Schema):
    """A page of figures."""

    items: list[FigureOut]
    total: int


class Items(Schema):
    """A page of a list."""

    items: list[dict[str, Any]]
    total: int


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A refusal the caller can mend."""
    return problems.as_document(request, problem)


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A parameter that cannot be read."""
    first = error.errors[0]
    name = str(first.get("loc", ("?",))[-1])
    return problems.as_document(request, Problem("api.parameter", name=name, reason=first.get("msg", "")))


@api.exception_handler(Http404)
def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """No such address."""
    return problems.as_document(request, Problem("api.not_found"))


_ERRORS = {401: Problems, 403: Problems, 404: Problems, 422: Problems}


@api.get("/units", response={200: Items, **_ERRORS}, summary="Đơn vị tại một ngày / Units at a date")
@gate(Permission.UNITS_READ)
def units(
    request: HttpRequest, page: Query[Page], at: date | None = None, within: str = "", q: str = ""
) -> dict[str, Any]:
    """The units of a day, under a unit or by name (accents not needed)."""
    found = search(q, day=at, limit=MOST) if q else unit_listing.units(at or today(), within)
    return {"items": [unit_listing.as_dict(unit) for unit in _cut(found, page)], "total": len(found)}


@api.get("/indicators", response={200: Items, **_ERRORS}, summary="Danh mục chỉ tiêu / Indicators")
@gate(Permission.FIGURES_READ)
def indicators(request: HttpRequest, page: Query[Page], domain: str = "") -> dict[str, Any]:
    """The catalogue: definition in words and in code, kind, unit of measure, direction, grain, owner, law."""
    found = catalogue.all_indicators(domain or None)
    return {"items": [_indicator(each) for each in _cut(found, page)], "total": len(found)}


@api.get("/figures", response={200: Figures, **_ERRORS}, summary="Số liệu / Figures")
@gate(Permission.FIGURES_READ)
def list_figures(
    request: HttpRequest,
    page: Query[Page],
    wanted: Query[FigureFilter],
) -> dict[str, Any]:
    """Claims and computed figures within the caller's scope; rivals carry `conflict`."""
    query = figures.Query(
        wanted.indicator,
        wanted.unit,
        wanted.since,
        wanted.until,
        wanted.grain,
        _moment(wanted.as_of),
        scope=request.scope,  # type: ignore[attr-defined]
    )
    found = figures.ask(query)
    return {"items": [figures.as_dict(each) for each in _cut(found, page)], "total": len(found)}


@api.get("/figures/{path:address}/provenance", response={200: dict, **_ERRORS}, summary="Hộ chiếu số liệu / Passport")
@gate(Permission.FIGURES_READ)
def passport(request: HttpRequest, address: str, as_of: str = "") -> dict[str, Any]:
    """Where a figure comes from: load, source row or document place, rivals, history, contributing records."""
    found = provenance.passport(address, request.scope, _moment(as_of))  # type: ignore[attr-defined]
    if found is None:
        raise Problem("access.outside")
    user = request.user
    return provenance.as_dict(found, records=user.may(Permission.RECORDS_READ))  # type: ignore[union-attr]


@api.get("/figures/{path:address}", response={200: FigureOut, **_ERRORS}, summary="Một số liệu / One figure")
@gate(Permission.FIGURES_READ)
def one_figure(request: HttpRequest, address: str, as_of: str = "") -> dict[str, Any]:
    """The claim at an address, or the chosen one of its rivals."""
    found = figures.find(address, request.scope, _moment(as_of))  # type: ignore[attr-defined]
    if not found:
        raise Problem("access.outside")
    return figures.as_dict(found[0])


@api.get("/sources", response={200: Items, **_ERRORS}, summary="Nguồn dữ liệu / Sources")
@gate(Permission.SOURCES_READ)
def sources(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """The sources in the caller's scope: loads, counts, freshness."""
    found = [each for each in source_listing.sources() if uploads.visible(request, each["owner"])]
    return {"items": _cut(found, page), "total": len(found)}


@api.post("/sources/{name}/loads", response={202: dict, **_ERRORS}, summary="Nạp một tệp / Load a file")
@gate(Permission.LOADS_WRITE)
def load_file(
    request: HttpRequest, name: str, file: File[UploadedFile], mapping: Form[str] = ""
) -> tuple[int, dict[str, Any]]:
    """Hand a file to the loader; its counts are at the answered address. Needs Basic authentication."""
    load = uploads.take(request, name, file, mapping or None)
    return 202, {"load": load.pk, "state": load.state, "href": f"/api/v1/loads/{load.pk}"}


@api.get("/loads/{number}", response={200: dict, **_ERRORS}, summary="Một lần nạp / One load")
@gate(Permission.SOURCES_READ)
def one_load(request: HttpRequest, number: int) -> dict[str, Any]:
    """The counts of a load and, for whoever may see them, its rejected rows with reason and remedy."""
    load = uploads.visible_load(request, number)
    problem = explain(load.problem, load.problem_params)._asdict() if load.problem else None
    answer = {"load": load.pk, "source": load.source.name, "file": load.filename, "state": load.state, **load.counts}
    answer["problem"] = problem
    if request.user.may(Permission.QUARANTINE_READ):  # type: ignore[union-attr]
        answer["rejects"] = [
            {"row": each.row, "column": each.column, "value": each.value, **quarantine.words(each)._asdict()}
            for each in quarantine.rejects(load)
        ]
    return answer


@api.post("/loads/{number}/withdraw", response={200: dict, **_ERRORS}, summary="Rút một lần nạp / Withdraw a load")
@gate(Permission.LOADS_WRITE)
def withdraw_load(request: HttpRequest, number: int, reason: Form[str]) -> dict[str, Any]:
    """Take a wrong load back; nothing is deleted. Needs Basic authentication."""
    load = uploads.withdraw(request, number, reason)
    return {"load": load.pk, "state": load.state}


def _cut[T](found: list[T], page: Page) -> list[T]:
    if page.limit < 1 or page.limit > MOST or page.offset < 0:
        raise Problem("api.parameter", name="limit" if page.offset >= 0 else "offset", reason=f"1..{MOST}")
    return found[page.offset : page.offset + page.limit]


def _moment(text: str) -> Any:
    try:
        return parse_moment(text) if text else None
    except ValueError:
        raise Problem("api.parameter", name="as_of", reason=text) from None


def _indicator(indicator: Indicator) -> dict[str, Any]:
    return {
        "code": indicator.code,
        "domain": indicator.domain,
        "pillar": indicator.pillar,
        "name": {"vi": indicator.name.vi, "en": indicator.name.en},
        "definition": {"vi": indicator.definition.vi, "en": indicator.definition.en},
        "formula": indicator.formula.code() if indicator.formula else None,
        "version": indicator.label,
        "kind": indicator.kind.value,
        "measure": {"vi": indicator.measure.vi, "en": indicator.measure.en},
        "direction": indicator.direction.value,
        "grain": indicator.grain,
        "owner": indicator.owner,
        "owner_name": labels.name(indicator.owner),
        "law": indicator.law,
        "status": "computed" if indicator.formula else "reported",
        "targets": [{"value": t.value, "by": t.by, "law": t.law, "unit": t.unit} for t in indicator.targets],
    }
