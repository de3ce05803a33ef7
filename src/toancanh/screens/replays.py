"""Replays: from which moment a source is to be read again, as a form or a program says it."""

from datetime import datetime

from django.http import HttpRequest

from toancanh.base import clock
from toancanh.base.problems import Problem
from toancanh.screens import uploads
from toancanh.sources import actions
from toancanh.sources.models import Source


def again(request: HttpRequest, name: str, told: str) -> Source:
    """Read a visible source again from a moment as somebody wrote it. Raises replay.from, access.outside, source.*."""
    source = uploads.visible_source(request, name)
    return actions.replay(source.name, _moment(told), actor=uploads.actor(request))


def _moment(told: str) -> datetime:
    try:
        return clock.parse_moment(told, beginning=True)
    except ValueError:
        raise Problem("replay.from", value=told) from None
