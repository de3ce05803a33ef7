"""Jobs of the warehouse floor: small files become few, derived tables are checked."""

from django.tasks import task

from toancanh.base import jobs
from toancanh.base.jobs import SLOW, Job


@task(queue_name=SLOW)
def maintain() -> None:
    """Compact, checkpoint and clean the tables."""
    from toancanh.warehouse import maintenance

    maintenance.maintain()


jobs.register(Job("warehouse.maintain", maintain, every=120.0))
