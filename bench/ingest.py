"""Durable ingest beside a bare Delta append of the same batches in the same run: rows per second and their ratio."""

import secrets
import shutil
import tempfile
import time
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bench.common import Result, ready, temporary

BATCHES, ROWS = 40, 10_000
TARGET = 0.5
TEXTS = ("unit", "procedure", "field", "channel", "state", "note")
TIMES = ("received_at", "due_at", "finished_at")


@cache
def kind() -> Any:
    """A record type of fifteen columns like a dossier's."""
    from toancanh.warehouse import types
    from toancanh.warehouse.types import Field, Kind, RecordType

    return types.register(
        RecordType(
            name="bench_dossier",
            title="Hồ sơ đo tốc độ",
            fields=(
                Field("code", Kind.TEXT, "code", required=True),
                Field("step", Kind.INTEGER, "step", required=True),
                *(Field(name, Kind.TEXT, name) for name in TEXTS),
                *(Field(name, Kind.TIME, name) for name in TIMES),
                *(Field(name, Kind.INTEGER, name) for name in ("fee", "copies")),
                Field("score", Kind.NUMBER, "score"),
                Field("simulated", Kind.BOOLEAN, "simulated"),
            ),
            key=("code", "step"),
            subject=("code",),
            order="step",
            month="received_at",
            at="received_at",
        )
    )


def measure() -> list[Result]:
    """Rows per second through `write`, beside a bare append."""
    with temporary() as home:
        ready(home)
        ours, bare = _rates()
    note = f"{BATCHES} batches of {ROWS:,} rows, each sealed, deduplicated, synced and marked"
    return [Result("durable ingest", ours, "rows/s", bare, ratio_target=TARGET, at_least=True, note=note)]


def _rates() -> tuple[float, float]:
    """Rows per second of ours and of the bare append. Uses the home of this process."""
    from deltalake import write_deltalake

    from toancanh.base import home
    from toancanh.warehouse import writing

    run = secrets.token_hex(4)
    home.current().path.mkdir(parents=True, exist_ok=True)
    batches = [_batch(kind().arrow, number, run) for number in range(BATCHES)]
    bare_folder = Path(tempfile.mkdtemp(dir=home.current().path))
    bare = ours = 0.0
    for number, rows in enumerate(batches):  # by turns, so that both meet the same machine
        own = rows.drop_columns(["row"]).append_column("month", rows.column("month_of"))
        own = own.drop_columns(["month_of"])
        started = time.perf_counter()
        write_deltalake(bare_folder, own, mode="append", partition_by=["month"])
        bare += (time.perf_counter() - started) * (number > 0)
        rows = rows.drop_columns(["month_of"])
        started = time.perf_counter()
        writing.write(writing.seal("bench", kind().name, run, number), rows)
        ours += (time.perf_counter() - started) * (number > 0)
    shutil.rmtree(bare_folder)
    total = (BATCHES - 1) * ROWS  # the first batch of both makes the table and imports what is needed
    return total / ours, total / bare


def _batch(schema: pa.Schema, number: int, run: str) -> pa.Table:
    """Ten thousand rows of about a day, so that a month fills up as in a real history."""
    some = np.random.default_rng(number)
    first = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=number)
    micros = int(first.timestamp() * 1e6) + some.integers(0, 86_400_000_000, ROWS)
    columns: dict[str, pa.Array] = {
        "code": pa.array([f"{run}.H{number:02d}-{row:08d}" for row in range(ROWS)]),
        "step": pa.array(np.ones(ROWS, np.int64)),
    }
    for name in TEXTS:
        columns[name] = pa.array([f"{name} {value}" for value in some.integers(0, 200, ROWS)])
    for name, later in zip(TIMES, (0, 5, 4), strict=True):
        columns[name] = pa.array(micros + later * 86_400_000_000).cast(pa.timestamp("us", tz="UTC"))
    for name in ("fee", "copies"):
        columns[name] = pa.array(some.integers(0, 1000, ROWS))
    columns["score"] = pa.array(some.random(ROWS))
    columns["simulated"] = pa.array(some.random(ROWS) < 0.5)
    months = [f"{first + timedelta(hours=7):%Y-%m}"] * ROWS
    table = pa.table([columns[name] for name in schema.names], schema=schema)
    table = table.append_column("row", pa.array(np.arange(1, ROWS + 1)))
    return table.append_column("month_of", pa.array(months))
