"""The HTTP API: units, indicators, figures with their passports, sources. Lists are paged and carry totals."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import wraps
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _
from ninja import Field, File, Form, NinjaAPI, Query, Schema, Status
from ninja.errors import HttpError, ValidationError
from ninja.files import UploadedFile
from ninja.renderers import JSONRenderer
from pydantic import BeforeValidator

from toancanh.access.gates import gate, public
from toancanh.access.roles import Permission
from toancanh.alerts import access, rules, trials
from toancanh.alerts import catalogue as rule_catalogue
from toancanh.alerts import listing as alert_listing
from toancanh.alerts.listing import Wanted
from toancanh.alerts.models import Alert
from toancanh.base.clock import parse_day, parse_moment, today
from toancanh.base.problems import Problem, Words, explain, register
from toancanh.indicators import catalogue, figures, provenance, reconciling, scoring
from toancanh.indicators.catalogue import Indicator
from toancanh.screens import acting, problems, reconciled, replays, stream, uploads
from toancanh.screens.api_cases import router as cases_router
from toancanh.screens.api_shapes import ERRORS, Items, Page, Problems, check_page
from toancanh.screens.views import scores as score_views
from toancanh.screens.views.alerts import visible_alerts
from toancanh.sources import actions, faring, outside, pushing, quarantine
from toancanh.sources import listing as source_listing
from toancanh.sources.models import Load, Source
from toancanh.units import labels
from toancanh.units import listing as unit_listing
from toancanh.units.periods import GRAINS
from toancanh.units.search import search
from toancanh.units.tree import reference

register(
    {
        "api.parameter": Words(
            _("Tham số `{name}` không hợp lệ: {reason}"), _("Xem mô tả tham số trong /api/v1/openapi.json."), 422
        ),
        "api.method": Words(
            _("Địa chỉ này không nhận {method}."), _("Dùng {allowed}; xem mô tả trong /api/v1/openapi.json."), 405
        ),
        "api.body": Words(
            _("Không đọc được phần thân của yêu cầu."), _("Gửi JSON hợp lệ (UTF-8), kiểu application/json."), 400
        ),
        "api.not_found": Words(_("Không có địa chỉ này."), _("Xem các địa chỉ trong /api/v1/openapi.json."), 404),
    }
)

# The beginnings of pydantic's names of errors, which speaks English only.
_REASONS = {
    "missing": _("còn thiếu."),
    "date": _("không phải là một ngày; viết 30/06/2025 hoặc 2025-06-30."),
    "int": _("không phải là số nguyên."),
}


def _day(text: Any) -> Any:
    try:
        return parse_day(text) if isinstance(text, str) else text
    except ValueError:
        return ""  # which is no date in the words of the model either


Day = Annotated[date, BeforeValidator(_day)]


class Renderer(JSONRenderer):
    """Answers as JSON that people can read: Vietnamese letters as they are."""

    json_dumps_params: Mapping[str, Any] = {"ensure_ascii": False}


def _readable(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @wraps(view)
    def described(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = view(request, **kwargs)
        response.content = json.dumps(json.loads(response.content), ensure_ascii=False).encode()
        return response

    return described


api = NinjaAPI(
    title="Toàn Cảnh",
    version="1.0.0",
    description="Trung tâm giám sát, điều hành của một tỉnh / The operations centre of a province.",
    docs_url=None,
    docs_decorator=_readable,
    renderer=Renderer(),
    urls_namespace="api",
)
api.add_router("/cases", cases_router)


class FigureFilter(Schema):
    """Which figures; `as_of` is a day (its end) or a time."""

    indicator: str = ""
    unit: str = ""
    since: Day | None = Field(None, alias="from")
    until: Day | None = Field(None, alias="to")
    grain: str = ""
    as_of: str = ""


class ReconciliationFilter(Schema):
    """Of which unit and days; without them all there are."""

    unit: str = ""
    since: Day | None = Field(None, alias="from")
    until: Day | None = Field(None, alias="to")


class DifferenceFilter(ReconciliationFilter):
    """Also of which kind and in which field."""

    kind: str = ""
    field: str = ""


class Replay(Schema):
    """From when a source is to be read again: a day (its beginning) or a time."""

    since: str = Field(alias="from")


class AlertFilter(Schema):
    """Which alerts: taken on or not, how severe at least, of which rule, unit (and all below it), field."""

    acknowledged: bool | None = None
    severity: int = 0
    rule: str = ""
    unit: str = ""
    domain: str = ""


class AlertAct(Schema):
    """What an act on an alert is told: which others it is about, and what the act asks for."""

    alerts: str = ""
    note: str = ""
    reason: str = ""
    until: str = ""
    hours: int | None = None
    severity: int | None = None
    into: int | None = None


class TrialSpan(Schema):
    """From which day to which a rule is tried, and whether its draft is."""

    since: Day = Field(alias="from")
    until: Day = Field(alias="to")
    draft: bool = False


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


@api.exception_handler(Problem)
def on_problem(request: HttpRequest, problem: Problem) -> HttpResponse:
    """A refusal the caller can mend."""
    return problems.as_document(request, problem)


@api.exception_handler(ValidationError)
def on_invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """A parameter that cannot be read."""
    first = error.errors[0]
    name = next((each for each in reversed(first.get("loc", ())) if isinstance(each, str)), "?")
    kind = str(first.get("type", "")).partition("_")[0]
    reason = _REASONS.get(kind, _("giá trị không dùng được."))
    return problems.as_document(request, Problem("api.parameter", name=name, reason=reason))


@api.exception_handler(HttpError)
def on_unread(request: HttpRequest, error: HttpError) -> HttpResponse:
    """A body that cannot be read; what else the framework refuses stays what it is."""
    if error.status_code != 400:
        return api.create_response(request, {"detail": str(error)}, status=error.status_code)
    return problems.as_document(request, Problem("api.body"))


@api.exception_handler(Http404)
def on_missing(request: HttpRequest, error: Http404) -> HttpResponse:
    """No such address."""
    return problems.as_document(request, Problem("api.not_found"))


@api.get("/units", response={200: Items, **ERRORS}, summary="Đơn vị tại một ngày / Units at a date")
@gate(Permission.UNITS_READ)
def units(
    request: HttpRequest, page: Query[Page], at: Day | None = None, within: str = "", q: str = ""
) -> dict[str, Any]:
    """The units of a day, under a unit or by name (accents not needed)."""
    found = search(q, day=at, limit=None) if q else unit_listing.units(at or today(), within)
    return {"items": [unit_listing.as_dict(unit) for unit in _cut(found, page)], "total": len(found)}


@api.get("/indicators", response={200: Items, **ERRORS}, summary="Danh mục chỉ tiêu / Indicators")
@gate(Permission.FIGURES_READ)
def indicators(request: HttpRequest, page: Query[Page], domain: str = "") -> dict[str, Any]:
    """The catalogue: definition in words and in code, kind, unit of measure, direction, grain, owner, law."""
    found = catalogue.all_indicators(domain or None)
    return {"items": [_indicator(each) for each in _cut(found, page)], "total": len(found)}


@api.get("/figures", response={200: Figures, **ERRORS}, summary="Số liệu / Figures")
@gate(Permission.FIGURES_READ)
def list_figures(
    request: HttpRequest,
    page: Query[Page],
    wanted: Query[FigureFilter],
) -> dict[str, Any]:
    """Claims and computed figures within the caller's scope; rivals carry `conflict`."""
    if wanted.grain and wanted.grain not in GRAINS:
        raise Problem("api.parameter", name="grain", reason=_one_of(GRAINS))
    query = figures.Query(
        wanted.indicator,
        _wanted_unit(wanted.unit),
        wanted.since,
        wanted.until,
        wanted.grain,
        _moment(wanted.as_of),
        scope=request.access_scope,  # type: ignore[attr-defined]
    )
    found = figures.ask(query)
    return {"items": [figures.as_dict(each) for each in _cut(found, page)], "total": len(found)}


@api.get("/figures/{path:address}/provenance", response={200: dict, **ERRORS}, summary="Hộ chiếu số liệu / Passport")
@gate(Permission.FIGURES_READ)
def passport(request: HttpRequest, address: str, as_of: str = "") -> dict[str, Any]:
    """Where a figure comes from: load, source row or document place, rivals, history, contributing records."""
    found = provenance.passport(address, request.access_scope, _moment(as_of))  # type: ignore[attr-defined]
    if found is None:
        raise Problem("access.outside")
    user = request.user
    return provenance.as_dict(found, records=user.may(Permission.RECORDS_READ))  # type: ignore[union-attr]


@api.get("/figures/{path:address}", response={200: FigureOut, **ERRORS}, summary="Một số liệu / One figure")
@gate(Permission.FIGURES_READ)
def one_figure(request: HttpRequest, address: str, as_of: str = "") -> dict[str, Any]:
    """The claim at an address, or the chosen one of its rivals."""
    found = figures.find(address, request.access_scope, _moment(as_of))  # type: ignore[attr-defined]
    if not found:
        raise Problem("access.outside")
    return figures.as_dict(found[0])


@api.get("/reconciliations/{code}", response={200: dict, **ERRORS}, summary="Đối soát hai nguồn / Reconciliation")
@gate(Permission.RECORDS_READ)
def reconciliation(request: HttpRequest, code: str, wanted: Query[ReconciliationFilter]) -> dict[str, Any]:
    """How well two sources agree, in the caller's scope: in all and by unit."""
    found = reconciled.ask(code, request.access_scope, _wanted_unit(wanted.unit), wanted.since, wanted.until)  # type: ignore[attr-defined]
    return found.as_dict()


@api.get("/reconciliations/{code}/differences", response={200: Items, **ERRORS}, summary="Chỗ lệch / Differences")
@gate(Permission.RECORDS_READ)
def list_differences(
    request: HttpRequest, code: str, page: Query[Page], wanted: Query[DifferenceFilter]
) -> dict[str, Any]:
    """Every single difference in the caller's scope, the youngest day first: both values, and where they came from."""
    check_page(page)
    found = reconciled.ask(
        code,
        request.access_scope,  # type: ignore[attr-defined]
        _wanted_unit(wanted.unit),
        wanted.since,
        wanted.until,
        wanted.kind,
        wanted.field,
    )
    part = found.listed[page.offset : page.offset + page.limit]
    return {"items": [reconciling.as_dict(each, found.reconciliation) for each in part], "total": len(found.listed)}


@api.get("/scores/{code}", response={200: dict, **ERRORS}, summary="Điểm của một bộ chỉ số / Scores")
@gate(Permission.FIGURES_READ)
def scores(
    request: HttpRequest, code: str, page: Query[Page], unit: str = "", period: str = "", rule: str = ""
) -> dict[str, Any]:
    """A unit's score by group and criterion, its twelve months, and the units under it, the lowest first."""
    told = score_views.show(request, code).scores
    items = [scoring.as_dict(sheet, told.period) for sheet in _cut(list(told.below), page)]
    return {**scoring.head(told), "items": items, "total": len(told.below)}


@api.get("/sources", response={200: Items, **ERRORS}, summary="Nguồn dữ liệu / Sources")
@gate(Permission.SOURCES_READ)
def sources(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """The sources in the caller's scope: loads, counts, freshness."""
    found = [each for each in source_listing.sources() if uploads.visible(request, each["owner"])]
    return {"items": _cut(found, page), "total": len(found)}


@api.get("/sources/{name}", response={200: dict, **ERRORS}, summary="Một nguồn / One source")
@gate(Permission.SOURCES_READ)
def one_source(request: HttpRequest, name: str) -> dict[str, Any]:
    """How a source does now, and how each of its last thirty days went."""
    return faring.as_dict(faring.of(uploads.visible_source(request, name)))


@api.post("/sources/{name}/pause", response={200: dict, **ERRORS}, summary="Tạm dừng một nguồn / Pause a source")
@gate(Permission.SOURCES_WRITE)
def pause_source(request: HttpRequest, name: str) -> dict[str, Any]:
    """Hear a source no longer. Needs Basic authentication."""
    source = uploads.visible_source(request, name)
    return faring.as_dict(faring.of(actions.pause(source.name, actor=uploads.actor(request))))


@api.post("/sources/{name}/resume", response={200: dict, **ERRORS}, summary="Cho nguồn chạy tiếp / Resume a source")
@gate(Permission.SOURCES_WRITE)
def resume_source(request: HttpRequest, name: str) -> dict[str, Any]:
    """Hear a paused source again, from where it was left. Needs Basic authentication."""
    source = uploads.visible_source(request, name)
    return faring.as_dict(faring.of(actions.resume(source.name, actor=uploads.actor(request))))


@api.post("/sources/{name}/replay", response={200: dict, **ERRORS}, summary="Đọc lại một nguồn / Read a source again")
@gate(Permission.SOURCES_WRITE)
def replay_source(request: HttpRequest, name: str, wanted: Form[Replay]) -> dict[str, Any]:
    """Have a source tell again all since a moment; nothing is doubled. Needs Basic authentication."""
    return faring.as_dict(faring.of(replays.again(request, name, wanted.since)))


@api.post("/sources/{name}/loads", response={202: dict, **ERRORS}, summary="Nạp một tệp / Load a file")
@gate(Permission.LOADS_WRITE)
def load_file(
    request: HttpRequest, name: str, file: File[UploadedFile], mapping: Form[str] = ""
) -> Status[dict[str, Any]]:
    """Hand a file to the loader; its counts are at the answered address. Needs Basic authentication."""
    load = uploads.take(request, name, file, mapping or None)
    return Status(202, {"load": load.pk, "state": load.state, "href": f"/api/v1/loads/{load.pk}"})


@api.get("/loads", response={200: Items, **ERRORS}, summary="Các lần nạp / Loads")
@gate(Permission.SOURCES_READ)
def loads(request: HttpRequest, page: Query[Page], source: str = "", state: str = "") -> dict[str, Any]:
    """The loads of the sources in the caller's scope, newest first."""
    if state and state not in Load.State.values:
        raise Problem("api.parameter", name="state", reason=_one_of(Load.State.values))
    seen = [uploads.visible_source(request, source)] if source else Source.objects.all()
    own = [each.pk for each in seen if uploads.visible(request, each.owner)]
    found = Load.objects.filter(source__in=own).select_related("source").order_by("-id")
    if state:
        found = found.filter(state=state)
    total = found.count()
    check_page(page)
    part = found[page.offset : page.offset + page.limit] if page.offset < total else ()
    return {"items": [source_listing.load_as_dict(each) for each in part], "total": total}


@api.get("/loads/{number}", response={200: dict, **ERRORS}, summary="Một lần nạp / One load")
@gate(Permission.SOURCES_READ)
def one_load(request: HttpRequest, number: int) -> dict[str, Any]:
    """The counts of a load and, for whoever may see them, its rejected rows with reason and remedy."""
    load = uploads.visible_load(request, number)
    problem = explain(load.problem, load.problem_params)._asdict() if load.problem else None
    answer = {**source_listing.load_as_dict(load), "problem": problem}
    covered = outside.covers(load, request.access_scope)  # type: ignore[attr-defined]
    if covered and request.user.may(Permission.QUARANTINE_READ):  # type: ignore[union-attr]
        answer["rejects"] = [
            {"row": each.row, "column": each.column, "value": each.value, **quarantine.words(each)._asdict()}
            for each in quarantine.rejects(load)
        ]
    return answer


@api.post("/loads/{number}/withdraw", response={200: dict, **ERRORS}, summary="Rút một lần nạp / Withdraw a load")
@gate(Permission.LOADS_WRITE)
def withdraw_load(request: HttpRequest, number: int, reason: Form[str]) -> dict[str, Any]:
    """Take a wrong load back; nothing is deleted. Needs Basic authentication."""
    load = uploads.withdraw(request, number, reason)
    return {"load": load.pk, "state": load.state}


@api.get("/alerts", response={200: Items, **ERRORS}, summary="Cảnh báo / Alerts")
@gate(Permission.FIGURES_READ)
def alerts(request: HttpRequest, page: Query[Page], narrow: Query[AlertFilter], state: str = "") -> dict[str, Any]:
    """The alerts in the caller's scope in the order of the queue; without a state those that fire or lately cleared."""
    known = (Alert.State.FIRING, Alert.State.CLEARED, "held")
    if state and state not in known:
        raise Problem("api.parameter", name="state", reason=_one_of(known))
    unit = reference(narrow.unit) if narrow.unit else ""
    wanted = Wanted(state, narrow.acknowledged, narrow.severity, narrow.rule, unit, narrow.domain)
    found = alert_listing.narrowed(visible_alerts(request), wanted)
    check_page(page)
    part = alert_listing.for_programs(found, page.offset, page.offset + page.limit)
    return {"items": part, "total": found.count()}


@api.get("/alerts/{number}", response={200: dict, **ERRORS}, summary="Một cảnh báo / One alert")
@gate(Permission.FIGURES_READ)
def one_alert(request: HttpRequest, number: int) -> dict[str, Any]:
    """An alert with every step of its life."""
    return alert_listing.as_dict(access.alert(number, **acting.who(request)))


@api.post(
    "/alerts/{number}/actions/{action}",
    response={200: dict, **ERRORS, 409: Problems},
    summary="Xử lý một cảnh báo / Act on an alert",
)
@gate(Permission.ALERTS_WRITE)
def act_on_alert(request: HttpRequest, number: int, action: str, told: Form[AlertAct]) -> dict[str, Any]:
    """Acknowledge, unacknowledge, silence, escalate, merge, part; again it changes nothing more. Needs Basic auth."""
    chosen = [number, *(each for each in told.alerts.split(",") if each)]
    acting.act(request, action, chosen, told.dict(exclude_none=True))
    return alert_listing.as_dict(access.alert(number, **acting.who(request)))


@api.get("/rules", response={200: Items, **ERRORS}, summary="Luật cảnh báo / Rules")
@gate(Permission.RULES_READ)
def list_rules(request: HttpRequest, page: Query[Page]) -> dict[str, Any]:
    """Every rule with its definition, how often it fired within thirty days, why it cannot be read."""
    found = rule_catalogue.entries(visible_alerts(request))
    return {"items": [rule_catalogue.as_dict(each) for each in _cut(found, page)], "total": len(found)}


@api.get("/rules/{code}/try", response={200: dict, **ERRORS}, summary="Thử luật với quá khứ / Try a rule")
@gate(Permission.RULES_READ)
def try_rule(request: HttpRequest, code: str, wanted: Query[TrialSpan]) -> dict[str, Any]:
    """What a rule, or its draft, would have done, by what is known today; nothing is written."""
    rule = rule_catalogue.wanted(code, draft=wanted.draft)
    scope = request.access_scope  # type: ignore[attr-defined]
    return trials.as_dict(rules.try_out(rule, wanted.since, wanted.until, scope))


@api.get("/rules/{code}", response={200: dict, **ERRORS}, summary="Một luật / One rule")
@gate(Permission.RULES_READ)
def one_rule(request: HttpRequest, code: str) -> dict[str, Any]:
    """A rule with its definition and its versions."""
    entry = rule_catalogue.entry(code, visible_alerts(request))
    return rule_catalogue.as_dict(entry) | {"versions": rule_catalogue.versions_of(code)}


@api.get("/stream", response={200: None, **ERRORS}, summary="Tin trực tiếp (Server-Sent Events) / Live stream")
@gate(Permission.FIGURES_READ)
def live(request: HttpRequest) -> HttpResponseBase:
    """News within the caller's scope, told as it comes; resumed after `Last-Event-ID`."""
    return stream.respond(request)


@api.post(
    "/sources/{name}/push", response={202: dict, **ERRORS}, auth=None, summary="Gửi bản ghi (webhook có ký) / Push"
)
@public
def push(request: HttpRequest, name: str) -> Status[dict[str, Any]]:
    """Take rows that a source sends by itself, signed by Standard Webhooks; the same message is taken once."""
    told = request.headers.get("Content-Length", "")
    if told.isdecimal() and int(told) > pushing.LARGEST:
        raise Problem("push.too_large", most=pushing.LARGEST >> 20)
    return Status(202, pushing.take(name, request.body, request.headers))


def _cut[T](found: list[T], page: Page) -> list[T]:
    check_page(page)
    return found[page.offset : page.offset + page.limit]


def _wanted_unit(code: str) -> str:
    if code and labels.ever(code) is None:
        raise Problem("api.parameter", name="unit", reason=_("chưa từng có đơn vị nào mang mã này."))
    return reference(code) if code else ""


def _one_of(known: Iterable[str]) -> str:
    return str(_("phải là một trong: {known}.")).format(known=", ".join(known))


def _moment(text: str) -> Any:
    try:
        return parse_moment(text) if text else None
    except ValueError:
        reason = _("“{value}” không phải là một ngày hay thời điểm; viết 15/11/2026 hoặc 2026-11-15T08:30:00+07:00.")
        raise Problem("api.parameter", name="as_of", reason=str(reason).format(value=text)) from None


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
