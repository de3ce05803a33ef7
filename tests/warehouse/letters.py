"""A dossier-like record type and rows of it, for the tests of the warehouse."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa

from toancanh.warehouse import types
from toancanh.warehouse.rollups import Measure, Rollup
from toancanh.warehouse.rollups import register as register_rollup
from toancanh.warehouse.types import Field, Kind, RecordType

START = datetime(2026, 1, 5, 3, tzinfo=UTC)

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
