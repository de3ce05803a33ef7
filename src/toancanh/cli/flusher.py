"""The flusher process: what arrives in small pieces enters the warehouse, and the boards' tables follow."""

import structlog

from toancanh.cli.service import service

log = structlog.get_logger()


def main() -> None:
    """Flush until told to stop. A second one waits until the first has ended."""
    with service("flusher", small=True) as stopping:
        from toancanh.base.home import current
        from toancanh.base.problems import Problem
        from toancanh.warehouse.flushing import Flusher

        told = False
        while not stopping.is_set():
            try:
                with current().lock("flusher", wait=False):
                    Flusher(stopping).run()
            except Problem as problem:
                if problem.code != "home.busy":
                    raise
                if not told:
                    log.warning("another flusher is running")
                told = True
                stopping.wait(1.0)


if __name__ == "__main__":
    main()
