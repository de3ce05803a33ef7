"""toancanh simulate: systems of a province that are played, for trials without the real ones."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from django.utils.translation import gettext_lazy

from toancanh.base.problems import Problem, Words, register

if TYPE_CHECKING:
    from toancanh.domains.dossiers.daily import Daily
    from toancanh.domains.dossiers.onestop import OneStop
    from toancanh.domains.dossiers.steady import Steady

register(
    {
        "simulate.range": Words(
            gettext_lazy("{option} là {value}, ngoài khoảng cho phép."), gettext_lazy("Chọn {allowed}.")
        ),
        "simulate.day": Words(
            gettext_lazy("Không mô phỏng được ngày {day}."),
            gettext_lazy("Chọn một ngày từ {earliest} đến hôm nay bằng --from."),
        ),
        "simulate.both": Words(
            gettext_lazy("--rate không đi cùng --from hay --speed: dòng sự kiện đều luôn mang giờ hiện tại."),
            gettext_lazy("Bỏ --rate, hoặc bỏ --from và --speed."),
        ),
        "simulate.fault": Words(gettext_lazy("Không có loại lỗi `{kind}`."), gettext_lazy("Dùng một trong: {known}.")),
    }
)

TICK = 0.05  # seconds between two looks at what has happened
EARLIEST = 2000  # the year of the first day that can be simulated
RATES, SPEEDS = (0.001, 5000.0), (0.001, 1_000_000.0)

# One system each; the next one (`sensors`) is one more command here.
app = App(name="simulate", help="Hệ thống mô phỏng. / Simulated systems.", help_format="plaintext")


@app.command
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
    import signal

    from toancanh.domains.dossiers.faults import KINDS

    _within("--rate", rate, *RATES)
    _within("--speed", speed, *SPEEDS)
    _within("--malformed", malformed, 0.0, 1.0)
    if rate is not None and (speed is not None or since is not None):
        raise Problem("simulate.both")
    if fault is not None and fault not in KINDS:
        raise Problem("simulate.fault", kind=fault, known=", ".join(KINDS))
    from toancanh.cli import output
    from toancanh.cli.run import claim

    output.start()
    from toancanh.config.demo import SEED
    from toancanh.domains.dossiers.onestop import OneStop
    from toancanh.domains.simulation.faults import Faults

    claim(host, port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until it serves, as Ctrl+C
    chosen = SEED if seed is None else seed
    with ExitStack() as ending:
        stream = _by_clock(speed or 1.0, since, chosen, ending) if rate is None else _steady(rate, chosen)
        ending.callback(stream.close)
        _serve(OneStop(stream, chosen, malformed, Faults(KINDS, fault or "")), host, port, token)
    return 0


def _within(option: str, value: float | None, least: float, most: float) -> None:
    """Refuse a number that is out of range."""
    if value is not None and not least <= value <= most:
        raise Problem("simulate.range", option=option, value=f"{value:.10g}", allowed=f"{least:.10g} – {most:.10g}")


def _by_clock(speed: float, since: str | None, seed: int, ending: ExitStack) -> "Daily":
    """The days of the demo from now on, or from the first moment of a day on. Raises simulate.day."""
    from datetime import date, datetime, time

    from toancanh.base import clock
    from toancanh.cli import moments
    from toancanh.cli.days import Days
    from toancanh.domains.dossiers.daily import Daily
    from toancanh.domains.simulation.clock import Clock

    day = moments.day("--from", since)
    earliest = date(EARLIEST, 1, 1)
    if day is not None and not earliest <= day <= clock.today():
        raise Problem("simulate.day", day=f"{day:%d/%m/%Y}", earliest=f"{earliest:%d/%m/%Y}")
    start = clock.now() if day is None else datetime.combine(day, time(), clock.VIETNAM)
    days = Days(seed)
    ending.callback(days.stop)
    return Daily(Clock(start, speed), days)


def _steady(rate: float, seed: int) -> "Steady":
    """So many events a second of the units of the demo's province."""
    from toancanh.base import clock
    from toancanh.config.demo import PROVINCE
    from toancanh.domains.dossiers import offices
    from toancanh.domains.dossiers.steady import Steady
    from toancanh.units.calendar import WorkingCalendar

    return Steady(rate, seed, offices.within(PROVINCE, clock.today()), WorkingCalendar.load())


def _serve(system: "OneStop", host: str, port: int, token: str | None) -> None:
    """Publish and answer until told to stop."""
    import secrets
    import signal
    import sys
    import threading

    from django.utils.translation import gettext as _

    from toancanh.cli import output
    from toancanh.domains.dossiers.onestop import Server

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: system.ended.set())
    sys.setswitchinterval(0.001)  # who asks for a page is not to wait for what is being published
    system.publish()
    server = Server(host, port, token or secrets.token_urlsafe(16), system)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    output.say(_("Hệ thống một cửa mô phỏng đang chạy tại {url}").format(url=server.url))
    output.say(_("Mã truy cập: {token}").format(token=server.token))
    output.say(_("Nhấn Ctrl+C để dừng."))
    sys.stdout.flush()
    while not system.ended.wait(TICK):
        system.publish()
    server.shutdown()
    server.server_close()
