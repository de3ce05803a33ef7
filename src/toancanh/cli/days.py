"""Simulated days: `python -m toancanh.cli.days FIRST LAST SEED` writes what happened as an Arrow stream.

A process of its own, because days are made from a year of dossiers: that costs seconds and a lot of memory.
"""

import subprocess
import sys
from datetime import date

import pyarrow as pa


class Days:
    """The dossier events of the demo's province from a day to a day, by time, made in such a process."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._process: subprocess.Popen[bytes] | None = None

    def __call__(self, first: date, last: date) -> pa.Table:
        """Wait for the events. Raises CalledProcessError, the reason being on standard error."""
        command = [sys.executable, "-m", "toancanh.cli.days", first.isoformat(), last.isoformat(), str(self._seed)]
        # In a session of its own: Ctrl+C is for whoever started it.
        with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as self._process:
            content, _errors = self._process.communicate()
        if self._process.returncode:
            raise subprocess.CalledProcessError(self._process.returncode, command)
        return pa.ipc.open_stream(content).read_all()

    def stop(self) -> None:
        """End what is being made."""
        if self._process is not None:
            self._process.terminate()


def main(first: date, last: date, seed: int) -> None:
    """Write the events to standard output."""
    from toancanh.cli import output

    output.start()
    from toancanh.config.demo import PROVINCE
    from toancanh.domains.dossiers import demo

    table = demo.happened(first, last, seed, PROVINCE)
    with pa.ipc.new_stream(sys.stdout.buffer, table.schema) as stream:
        stream.write_table(table)


if __name__ == "__main__":
    main(date.fromisoformat(sys.argv[1]), date.fromisoformat(sys.argv[2]), int(sys.argv[3]))
