"""The board of the environment."""

from django.utils.translation import gettext_lazy as _

from toancanh.screens.boards import Board, Breakdown, Cards, Ranking, Series, register

READINGS, VALID, FAULTY, OVER, OVER_RATE, OVER_DAYS, OVER_DAYS_RATE = (
    f"environment.{name}"
    for name in ("readings", "valid_rate", "faulty", "over_hours", "over_hours_rate", "over_days", "over_days_rate")
)
ALL = (READINGS, VALID, FAULTY, OVER, OVER_RATE, OVER_DAYS, OVER_DAYS_RATE)

register(
    Board(
        "environment",
        (
            Cards(ALL),
            Series(_("Vượt giới hạn theo ngày"), (OVER, OVER_DAYS), grain="day", kind="bar"),
            Series(_("Lượt đo theo ngày"), (READINGS, FAULTY), grain="day"),
            Ranking(_("Theo đơn vị"), (OVER, OVER_RATE, OVER_DAYS, READINGS, VALID, FAULTY), trouble=OVER),
            Breakdown(_("Theo thông số"), "environment_parameter_day", "parameter", ALL),
            Breakdown(_("Theo trạm"), "environment_station_day", "station", ALL, limit=20),
        ),
    )
)
