"""Jobs of the sources floor: waiting files are loaded, days that are over are closed."""

from django.tasks import task

from toancanh.base import jobs
from toancanh.base.jobs import FAST, SLOW, Job
from toancanh.base.problems import Problem
from toancanh.sources.models import Load

_UNDONE = (Load.State.WAITING, Load.State.RUNNING)


@task(queue_name=SLOW)
def load_waiting() -> int:
    """Bring every waiting load to its end, in their order; one that was interrupted is finished first."""
    from toancanh.sources import loading

    done = 0
    while load := Load.objects.filter(state__in=_UNDONE).select_related("source").order_by("id").first():
        try:
            loading.run(load)
        except Problem as problem:
            # A file that is refused is done with; a trouble of the machine is met again by the next round.
            if Load.objects.filter(pk=load.pk, state__in=_UNDONE).exists():
                raise problem
        done += 1
    return done


@task(queue_name=FAST)
def close_days() -> int:
    """End the open loads of days that are over, and forget what nobody asks for any more."""
    from toancanh.sources import flow

    flow.forget()
    return flow.close_old()


def _undone() -> bool:
    return Load.objects.filter(state__in=_UNDONE).exists()


jobs.register(Job("sources.load", load_waiting, every=0.5, when=_undone))
jobs.register(Job("sources.close_days", close_days, every=300.0))
