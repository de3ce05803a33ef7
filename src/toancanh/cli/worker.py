"""A worker process: `python -m toancanh.cli.worker QUEUE` does the jobs of one queue, one after the other."""

import os
import sys
import threading
from typing import Any

from toancanh.cli.service import service

PAUSE = 1.0  # seconds between two looks at an empty queue
# Bytes that a worker with nothing to do may hold: what a large job has taken is given back only by ending.
MOST = {"fast": 300 << 20, "slow": 100 << 20, "messages": 200 << 20}


def main(queue: str) -> None:
    """Work until told to stop, or until it has nothing to do and is large: the supervisor then starts the next one.

    A job that is not over in time is done anew by another.
    """
    with service(f"worker-{queue}") as stopping:
        from django_tasks_db.management.commands.db_worker import Worker
        from django_tasks_db.models import DBTaskResult

        from toancanh.base.heartbeats import memory
        from toancanh.base.jobs import worker_id

        class Bounded(Worker):
            def run_task(self, db_task_result: Any) -> None:
                super().run_task(db_task_result)
                if memory() > MOST[queue] and not DBTaskResult.objects.ready().filter(queue_name=queue).exists():
                    self.running = False

        worker = Bounded(
            queue_names=[queue],
            interval=PAUSE,
            batch=False,
            backend_name="default",
            startup_delay=False,
            max_tasks=None,
            worker_id=worker_id(queue, os.getpid()),
            excluded_queue_names=[],
        )
        threading.Thread(target=_end, args=(stopping, worker), daemon=True).start()
        worker.run()


def _end(stopping: threading.Event, worker: object) -> None:
    stopping.wait()
    worker.running = False  # type: ignore[attr-defined]


if __name__ == "__main__":
    main(sys.argv[1])
