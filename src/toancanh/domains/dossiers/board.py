"""The board of dossiers."""

from functools import cache

from django.utils.translation import gettext_lazy as _

from toancanh.domains.dossiers.procedures import catalogue
from toancanh.domains.dossiers.records import CHANNELS
from toancanh.screens.boards import Board, Breakdown, Cards, Ranking, Series, register

RECEIVED, DONE, IN_PROCESS, OVERDUE, ON_TIME = (
    f"dossiers.{name}" for name in ("received", "done", "in_process", "overdue", "on_time_rate")
)
ONLINE = "dossiers.online_rate"
ALL = (RECEIVED, DONE, IN_PROCESS, OVERDUE, ON_TIME)


@cache
def _titles() -> dict[str, str]:
    return {procedure.code: procedure.name for procedure in catalogue()}


def _procedure(code: str) -> str:
    """The title of a procedure; one that no catalogue lists is known by its code and says so."""
    return _titles().get(code) or f"{code} {_('(chưa có trong danh mục)')}"


def _channel(code: int | None) -> str:
    return str(CHANNELS[code].name) if code is not None and code in CHANNELS else str(_("Chưa rõ"))


register(
    Board(
        "dossiers",
        (
            Cards((*ALL, ONLINE)),
            Series(_("Theo ngày"), (RECEIVED, DONE, OVERDUE), grain="day"),
            Ranking(_("Theo đơn vị"), (OVERDUE, RECEIVED, DONE, IN_PROCESS, ON_TIME), trouble=OVERDUE),
            Series(_("Theo tháng"), ALL, grain="month", kind="bar"),
            Breakdown(_("Theo kênh nộp"), "dossiers_channel_day", "channel", ALL, _("Kênh nộp"), name=_channel),
            Breakdown(
                _("Theo thủ tục"), "dossiers_procedure_day", "procedure", ALL, _("Thủ tục"), name=_procedure, limit=20
            ),
        ),
    )
)
