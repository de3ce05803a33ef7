"""Kinds of case: what floors and domains declare, as it is in force now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from toancanh.base import audit, versions, words
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.cases import workflow
from toancanh.cases.routing import PARENT
from toancanh.cases.workflow import Workflow
from toancanh.units import labels

if TYPE_CHECKING:
    from toancanh.cases.acting import Acting

WORKFLOW = "workflow"  # the kind of versioned data

register_problems(
    {"case.kind": Words(_("Không có loại vụ việc `{kind}`."), _("Dùng một trong: {kinds}."), 422)},
)


@dataclass(frozen=True)
class CaseKind:
    """A kind of case: the workflow that ships, and what its own actions do beyond moving it.

    `handlers` by action are called inside the transaction of the act, before the case moves; each may raise Problem
    and returns the state to move to, or None for the one that the workflow names. `by_hand` says whether people create
    such cases. `sentences` tell each act in the audit log, over {actor}, the entries of the action and its details.
    """

    workflow: Workflow
    sentences: Mapping[str, str | Promise]
    handlers: Mapping[str, "Callable[[Acting], str | None]"] = field(default_factory=dict)
    by_hand: bool = False

    @property
    def code(self) -> str:
        """The code of the kind."""
        return self.workflow.code


_KINDS: dict[str, CaseKind] = {}


def register(kind: CaseKind) -> CaseKind:
    """Make a kind known under its code."""
    if _KINDS.setdefault(kind.code, kind) is not kind:
        raise ValueError(f"kind of case `{kind.code}` is registered twice")
    if untold := {each.action for each in kind.workflow.transitions} - kind.sentences.keys():
        raise ValueError(f"kind of case `{kind.code}`: no sentence for {', '.join(sorted(untold))}")
    audit.register({f"{kind.code}.{action}": sentence for action, sentence in kind.sentences.items()})
    return kind


def get(code: str) -> CaseKind:
    """The kind of that code. Raises case.kind."""
    if code not in _KINDS:
        raise Problem("case.kind", kind=code, kinds=", ".join(sorted(_KINDS)))
    return _KINDS[code]


def all_kinds() -> list[CaseKind]:
    """Every kind, by code."""
    return [_KINDS[code] for code in sorted(_KINDS)]


def in_force(code: str) -> Workflow:
    """The workflow that cases of a kind begin with now. Raises case.kind."""
    get(code)
    return workflow.kept(versions.current(WORKFLOW, code).definition)


def _shipped() -> dict[str, dict[str, Any]]:
    return {code: kind.workflow.written for code, kind in _KINDS.items()}


def _check(code: str, definition: versions.Definition) -> versions.Definition:
    found = workflow.read({**definition, "code": code})
    shipped = get(code).workflow
    missing = [each.action for each in shipped.transitions if found.transition(each.action) is None]
    if missing:
        reason = str(_("thiếu hành động {actions}")).format(actions=", ".join(missing))
        raise Problem("workflow.wrong", name=code, reason=reason)
    known = {"title", "unit", "due", "left", *(entry.name for each in found.transitions for entry in each.entries)}
    for text in (*found.texts.values(), *(step.text for step in found.chain)):
        if unknown := (words.places(text.vi) | words.places(text.en)) - known:
            told = {"places": ", ".join(sorted(unknown)), "known": ", ".join(sorted(known)), "text": text.vi}
            reason = str(_("“{text}” có chỗ điền không biết: {places}; dùng được: {known}")).format(**told)
            raise Problem("workflow.wrong", name=code, reason=reason)
    for route in found.routes:
        if route.to != PARENT and labels.ever(route.to) is None:
            raise Problem("workflow.wrong", name=code, reason=str(_("không có đơn vị {unit}")).format(unit=route.to))
    return workflow.write(found)


versions.register(versions.Kind(WORKFLOW, _("quy trình vụ việc"), _shipped, _check))
