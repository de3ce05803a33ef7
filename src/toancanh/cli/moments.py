"""Dates and moments on the command line."""

from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from toancanh.base.clock import parse_day, parse_moment
from toancanh.base.problems import Problem, Words, register

register(
    {
        "option.moment": Words(
            _("`{value}` không phải là một ngày hay thời điểm."),
            _("Viết 15/11/2026, 2026-11-15, 15/11/2026 08:30 hoặc 2026-11-15T08:30:00+07:00."),
        ),
    }
)


def moment(option: str, text: str | None) -> datetime | None:
    """A moment (a bare date is its end), or None. Raises option.moment."""
    try:
        return parse_moment(text) if text else None
    except ValueError:
        raise Problem("option.moment", where=option, value=text) from None


def beginning(option: str, text: str) -> datetime:
    """A moment; a bare date is its beginning. Raises option.moment."""
    try:
        return parse_moment(text, beginning=True)
    except ValueError:
        raise Problem("option.moment", where=option, value=text) from None


def day(option: str, text: str | None) -> date | None:
    """A day, or None. Raises option.moment."""
    try:
        return parse_day(text) if text else None
    except ValueError:
        raise Problem("option.moment", where=option, value=text) from None
