"""Access: the one gate to cases. Who sees a case, on whose behalf he may act on it, and who is told of it."""

from collections.abc import Iterable
from datetime import date

from django.db.models import QuerySet

from toancanh.access import scope as scopes
from toancanh.access.models import User
from toancanh.access.roles import Permission, Role
from toancanh.access.scope import Scope
from toancanh.base import clock, rows
from toancanh.base.problems import Problem
from toancanh.cases.models import Case
from toancanh.cases.workflow import Party
from toancanh.units.tree import Tree

_ACTIVE = "SELECT * FROM access_user WHERE is_active"  # asked at every act on a case: faster by hand


def visible(scope: Scope) -> QuerySet[Case]:
    """The cases of units in a scope."""
    codes = codes_of(scope)
    return Case.objects.all() if codes is None else Case.objects.filter(unit__in=codes)


def codes_of(scope: Scope) -> frozenset[str] | None:
    """The units whose cases are in a scope, None for all: those that it holds today, and those that are gone.

    A case stands at the unit that must act now; a code that somebody else bears today is not meant.
    """
    if scope.codes is None:
        return None
    today = clock.today()
    tree = Tree.at(today)
    return frozenset(code for code in scope.codes if _holds(scope, code, today, tree))


def find(pk: int, scope: Scope) -> Case:
    """A case in a scope. Raises access.outside, also where there is none: nobody learns which numbers exist."""
    case = visible(scope).filter(pk=pk).first()
    if case is None:
        raise Problem("access.outside")
    return case


def parties(person: User | None, case: Case) -> frozenset[Party]:
    """On whose behalf somebody may act on a case that he sees; None is the centre itself."""
    if person is None:
        return frozenset({Party.SYSTEM})
    if not person.may(Permission.CASES_WRITE) or not sees(person, case):
        return frozenset()
    match Role(person.role):
        case Role.OFFICER:
            return frozenset({Party.UNIT})
        case Role.HEAD:
            return frozenset({Party.UNIT, Party.HEAD})
        case Role.OPERATOR | Role.ADMIN:
            return frozenset({Party.OFFICE})
        case Role.LEADER:
            return frozenset({Party.LEADER})
    return frozenset()


def people(party: Party, unit: str) -> list[User]:
    """Those who are told on behalf of a party of a case of this unit; of a unit without a head its officers."""
    match party:
        case Party.UNIT | Party.HEAD:
            unit = Tree.at(clock.today()).answering(unit)
            own = list(
                User.objects.raw(f"{_ACTIVE} AND unit = %s AND role IN (%s, %s)", [unit, Role.HEAD, Role.OFFICER])
            )
            heads = [person for person in own if person.role == Role.HEAD]
            officers = [person for person in own if person.role == Role.OFFICER]
            return heads or officers if party is Party.HEAD else officers or heads
        case Party.OFFICE:
            return _above(User.objects.raw(f"{_ACTIVE} AND role = %s", [Role.OPERATOR]), unit)
        case Party.LEADER:
            return _above(User.objects.raw(f"{_ACTIVE} AND role = %s", [Role.LEADER]), unit)
    return []


def watchers(case: Case) -> list[User]:
    """Those who watch a case and may see it still."""
    watching = rows.ask("SELECT person_id FROM cases_watcher WHERE case_id = %s", [case.pk])
    found = User.objects.filter(pk__in=[pk for (pk,) in watching], is_active=True) if watching else ()
    return [person for person in found if sees(person, case)]


def may_hear(person: User, pk: str) -> bool:
    """Whether somebody may be told of a case, by its number as text."""
    case = Case.objects.filter(pk=pk).only("unit").first()
    return case is not None and may_read(person, case)


def may_read(person: User, case: Case) -> bool:
    """Whether somebody may read a case."""
    return person.may(Permission.CASES_READ) and sees(person, case)


def _above(found: Iterable[User], unit: str) -> list[User]:
    return [person for person in found if not person.unit or _sees_unit(person, unit)]


def sees(person: User, case: Case) -> bool:
    """Whether a case lies in somebody's scope."""
    return _sees_unit(person, case.unit)


def _sees_unit(person: User, unit: str) -> bool:
    scope, today = scopes.of_user(person), clock.today()
    return scope.codes is None or (unit in scope.codes and _holds(scope, unit, today, Tree.at(today)))


def _holds(scope: Scope, code: str, today: date, tree: Tree) -> bool:
    return scope.covers(code, today) or code not in tree
