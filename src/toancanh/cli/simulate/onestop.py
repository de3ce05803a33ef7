"""toancanh simulate dossiers: the province's one-stop system."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from toancanh.domains.dossiers.daily import Daily
    from toancanh.domains.dossiers.steady import Steady

EARLIEST = 2000  # the year of the first day that can be simulated


def dossiers(
    *,
    port: int = 8020,
    host: str = "127.0.0.1",
    rate: float | None = None,
    speed: float | None = None,
    since: Annotated[str | None, Parameter(name="--from")] = None,
    seed: int | None = None,
    fault: str | None = None,
    malformed: float = 0.002,
    token: str | None = None,
) -> int:
    """Đóng vai hệ thống một cửa của tỉnh qua HTTP. / Play the province's one-stop system over HTTP.

    Ví dụ / Example: toancanh simulate dossiers --rate 20

    Parameters
    ----------
    port
        Port to listen on; 0: any that is free.
    host
        Address to listen on.
    rate
        So many events a second, at any hour; without it events happen as in the demo's history, by the clock.
    speed
        How many times as fast as the real clock the simulated one runs; 1 without it.
    since
        The day with whose first moment the simulated clock starts; without it, it is now.
    seed
        Another seed, other dossiers; without it that of the demo.
    fault
        A fault that is on from the start.
    malformed
        Malformed rows beside so large a share of events.
    token
        What a client must bring as bearer token; without it a new one is made and printed.
    """
    import secrets
    import signal

    from toancanh.cli.simulate.playing import play, refuse_what_cannot_be
    from toancanh.domains.dossiers.faults import KINDS

    refuse_what_cannot_be(rate, speed, since, malformed, fault, KINDS)
    from django.utils.translation import gettext as _

    from toancanh.cli import output
    from toancanh.cli.run import claim

    output.start()
    from toancanh.config.demo import SEED
    from toancanh.domains.dossiers.onestop import OneStop
    from toancanh.domains.dossiers.serving import Server
    from toancanh.domains.simulation.faults import Faults

    claim(host, port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until it serves, as Ctrl+C
    chosen, code = SEED if seed is None else seed, token or secrets.token_urlsafe(16)
    with ExitStack() as ending:
        stream = _by_clock(speed or 1.0, since, chosen, ending) if rate is None else _steady(rate, chosen)
        ending.callback(stream.close)
        system = OneStop(stream, chosen, malformed, Faults(KINDS, fault or ""))
        system.publish()  # the first page is not to be empty
        play(
            system,
            lambda: Server(host, port, code, system),
            lambda server: [
                _("Hệ thống một cửa mô phỏng đang chạy tại {url}").format(url=server.url),
                _("Mã truy cập: {token}").format(token=code),
            ],
        )
    return 0


def _by_clock(speed: float, since: str | None, seed: int, ending: ExitStack) -> "Daily":
    """The days of the demo from now on, or from the first moment of a day on. Raises simulate.day."""
    from datetime import date

    from toancanh.cli.days import Days
    from toancanh.cli.simulate.playing import start
    from toancanh.domains.dossiers.daily import Daily
    from toancanh.domains.simulation.clock import Clock

    first = start(since, date(EARLIEST, 1, 1))
    days = Days(seed)
    ending.callback(days.stop)
    return Daily(Clock(first, speed), days)


def _steady(rate: float, seed: int) -> "Steady":
    """So many events a second of the units of the demo's province."""
    from toancanh.base import clock
    from toancanh.config.demo import PROVINCE
    from toancanh.domains.dossiers import offices
    from toancanh.domains.dossiers.steady import Steady
    from toancanh.units.calendar import WorkingCalendar

    return Steady(rate, seed, offices.within(PROVINCE, clock.today()), WorkingCalendar.load())
