"""Jobs of the alerts floor: the rules are read again and again."""

from django.tasks import task

from toancanh.base import jobs
from toancanh.base.jobs import FAST, Job


@task(queue_name=FAST)
def evaluate() -> int:
    """Bring the alerts up to what the rules find."""
    from toancanh.alerts import life

    return life.evaluate()


jobs.register(Job("alerts.evaluate", evaluate, every=10.0))
