"""Stuck: loads that are not at their end and that no process is working on."""

from collections.abc import Iterator

from toancanh.base import home
from toancanh.base.checks import Finding, register
from toancanh.base.problems import Problem
from toancanh.sources.models import Load


def loads() -> Iterator[Finding]:
    """One warning per load that waits or runs while its source's lock is free."""
    undone = Load.objects.filter(state__in=(Load.State.WAITING, Load.State.RUNNING)).select_related("source")
    for load in undone.order_by("id"):
        try:
            with home.current().lock(f"source-{load.source.name}", wait=False):
                pass
        except Problem:
            continue
        params = {"load": load.pk, "source": load.source.name, "filename": load.filename, "chunks": load.chunks}
        yield Finding("warning", "load.stuck", params)


register("sources.loads", loads)
