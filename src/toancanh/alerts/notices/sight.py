"""Sight: whether a person may know of a record. Asked when he is to be told, and again right before it is sent."""

from collections.abc import Callable

from django.conf import settings

from toancanh.access import scope as scopes
from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.access.scope import Scope
from toancanh.alerts.notices.models import Reason
from toancanh.base import clock

Guard = Callable[[User, str], bool]
_GUARDS: dict[str, Guard] = {}


def guard(kind: str, may: Guard) -> None:
    """Ask `may(person, id)` too before anybody is told of an object of that kind; floors above guard their own."""
    _GUARDS[kind] = may


def hidden(
    person: User, kind: str, pk: str, unit: str, scope: Scope | None = None, may: bool | None = None
) -> Reason | None:
    """Why a person may not know of a record of a unit; None where he may. Without a unit it is the province's.

    `may` is the answer of the guard where it is known.
    """
    if not person.is_active:
        return Reason.PERSON
    if not covers(scope or scopes.of_user(person), unit):
        return Reason.SCOPE
    asked = _GUARDS.get(kind)
    if may is None:
        may = asked is None or asked(person, pk)
    return None if may else Reason.RIGHT


def covers(scope: Scope, unit: str) -> bool:
    """Whether what a unit's records tell today lies in a scope."""
    return scope.everything or scope.covers(unit or str(settings.PROVINCE), clock.today())


def _alert(person: User, pk: str) -> bool:
    """Alerts about sources are for those who may see sources."""
    from toancanh.alerts.models import Alert

    if person.may(Permission.SOURCES_READ):
        return person.may(Permission.FIGURES_READ)
    kind = Alert.objects.filter(pk=pk).values_list("subject_kind", flat=True).first() if pk.isdecimal() else None
    return kind != "source" and person.may(Permission.FIGURES_READ)


guard("alert", _alert)
