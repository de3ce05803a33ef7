"""toancanh simulate sensors: automatic air monitoring stations."""

from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter
from django.utils.translation import gettext_lazy

from toancanh.base.problems import Problem, Words, register

if TYPE_CHECKING:
    from toancanh.domains.environment.broker import Broker
    from toancanh.domains.environment.webhook import Hook

register(
    {
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
    }
)

STATIONS = (1, 500)


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

    from toancanh.cli.simulate import playing
    from toancanh.domains.environment.faults import KINDS

    playing.refuse_what_cannot_be(rate, speed, since, malformed, fault, KINDS)
    playing.within("--stations", stations, *STATIONS)
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
    start = playing.start(since, date(2025, 7, 1))
    there = within(PROVINCE, local(start).date(), stations, chosen)
    air = Air(chosen)
    stream: telling.Stream = (
        telling.ByMinute(Clock(start, speed or 1.0), there, air) if rate is None else telling.Steady(rate, there, air)
    )
    line = _broker(broker) if push is None else _hook(push, secret or "")
    network = Network(stream, there, topic, line, chosen, malformed, Faults(KINDS, fault or ""))
    playing.play(
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
