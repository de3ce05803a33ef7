"""What is computed of the air."""

from toancanh.base.words import Bilingual
from toancanh.domains.environment.limits import DOCUMENT
from toancanh.indicators.catalogue import Direction, Formula, Indicator, Kind, register

ROLLUP = "environment_unit_day"
READINGS = Bilingual("lượt đo", "readings")
MEANS = Bilingual("số trung bình", "means")
PERCENT = Bilingual("%", "%")
OWNER = "agency:dak-lak.snnmt"
STATUS_LAW = "10/2021/TT-BTNMT, Điều 39, Phụ lục 15"


def _indicator(
    code: str, name: tuple[str, str], measure: Bilingual, definition: tuple[str, str], formula: Formula, **more: object
) -> Indicator:
    ratio = bool(formula.whole)
    return Indicator(
        code=f"environment.{code}",
        domain="environment",
        name=Bilingual(*name),
        kind=Kind.RATIO if ratio else Kind.FLOW,
        measure=measure,
        definition=Bilingual(*definition),
        grain="day",
        owner=OWNER,
        digits=2 if ratio else 0,
        formula=formula,
        **more,  # type: ignore[arg-type]
    )


register(
    [
        _indicator(
            "readings",
            ("Lượt đo nhận được", "Readings received"),
            READINGS,
            (
                "Số lượt đo các trạm gửi về trong kỳ, kể cả khi thiết bị hiệu chuẩn hoặc báo lỗi; mỗi trạm, thông số, "
                "thời gian trung bình và thời điểm tính một lượt.",
                "Readings that stations sent in the period, those of calibrating and faulty devices included; one for "
                "each station, parameter, averaging time and moment.",
            ),
            Formula(ROLLUP, ("readings",)),
        ),
        _indicator(
            "valid_rate",
            ("Tỷ lệ lượt đo hợp lệ", "Valid readings"),
            PERCENT,
            (
                "Lượt đo có giá trị khi thiết bị đang đo (trạng thái 00) trên tổng số lượt đo nhận được; lượt đo không "
                "gửi về thì không tính.",
                "Readings with a value from a measuring device (status 00) over all readings received; what was never "
                "sent does not count.",
            ),
            Formula(ROLLUP, ("valid",), ("readings",)),
            direction=Direction.UP,
            law=STATUS_LAW,
            leading=True,
        ),
        _indicator(
            "faulty",
            ("Lượt đo khi thiết bị báo lỗi", "Readings of faulty devices"),
            READINGS,
            (
                "Số lượt đo trong kỳ mà thiết bị báo lỗi (trạng thái 02).",
                "Readings in the period of devices that report a fault (status 02).",
            ),
            Formula(ROLLUP, ("faulty",)),
            direction=Direction.DOWN,
            law=STATUS_LAW,
        ),
        _indicator(
            "over_hours",
            ("Số trung bình 1 giờ vượt giới hạn", "Hourly means over the limit"),
            MEANS,
            (
                "Số giá trị trung bình 1 giờ hợp lệ lớn hơn giới hạn trung bình 1 giờ của thông số đó.",
                "Valid hourly means that are more than the hourly limit for their parameter.",
            ),
            Formula(ROLLUP, ("hours_over",)),
            direction=Direction.DOWN,
            law=DOCUMENT,
            leading=True,
        ),
        _indicator(
            "over_hours_rate",
            ("Tỷ lệ trung bình 1 giờ vượt giới hạn", "Share of hourly means over the limit"),
            PERCENT,
            (
                "Giá trị trung bình 1 giờ vượt giới hạn trên số giá trị trung bình 1 giờ hợp lệ của các thông số có "
                "giới hạn trung bình 1 giờ.",
                "Hourly means over the limit, of all valid hourly means of parameters that have an hourly limit.",
            ),
            Formula(ROLLUP, ("hours_over",), ("hours",)),
            direction=Direction.DOWN,
            law=DOCUMENT,
            leading=True,
        ),
        _indicator(
            "over_days",
            ("Số trung bình 24 giờ vượt giới hạn", "Daily means over the limit"),
            MEANS,
            (
                "Số giá trị trung bình 24 giờ hợp lệ lớn hơn giới hạn trung bình 24 giờ của thông số đó.",
                "Valid means over 24 hours that are more than the daily limit for their parameter.",
            ),
            Formula(ROLLUP, ("days_over",)),
            direction=Direction.DOWN,
            law=DOCUMENT,
        ),
        _indicator(
            "over_days_rate",
            ("Tỷ lệ trung bình 24 giờ vượt giới hạn", "Share of daily means over the limit"),
            PERCENT,
            (
                "Giá trị trung bình 24 giờ vượt giới hạn trên số giá trị trung bình 24 giờ hợp lệ của các thông số có "
                "giới hạn trung bình 24 giờ.",
                "Means over 24 hours over the limit, of all valid ones of parameters that have a daily limit.",
            ),
            Formula(ROLLUP, ("days_over",), ("days",)),
            direction=Direction.DOWN,
            law=DOCUMENT,
        ),
    ]
)
