"""toancanh run: start the operations centre."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter
from django.utils.translation import gettext_lazy

from toancanh.base.problems import Words, register

register(
    {
        "run.port": Words(
            gettext_lazy("Cổng {port} trên {host} không dùng được: {reason}."),
            gettext_lazy("Chọn cổng khác bằng --port."),
            409,
        ),
        "run.host": Words(
            gettext_lazy("Không nghe được trên {host}: {reason}."),
            gettext_lazy("Chọn địa chỉ khác bằng --host, ví dụ 127.0.0.1 hoặc 0.0.0.0."),
            409,
        ),
        "run.range": Words(
            gettext_lazy("Không có cổng {port}."), gettext_lazy("Chọn cổng từ 1 đến 65535 bằng --port."), 422
        ),
    }
)


def run(
    *,
    demo: Annotated[bool, Parameter(negative="")] = False,
    home: Path | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
) -> int:
    """Chạy trung tâm. / Start the operations centre: web pages, HTTP API and all that works behind them.

    Parameters
    ----------
    demo
        A sample province: demo accounts, the real figures of two provinces, 90 simulated days of dossiers.
    home
        Where everything is kept; $TOANCANH_HOME, else ~/.local/share/toancanh.
    host
        Address to listen on. Demo accounts work on a loopback address only.
    port
        Port to listen on.
    """
    import os

    if home is not None:
        os.environ["TOANCANH_HOME"] = str(home.expanduser().absolute())
    os.environ["TOANCANH_BIND"] = host
    from toancanh.cli import output

    if demo:
        from toancanh.base.network import only_loopback

        only_loopback(host)
    if host not in ("127.0.0.1", "localhost", "::1"):
        os.environ.setdefault("TOANCANH_ALLOWED_HOSTS", "*")
    output.start()
    from django.utils.translation import gettext as _

    from toancanh.base.home import current
    from toancanh.base.processes import Process, Supervisor

    with current().lock("run", wait=False):
        claim(host, port)
        shown = f"[{host}]" if ":" in host else host
        processes = [
            Process("web", ["-m", "toancanh.cli.web", host, str(port)]),
            Process("flusher", ["-m", "toancanh.cli.flusher"]),
            Process("collector", ["-m", "toancanh.cli.collector"]),
            Process("scheduler", ["-m", "toancanh.cli.scheduler"]),
            Process("worker-fast", ["-m", "toancanh.cli.worker", "fast"]),
            Process("worker-slow", ["-m", "toancanh.cli.worker", "slow"]),
            Process("worker-messages", ["-m", "toancanh.cli.worker", "messages"]),
        ]
        if demo:
            from toancanh.config import demo as sample

            accounts = sample.prepare()
            processes.append(Process("demo", ["-m", "toancanh.cli.demo"], once=True))
            processes += [
                Process(f"simulator {name}", told, quiet=True)
                for name, told in sample.simulators(f"http://{shown}:{port}")
            ]
        output.say(_("Toàn Cảnh đang chạy tại http://{host}:{port}").format(host=shown, port=port))
        output.say(_("Dữ liệu nằm trong {home}").format(home=current().path))
        if demo:
            output.say(_("Tài khoản mẫu (mật khẩu chung: {password}):").format(password=sample.PASSWORD))
            for user in accounts:
                output.say(f"  {user.username:<12} {user.get_role_title():<18} {user.name}")
        output.say(_("Nhấn Ctrl+C để dừng."))
        import sys

        sys.stdout.flush()
        Supervisor(processes).run()
    return 0


def claim(host: str, port: int) -> None:
    """Refuse a taken port before anything starts, in words."""
    import errno
    import socket

    from toancanh.base.problems import Problem
    from toancanh.base.reasons import reason

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OverflowError:
            raise Problem("run.range", port=port) from None
        except OSError as error:
            foreign = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
            raise Problem("run.host" if foreign else "run.port", host=host, port=port, reason=reason(error)) from None
