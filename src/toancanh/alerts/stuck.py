"""Stuck: alerts that nobody looks at or takes on, rules that cannot be read."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Count, Min
from django.utils.translation import gettext_lazy as _

from toancanh.alerts import listing, rules
from toancanh.alerts.models import Alert, RuleState
from toancanh.base import checks, clock
from toancanh.base.checks import Finding
from toancanh.base.problems import Words, explain, register

_UNSEEN = timedelta(minutes=10)
# How long an alert may fire before somebody takes it on, by its severity.
PATIENCE = {
    5: timedelta(minutes=15),
    4: timedelta(hours=1),
    3: timedelta(hours=8),
    2: timedelta(days=2),
    1: timedelta(days=7),
}

register(
    {
        "alerts.unseen": Words(
            _("{count} cảnh báo không được kiểm tra lại từ {at}."),
            _("Xem tiến trình worker-fast của `toancanh run` còn chạy không, và luật nào không đọc được."),
        ),
        "alerts.untaken": Words(
            _("{count} cảnh báo mức {severity} chưa ai tiếp nhận, lâu nhất từ {at}."),
            _("Mở trang Cảnh báo, tiếp nhận hoặc tạm im có lý do."),
        ),
        "alerts.unreadable": Words(
            _("Luật {rule} không đọc được từ {at}: {reason}"), _("Mở luật, sửa rồi ban hành bản mới, hoặc tắt luật.")
        ),
    }
)


def unseen() -> Iterator[Finding]:
    """One warning where open alerts have not been looked at for a while."""
    old = Alert.objects.exclude(state=Alert.State.CLEARED).filter(checked_at__lt=clock.now() - _UNSEEN)
    oldest = old.order_by("checked_at").first()
    if oldest:
        yield Finding(
            "warning", "alerts.unseen", {"count": old.count(), "at": _at(oldest.checked_at)}, oldest.checked_at
        )


def untaken() -> Iterator[Finding]:
    """A warning for each severity of which alerts fire longer than they may before somebody takes them on."""
    waiting = listing.queue(Alert.objects.all()).filter(acknowledged_at=None).order_by()
    for severity, patience in PATIENCE.items():
        late = waiting.filter(severity=severity, fired_at__lt=clock.now() - patience)
        found = late.aggregate(count=Count("pk"), first=Min("fired_at"))
        if found["count"]:
            told: dict[str, object] = {"count": found["count"], "severity": severity, "at": _at(found["first"])}
            yield Finding("warning", "alerts.untaken", told)


def unreadable() -> Iterator[Finding]:
    """An error for each rule in force that cannot be read, or whose published version cannot."""
    for code, problem in sorted(rules.unreadable().items()):
        at, reason = _at(clock.now()), problem.explain().what
        yield Finding("error", "alerts.unreadable", {"rule": code, "at": at, "reason": reason})
    known = {rule.code for rule in rules.in_force()}
    for state in RuleState.objects.filter(failing_since__isnull=False, rule__in=known).order_by("rule"):
        assert state.failing_since  # noqa: S101 - the filter says so
        reason = explain(state.problem, state.problem_params).what
        yield Finding(
            "error", "alerts.unreadable", {"rule": state.rule, "at": _at(state.failing_since), "reason": reason}
        )


def _at(moment: datetime) -> str:
    return f"{clock.local(moment):%d/%m/%Y %H:%M}"


checks.register("alerts.unseen", unseen)
checks.register("alerts.untaken", untaken)
checks.register("alerts.rules", unreadable)
