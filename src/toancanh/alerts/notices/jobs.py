"""The job that sends: in a queue of its own, where what is slow holds nothing else up."""

from django.tasks import task

from toancanh.base import jobs
from toancanh.base.jobs import MESSAGES, Job


@task(queue_name=MESSAGES)
def send() -> int:
    """Send what is due."""
    from toancanh.alerts.notices import sending

    return sending.run()


def _due() -> bool:
    from toancanh.alerts.notices import sending

    return sending.due()


jobs.register(Job("notices.send", send, every=1.0, when=_due))
