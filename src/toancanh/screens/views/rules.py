"""Rules: what makes an alert, in words; changed as a draft, tried against the past, published with a reason."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from toancanh.access.gates import gate
from toancanh.access.roles import Permission
from toancanh.alerts import catalogue, definition, kinds, listing, rules
from toancanh.base import clock, versions
from toancanh.base.problems import Problem
from toancanh.screens import acting, uploads
from toancanh.screens.ruleform import GROUPS, RuleForm
from toancanh.screens.views.alerts import visible_alerts

_SHOWN = 100  # alerts of a trial


@gate(Permission.RULES_READ)
def listed(request: HttpRequest) -> HttpResponse:
    """Every rule: its kind, version, how often it fired, what is wrong with its reading."""
    return render(
        request,
        "screens/rules.html",
        {"entries": catalogue.entries(visible_alerts(request)), "may_write": _may_write(request)},
    )


@gate(Permission.RULES_READ)
def page(request: HttpRequest, code: str) -> HttpResponse:
    """One rule in words, its versions with what differs, and what it would have done from one day to another."""
    entry = catalogue.entry(code, visible_alerts(request))
    context: dict[str, Any] = {
        "entry": entry,
        "rule": entry.rule,
        "group": GROUPS[entry.rule.group] if entry.rule else "",
        "options": _options(entry),
        "versions": _versions(code),
        "seen": versions.mark(entry.draft),
        "may_write": _may_write(request),
        "since": request.GET.get("from") or _month_begun(),
        "until": request.GET.get("to") or clock.today().isoformat(),
        "of_draft": request.GET.get("draft") == "1",
    }
    if request.GET.get("from"):
        try:
            context["trial"] = _tried(request, code)
        except Problem as problem:
            context["problem"] = problem.explain()
    return render(request, "screens/rule.html", context)


@gate(Permission.RULES_WRITE)
def new(request: HttpRequest) -> HttpResponse:
    """Make a rule: first its kind, then its form."""
    uploads.whole(request)
    kind = request.GET.get("kind", "")
    known = {each.code: each for each in kinds.all_kinds() if each.writable}
    if kind not in known:
        # A template would call a class.
        return render(
            request, "screens/rule_kinds.html", {"kinds": [(each.code, each.title) for each in known.values()]}
        )
    told = _told(request) if request.method == "POST" else None
    before = {"missing": "keep", "absent": "keep", "group": "unit"}
    form = RuleForm(told.get("code", "") if told else "", kind, before, told, fixed=False)
    return _form(request, form, seen="")


@gate(Permission.RULES_WRITE)
def edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change a rule: what is saved is a draft; it counts once it is published."""
    uploads.whole(request)
    entry = catalogue.entry(code, visible_alerts(request))
    before = entry.draft.definition if entry.draft else definition.write(catalogue.wanted(code))
    told = _told(request) if request.method == "POST" else None
    form = RuleForm(code, str(before["kind"]), before, told)
    return _form(request, form, seen=request.POST.get("seen", "") if told else versions.mark(entry.draft))


@gate(Permission.RULES_WRITE)
@require_POST
def publish(request: HttpRequest, code: str) -> HttpResponse:
    """Put the draft in force, with a reason."""
    uploads.whole(request)
    seen, note = request.POST.get("seen", ""), request.POST.get("note", "")
    made = versions.publish(rules.KIND, code, actor=uploads.actor(request), note=note, seen=seen)
    messages.success(request, _("Đã ban hành bản số {number}; luật mới có hiệu lực ngay.").format(number=made.number))
    return redirect("rule", code=code)


@gate(Permission.RULES_WRITE)
@require_POST
def discard(request: HttpRequest, code: str) -> HttpResponse:
    """Forget the draft."""
    uploads.whole(request)
    versions.discard(rules.KIND, code, actor=uploads.actor(request))
    messages.success(request, _("Đã bỏ bản nháp."))
    return redirect("rule", code=code) if code in rules.known() else redirect("rules")


def _form(request: HttpRequest, form: RuleForm, seen: str) -> HttpResponse:
    if request.method == "POST" and request.POST.get("then") != "refresh":
        try:
            if not form.fixed and form.code in rules.known():
                raise Problem("option.value", option="code", reason=_("đã có luật mang mã này"))
            versions.draft(rules.KIND, form.code, form.read(), actor=uploads.actor(request), seen=seen)
        except Problem as problem:
            form.problem = problem
        else:
            messages.success(request, _("Đã lưu bản nháp. Thử với quá khứ, rồi ban hành."))
            return redirect("rule", code=form.code)
    status = form.problem.status if form.problem else 200
    return render(request, "screens/rule_form.html", {"form": form, "seen": seen}, status=status)


def _told(request: HttpRequest) -> dict[str, str]:
    """What was typed; of a field that holds several all, with commas."""
    return {name: ",".join(values) for name, values in request.POST.lists()}


def _tried(request: HttpRequest, code: str) -> dict[str, Any]:
    since, until = (acting.day(request.GET.get(name, "")) for name in ("from", "to"))
    rule = catalogue.wanted(code, draft=request.GET.get("draft") == "1")
    trial = rules.try_out(rule, since, until, request.access_scope)  # type: ignore[attr-defined]
    told = [listing.told(alert, {rule.code: rule}) for alert in trial.alerts[:_SHOWN]]
    return {"trial": trial, "told": told, "more": trial.fired - len(told)}


def _versions(code: str) -> list[dict[str, Any]]:
    """The versions of a rule, newest first, each with what differs from the one before; what ships comes last."""
    shipped = next((definition.write(rule) for rule in rules.shipped() if rule.code == code), {})
    found, before = [], shipped
    for version in reversed(versions.history(rules.KIND, code)):
        found.append({"version": version, "changes": catalogue.differences(before, version.definition)})
        before = version.definition
    return found[::-1]


def _options(entry: catalogue.Entry) -> list[tuple[Any, Any]]:
    """What a rule reads, in words."""
    if entry.rule is None:
        return []
    found = []
    for option in kinds.get(entry.rule.kind).options_of(entry.rule.options):
        value = entry.rule.options.get(option.name, option.default)
        titles = option.titles
        if isinstance(value, (list, tuple)):
            value = ", ".join(str(titles.get(each, each)) for each in value)
        elif titles:
            value = titles.get(str(value), value)
        if value not in (None, ""):
            found.append((option.title, value))
    return found


def _may_write(request: HttpRequest) -> bool:
    user = acting.who(request)["user"]
    return bool(user.may(Permission.RULES_WRITE)) and uploads.of_all_units(request)


def _month_begun() -> str:
    return clock.today().replace(day=1).isoformat()
