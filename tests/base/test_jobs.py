"""Jobs: handed out when they are due, one at a time; taken back from workers that died."""

import os
from datetime import timedelta

import pytest
from django.tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from toancanh.base import checks, clock, heartbeats, housekeeping, jobs
from toancanh.base.jobs import Job
from toancanh.base.models import Heartbeat, Schedule

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def job(monkeypatch):
    """The only job there is: due every minute."""
    found = Job("test", housekeeping.tidy, every=60.0)
    monkeypatch.setattr(jobs, "_JOBS", {"test": found})
    return found


def finish():
    DBTaskResult.objects.update(status=TaskResultStatus.SUCCESSFUL, finished_at=clock.now())


def test_a_job_is_handed_out_when_it_is_due_and_not_before(job):
    now = clock.now()
    assert jobs.tick(now) == ["test"]
    finish()
    assert jobs.tick(now + timedelta(seconds=59)) == []
    assert jobs.tick(now + timedelta(seconds=61)) == ["test"]


def test_a_job_that_still_waits_or_runs_is_not_handed_out_again(job):
    now = clock.now()
    jobs.tick(now)
    assert jobs.tick(now + timedelta(minutes=5)) == []
    assert DBTaskResult.objects.count() == 1


def test_a_clock_that_was_set_back_leaves_no_job_waiting(job):
    now = clock.now()
    jobs.tick(now)
    finish()
    assert jobs.tick(now - timedelta(hours=1)) == ["test"]


def test_a_job_with_nothing_to_do_is_not_handed_out(monkeypatch):
    monkeypatch.setattr(jobs, "_JOBS", {"idle": Job("idle", housekeeping.tidy, 1.0, when=lambda: False)})
    assert jobs.tick() == []
    assert not Schedule.objects.exists()


def running(job, workers):
    jobs.tick()
    DBTaskResult.objects.update(status=TaskResultStatus.RUNNING, worker_ids=workers)


def test_the_task_of_a_worker_that_died_is_given_to_another(job):
    running(job, ["fast-999999"])
    assert jobs.reap() == 1
    assert DBTaskResult.objects.get().status == TaskResultStatus.READY


def test_the_task_of_a_worker_that_lives_is_left_alone(job):
    now = clock.now()
    Heartbeat.objects.create(process="worker-fast", pid=os.getpid(), started_at=now, at=now)
    running(job, [jobs.worker_id("fast", os.getpid())])
    assert jobs.reap() == 0


def test_a_task_that_ends_every_worker_is_given_up(job):
    running(job, [f"fast-{number}" for number in range(999_990, 999_995)])
    jobs.reap()
    assert DBTaskResult.objects.get().status == TaskResultStatus.FAILED


def test_a_process_that_stopped_without_a_word_is_found_by_the_doctor():
    old = clock.now() - timedelta(minutes=2)
    Heartbeat.objects.create(process="flusher", pid=1, started_at=old, at=old)
    (finding,) = checks.run()["base.processes"]
    assert "flusher" in finding.explain().what
    assert finding.explain().remedy


def test_a_process_tells_that_it_lives_and_that_it_ends(monkeypatch):
    with heartbeats.beating("test"):
        deadline = clock.now() + timedelta(seconds=10)
        while not Heartbeat.objects.filter(process="test", pid=os.getpid(), memory__gt=0).exists():
            assert clock.now() < deadline
    assert not Heartbeat.objects.filter(process="test").exists()
