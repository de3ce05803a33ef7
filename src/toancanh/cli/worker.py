"""A worker process: `python -m toancanh.cli.worker QUEUE` does the jobs of one queue, one after the other."""

import os
import sys
import threading

from toancanh.cli.service import service

PAUSE = 1.0  # seconds between two looks at an empty queue


def main(queue: str) -> None:
    """Work until told to stop; a job that is not over in time is done anew by another."""
    with service(f"worker-{queue}") as stopping:
        from django_tasks_db.management.commands.db_worker import Worker

        from toancanh.base.jobs import worker_id

        worker = Worker(
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
