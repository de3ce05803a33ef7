"""Workflows and letterhead: changed as drafts, published with a reason; what runs keeps what it began with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from toancanh.access.gates import gate
from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.alerts import catalogue
from toancanh.base import versions
from toancanh.base.problems import Problem
from toancanh.cases import kinds
from toancanh.reports import letterheads
from toancanh.screens import uploads
from toancanh.screens.workflowform import LetterheadForm, WorkflowForm


@dataclass(frozen=True)
class Edited:
    """Something that is edited on a page of its own: a kind and code of versioned data, its form and template."""

    kind: str
    code: str
    title: str
    form: Callable[..., WorkflowForm | LetterheadForm]
    template: str


def _edited(code: str) -> Edited:
    """What stands under an address. Raises case.kind."""
    if code == letterheads.KIND:
        headed = _("Cơ quan ban hành văn bản")
        return Edited(letterheads.KIND, letterheads.CODE, headed, LetterheadForm, "screens/letterhead.html")
    title = _("Quy trình: {title}").format(title=kinds.get(code).workflow.title)
    return Edited(kinds.WORKFLOW, code, title, WorkflowForm, "screens/workflow.html")


@gate(Permission.RULES_READ)
def listed(request: HttpRequest) -> HttpResponse:
    """Everything of the kind, with the version in force."""
    codes = [*(kind.code for kind in kinds.all_kinds()), letterheads.KIND]
    entries = [(code, each, versions.current(each.kind, each.code)) for code in codes for each in [_edited(code)]]
    return render(request, "screens/workflows.html", {"entries": entries})


@gate(Permission.RULES_READ)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One of them: its form, its draft, its versions with what differs."""
    found = _edited(code)
    draft = versions.draft_of(found.kind, found.code)
    current = versions.current(found.kind, found.code)
    before = draft.definition if draft else current.definition
    told = None
    problem = None
    if request.method == "POST":
        told = {name: request.POST.get(name, "") for name in request.POST}
        try:
            return _done(request, code, found, found.form(before, told))
        except Problem as refused:
            problem = refused
    context = {
        "edited": found,
        "code": code,
        "current": current,
        "draft": draft,
        "seen": versions.mark(draft),
        "form": found.form(before, told if told and told.get("then") == "draft" else None),
        "problem": problem.explain() if problem else None,
        "versions": _versions(found),
        "may_write": isinstance(request.user, User) and request.user.may(Permission.RULES_WRITE),
    }
    return render(request, found.template, context, status=problem.status if problem else 200)


def _done(request: HttpRequest, code: str, found: Edited, form: WorkflowForm | LetterheadForm) -> HttpResponse:
    """Keep a draft, publish it or forget it."""
    if not isinstance(request.user, User) or not request.user.may(Permission.RULES_WRITE):
        raise Problem("access.forbidden", permission=Permission.RULES_WRITE.value)
    uploads.whole(request)
    actor, seen = uploads.actor(request), request.POST.get("seen", "")
    match request.POST.get("then"):
        case "publish":
            note = request.POST.get("note", "")
            made = versions.publish(found.kind, found.code, actor=actor, note=note, seen=seen)
            messages.success(
                request, _("Đã ban hành bản số {number}. Việc đang chạy giữ bản cũ.").format(number=made.number)
            )
        case "discard":
            versions.discard(found.kind, found.code, actor=actor)
            messages.success(request, _("Đã bỏ bản nháp."))
        case _:
            versions.draft(found.kind, found.code, form.read(), actor=actor, seen=seen)
            messages.success(request, _("Đã lưu bản nháp. Xem lại rồi ban hành."))
    return redirect("workflow", code=code)


def _versions(found: Edited) -> list[dict[str, Any]]:
    shipped = versions.kind_of(found.kind).shipped()[found.code]
    rows: list[dict[str, Any]] = []
    before: Any = shipped
    for version in reversed(versions.history(found.kind, found.code)):
        rows.append({"version": version, "changes": catalogue.differences(before, version.definition)})
        before = version.definition
    return rows[::-1]
