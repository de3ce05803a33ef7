"""Slips for leaders: how units answer what they are warned of, month by month, and one tap to remind them."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from toancanh.access.gates import gate
from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.base import clock
from toancanh.base.problems import Problem
from toancanh.cases import access, actions, listing
from toancanh.cases.listing import CaseFilter
from toancanh.cases.slips import KIND
from toancanh.cases.summary import Line, summary
from toancanh.screens import parts, tables
from toancanh.screens.tables import Column, Table
from toancanh.units.periods import Period

WAITING = 10  # slips that are offered to be reminded of


@gate(Permission.CASES_LEAD)
def page(request: HttpRequest) -> HttpResponse:
    """The summary of a month, with the twelve before it."""
    context = _context(request)
    asked = {"query": request.GET.urlencode(), "parts": [_part(context)]}
    return render(request, "screens/slips.html", context | asked)


@gate(Permission.CASES_LEAD)
def live(request: HttpRequest) -> HttpResponse:
    """The summary where it differs from what the page has."""
    return parts.changed(request, [_part(_context(request))])


@gate(Permission.CASES_LEAD)
def export(request: HttpRequest, kind: str) -> HttpResponse:
    """The table by unit and by month as a file."""
    context = _context(request)
    wanted = [context["by_unit"], context["by_month"]]
    match kind:
        case "csv":
            return tables.as_csv("phieu-canh-bao", wanted)
        case "xlsx":
            return tables.as_xlsx("phieu-canh-bao", wanted)
    raise Http404


@require_POST
@gate(Permission.CASES_LEAD)
def remind(request: HttpRequest, number: int) -> HttpResponse:
    """Remind the unit of a slip, with a line of one's own."""
    case = access.find(number, request.access_scope)  # type: ignore[attr-defined]
    assert isinstance(request.user, User)  # noqa: S101 - the gate has seen to it
    try:
        actions.act(case.pk, "remind", person=request.user, fields={"text": request.POST.get("text", "")})
        messages.success(request, _("Đã nhắc {unit}.").format(unit=listing.told(case).unit))
    except Problem as problem:
        messages.warning(request, problem.explain().what)
    return redirect(f"/slips?{request.POST.get('back', '')}")


def _context(request: HttpRequest) -> dict[str, Any]:
    scope = request.access_scope  # type: ignore[attr-defined]
    month = Period.parse(request.GET.get("month") or f"{clock.today():%Y-%m}")
    year_before = Period.containing(month.start - timedelta(days=330), "month")
    found = summary(KIND, month.start, month.end, scope)
    past = summary(KIND, year_before.start, month.end, scope)
    now = clock.now()
    overdue = listing.cases(CaseFilter(kind=KIND, state="overdue"), scope)
    return {
        "month": month,
        "chosen": f"{month.start:%Y-%m}",
        "whole": found.whole,
        "units": found.units,
        "months": past.months,
        "by_unit": _table(_("Theo đơn vị"), _("Đơn vị"), found.units, month),
        "by_month": _table(_("Theo tháng"), _("Tháng"), past.months),
        "worst": [line for line in found.units if line.overdue or line.in_time < line.due][:5],
        "waiting": [listing.told(case, now) for case in overdue[:WAITING]],
        "overdue": listing.counted(overdue),
        "since": month.start.isoformat(),
        "until": month.end.isoformat(),
        "addressed": request.GET.urlencode(),
    }


_HEADS = (
    ("sent", gettext_lazy("Đã gửi"), 0),
    ("opened", gettext_lazy("Đã mở"), 0),
    ("answered", gettext_lazy("Đã trả lời"), 0),
    ("in_time", gettext_lazy("Đúng hạn"), 0),
    ("rate", gettext_lazy("Tỷ lệ đúng hạn (%)"), 2),
    ("closed", gettext_lazy("Đã đóng"), 0),
    ("overdue", gettext_lazy("Quá hạn"), 0),
    ("middle", gettext_lazy("Trung vị (giờ làm việc)"), 1),
    ("records", gettext_lazy("Mục"), 0),
    ("over", gettext_lazy("Mục đã hết"), 0),
)


def _table(title: str, first: str, lines: list[Line], month: Period | None = None) -> Table:
    heads = [Column(key, str(head), digits=digits, numeric=True) for key, head, digits in _HEADS]
    columns = [Column("name", first), *heads]
    rows = [{column.key: getattr(line, column.key) for column in columns} for line in lines]
    if month:
        for row, line in zip(rows, lines, strict=True):
            row["href"] = f"/cases?state=all&unit={line.unit}&since={month.start}&until={month.end}"
    return Table(title, columns, rows)


def _part(context: dict[str, Any]) -> parts.Part:
    return parts.part("slips-part", "screens/parts/slips.html", context)()
