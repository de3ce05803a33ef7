"""Housekeeping: jobs of the base floor, which forget what is of no use any more."""

from django.tasks import task

from toancanh.base import idempotency, jobs, news
from toancanh.base.jobs import FAST, Job


@task(queue_name=FAST)
def tidy() -> None:
    """Forget old news and the results of old jobs."""
    news.forget()
    jobs.prune()
    idempotency.forget()


jobs.register(Job("base.tidy", tidy, every=600.0))
