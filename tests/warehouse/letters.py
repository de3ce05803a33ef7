"""A dossier-like record type and rows of it, for the tests of the warehouse."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from toancanh.warehouse import types
from toancanh.warehouse.rollups import Measure, Rollup
from toancanh.warehouse.rollups import register as register_rollup
from toancanh.warehouse.types import Carry, Field, Kind, Reckon, RecordType, Tells

START = datetime(2026, 1, 5, 3, tzinfo=UTC)

VERSION = ["1"]


def late(received: Any, asked: Any) -> Any:
    """Two days after letters were asked about, else three after they were received."""
    return pc.if_else(
        pc.is_valid(asked), pc.add(asked, timedelta(days=2)), pc.add(received, timedelta(days=2 + int(VERSION[0])))
    )


LETTER = types.register(
    RecordType(
        name="letter",
        title="Thư",
        fields=(
            Field("code", Kind.TEXT, "Mã", required=True),
            Field("step", Kind.INTEGER, "Bước", required=True),
            Field("unit", Kind.TEXT, "Đơn vị"),
            Field("received_at", Kind.TIME, "Nhận lúc", required=True),
            Field("closed_at", Kind.TIME, "Xong lúc"),
            Field("score", Kind.NUMBER, "Điểm"),
        ),
        key=("code", "step"),
        subject=("code",),
        order="step",
        month="received_at",
        at="received_at",
        unit="unit",
        # Steps 2 and 3 ask for papers.
        carries=tuple(
            Carry(name, name, tells, "step", (2, 3), "score" if tells is Tells.VALUE else "")
            for name, tells in (
                ("asks", Tells.COUNT),
                ("asked_at", Tells.FIRST),
                ("asked_again_at", Tells.AGAIN),
                ("answered_at", Tells.AFTER),
                ("asked_score", Tells.VALUE),
            )
        ),
        reckons=(Reckon("late_at", "Trễ từ", Kind.TIME, ("received_at", "asked_at"), late, lambda: VERSION[0]),),
    )
)
BY_UNIT = register_rollup(
    Rollup(
        "letter_unit_day",
        "letter",
        ("unit",),
        (
            Measure("received", "received_at"),
            Measure("closed", "closed_at"),
            Measure("good", "closed_at", lambda t: t.score >= 5),
            Measure("late", "late_at", lambda t: t.closed_at.isnull() | (t.asks > 1)),
            Measure("asked", "asked_again_at", lambda t: t.answered_at > t.asked_at, "received_at"),
        ),
    )
)


def letter(
    code: int | str, step: int = 1, *, unit: str | None = "A", day: int = 0, **more: object
) -> dict[str, object]:
    """One row: received `day` days after the start."""
    row = {"code": f"L{code}", "step": step, "unit": unit, "received_at": START + timedelta(days=day)}
    return row | {"closed_at": None, "score": None} | more


def table(rows: list[dict[str, object]], first: int = 1) -> pa.Table:
    """Rows as a connector hands them over, numbered from `first`."""
    plain = pa.Table.from_pylist(rows, schema=LETTER.arrow)
    return plain.append_column("row", pa.array(range(first, first + len(rows)), pa.int64()))
