"""The catalogue of rules: each with its version, how its reading fares, how often it fired."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, QuerySet

from toancanh.alerts import definition, kinds, rules
from toancanh.alerts.models import Alert, RuleState
from toancanh.alerts.rules import Rule
from toancanh.base import clock, versions
from toancanh.base.models import Version
from toancanh.base.problems import Explanation, Problem, explain

FIRED_WITHIN = timedelta(days=30)


@dataclass(frozen=True)
class Entry:
    """A rule as the list shows it; `rule` is None where its published version cannot be read."""

    code: str
    rule: Rule | None
    draft: Version | None
    state: RuleState | None
    fired: int  # within thirty days
    firing: int
    problem: Explanation | None = None

    @property
    def kind_title(self) -> str:
        """The kind in words."""
        return str(kinds.get(self.rule.kind).title) if self.rule else ""


def entries(seen: QuerySet[Alert]) -> list[Entry]:
    """Every rule that is in force, is a draft or cannot be read, by code; how often it fired among alerts one sees."""
    known, wrong = rules.known(), rules.unreadable()
    drafts = {each.code: each for each in Version.objects.filter(kind=rules.KIND, state=Version.State.DRAFT)}
    states = {each.rule: each for each in RuleState.objects.all()}
    fired = _counts(seen.filter(fired_at__gte=clock.now() - FIRED_WITHIN))
    firing = _counts(seen.filter(state=Alert.State.FIRING))
    return [
        Entry(
            code,
            known.get(code),
            drafts.get(code),
            states.get(code),
            fired.get(code, 0),
            firing.get(code, 0),
            wrong[code].explain() if code in wrong else trouble(states.get(code)),
        )
        for code in sorted(known.keys() | wrong.keys() | drafts.keys())
    ]


def entry(code: str, seen: QuerySet[Alert]) -> Entry:
    """One rule. Raises rule.unknown."""
    found = next((each for each in entries(seen) if each.code == code), None)
    if found is None:
        raise Problem("rule.unknown", rule=code)
    return found


def trouble(state: RuleState | None) -> Explanation | None:
    """Why a rule cannot be read; None where it can."""
    if state is None or state.failing_since is None:
        return None
    return explain(state.problem, state.problem_params)


def wanted(code: str, *, draft: bool = False) -> Rule:
    """The rule of that code: in force, or as its draft says. Raises rule.unknown, version.no_draft, option.value."""
    if draft:
        found = versions.draft_of(rules.KIND, code)
        if found is None:
            raise Problem("version.no_draft", title=versions.kind_of(rules.KIND).title, name=code)
        return definition.read(code, found.definition, found.number)
    rule = rules.get(code)
    if rule is None:
        raise Problem("rule.unknown", rule=code)
    return rule


def as_dict(entry: Entry) -> dict[str, Any]:
    """A rule as programs read it."""
    rule, state = entry.rule, entry.state
    return {
        "code": entry.code,
        "title": str(rule.title) if rule else entry.code,
        "kind": rule.kind if rule else "",
        "enabled": bool(rule and rule.enabled),
        "version": rule.version if rule else None,
        "draft": entry.draft.number if entry.draft else None,
        "severity": rule.severity if rule else None,
        "law": rule.law if rule else "",
        "verified": bool(rule and rule.verified),
        "fired": entry.fired,
        "firing": entry.firing,
        "read_at": clock.stamp(state.read_at) if state and state.read_at else None,
        "problem": entry.problem.what if entry.problem else None,
        "definition": definition.write(rule) if rule else None,
    }


def versions_of(code: str) -> list[dict[str, Any]]:
    """The versions of a rule as programs read them, newest first, its draft among them."""
    return [
        {
            "number": each.number,
            "state": each.state,
            "note": each.note,
            "made_by": each.made_by,
            "made_at": clock.stamp(each.made_at),
            "published_by": each.published_by,
            "published_at": clock.stamp(each.published_at) if each.published_at else None,
            "definition": each.definition,
        }
        for each in versions.history(rules.KIND, code)
    ]


def differences(before: Mapping[str, Any], after: Mapping[str, Any], place: str = "") -> list[tuple[str, Any, Any]]:
    """What differs between two definitions: the place, what was, what is."""
    found: list[tuple[str, Any, Any]] = []
    for name in sorted(before.keys() | after.keys()):
        old, new, here = before.get(name), after.get(name), f"{place}{name}"
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            found += differences(old, new, f"{here}.")
        elif old != new:
            found.append((here, old, new))
    return found


def _counts(found: Any) -> dict[str, int]:
    return dict(found.order_by().values_list("rule").annotate(count=Count("pk")))
