"""The demo's history: `python -m toancanh.cli.demo` hands it to the loader and ends."""


def main() -> None:
    """Bring the simulated history up to today."""
    from toancanh.cli import output

    output.start()
    from toancanh.base.clock import today
    from toancanh.config.demo import history

    history(today())


if __name__ == "__main__":
    main()
