"""Playing: what commands that play a system share, from the first refusal to the last answer."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from django.utils.translation import gettext_lazy

from toancanh.base.problems import Problem, Words, register

if TYPE_CHECKING:
    import threading
    from datetime import date, datetime

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
        "simulate.fault": Words(gettext_lazy("Không có loại lỗi `{kind}`."), gettext_lazy("Dùng một trong: {known}.")),
    }
)

TICK = 0.05  # seconds between two looks at what has happened
RATES, SPEEDS = (0.001, 5000.0), (0.001, 1_000_000.0)


class System(Protocol):
    """A system that is played."""

    ended: "threading.Event"

    def publish(self) -> None:
        """Publish what has happened by now."""
        ...


def refuse_what_cannot_be(
    rate: float | None,
    speed: float | None,
    since: str | None,
    malformed: float,
    fault: str | None,
    kinds: tuple[str, ...],
) -> None:
    """Refuse options that are out of range, unknown or contradict each other."""
    within("--rate", rate, *RATES)
    within("--speed", speed, *SPEEDS)
    within("--malformed", malformed, 0.0, 1.0)
    if rate is not None and (speed is not None or since is not None):
        raise Problem("simulate.both")
    refuse_unknown(fault, kinds)


def refuse_unknown(fault: str | None, kinds: tuple[str, ...]) -> None:
    """Refuse a fault that the system does not have."""
    if fault is not None and fault not in kinds:
        raise Problem("simulate.fault", kind=fault, known=", ".join(kinds))


def within(option: str, value: float | None, least: float, most: float) -> None:
    """Refuse a number that is out of range."""
    if value is not None and not least <= value <= most:
        raise Problem("simulate.range", option=option, value=f"{value:.10g}", allowed=f"{least:.10g} – {most:.10g}")


def start(since: str | None, earliest: "date") -> "datetime":
    """Now, or the first moment of a day. Raises simulate.day."""
    from datetime import datetime, time

    from toancanh.base import clock
    from toancanh.cli import moments

    day = moments.day("--from", since)
    if day is not None and not earliest <= day <= clock.today():
        raise Problem("simulate.day", day=f"{day:%d/%m/%Y}", earliest=f"{earliest:%d/%m/%Y}")
    return clock.now() if day is None else datetime.combine(day, time(), clock.VIETNAM)


def play(system: System, listen: "Callable[[], Server]", words: "Callable[[Server], list[str]]") -> None:
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
