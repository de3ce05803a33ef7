"""The record type `measurement`: what a station measured of one parameter, averaged over a time that begins `at`."""

from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from toancanh.base.words import Bilingual
from toancanh.warehouse.types import Field, Kind, RecordType, register


class Status(NamedTuple):
    """What a device says of itself, and the document that says so."""

    name: Bilingual
    law: str


MEASURING, CALIBRATING, FAULT = 0, 1, 2
# The text of the circular was not at hand; the codes are as integrators cite it.
_STATUS = "10/2021/TT-BTNMT, Điều 39, Phụ lục 15"

STATUSES: dict[int, Status] = {
    MEASURING: Status(Bilingual("Đang đo", "Measuring"), _STATUS),
    CALIBRATING: Status(Bilingual("Đang hiệu chuẩn", "Calibrating"), _STATUS),
    FAULT: Status(Bilingual("Thiết bị báo lỗi", "Device fault"), _STATUS),
}

PARAMETERS = ("PM2.5", "PM10", "TSP", "SO2", "NO2", "NO", "CO", "O3", "H2S", "NH3", "Temp", "RH")
# The micro sign is U+00B5, as keyboards write it.
MICROGRAMS, MILLIGRAMS = "µg/m³", "mg/m³"
UNITS_OF_MEASURE = (MICROGRAMS, MILLIGRAMS, "ppb", "ppm", "°C", "%")
AVERAGING = ("1m", "5m", "1h", "8h", "24h")


def _status(code: int | None) -> str:
    return str(STATUSES[code].name) if code in STATUSES else str(_("Chưa rõ"))


MEASUREMENT = register(
    RecordType(
        "measurement",
        _("Lượt đo của trạm quan trắc"),
        fields=(
            Field("station", Kind.TEXT, _("Trạm"), required=True),
            Field("parameter", Kind.TEXT, _("Thông số"), required=True, codes=PARAMETERS),
            Field("value", Kind.NUMBER, _("Giá trị")),
            Field("unit_of_measure", Kind.TEXT, _("Đơn vị đo"), required=True, codes=UNITS_OF_MEASURE),
            Field("at", Kind.TIME, _("Thời điểm đo"), required=True),
            Field("unit", Kind.TEXT, _("Địa bàn đặt trạm"), required=True, unit_at="at"),
            Field("averaging", Kind.TEXT, _("Thời gian trung bình"), required=True, codes=AVERAGING),
            Field("status", Kind.INTEGER, _("Trạng thái thiết bị"), required=True, codes=tuple(STATUSES), say=_status),
            Field("simulated", Kind.BOOLEAN, _("Dữ liệu mô phỏng")),
        ),
        key=("station", "parameter", "averaging", "at"),
        subject=("station", "parameter", "averaging", "at"),
        order="at",
        month="at",
        at="at",
        unit="unit",
        round_the_clock=True,
    )
)
