"""The HTTP API of cases: list, read, create, act. What changes something is idempotent under an Idempotency-Key."""

from typing import Any

from django.http import FileResponse, HttpRequest
from django.http.response import HttpResponseBase
from ninja import File, Query, Router, Schema, Status
from ninja.files import UploadedFile

from toancanh.access.gates import gate
from toancanh.access.roles import Permission
from toancanh.base import clock, idempotency
from toancanh.base.problems import Problem
from toancanh.cases import access, actions, attachments, listing, relations, slips, workflow
from toancanh.cases.listing import CaseFilter
from toancanh.cases.models import Case
from toancanh.screens.api_shapes import ERRORS, Items, Page, check_page
from toancanh.screens.views.alerts import visible_alerts

router = Router()


class Filter(Schema):
    """Which cases; see docs/http.md."""

    kind: str = ""
    reason: str = ""
    unit: str = ""
    state: str = ""
    severity: str = ""
    since: str = ""
    until: str = ""
    q: str = ""
    mine: str = ""


class NewCase(Schema):
    """A case to begin: a slip to a unit, perhaps about an alert, or as a part of another case, its `parent`."""

    kind: str = slips.KIND
    unit: str
    title: str
    text: str = ""
    alert: int | None = None
    parent: int | None = None


class Remark(Schema):
    """What somebody writes to a case."""

    text: str


class Act(Schema):
    """What an action asks for. `revision` is that of the case as it was read; without it nothing is compared."""

    revision: int | None = None
    fields: dict[str, Any] = {}


@router.get("", response={200: Items, **ERRORS}, summary="Vụ việc / Cases")
@gate(Permission.CASES_READ)
def cases(request: HttpRequest, page: Query[Page], wanted: Query[Filter]) -> dict[str, Any]:
    """The cases in the caller's scope: open ones first, by deadline."""
    check_page(page)
    found = listing.cases(CaseFilter.of(wanted.dict()), _scope(request), request.user)  # type: ignore[arg-type]
    part = found[page.offset : page.offset + page.limit]
    return {"items": [listing.as_dict(case) for case in part], "total": found.count()}


@router.post("", response={201: dict, **ERRORS}, summary="Lập vụ việc / Begin a case")
@gate(Permission.CASES_WRITE)
def create(request: HttpRequest, new: NewCase) -> Status[dict[str, Any]]:
    """Send a slip by hand. Needs Basic authentication."""
    if new.kind != slips.KIND:
        raise Problem("case.kind", kind=new.kind, kinds=slips.KIND)
    alert = None
    if new.alert is not None:
        alert = visible_alerts(request).filter(pk=new.alert).first()
        if alert is None:
            raise Problem("access.outside")

    parent = access.find(new.parent, _scope(request)) if new.parent is not None else None

    def make() -> dict[str, Any]:
        case = slips.send(request.user, new.unit, new.title, new.text, alert=alert, parent=parent)  # type: ignore[arg-type]
        return listing.as_dict(case)

    return Status(201, _once(request, new.dict(), make))


@router.get("/{number}", response={200: dict, **ERRORS}, summary="Một vụ việc / One case")
@gate(Permission.CASES_READ)
def one(request: HttpRequest, number: int) -> dict[str, Any]:
    """A case with what stands in it, what was said and laid to it, and what the caller may do."""
    case = access.find(number, _scope(request))
    return _whole(case, request)


@router.get("/{number}/history", response={200: Items, **ERRORS}, summary="Diễn biến / History")
@gate(Permission.CASES_READ)
def history(request: HttpRequest, number: int) -> dict[str, Any]:
    """What was done with a case, oldest first."""
    items = listing.history(access.find(number, _scope(request)))
    return {"items": items, "total": len(items)}


@router.post("/{number}/actions/{action}", response={200: dict, **ERRORS}, summary="Thao tác / Act")
@gate(Permission.CASES_WRITE)
def act(request: HttpRequest, number: int, action: str, told: Act) -> dict[str, Any]:
    """Do something with a case. Needs Basic authentication."""
    access.find(number, _scope(request))

    def make() -> dict[str, Any]:
        case = actions.act(number, action, person=request.user, fields=told.fields, seen=told.revision)  # type: ignore[arg-type]
        return listing.as_dict(case)

    return _once(request, told.dict(), make)


@router.post("/{number}/comments", response={201: dict, **ERRORS}, summary="Ý kiến / Comment")
@gate(Permission.CASES_WRITE)
def say(request: HttpRequest, number: int, told: Remark) -> Status[dict[str, Any]]:
    """Write something to a case. Needs Basic authentication."""
    case = access.find(number, _scope(request))

    def make() -> dict[str, Any]:
        made = actions.comment(case, request.user, told.text)  # type: ignore[arg-type]
        return {"at": clock.stamp(made.at), "author": made.author.username, "text": made.text}

    return Status(201, _once(request, told.dict(), make))


@router.post("/{number}/attachments", response={201: dict, **ERRORS}, summary="Đính kèm tệp / Attach files")
@gate(Permission.CASES_WRITE)
def attach(request: HttpRequest, number: int, files: File[list[UploadedFile]]) -> Status[dict[str, Any]]:
    """Lay files to a case. Needs Basic authentication."""
    case = access.find(number, _scope(request))
    kept = attachments.keep([(each.name or "", each.file) for each in files], request.user)  # type: ignore[arg-type,misc]
    actions.attach(case, request.user, kept)  # type: ignore[arg-type]
    return Status(201, _whole(case, request))


@router.get("/{number}/attachments/{pk}", response={200: None, **ERRORS}, summary="Tải tệp / Download a file")
@gate(Permission.CASES_READ)
def attachment(request: HttpRequest, number: int, pk: int) -> HttpResponseBase:
    """A file laid to a case."""
    return download(access.find(number, _scope(request)), pk)


def download(case: Case, pk: int) -> FileResponse:
    """The answer that carries a file of a case, never to be shown as a page of ours. Raises access.outside."""
    found = case.attachments.filter(pk=pk).first()
    if found is None:
        raise Problem("access.outside")
    handle = attachments.path(found).open("rb")
    answer = FileResponse(handle, as_attachment=True, filename=found.name, content_type=found.media)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return answer


def _whole(case: Case, request: HttpRequest) -> dict[str, Any]:
    flow = workflow.of_frozen(case.workflow_id)
    may = actions.possible(case, flow, access.parties(request.user, case))  # type: ignore[arg-type]
    return listing.as_dict(case) | {
        "facts": case.facts,
        "records": [listing.item_as_dict(item) for item in case.items.all()],
        "comments": [
            {"at": clock.stamp(each.at), "author": each.author.username, "text": each.text}
            for each in case.comments.select_related("author")
        ],
        "attachments": [
            {"attachment": each.pk, "name": each.name, "size": each.size, "media": each.media, "sha256": each.sha256}
            for each in case.attachments.all()
        ],
        "relations": [
            {"case": each.case.pk, "kind": each.kind, "title": each.case.title}
            for each in relations.of(case, _scope(request))
        ],
        "actions": [
            {
                "action": each.action,
                "title": str(each.title),
                "fields": [
                    {"name": entry.name, "title": str(entry.title), "shape": entry.shape, "required": entry.required}
                    for entry in each.entries
                ],
            }
            for each in may
        ],
        "answers": [{"answer": each.code, "title": str(each.title)} for each in flow.answers],
    }


def _once(request: HttpRequest, asked: Any, make: Any) -> dict[str, Any]:
    key = request.headers.get("Idempotency-Key", "")
    caller = request.user.get_username()
    return idempotency.once(caller, key, [request.method, request.path, asked], make)


def _scope(request: HttpRequest) -> Any:
    return request.access_scope  # type: ignore[attr-defined]
