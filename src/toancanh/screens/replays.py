"""Replays: from which moment a source is to be read again, as a form or a program says it."""

from datetime import datetime

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from toancanh.base import clock
from toancanh.base.problems import Problem, Words, register
from toancanh.screens import uploads
from toancanh.sources import actions
from toancanh.sources.models import Source

register(
    {
        "replay.from": Words(
            _("“{value}” không phải là một thời điểm đã qua."),
            _("Chọn ngày và giờ, hoặc viết 15/11/2026 08:30, 2026-11-15T08:30."),
        ),
    }
)


def again(request: HttpRequest, name: str, told: str) -> Source:
    """Read a visible source again from a moment as somebody wrote it. Raises replay.from, access.outside, source.*."""
    source = uploads.visible_source(request, name)
    return actions.replay(source.name, _past(told), actor=uploads.actor(request))


def _past(told: str) -> datetime:
    try:
        since = clock.parse_moment(told, beginning=True)
    except ValueError:
        raise Problem("replay.from", value=told) from None
    if since > clock.now():
        raise Problem("replay.from", value=told)
    return since
