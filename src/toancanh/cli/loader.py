"""The loader process: takes delivered files in their order. A load is its own place in the queue."""

import signal
import threading

import structlog

log = structlog.get_logger()
PAUSE = 0.5  # seconds between two looks at an empty queue
MAINTENANCE = 600  # idle looks between two rounds of maintenance


def main() -> None:
    """Run waiting loads until told to stop; one that was interrupted is finished first."""
    from toancanh.cli import output

    output.start()
    from django.db import close_old_connections

    from toancanh.base.problems import Problem
    from toancanh.sources import loading
    from toancanh.sources.models import Load
    from toancanh.warehouse import derived, maintenance, outbox
    from toancanh.warehouse.errors import is_full

    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: stopping.set())
    derived.check_derived()
    turn = 0
    while not stopping.is_set():
        close_old_connections()
        # Another process may hold a running load; whoever gets its source's lock finishes it, or finds it done.
        waiting = Load.objects.filter(state__in=(Load.State.RUNNING, Load.State.WAITING)).select_related("source")
        load = waiting.order_by("id").first()
        try:
            if load is not None:
                loading.run(load)
            outbox.flush()
            derived.refresh()
        except Problem as problem:
            log.error("load failed", load=load.pk if load else None, problem=str(problem))
        except Exception as error:
            if not is_full(error):
                raise
            # The operational database has no room: the load stays as it is, and goes on once there is some.
            log.error("disk full", load=load.pk if load else None, problem=str(error))
            stopping.wait(PAUSE * 10)
        if load is None:
            if turn % MAINTENANCE == 0:
                maintenance.maintain()
            turn += 1
            stopping.wait(PAUSE)


if __name__ == "__main__":
    main()
