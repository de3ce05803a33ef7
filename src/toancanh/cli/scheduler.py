"""The scheduler process: hands jobs that are due to the workers, and takes back those of workers that died."""

from toancanh.cli.service import service

PAUSE = 1.0  # seconds between two looks
REAP = 10  # looks between two searches for what dead workers left


def main() -> None:
    """Schedule until told to stop."""
    with service("scheduler") as stopping:
        from django.db import InterfaceError, OperationalError, close_old_connections, connection

        from toancanh.base import jobs
        from toancanh.base.trouble import Trouble

        turn, trouble = 0, Trouble("scheduling")
        while not stopping.is_set():
            close_old_connections()
            try:
                if turn % REAP == 0:
                    jobs.reap()
                jobs.tick()
                trouble.over()
            except (OperationalError, InterfaceError) as error:
                trouble.met(error)
                connection.close()
            turn += 1
            stopping.wait(PAUSE)


if __name__ == "__main__":
    main()
