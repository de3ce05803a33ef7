"""Who may see and touch which alerts: the one gate of alerts, whoever asks."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import QuerySet

from toancanh.access.models import User
from toancanh.access.roles import Permission
from toancanh.access.scope import Scope
from toancanh.alerts.models import Alert, Handover, Silence
from toancanh.base.problems import Problem

# What alerts may be about that only those who see sources are told of.
OF_SOURCES = ("source", "host", "sources")
OF_THE_CENTRE = ("rule", "check")  # and only those who read rules


def visible(user: User | None, scope: Scope | None) -> QuerySet[Alert]:
    """The alerts that ever fired and lie in a scope; one without an owner is the province's.

    Those about sources only for who may see sources. The installation itself, None, sees all.
    """
    found = Alert.objects.exclude(fired_at=None)
    if user is None:
        return found
    if not user.may(Permission.SOURCES_READ):
        found = found.exclude(subject_kind__in=OF_SOURCES)
    if not user.may(Permission.RULES_READ):
        found = found.exclude(subject_kind__in=OF_THE_CENTRE)
    own = owners(scope)
    return found if own is None else found.filter(owner__in=own)


def alert(pk: int, user: User, scope: Scope) -> Alert:
    """One alert. Raises access.outside."""
    return alerts([pk], user, scope)[0]


def alerts(pks: Iterable[int], user: User, scope: Scope) -> list[Alert]:
    """These alerts, all of them, in this order. Raises access.outside."""
    wanted = list(dict.fromkeys(pks))
    found = {each.pk: each for each in visible(user, scope).filter(pk__in=wanted)}
    if len(found) < len(wanted):
        raise Problem("access.outside")
    return [found[pk] for pk in wanted]


def writer(user: User) -> tuple[str, str]:
    """Somebody who may act on alerts, as the audit log knows him. Raises access.forbidden."""
    if not user.may(Permission.ALERTS_WRITE):
        raise Problem("access.forbidden", permission=Permission.ALERTS_WRITE.value)
    return ("user", user.get_username())


def silences(user: User, scope: Scope) -> QuerySet[Silence]:
    """The silences that somebody may see: those of units in his scope, all where he sees everything."""
    own = owners(scope)
    return Silence.objects.all() if own is None else Silence.objects.filter(unit__in=own - {""})


def handovers(user: User) -> QuerySet[Handover]:
    """What was handed over on the watch that somebody is on: that of his unit, or of the whole centre."""
    return Handover.objects.filter(unit=user.unit)


def owners(scope: Scope | None) -> frozenset[str] | None:
    """Whose alerts lie in a scope, "" for the province's; None for everybody's."""
    codes = scope.codes if scope else None
    if codes is None:
        return None
    return codes | {""} if str(settings.PROVINCE) in codes else codes
