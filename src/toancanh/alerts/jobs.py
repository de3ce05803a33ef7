"""Jobs of the alerts floor: the rules are read again and again."""

from datetime import timedelta

from django.tasks import task

from toancanh.base import clock, jobs
from toancanh.base.jobs import FAST, Job

KEPT = timedelta(days=400)  # how long cleared alerts are kept


@task(queue_name=FAST)
def evaluate() -> int:
    """Bring the alerts up to what the rules find."""
    from toancanh.alerts import life

    return life.evaluate()


@task(queue_name=FAST)
def note_silence() -> None:
    """Note how long sources have been silent today."""
    from toancanh.alerts import sources

    sources.note_silence(clock.now(), 1)


EVALUATE = jobs.register(Job("alerts.evaluate", evaluate, every=10.0))
jobs.register(Job("alerts.silence", note_silence, every=60.0))
