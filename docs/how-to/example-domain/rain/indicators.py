"""What is computed of rain."""

from toancanh.base.words import Bilingual
from toancanh.indicators.catalogue import Direction, Formula, Indicator, Kind, register

register(
    [
        Indicator(
            code="rain.heavy",
            domain="rain",
            name=Bilingual("Lượt đo mưa to", "Readings of heavy rain"),
            kind=Kind.FLOW,
            measure=Bilingual("lượt đo", "readings"),
            definition=Bilingual("Số lượt đo từ 50 mm trở lên.", "Readings of 50 mm or more."),
            direction=Direction.DOWN,
            grain="month",
            formula=Formula("rain_unit_day", ("heavy",)),
            leading=True,
        ),
        Indicator(
            code="rain.wet_rate",
            domain="rain",
            name=Bilingual("Tỷ lệ lượt đo có mưa", "Readings with rain"),
            kind=Kind.RATIO,
            measure=Bilingual("%", "%"),
            definition=Bilingual("Lượt đo có mưa trên tổng lượt đo.", "Readings with rain over all readings."),
            grain="month",
            formula=Formula("rain_unit_day", ("wet",), ("readings",)),
            digits=1,
            leading=True,
        ),
    ]
)
