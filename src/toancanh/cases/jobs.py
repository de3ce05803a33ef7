"""Jobs of the cases floor: the escalation chain is walked, and what gone units have open goes to their heirs."""

from django.tasks import task

from toancanh.base import jobs
from toancanh.base.jobs import FAST, Job


@task(queue_name=FAST)
def escalate() -> int:
    """Take every step that is due."""
    from toancanh.cases import walking

    return walking.walk()


jobs.register(Job("cases.escalate", escalate, every=15.0))
