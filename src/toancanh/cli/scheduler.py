"""The scheduler process: hands jobs that are due to the workers, and takes back those of workers that died."""

import structlog

from toancanh.cli.service import service

log = structlog.get_logger()
PAUSE = 1.0  # seconds between two looks
REAP = 10  # looks between two searches for what dead workers left


def main() -> None:
    """Schedule until told to stop."""
    with service("scheduler") as stopping:
        from django.db import InterfaceError, OperationalError, close_old_connections, connection

        from toancanh.base import jobs

        turn = 0
        while not stopping.is_set():
            close_old_connections()
            try:
                if turn % REAP == 0:
                    jobs.reap()
                jobs.tick()
            except (OperationalError, InterfaceError) as error:
                log.warning("database", problem=str(error))
                connection.close()
            turn += 1
            stopping.wait(PAUSE)


if __name__ == "__main__":
    main()
