"""The board of dossiers."""

from django.utils.translation import gettext_lazy as _

from toancanh.screens.boards import Board, Breakdown, Cards, Ranking, Series, register

RECEIVED, DONE, IN_PROCESS, OVERDUE, ON_TIME = (
    f"dossiers.{name}" for name in ("received", "done", "in_process", "overdue", "on_time_rate")
)
ONLINE = "dossiers.online_rate"
ALL = (RECEIVED, DONE, IN_PROCESS, OVERDUE, ON_TIME)

register(
    Board(
        "dossiers",
        (
            Cards((*ALL, ONLINE)),
            Series(_("Theo ngày"), (RECEIVED, DONE, OVERDUE), grain="day"),
            Ranking(_("Theo đơn vị"), (OVERDUE, RECEIVED, DONE, IN_PROCESS, ON_TIME), trouble=OVERDUE),
            Series(_("Theo tháng"), ALL, grain="month", kind="bar"),
            Breakdown(_("Theo kênh nộp"), "dossiers_channel_day", "channel", ALL),
            Breakdown(_("Theo thủ tục"), "dossiers_procedure_day", "procedure", ALL, limit=20),
        ),
    )
)
