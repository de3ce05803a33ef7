"""toancanh simulate officers: the people of the units, who read their slips and answer."""

from django.utils.translation import gettext_lazy

from toancanh.base.problems import Problem, Words, register

register(
    {
        "simulate.centre": Words(
            gettext_lazy("`{address}` không phải là địa chỉ của một trung tâm."),
            gettext_lazy("Viết --centre http://máy:cổng, ví dụ --centre http://127.0.0.1:8000."),
        ),
        "simulate.accounts": Words(
            gettext_lazy("Không có tài khoản cán bộ mô phỏng nào trong {home}."),
            gettext_lazy("Chạy `toancanh run --demo` với thư mục dữ liệu này một lần để tạo các tài khoản đó."),
        ),
    }
)

GRACE = 3.0  # seconds in which what is being done may come to its end


def officers(
    *,
    centre: str = "http://127.0.0.1:8000",
    seed: int | None = None,
    speed: float = 1.0,
    never: float = 0.03,
    fault: str | None = None,
    port: int = 8023,
    host: str = "127.0.0.1",
) -> int:
    """Đóng vai cán bộ các đơn vị, đọc và trả lời phiếu. / Play officers of units who read slips and answer them.

    Ví dụ / Example: toancanh simulate officers --centre http://127.0.0.1:8000 --speed 24

    Parameters
    ----------
    centre
        Address of the centre.
    seed
        Another seed, other officers; without it that of the demo.
    speed
        How many times as fast as real officers they think.
    never
        So large a share of the units never answers.
    fault
        A fault that is on from the start.
    port
        Port for counts and faults; 0: any that is free.
    host
        Address to listen on.
    """
    import signal

    from toancanh.cli.simulate import playing
    from toancanh.domains.simulation.line import Line, address
    from toancanh.domains.simulation.officers import KINDS, Account, Officers

    playing.within("--speed", speed, *playing.SPEEDS)
    playing.within("--never", never, 0.0, 1.0)
    playing.refuse_unknown(fault, KINDS)
    try:
        url = address(centre)
    except ValueError:
        raise Problem("simulate.centre", address=centre.rpartition("@")[2]) from None
    from django.utils.translation import gettext as _

    from toancanh.cli import output
    from toancanh.cli.run import claim

    output.start()
    from toancanh.access.models import User
    from toancanh.access.roles import Role
    from toancanh.base.home import current
    from toancanh.config.demo import PASSWORD, SEED
    from toancanh.domains.simulation.control import Server
    from toancanh.domains.simulation.faults import Faults
    from toancanh.units.calendar import WorkingCalendar

    claim(host, port)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until they work, as Ctrl+C
    users = User.objects.filter(simulated=True, is_active=True).order_by("username")
    accounts = [Account(each.username, each.unit, each.role == Role.HEAD) for each in users]
    if not accounts:
        raise Problem("simulate.accounts", home=str(current().path))
    chosen = SEED if seed is None else seed
    system = Officers(
        Line(url, PASSWORD), accounts, chosen, speed, never, Faults(KINDS, fault or ""), WorkingCalendar.load()
    )
    system.start()
    playing.play(
        system,
        lambda: Server(host, port, system),
        lambda server: [
            _("Số đếm và lỗi của các cán bộ mô phỏng ở {url}").format(url=server.url),
            _("{count} tài khoản đang đọc và trả lời phiếu ở {centre}").format(count=len(accounts), centre=centre),
        ],
    )
    system.finish(GRACE)
    counts = system.counts()
    told = _("Đã mở {opened} phiếu, trả lời {answered} mục của {slips} phiếu, xin gia hạn {extensions} lần.")
    output.say(told.format(**counts))
    return 0
