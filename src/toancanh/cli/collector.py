"""The collector process: hears every running source."""

from toancanh.cli.service import service


def main() -> None:
    """Collect until told to stop."""
    with service("collector", small=True) as stopping:
        from toancanh.sources.collecting import Collector

        Collector(stopping).run()


if __name__ == "__main__":
    main()
