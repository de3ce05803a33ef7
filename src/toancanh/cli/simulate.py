"""toancanh simulate: systems of a province that are played, for trials without the real ones."""

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, Parameter
from django.utils.translation import gettext_lazy

from toancanh.base.problems import Problem, Words, register

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from toancanh.domains.dossiers.daily import Daily
    from toancanh.domains.dossiers.onestop import OneStop
    from toancanh.domains.dossiers.steady import Steady
    from toancanh.domains.environment.broker import Broker
    from toancanh.domains.environment.network import Network
    from toancanh.domains.environment.webhook import Hook
    from toancanh.domains.simulation.control import Server

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
        "simulate.broker": Words(
            gettext_lazy("Không kết nối được với máy chủ MQTT {broker}: {reason}."),
            gettext_lazy("Bật máy chủ MQTT (ví dụ Mosquitto), hoặc sửa --broker, ví dụ mqtt://127.0.0.1:1883."),
        ),
        "simulate.push": Words(
            gettext_lazy("Không gửi được tới {address}: {reason}."),
            gettext_lazy("--push là địa chỉ http(s) của nguồn tự gửi, --secret là khoá ký whsec_… của nguồn đó."),
        ),
        "simulate.topic": Words(
            gettext_lazy("Không gửi được tới chủ đề `{topic}`."),
            gettext_lazy("Viết chủ đề không trống, không có + và #, không có / ở đầu hay cuối."),
        ),
        "simulate.fault": Words(gettext_lazy("Không có loại lỗi `{kind}`."), gettext_lazy("Dùng một trong: {known}.")),
    }
)

TICK = 0.05  # seconds between two looks at what has happened
EARLIEST = 2000  # the year of the first day that can be simulated
RATES, SPEEDS = (0.001, 5000.0), (0.001, 1_000_000.0)
STATIONS = (1, 500)

# One system each; the next one is one more command here.
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

    _refuse_what_cannot_be(rate, speed, since, malformed, fault, KINDS)
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


@app.command
def sensors(
    *,
    broker: str = "mqtt://127.0.0.1:1883",
    topic: str = "tinh/dak-lak/khong-khi",
    push: str | None = None,
    secret: str | None = None,
    stations: int = 10,
    rate: float | None = None,
    speed: float | None = None,
    since: Annotated[str | None, Parameter(name="--from")] = None,
    seed: int | None = None,
    fault: str | None = None,
    malformed: float = 0.002,
    port: int = 8021,
    host: str = "127.0.0.1",
) -> int:
    """Đóng vai các trạm quan trắc không khí, gửi qua MQTT hay webhook. / Play air stations that send what they measure.

    Ví dụ / Example: toancanh simulate sensors --stations 20

    Parameters
    ----------
    broker
        Address of the MQTT broker: mqtt://user:password@host:port, or mqtts:// with TLS.
    topic
        Under which each station has a topic of its own.
    push
        Send signed messages (Standard Webhooks) to this address in place of a broker.
    secret
        The key to sign them with, as the centre shows it once: whsec_...
    stations
        How many stations there are.
    rate
        So many readings a second; without it each station tells each parameter once a minute, by the clock.
    speed
        How many times as fast as the real clock the simulated one runs; 1 without it.
    since
        The day with whose first moment the simulated clock starts; without it, it is now.
    seed
        Another seed, other air; without it that of the demo.
    fault
        A fault that is on from the start.
    malformed
        Malformed messages beside so large a share of readings.
    port
        Port for counts and faults; 0: any that is free.
    host
        Address to listen on.
    """
    import signal
    from datetime import date

    from toancanh.domains.environment.faults import KINDS

    _refuse_what_cannot_be(rate, speed, since, malformed, fault, KINDS)
    _within("--stations", stations, *STATIONS)
    if not topic.strip("/") or topic != topic.strip("/") or set(topic) & set("+#"):
        raise Problem("simulate.topic", topic=topic)
    from django.utils.translation import gettext as _

    from toancanh.cli import output
    from toancanh.cli.run import claim

    output.start()
    from toancanh.base.clock import local
    from toancanh.config.demo import PROVINCE, SEED
    from toancanh.domains.environment import telling
    from toancanh.domains.environment.air import Air
    from toancanh.domains.environment.network import Network
    from toancanh.domains.environment.stations import within
    from toancanh.domains.simulation.clock import Clock
    from toancanh.domains.simulation.control import Server
    from toancanh.domains.simulation.faults import Faults

    claim(host, port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until it sends, as Ctrl+C
    chosen = SEED if seed is None else seed
    # The communes of today are those since this day.
    start = _start(since, date(2025, 7, 1))
    there = within(PROVINCE, local(start).date(), stations, chosen)
    air = Air(chosen)
    stream: telling.Stream = (
        telling.ByMinute(Clock(start, speed or 1.0), there, air) if rate is None else telling.Steady(rate, there, air)
    )
    line = _broker(broker) if push is None else _hook(push, secret or "")
    network = Network(stream, there, topic, line, chosen, malformed, Faults(KINDS, fault or ""))
    _play(
        network,
        lambda: Server(host, port, network),
        lambda server: [
            _("Số đếm và lỗi của các trạm mô phỏng ở {url}").format(url=server.url),
            _("Đang gửi tới {broker}, chủ đề {topic}").format(broker=line.name, topic=f"{topic}/+")
            if push is None
            else _("Đang gửi tới {address}").format(address=push),
        ],
    )
    network.finish()
    return 0


def _broker(url: str) -> "Broker":
    """The line to a broker. Raises simulate.broker."""
    from django.utils.translation import gettext as _

    from toancanh.domains.environment.broker import Broker

    try:
        return Broker(url)
    except (ValueError, ConnectionError) as error:
        reason = _("địa chỉ viết sai") if isinstance(error, ValueError) else str(error)
        raise Problem("simulate.broker", broker=url.rpartition("@")[2], reason=reason) from None


def _hook(url: str, secret: str) -> "Hook":
    """The line to an address that takes signed messages. Raises simulate.push."""
    from django.utils.translation import gettext as _

    from toancanh.domains.environment.webhook import Hook

    try:
        return Hook(url, secret)
    except ValueError:
        raise Problem("simulate.push", address=url, reason=_("địa chỉ hoặc khoá viết sai")) from None


def _refuse_what_cannot_be(
    rate: float | None,
    speed: float | None,
    since: str | None,
    malformed: float,
    fault: str | None,
    kinds: tuple[str, ...],
) -> None:
    """Refuse options that are out of range, unknown or contradict each other."""
    _within("--rate", rate, *RATES)
    _within("--speed", speed, *SPEEDS)
    _within("--malformed", malformed, 0.0, 1.0)
    if rate is not None and (speed is not None or since is not None):
        raise Problem("simulate.both")
    if fault is not None and fault not in kinds:
        raise Problem("simulate.fault", kind=fault, known=", ".join(kinds))


def _within(option: str, value: float | None, least: float, most: float) -> None:
    """Refuse a number that is out of range."""
    if value is not None and not least <= value <= most:
        raise Problem("simulate.range", option=option, value=f"{value:.10g}", allowed=f"{least:.10g} – {most:.10g}")


def _by_clock(speed: float, since: str | None, seed: int, ending: ExitStack) -> "Daily":
    """The days of the demo from now on, or from the first moment of a day on. Raises simulate.day."""
    from datetime import date

    from toancanh.cli.days import Days
    from toancanh.domains.dossiers.daily import Daily
    from toancanh.domains.simulation.clock import Clock

    start = _start(since, date(EARLIEST, 1, 1))
    days = Days(seed)
    ending.callback(days.stop)
    return Daily(Clock(start, speed), days)


def _start(since: str | None, earliest: "date") -> "datetime":
    """Now, or the first moment of a day. Raises simulate.day."""
    from datetime import datetime, time

    from toancanh.base import clock
    from toancanh.cli import moments

    day = moments.day("--from", since)
    if day is not None and not earliest <= day <= clock.today():
        raise Problem("simulate.day", day=f"{day:%d/%m/%Y}", earliest=f"{earliest:%d/%m/%Y}")
    return clock.now() if day is None else datetime.combine(day, time(), clock.VIETNAM)


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

    from django.utils.translation import gettext as _

    from toancanh.domains.dossiers.onestop import Server

    code = token or secrets.token_urlsafe(16)
    system.publish()  # the first page is not to be empty
    _play(
        system,
        lambda: Server(host, port, code, system),
        lambda server: [
            _("Hệ thống một cửa mô phỏng đang chạy tại {url}").format(url=server.url),
            _("Mã truy cập: {token}").format(token=code),
        ],
    )


def _play(system: "OneStop | Network", listen: "Callable[[], Server]", words: "Callable[[Server], list[str]]") -> None:
    """Publish what happens, and answer, until told to stop; say where once it listens."""
    import signal
    import sys
    import threading

    from django.utils.translation import gettext as _

    from toancanh.cli import output

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_args: system.ended.set())
    sys.setswitchinterval(0.001)  # who asks is not to wait for what is being published
    server = listen()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for line in words(server):
        output.say(line)
    output.say(_("Nhấn Ctrl+C để dừng."))
    sys.stdout.flush()
    while not system.ended.wait(TICK):
        system.publish()
    server.shutdown()
    server.server_close()
