"""The loader process: takes delivered files in their order. A load is its own place in the queue."""

import signal
import threading

import structlog

log = structlog.get_logger()


def main() -> None:
    """Run waiting loads until told to stop; one that was interrupted is finished first."""
    from toancanh.cli import output

    output.start()
    from django.db import close_old_connections

    from toancanh.base.problems import Problem
    from toancanh.sources import loading
    from toancanh.warehouse import maintenance, writing

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: stopping.set())
    idle = 0
    while not stopping.is_set():
        close_old_connections()
        try:
            busy = loading.run_next(stop=stopping.is_set)
            writing.flush()
        except Problem as problem:
            log.error("load failed", problem=str(problem))
            busy = False
            stopping.wait(5)
        idle = 0 if busy else idle + 1
        if not busy:
            if idle % 600 == 1:
                maintenance.maintain()
            stopping.wait(0.5)


if __name__ == "__main__":
    main()
