"""Heartbeats: each process says that it lives; one that has not for a while is dead, whatever its supervisor thinks."""

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db import connection
from django.db.utils import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from toancanh.base import checks, clock
from toancanh.base.checks import Finding
from toancanh.base.models import Heartbeat
from toancanh.base.problems import Words, register

EVERY = 5.0  # seconds
DEAD = timedelta(seconds=30)
_PAGE = resource.getpagesize()

register(
    {
        "process.silent": Words(
            _("Tiến trình {process} không có dấu hiệu sống từ {at}."),
            _("Xem nhật ký của `toancanh run`; khởi động lại nếu tiến trình không tự sống lại."),
        ),
    }
)


@contextmanager
def beating(process: str) -> Iterator[None]:
    """Tell every few seconds that this process lives, for as long as the block runs; its end is told, too."""
    stopping = threading.Event()
    thread = threading.Thread(target=_beat, args=(process, stopping), name="heartbeat", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stopping.set()
        thread.join(1.0)
        Heartbeat.objects.filter(process=process, pid=os.getpid()).delete()


def _beat(process: str, stopping: threading.Event) -> None:
    started = clock.now()
    while True:
        try:
            told = {"pid": os.getpid(), "started_at": started, "at": clock.now(), "memory": memory()}
            Heartbeat.objects.update_or_create(process=process, defaults=told)
        except (OperationalError, InterfaceError):  # the next one may come through
            connection.close()
        if stopping.wait(EVERY):
            connection.close()
            return


def memory() -> int:
    """How many bytes of memory this process holds."""
    with open("/proc/self/statm") as handle:  # noqa: PTH123 - no path of ours
        return int(handle.read().split()[1]) * _PAGE


def alive(pid: int) -> bool:
    """Whether the process of that number has told of itself lately."""
    return Heartbeat.objects.filter(pid=pid, at__gt=clock.now() - DEAD).exists()


def silent() -> Iterator[Finding]:
    """One error for each process that stopped without a word."""
    for beat in Heartbeat.objects.filter(at__lt=clock.now() - DEAD).order_by("process"):
        at = f"{clock.local(beat.at):%d/%m/%Y %H:%M:%S}"
        yield Finding("error", "process.silent", {"process": beat.process, "at": at})


checks.register("base.processes", silent)
