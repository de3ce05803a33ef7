"""Loading a canonical CSV of a million rows from the command line, beside pyarrow reading the same file."""

import json
import os
import subprocess
import time
from datetime import timedelta
from pathlib import Path

from bench.common import TOANCANH, Result, environment, ready, temporary

ROWS = 1_000_000


def measure() -> list[Result]:
    with temporary() as folder:
        home, file = folder / "home", folder / "ho-so.csv"
        ready(home)
        rows = _write(file)
        from pyarrow import csv

        csv.read_csv(file)
        started = time.perf_counter()
        csv.read_csv(file)
        floor = rows / (time.perf_counter() - started)
        command = [str(TOANCANH), "load", "dossiers", str(file), "--json"]
        started = time.perf_counter()
        done = subprocess.run(command, env=environment(home), capture_output=True, text=True, check=True)
        taken = time.perf_counter() - started
        counts = json.loads(done.stdout)
        if (counts["read"], counts["accepted"]) != (rows, rows):
            raise RuntimeError(f"{rows} rows were to be accepted: {counts}")
        size = file.stat().st_size / (1 << 20)
    note = f"{rows:,} rows, {size:.0f} MB, {taken:.1f} s; ours parses, checks, stores durably and rebuilds every rollup"
    return [Result("`toancanh load` of a CSV, end to end", rows / taken, "rows/s", floor, note=note)]


def _write(file: Path) -> int:
    """The last million events of the simulated one-stop system."""
    import pyarrow as pa

    from toancanh.base.clock import today
    from toancanh.domains.dossiers import offices, simulator
    from toancanh.units.calendar import WorkingCalendar

    last = today() - timedelta(1)
    within = offices.within(os.environ.get("TOANCANH_PROVINCE", "gso:66"), last)
    months = simulator.events(last - timedelta(120), last, 2026, within, WorkingCalendar.load())
    table = pa.concat_tables(months).slice(0, ROWS)
    simulator.write_csv(table, file)
    return int(table.num_rows)
