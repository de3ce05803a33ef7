"""The web process: `python -m toancanh.cli.web HOST PORT`."""

import sys


def main(host: str, port: int) -> None:
    """Serve until told to stop; an open stream does not hold the end up for more than two seconds."""
    import uvicorn

    uvicorn.run(
        "toancanh.config.asgi:application",
        host=host,
        port=port,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=2,
        server_header=False,
    )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
