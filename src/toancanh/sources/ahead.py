"""Ahead: rows that tell of a time yet to come. They go in, and the load says so."""

from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from toancanh.base import clock
from toancanh.sources.notes import Note
from toancanh.warehouse.types import Kind, RecordType

CODE = "rows.future"
_GRACE = timedelta(minutes=10)  # by which clocks may differ


def note(rows: pa.Table, record_type: RecordType, now: datetime) -> Note | None:
    """How many rows happen later than now, and the first of them; None where there is none."""
    if record_type.field(record_type.at).kind is not Kind.TIME:
        return None
    late = pc.greater(rows[record_type.at], pa.scalar(now + _GRACE, pa.timestamp("us", "UTC")))
    found = rows.select(["row", record_type.at]).filter(late)
    if not found.num_rows:
        return None
    first = found.slice(0, 1).to_pylist()[0]
    value = f"{clock.local(first[record_type.at]):%d/%m/%Y %H:%M}"
    return CODE, {"rows": found.num_rows, "row": first["row"], "field": record_type.at, "value": value}
