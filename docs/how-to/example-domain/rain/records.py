"""The record type `rain`: what one gauge measured on one day."""

from toancanh.warehouse.types import Field, Kind, RecordType, register

RAIN = register(
    RecordType(
        "rain",
        "Lượng mưa",
        fields=(
            Field("station", Kind.TEXT, "Trạm", required=True),
            Field("unit", Kind.TEXT, "Đơn vị", required=True, unit_at="at"),
            Field("at", Kind.TIME, "Thời điểm đo", required=True),
            Field("millimetres", Kind.NUMBER, "Lượng mưa (mm)", required=True, minimum=0),
        ),
        key=("station", "at"),
        subject=("station", "at"),
        order="at",
        month="at",
        at="at",
        unit="unit",
    )
)
