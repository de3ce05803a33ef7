"""Stuck: alerts that nobody looks at any more."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from toancanh.alerts.models import Alert
from toancanh.base import checks, clock
from toancanh.base.checks import Finding
from toancanh.base.problems import Words, register

_UNSEEN = timedelta(minutes=10)

register(
    {
        "alerts.unseen": Words(
            _("{count} cảnh báo không được kiểm tra lại từ {at}."),
            _("Xem tiến trình worker-fast và scheduler của `toancanh run` còn chạy không."),
        ),
    }
)


def unseen() -> Iterator[Finding]:
    """One warning where open alerts have not been looked at for a while."""
    old = Alert.objects.exclude(state=Alert.State.CLEARED).filter(checked_at__lt=clock.now() - _UNSEEN)
    oldest = old.order_by("checked_at").first()
    if oldest:
        at = f"{clock.local(oldest.checked_at):%d/%m/%Y %H:%M}"
        yield Finding("warning", "alerts.unseen", {"count": old.count(), "at": at}, oldest.checked_at)


checks.register("alerts.unseen", unseen)
