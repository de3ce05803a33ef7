"""Jobs of the alerts floor: those on watch are told of what fires."""

from django.tasks import task

from toancanh.base import jobs
from toancanh.base.jobs import FAST, Job


@task(queue_name=FAST)
def tell() -> int:
    """Tell of the alerts that nobody was told of."""
    from toancanh.alerts import telling

    return telling.tell()


jobs.register(Job("alerts.tell", tell, every=5.0))
