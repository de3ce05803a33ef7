"""toancanh simulate national: the National Public Service Portal."""

from typing import Annotated

from cyclopts import Parameter
from django.utils.translation import gettext_lazy

from toancanh.base.problems import Problem, Words, register

register(
    {
        "simulate.reads": Words(
            gettext_lazy("Không đọc được hệ thống một cửa từ `{address}`."),
            gettext_lazy("Viết --reads http://MÃ@máy:cổng/api/events, MÃ là mã truy cập mà hệ thống đó in ra."),
        ),
    }
)

LAGS = (0.0, 600.0)  # minutes


def national(
    *,
    reads: Annotated[tuple[str, ...], Parameter(negative="")] = (),
    port: int = 8022,
    host: str = "127.0.0.1",
    lag: float = 20.0,
    lost: float = 0.004,
    changed: float = 0.01,
    extra: float = 0.001,
    seed: int | None = None,
    fault: str | None = None,
    token: str | None = None,
) -> int:
    """Đóng vai Cổng Dịch vụ công quốc gia, kể lại hồ sơ một cửa. / Play the National Public Service Portal.

    Ví dụ / Example: toancanh simulate national --reads http://MA@127.0.0.1:8020/api/events

    Parameters
    ----------
    reads
        Where a one-stop system tells its events, its token before the host; may be told several times.
    port
        Port to listen on; 0: any that is free.
    host
        Address to listen on.
    lag
        Within how many minutes half of what happens is told; 0: at once.
    lost
        So large a share of the dossiers never arrives.
    changed
        So large a share of the dossiers is told with a wrong date, state or unit.
    extra
        Beside so large a share of the dossiers there is one that only the portal has.
    seed
        Another seed, other dossiers lost and changed; without it that of the demo.
    fault
        A fault that is on from the start.
    token
        What a client must bring as bearer token; without it a new one is made and printed.
    """
    import secrets
    import signal

    from toancanh.cli.simulate import playing
    from toancanh.domains.dossiers.faults import OF_LINE
    from toancanh.domains.dossiers.reader import Reader

    for option, share in (("--lost", lost), ("--changed", changed), ("--extra", extra)):
        playing.within(option, share, 0.0, 1.0)
    playing.within("--lag", lag, *LAGS)
    playing.refuse_unknown(fault, OF_LINE)
    readers = []
    for address in reads or ("–",):
        try:
            readers.append(Reader(address))
        except ValueError:
            raise Problem("simulate.reads", address=address.rpartition("@")[2]) from None
    from django.utils.translation import gettext as _

    from toancanh.cli import output
    from toancanh.cli.run import claim

    output.start()
    from toancanh.base.clock import today
    from toancanh.config.demo import PROVINCE, SEED
    from toancanh.domains.dossiers import offices, serving
    from toancanh.domains.dossiers.hearsay import Hearsay
    from toancanh.domains.dossiers.national import National
    from toancanh.domains.simulation.faults import Faults

    claim(host, port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until it serves, as Ctrl+C
    chosen, code = SEED if seed is None else seed, token or secrets.token_urlsafe(16)
    hearsay = Hearsay(chosen, offices.within(PROVINCE, today()), lost, changed, extra, lag)
    system = National(readers, hearsay, Faults(OF_LINE, fault or ""))
    system.start()
    playing.play(
        system,
        lambda: serving.Server(host, port, code, system, serving.NATIONAL),
        lambda server: [
            _("Cổng Dịch vụ công quốc gia mô phỏng đang chạy tại {url}").format(url=server.url),
            _("Mã truy cập: {token}").format(token=code),
        ],
    )
    return 0
