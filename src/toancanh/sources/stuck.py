"""Stuck: loads that no process is working on, and sources that have not spoken within their promise."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from toancanh.base import clock, home
from toancanh.base.checks import Finding, register
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.sources import freshness
from toancanh.sources.models import Load, Source

_PATIENCE = timedelta(minutes=10)  # in which a file may wait for its turn

register_problems(
    {
        "source.silent": Words(
            _("Nguồn {name} im lặng quá cam kết {promise} phút, lần cuối {at}."),
            _("Xem trang của nguồn: lỗi gần nhất, số lần thử lại; liên hệ đơn vị vận hành hệ thống."),
        ),
    }
)


def loads() -> Iterator[Finding]:
    """One warning per load that runs while its source's lock is free, or has waited for long while none runs."""
    undone = list(Load.objects.filter(state__in=(Load.State.WAITING, Load.State.RUNNING)).select_related("source"))
    held = {load.source.name: _held(load.source.name) for load in undone}
    for load in sorted(undone, key=lambda each: each.pk):
        its_turn_comes = any(held.values()) or load.created_at > clock.now() - _PATIENCE
        if held[load.source.name] or (load.state == Load.State.WAITING and its_turn_comes):
            continue
        params = {"load": load.pk, "source": load.source.name, "filename": load.filename, "chunks": load.chunks}
        yield Finding("warning", "load.stuck", params, load.created_at)


def silent() -> Iterator[Finding]:
    """One warning per running source that has not spoken within its promise, in its own hours."""
    sources = [each for each in Source.objects.filter(running=True) if each.expected_every]
    for source, state in zip(sources, freshness.of_all(sources).values(), strict=True):
        if state.overdue:
            at = f"{clock.local(state.newest_at):%d/%m/%Y %H:%M}" if state.newest_at else "–"
            params: dict[str, object] = {"name": source.title, "promise": source.expected_every, "at": at}
            yield Finding("warning", "source.silent", params, state.newest_at)


def _held(source: str) -> bool:
    try:
        with home.current().lock(f"source-{source}", wait=False):
            return False
    except Problem:
        return True


register("sources.loads", loads)
register("sources.silent", silent)
