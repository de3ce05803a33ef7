"""Moments and days in a template, always on a Vietnamese clock."""

from datetime import date, datetime

from django.utils.translation import gettext, ngettext

from toancanh.base import clock as base_clock
from toancanh.screens.templatetags.numbers import MISSING

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_MONTH, _YEAR = 30, 365  # days


def moment(value: datetime | None) -> str:
    """`23/11 10:42`, with the year where it is not this one."""
    if value is None:
        return MISSING
    local = base_clock.local(value)
    return local.strftime("%d/%m %H:%M" if local.year == base_clock.today().year else "%d/%m/%Y %H:%M")


def day(value: date | None) -> str:
    """`23/11/2026`; of a moment, its day in Vietnam."""
    if value is None:
        return MISSING
    return (base_clock.local(value) if isinstance(value, datetime) else value).strftime("%d/%m/%Y")


def clock(value: datetime | None) -> str:
    """`10:42`."""
    return MISSING if value is None else base_clock.local(value).strftime("%H:%M")


def ago(value: datetime | None) -> str:
    """How long ago, in the one largest unit; a moment ahead (a clock that is off) reads as just now."""
    if value is None:
        return MISSING
    seconds = int((base_clock.now() - base_clock.local(value)).total_seconds())
    if seconds < _MINUTE:
        return gettext("vừa xong")
    if seconds < _HOUR:
        count = seconds // _MINUTE
        return ngettext("%(count)d phút trước", "%(count)d phút trước", count) % {"count": count}
    if seconds < _DAY:
        count = seconds // _HOUR
        return ngettext("%(count)d giờ trước", "%(count)d giờ trước", count) % {"count": count}
    days = seconds // _DAY
    if days < 2 * _MONTH:
        return ngettext("%(count)d ngày trước", "%(count)d ngày trước", days) % {"count": days}
    if days < _YEAR:
        count = days // _MONTH
        return ngettext("%(count)d tháng trước", "%(count)d tháng trước", count) % {"count": count}
    count = days // _YEAR
    return ngettext("%(count)d năm trước", "%(count)d năm trước", count) % {"count": count}


def iso(value: date | None) -> str:
    """For `datetime` and `data-value` attributes: sorts as text, empty for None."""
    if value is None:
        return ""
    return base_clock.local(value).isoformat() if isinstance(value, datetime) else value.isoformat()
