"""Cases: the list of what one must do, a case with everything in it, and what is done with it."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, time
from types import MappingProxyType
from typing import IO, Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from toancanh.access.gates import gate
from toancanh.access.models import User
from toancanh.access.roles import OF_A_UNIT, Permission, Role
from toancanh.access.scope import Scope
from toancanh.alerts import listing as alert_listing
from toancanh.base import clock
from toancanh.base.problems import Problem
from toancanh.base.text import sort_key
from toancanh.cases import access, actions, attachments, listing, relations, slips, standing, workflow
from toancanh.cases.listing import COUNTED, CaseFilter
from toancanh.cases.models import Case, Item, SavedFilter
from toancanh.cases.workflow import Party, Transition
from toancanh.reports import files
from toancanh.reports import slips as slip_documents
from toancanh.screens import api_cases, parts, tables
from toancanh.screens.caserows import Row
from toancanh.screens.context import province_code
from toancanh.screens.parts import Part
from toancanh.screens.views.alerts import visible_alerts
from toancanh.units.tree import Tree

PAGE = 25
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = 100_000  # rows of a workbook
ITEMS = 200  # records of a case on one page
BULK = ("remind", "accept", "grant_extension", "escalate", "withdraw")


class _Counted(Paginator[Any]):
    """Pages of a list that is counted up to a limit only; of one that is searched for, all is found at once."""

    object_list: QuerySet[Case] | list[int]

    @cached_property
    def count(self) -> int:
        found = self.object_list
        return len(found) if isinstance(found, list) else listing.counted(found)

    def _get_page(self, object_list: Any, number: int, paginator: Any) -> Page[Case]:
        return Page(listing.fetched(object_list), number, paginator)


@gate(Permission.CASES_READ)
def page(request: HttpRequest) -> HttpResponse:
    """The list, narrowed by the address."""
    context = _context(request)
    context |= {
        "query": request.GET.urlencode(),
        "parts": [_part(context)],
        "saved": SavedFilter.objects.filter(person=_person(request)) if context["office"] else (),
        "mine": not context["office"],
        "units": _units(request),
    }
    return render(request, "screens/cases.html", context)


@gate(Permission.CASES_READ)
def live(request: HttpRequest) -> HttpResponse:
    """The list, where it differs from the one the page has."""
    return parts.changed(request, [_part(_context(request))])


@gate(Permission.CASES_READ)
def export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The list as a file, all pages of it."""
    found = _found(request)
    heads = [str(title) for title in listing.HEADINGS]
    if kind == "csv":
        return tables.stream_csv("vu-viec", heads, listing.rows(found))
    if kind != "xlsx":
        raise Http404
    columns = [tables.Column(str(place), title) for place, title in enumerate(heads)]
    rows = [dict(zip((column.key for column in columns), row, strict=True)) for row in listing.rows(found[:SHEET])]
    return tables.as_xlsx("vu-viec", [tables.Table(_("Vụ việc"), columns, rows)])


@gate(Permission.CASES_READ)
def one(request: HttpRequest, number: int) -> HttpResponse:
    """One case. Who must act on it has opened it by that."""
    case = access.find(number, _scope(request))
    person = _person(request)
    flow = workflow.of_frozen(case.workflow_id)
    if any(each.action == "open" for each in actions.possible(case, flow, access.parties(person, case))):
        case = actions.act(number, "open", person=person)
    return _shown(request, case)


@gate(Permission.CASES_READ)
def one_live(request: HttpRequest, number: int) -> HttpResponse:
    """What became of a case, where it differs from what the page has."""
    context = _whole(request, access.find(number, _scope(request)))
    return parts.changed(request, [_head(context), _story(context)])


@require_POST
@gate(Permission.CASES_WRITE)
def act(request: HttpRequest, number: int) -> HttpResponse:
    """Do something with a case; what was typed stays where it is refused."""
    access.find(number, _scope(request))
    person = _person(request)
    action = request.POST.get("action", "")
    told: dict[str, Any] = {name: request.POST.get(name) for name in request.POST if name != "items"}
    told["items"] = request.POST.getlist("items")
    try:
        kept = attachments.keep(_files(request), person)
        seen = request.POST.get("revision", "")
        done = actions.act(
            number, action, person=person, fields=told, attachments=kept, seen=int(seen) if seen.isdecimal() else None
        )
    except Problem as problem:
        return _shown(request, access.find(number, _scope(request)), problem, told)
    transition = workflow.of_frozen(done.workflow_id).transition(action)
    messages.success(request, _("Đã ghi nhận: {what}.").format(what=transition.title if transition else action))
    return redirect("case", number) if access.sees(person, done) else redirect("cases")


@require_POST
@gate(Permission.CASES_READ)
def say(request: HttpRequest, number: int) -> HttpResponse:
    """Write something to a case, lay files to it, link it with another, watch it or no more."""
    case = access.find(number, _scope(request))
    person = _person(request)
    try:
        match request.POST.get("what"):
            case "watch":
                actions.watch(case, person, request.POST.get("on") == "1")
            case "link":
                told = request.POST.get("other", "")
                other = access.find(int(told), _scope(request)) if told.isdecimal() else case
                actions.link(case, other, person)
            case _:
                _said(request, case, person)
    except Problem as problem:
        return _shown(request, case, problem, {"comment": request.POST.get("comment", "")})
    return redirect("case", number)


def _said(request: HttpRequest, case: Case, person: User) -> None:
    if not person.may(Permission.CASES_WRITE):
        raise Problem("access.forbidden", permission=Permission.CASES_WRITE.value)
    if kept := attachments.keep(_files(request), person):
        actions.attach(case, person, kept)
    if request.POST.get("comment", "").strip() or not kept:
        actions.comment(case, person, request.POST.get("comment", ""))


@gate(Permission.CASES_READ)
def attachment(request: HttpRequest, number: int, pk: int) -> HttpResponseBase:
    """A file laid to a case."""
    return api_cases.download(access.find(number, _scope(request)), pk)


@gate(Permission.CASES_READ)
def document(request: HttpRequest, number: int, kind: str) -> HttpResponse:
    """The case as a formal document, DOCX or PDF."""
    case = access.find(number, _scope(request))
    made = slip_documents.document(case)
    match kind:
        case "docx":
            answer = HttpResponse(files.docx(made), content_type=_DOCX)
        case "pdf":
            answer = HttpResponse(files.pdf(made), content_type="application/pdf")
        case _:
            raise Http404
    answer["Content-Disposition"] = f'attachment; filename="phieu-{case.year or ""}-{case.number or case.pk}.{kind}"'
    return answer


@require_POST
@gate(Permission.CASES_WRITE)
def bulk(request: HttpRequest) -> HttpResponse:
    """One action on all that are ticked; those that refuse it are told, the others go through."""
    action = request.POST.get("action", "")
    numbers = [int(each) for each in request.POST.getlist("case") if each.isdecimal()][:500]
    back = f"{request.POST.get('back', '')}"
    done, refused = 0, []
    fields = {name: request.POST.get(name, "") for name in ("reason", "text", "note")}
    for case in access.visible(_scope(request)).filter(pk__in=numbers):
        try:
            if action not in BULK:
                raise Problem("case.action", action=action, actions=", ".join(BULK))
            actions.act(case.pk, action, person=_person(request), fields=fields)
            done += 1
        except Problem as problem:
            refused.append(f"{listing.told(case).number}: {problem.explain().what}")
    if done:
        message = ngettext("Đã ghi nhận với %(count)d vụ việc.", "Đã ghi nhận với %(count)d vụ việc.", done)
        messages.success(request, message % {"count": done})
    if not numbers:
        messages.warning(request, _("Chưa chọn vụ việc nào."))
    for line in refused[:5]:
        messages.warning(request, line)
    if len(refused) > 5:
        messages.warning(request, _("Và {count} vụ việc khác không thực hiện được.").format(count=len(refused) - 5))
    return redirect(f"/cases?{back}" if back else "/cases")


@require_POST
@gate(Permission.CASES_READ)
def filters(request: HttpRequest) -> HttpResponse:
    """Keep the list under a name, or forget one."""
    person = _person(request)
    if forget := request.POST.get("forget", ""):
        actions.forget_filter(person, int(forget) if forget.isdecimal() else 0)
        return redirect("cases")
    wanted = CaseFilter.of(request.POST)
    try:
        kept = actions.keep_filter(person, request.POST.get("name", ""), urlencode(wanted.query))
    except Problem as problem:
        messages.warning(request, problem.explain().what)
        return redirect(f"/cases?{urlencode(wanted.query)}")
    return redirect(f"/cases?{kept.query}")


@gate(Permission.CASES_WRITE)
def new(request: HttpRequest) -> HttpResponse:
    """Send a slip by hand, perhaps about an alert."""
    person = _person(request)
    number, above = (request.POST.get(name) or request.GET.get(name) or "" for name in ("alert", "parent"))
    alert = visible_alerts(request).filter(pk=int(number)).first() if number.isdecimal() else None
    if number and alert is None:
        raise Problem("access.outside")
    told = alert_listing.told(alert) if alert else None
    parent = access.find(int(above) if above.isdecimal() else 0, _scope(request)) if above else None
    typed = {
        "unit": request.POST.get("unit", alert.owner if alert else ""),
        "title": request.POST.get("title", told.what if told else ""),
        "text": request.POST.get("text", ""),
    }
    context: dict[str, Any] = {"alert": told, "typed": typed, "number": number, "units": _units(request)}
    context["parent"] = listing.told(parent) if parent else None
    if request.method == "POST":
        try:
            case = slips.send(person, typed["unit"], typed["title"], typed["text"], alert=alert, parent=parent)
        except Problem as problem:
            context["problem"] = problem
            return render(request, "screens/case_new.html", context, status=problem.status)
        return redirect("case", case.pk)
    return render(request, "screens/case_new.html", context)


def _units(request: HttpRequest) -> list[tuple[str, str]]:
    """The communes and departments that may get a slip."""
    tree = Tree.at(clock.today())
    codes = access.codes_of(_scope(request))
    mine = tree.within(province_code())
    found = [node for node in tree if node.ref in mine and node.kind in ("commune", "department", "agency")]
    return sorted(
        ((n.ref, n.name) for n in found if codes is None or n.ref in codes), key=lambda each: sort_key(each[1])
    )


def _found(request: HttpRequest) -> QuerySet[Case]:
    given = request.GET.dict()
    wanted = CaseFilter.of({"state": "open"} | given)
    return listing.cases(wanted, _scope(request), _person(request))


def _context(request: HttpRequest) -> dict[str, Any]:
    person = _person(request)
    now = clock.now()
    party = Party.LEADER if person.role == Role.LEADER else Party.OFFICE
    wanted = CaseFilter.of(request.GET)
    found = _found(request)
    pages = _Counted(listing.numbers(found) if wanted.q else found, PAGE)
    chosen: Page[Case] = pages.get_page(request.GET.get("page"))
    return asdict(listing.tally(_scope(request), now)) | {
        "page": chosen,
        "cases": [Row(listing.told(case, now)) for case in chosen.object_list],
        "more": chosen.paginator.count > COUNTED,
        "wanted": wanted,
        "narrowed": bool(wanted.query.keys() - {"state", "mine"}),
        "office": Role(person.role) not in OF_A_UNIT,
        "may_act": person.may(Permission.CASES_WRITE) and Role(person.role) not in OF_A_UNIT,
        "may_send": Role(person.role) in slips.SENDERS,
        "bulk": [each for action in BULK if (each := slips.WORKFLOW.transition(action)) and party in each.who],
        "addressed": request.GET.urlencode(),
    }


def _part(context: dict[str, Any]) -> Part:
    return parts.part("cases-part", "screens/parts/cases.html", context)()


def _shown(
    request: HttpRequest, case: Case, problem: Problem | None = None, typed: Mapping[str, Any] = MappingProxyType({})
) -> HttpResponse:
    """The page of a case; of one who was refused with what was said to it and what he had typed and ticked."""
    context = _whole(request, case, typed)
    context |= {"problem": problem, "head": _head(context), "story": _story(context)}
    return render(request, "screens/case.html", context, status=problem.status if problem else 200)


def _whole(request: HttpRequest, case: Case, typed: Mapping[str, Any] = MappingProxyType({})) -> dict[str, Any]:
    person = _person(request)
    flow = workflow.of_frozen(case.workflow_id)
    mine = access.parties(person, case)
    may = [each for each in actions.possible(case, flow, mine) if each.action not in ("open", "clear")]
    items = list(case.items.all()[: ITEMS + 1])
    kinds = {item.kind for item in items}
    words, tried = listing.told(case), typed.get("action", "")
    return {
        "told": words,
        "case": case,
        "flow": flow,
        "turn": flow.state(case.state).turn,
        "mine": bool(mine & {Party.UNIT, Party.HEAD}),
        "office": bool(mine & {Party.OFFICE, Party.LEADER}),
        "answer": next((each for each in may if each.action == "answer"), None),
        "acts": [_form(each, typed if each.action == tried else {}) for each in may if each.action != "answer"],
        "answers": [each for each in flow.answers if kinds & set(each.of)],
        "items": _lines(items[:ITEMS]),
        "more": case.count - ITEMS if len(items) > ITEMS else 0,
        "waiting": [item for item in items if item.state == Item.State.OPEN],
        "history": [{**each, "moment": datetime.fromisoformat(each["at"])} for each in reversed(listing.history(case))],
        "comments": list(case.comments.select_related("author")),
        "attachments": list(case.attachments.select_related("author")),
        "relations": [(each, listing.told(each.case)) for each in relations.of(case, _scope(request))],
        "watched": case.watchers.filter(person=person).exists(),
        "may_write": person.may(Permission.CASES_WRITE),
        "may_send": Role(person.role) in slips.SENDERS,
        "units": _units(request) if any(each.action == "reassign" for each in may) else (),
        "typed": typed,
        "tried": tried,
        "ticked": {int(each) for each in typed.get("items", ()) if each.isdecimal()},
    }


def _lines(items: list[Item]) -> list[dict[str, Any]]:
    """The items of a page, each with what is known of its record now."""
    by_kind: dict[str, list[str]] = {}
    for item in items:
        by_kind.setdefault(item.kind, []).append(item.record)
    known = {kind: standing.described(kind, records) for kind, records in by_kind.items()}
    return [{"item": item, "now": known[item.kind].get(item.record), "due": _due(item.due_at)} for item in items]


def _due(moment: datetime | None) -> str:
    """A deadline as people write it; midnight is a day that lasts until its end."""
    if moment is None:
        return ""
    here = clock.local(moment)
    return f"{here:%d/%m/%Y}" if here.time() == time() else f"{here:%H:%M %d/%m/%Y}"


def _form(transition: Transition, typed: Mapping[str, Any]) -> dict[str, Any]:
    entries = [
        {"name": e.name, "title": e.title, "shape": e.shape, "required": e.required, "typed": typed.get(e.name, "")}
        for e in transition.entries
    ]
    return {"action": transition.action, "title": str(transition.title), "entries": entries}


def _head(context: dict[str, Any]) -> Part:
    return parts.part("case-head", "screens/parts/case_head.html", context)()


def _story(context: dict[str, Any]) -> Part:
    return parts.part("case-story", "screens/parts/case_story.html", context)()


def _files(request: HttpRequest) -> list[tuple[str, IO[bytes]]]:
    return [(each.name or "", each.file) for each in request.FILES.getlist("files") if each.file is not None]


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - the gate has seen to it
    return request.user


def _scope(request: HttpRequest) -> Scope:
    return request.access_scope  # type: ignore[attr-defined]
