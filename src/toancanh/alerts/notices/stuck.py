"""Stuck: what waits to be told longer than it may, and what was never told."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from toancanh.alerts.notices.models import Channel, Delivery, Message, Notice
from toancanh.base import checks, clock
from toancanh.base.checks import Finding
from toancanh.base.problems import Words, register

_PATIENCE = timedelta(minutes=5)  # beyond what a notice waits for others
_RECENT = timedelta(days=7)

register(
    {
        "notices.late": Words(
            _("{count} thông báo chờ gửi quá hạn, lâu nhất từ {at}."),
            _("Xem tiến trình worker-messages của `toancanh run` còn chạy không, và kênh gửi có bị treo không."),
        ),
        "notices.off": Words(
            _("{count} thông báo chờ kênh {channel} đang tắt, lâu nhất từ {at}."),
            _("Bật lại kênh ở trang Tin đã gửi."),
        ),
        "notices.dead": Words(
            _("{count} thông báo không gửi được trong 7 ngày qua."), _("Xem lý do và gửi lại ở trang Tin đã gửi.")
        ),
        "notices.unclear": Words(
            _("{count} thông báo đã gửi mà không rõ nơi nhận đã nhận chưa, trong 7 ngày qua."),
            _("Hỏi người nhận; nếu chưa nhận được thì gửi lại ở trang Tin đã gửi."),
        ),
    }
)


def late() -> Iterator[Finding]:
    """What waits longer than it may: one finding for the sender, one for each channel that is off."""
    before = clock.now() - _PATIENCE
    waiting = Delivery.objects.filter(state=Delivery.State.WAITING, due_at__lt=before)
    ready = Message.objects.filter(state__in=(Message.State.READY, Message.State.FAILED), next_at__lt=before)
    held = Message.objects.filter(state=Message.State.SENDING, claimed_at__lt=before)
    on = [
        (waiting.filter(address__channel__on=True), "due_at"),
        (ready.filter(address__channel__on=True), "next_at"),
        (held, "claimed_at"),
    ]
    if count := sum(found.count() for found, _since in on):
        oldest = [found.aggregate(at=Min(since))["at"] for found, since in on]
        yield Finding("error", "notices.late", {"count": count, "at": _at(min(filter(None, oldest)))})
    for channel in Channel.objects.filter(on=False).order_by("name"):
        off = waiting.filter(address__channel=channel)
        if count := off.count():
            told = {"count": count, "channel": channel.name, "at": _at(off.aggregate(at=Min("due_at"))["at"])}
            yield Finding("warning", "notices.off", told)


def ended_badly() -> Iterator[Finding]:
    """What was lately given up, or sent without anybody knowing whether it arrived."""
    recent = Notice.objects.filter(at__gte=clock.now() - _RECENT)
    for state, code in ((Notice.State.DEAD, "notices.dead"), (Notice.State.UNKNOWN, "notices.unclear")):
        if count := recent.filter(state=state).count():
            yield Finding("warning", code, {"count": count})


def _at(moment: datetime) -> str:
    return f"{clock.local(moment):%d/%m/%Y %H:%M}"


checks.register("notices.late", late)
checks.register("notices.ended_badly", ended_badly)
