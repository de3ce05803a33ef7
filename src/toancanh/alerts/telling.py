"""Telling: those on watch hear of an alert once it fires and nothing holds it back; of the worst the leaders as well.

What sends a slip by itself is the unit's to hear of, not theirs. An alert that was told of says so: whoever is killed
in between tells again, and the notice that is there already is not told twice.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils.translation import override

from toancanh.access import scope
from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.alerts import listing, notices, rules
from toancanh.alerts.models import Alert
from toancanh.base import clock
from toancanh.base.words import Bilingual

FROM = 3  # the severity from which people are told
WORST = 5
MOST = 100  # alerts of one turn; the rest waits for the next


def tell(now: datetime | None = None) -> int:
    """Tell of the alerts that fire and were not told of; returns how many."""
    now = now or clock.now()
    waiting = Alert.objects.filter(state=Alert.State.FIRING, told_at=None, severity__gte=FROM)
    waiting = waiting.filter(inhibited_by=None, silence=None, parent=None)
    slipped = [rule.code for rule in rules.in_force() if rule.slip is not None and rule.slip.automatic]
    found = list(waiting.exclude(rule__in=slipped).order_by("-severity", "fired_at")[:MOST])
    for alert in found:
        words = Bilingual(*(_words(alert, language) for language in ("vi", "en")))
        with transaction.atomic():
            notices.tell_all(
                _people(alert),
                key=f"alert:{alert.pk}",
                thread=f"alert:{alert.pk}",
                subject=words,
                text=words,
                link=f"/alerts/{alert.pk}",
                severity=alert.severity,
                about=("alert", str(alert.pk)),
                unit=alert.owner,
            )
            Alert.objects.filter(pk=alert.pk).update(told_at=now)
    return len(found)


def _people(alert: Alert) -> Iterable[User]:
    roles = [Role.OPERATOR, *([Role.LEADER] if alert.severity >= WORST else [])]
    for person in User.objects.filter(is_active=True, role__in=roles):
        if not person.unit or alert.owner in (scope.of_user(person).codes or ()):
            yield person


def _words(alert: Alert, language: str) -> str:
    with override(language):
        return listing.told(alert).what
