"""Silences: when they last, and who may ask for which."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from toancanh.alerts.models import Silence
from toancanh.base import clock


def standing(moment: datetime) -> QuerySet[Silence]:
    """Those that last or are still to come, the next to begin first."""
    return Silence.objects.filter(ended_at=None, until__gt=moment).order_by("starts_at", "pk")


def lasting(moment: datetime) -> Sequence[Silence]:
    """Those that hold something back at a moment."""
    begun = Silence.objects.filter(Q(ended_at=None) | Q(ended_at__gt=moment), until__gt=moment, starts_at__lte=moment)
    return [each for each in begun.order_by("pk") if lasts(each, moment)]


def lasts(silence: Silence, moment: datetime) -> bool:
    """Whether a silence holds something back at a moment, as it was planned."""
    if not silence.starts_at <= moment < silence.until:
        return False
    begins = latest(silence, moment) if silence.weekly else silence.starts_at
    return begins is not None and moment < begins + length(silence)


def length(silence: Silence) -> timedelta:
    """How long it lasts each time."""
    return silence.ends_at - silence.starts_at


def latest(silence: Silence, moment: datetime) -> datetime | None:
    """When a weekly one last began."""
    begun: datetime | None = _weekly(silence).before(clock.local(moment), inc=True)
    return begun


def following(silence: Silence, moment: datetime) -> datetime | None:
    """When it begins the next time; None where it does not."""
    if silence.starts_at > moment:
        return silence.starts_at
    begins: datetime | None = _weekly(silence).after(clock.local(moment)) if silence.weekly else None
    return begins if begins is not None and begins < silence.until else None


def _weekly(silence: Silence) -> Any:
    from dateutil.rrule import WEEKLY, rrule  # type: ignore[import-untyped]

    return rrule(WEEKLY, dtstart=clock.local(silence.starts_at))
