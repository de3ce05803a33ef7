"""Reconciliations: how well two sources agree, by unit, and every single difference."""

from datetime import timedelta
from typing import NamedTuple

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy

from toancanh.access.gates import gate
from toancanh.access.roles import Permission
from toancanh.base import domain as domains
from toancanh.base import memory
from toancanh.base.clock import today
from toancanh.base.problems import Problem, Words, register
from toancanh.indicators import reconciliation as reconciliations
from toancanh.indicators import reconciling
from toancanh.indicators.reconciliation import KINDS
from toancanh.screens import boards, narrowing, reconciled, tables
from toancanh.screens.reconciled import Found

PAGE = 50
MOST = 50_000  # differences of one download
# Seconds that a count may be old, for each second that a page may: differences are counted in hours.
_PATIENT = 15

register(
    {
        "reconciliation.too_many": Words(
            gettext_lazy("Có {count} chỗ lệch, nhiều hơn {most} dòng mà một tệp tải về chứa được."),
            gettext_lazy("Chọn một đơn vị, một loại lệch hoặc kỳ ngắn hơn rồi tải lại."),
            422,
        ),
    }
)


class Shown(NamedTuple):
    """What a visitor asked for, and the ready-made period if it is one."""

    found: Found
    preset: str


@gate(Permission.RECORDS_READ)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """How well the two sides agree: in a sentence, by unit, and difference by difference."""
    shown, preset = _asked(request, code)
    reconciliation, wanted = shown.reconciliation, shown.wanted
    kept = {"period": preset} if preset else {"since": str(wanted.since), "until": str(wanted.until)}
    chosen = Paginator(shown.listed, PAGE).get_page(request.GET.get("page"))
    narrowed = kept | {"unit": wanted.unit}
    context = {
        "reconciliation": reconciliation,
        "domain": domains.get(reconciliation.domain),
        "sentence": reconciled.sentence(reconciliation, shown.counts),
        "counted": shown.counted,
        "sides": [
            (side.name, reconciled.sources(shown.counted, side)) for side in (reconciliation.left, reconciliation.right)
        ],
        "wanted": wanted,
        "day_field": reconciled.field_name(reconciliation.day, reconciliation),
        "preset": preset,
        "presets": boards.preset_titles(),
        "choices": narrowing.choices(request, wanted.until),
        "units": reconciled.by_unit(reconciliation, shown.units(), wanted, f"&{urlencode(kept)}"),
        "kinds": [
            (
                kind,
                reconciled.kind_name(kind, reconciliation),
                shown.counts.of(kind),
                urlencode(narrowed | {"kind": kind}),
            )
            for kind in KINDS
        ],
        "fields": [
            (
                name,
                reconciled.field_name(name, reconciliation),
                shown.counts.fields.get(name, 0),
                urlencode(narrowed | {"field": name}),
            )
            for name in reconciliation.fields
        ],
        "every": urlencode(narrowed),
        "differing": sum(shown.counts.of(kind) for kind in KINDS),
        "page": chosen,
        "differences": reconciled.listing(reconciliation, chosen.object_list),
        "query": request.GET.urlencode(),
    }
    return render(request, "screens/reconciliation.html", context)


@gate(Permission.RECORDS_READ)
def export(request: HttpRequest, code: str, kind: str) -> HttpResponse:
    """The two tables as they stand on the page, the differences with all pages, as CSV or XLSX; `panel` picks one."""
    shown, panel, found = _asked(request, code).found, request.GET.get("panel", ""), []
    if panel in ("", "units"):
        found.append(reconciled.by_unit(shown.reconciliation, shown.units(), shown.wanted))
    if panel in ("", "differences"):
        if (count := len(shown.listed)) > MOST:
            raise Problem("reconciliation.too_many", count=count, most=MOST)
        found.append(reconciled.listing(shown.reconciliation, shown.listed[:]))
    for table in found:
        table.note = reconciled.note(shown.reconciliation, shown.counted, shown.wanted)
    name = f"doi-soat-{code}-{today():%Y%m%d}"
    return tables.as_xlsx(name, found) if kind == "xlsx" else tables.as_csv(name, found)


def _asked(request: HttpRequest, code: str) -> Shown:
    """What a request asks for: `unit`, `period` or `since` and `until`, `kind`, `field`."""
    reconciliation = reconciliations.get(code)
    patience = memory.PATIENCE * _PATIENT
    unit = narrowing.unit(request)
    first, last = reconciling.counted(reconciliation, patience).days() or (today() - timedelta(29), today())
    since, until = narrowing.day(request.GET.get("since")), narrowing.day(request.GET.get("until"))
    chosen = boards.preset(request.GET.get("period", ""), unit, first, last)
    if since or until:
        chosen = boards.Filter(unit, since or first, until or chosen.until)
        if chosen.since > chosen.until:
            raise Problem("board.period", since=since, until=until)
    found = reconciled.ask(
        code,
        request.access_scope,  # type: ignore[attr-defined]
        unit,
        chosen.since,
        chosen.until,
        request.GET.get("kind", ""),
        request.GET.get("field", ""),
        patience,
    )
    return Shown(found, chosen.preset)
