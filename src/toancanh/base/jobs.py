"""Jobs: what is done again and again in the background, by the workers; and what a worker left undone when it died."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import transaction
from django.tasks import Task, TaskResultStatus

from toancanh.base import clock, heartbeats
from toancanh.base.models import Schedule

log = structlog.get_logger()
FAST, SLOW, MESSAGES = "fast", "slow", "messages"
KEPT = timedelta(hours=6)  # how long the results of jobs are kept
_TRIES = 5


@dataclass(frozen=True)
class Job:
    """A task that is due every so many seconds, where `when` finds something to do."""

    name: str
    task: Task[Any, Any]
    every: float
    when: Callable[[], bool] | None = None


_JOBS: dict[str, Job] = {}


def register(job: Job) -> Job:
    """Make a job known under its name."""
    if _JOBS.setdefault(job.name, job) is not job:
        raise ValueError(f"job `{job.name}` is registered twice")
    return job


def all_jobs() -> list[Job]:
    """Every job, by name."""
    return [_JOBS[name] for name in sorted(_JOBS)]


def tick(now: datetime | None = None) -> list[str]:
    """Hand the jobs that are due to the workers, one that still waits or runs not again; returns their names."""
    from django_tasks_db.models import DBTaskResult

    now = now or clock.now()
    known = {each.job: each for each in Schedule.objects.all()}
    undone = DBTaskResult.objects.filter(status__in=(TaskResultStatus.READY, TaskResultStatus.RUNNING))
    busy = set(undone.values_list("task_path", flat=True))
    handed = []
    for job in all_jobs():
        row = known.get(job.name) or Schedule(job=job.name, due_at=now, every=job.every)
        # A clock that was set back must not leave a job waiting until it has caught up.
        due = row.due_at <= now or row.due_at > now + timedelta(seconds=row.every)
        if not due or job.task.module_path in busy or (job.when is not None and not job.when()):
            continue
        with transaction.atomic():
            row.due_at = now + timedelta(seconds=row.every)
            row.save()
            job.task.enqueue()
        handed.append(job.name)
    return handed


def reap() -> int:
    """Give the tasks of workers that died to others; returns how many. One that ends every worker is given up."""
    from django_tasks_db.models import DBTaskResult

    found = 0
    for task in DBTaskResult.objects.filter(status=TaskResultStatus.RUNNING):
        pid = pid_of(task.worker_ids[-1]) if task.worker_ids else 0
        if heartbeats.alive(pid):
            continue
        again = len(task.worker_ids) < _TRIES
        task.status = TaskResultStatus.READY if again else TaskResultStatus.FAILED
        if not again:
            task.finished_at = clock.now()
        task.save(update_fields=["status", "finished_at"])
        log.warning("task.reaped", task=task.task_path, again=again)
        found += 1
    return found


def prune() -> int:
    """Forget the results of tasks that ended long ago; returns how many."""
    from django_tasks_db.models import DBTaskResult

    ended = (TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED)
    return int(DBTaskResult.objects.filter(status__in=ended, finished_at__lt=clock.now() - KEPT).delete()[0])


def worker_id(queue: str, pid: int) -> str:
    """The name under which a worker process claims tasks."""
    return f"{queue}-{pid}"


def pid_of(worker: str) -> int:
    """The number of the process that bears this name; 0 for a name of another kind."""
    pid = worker.rpartition("-")[2]
    return int(pid) if pid.isdigit() else 0
