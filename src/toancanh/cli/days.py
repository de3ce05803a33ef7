"""Simulated days: `python -m toancanh.cli.days FIRST LAST SEED` writes what happened as an Arrow stream.

A process of its own, because days are made from a year of dossiers: that costs seconds and a lot of memory.
"""

import sys
from datetime import date


def main(first: date, last: date, seed: int) -> None:
    """Write the dossier events of the demo's province from `first` to `last`, by time, to standard output."""
    from toancanh.cli import output

    output.start()
    import pyarrow as pa

    from toancanh.config.demo import PROVINCE
    from toancanh.domains.dossiers import demo

    table = demo.happened(first, last, seed, PROVINCE)
    with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as stream:
        stream.write_table(table)


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]), date.fromisoformat(sys.argv[2]), int(sys.argv[3]))
