"""Stuck: open cases that nobody moves, and those that nobody can answer."""

from collections.abc import Iterator
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from toancanh.base import checks, clock
from toancanh.base.checks import Finding
from toancanh.base.problems import Words, register
from toancanh.cases import access
from toancanh.cases.models import Case
from toancanh.cases.workflow import Party
from toancanh.units import labels
from toancanh.units.tree import Tree

_BEHIND = timedelta(minutes=10)

register(
    {
        "cases.behind": Words(
            _("{count} vụ việc quá bước tiếp theo từ {at} mà chưa được đôn đốc."),
            _("Xem tiến trình worker-fast và scheduler của `toancanh run` còn chạy không."),
        ),
        "cases.nobody": Words(
            _("{count} vụ việc ở {unit} không có ai để trả lời, cũ nhất từ {at}."),
            _("Tạo tài khoản cho cán bộ đơn vị này, hoặc chuyển vụ việc sang đơn vị khác."),
        ),
        "cases.homeless": Words(
            _("{count} vụ việc ở {unit}, đơn vị không còn và không có đơn vị kế thừa."),
            _("Chuyển vụ việc sang đơn vị đang hoạt động."),
        ),
    }
)


def behind() -> Iterator[Finding]:
    """One error where steps of open cases lie in the past."""
    old = Case.objects.filter(is_open=True, next_at__lt=clock.now() - _BEHIND).order_by("next_at")
    first = old.first()
    if first and first.next_at:
        yield Finding("error", "cases.behind", {"count": old.count(), "at": _at(first.next_at)}, first.next_at)


def homeless() -> Iterator[Finding]:
    """An error for each gone unit without an heir that has open cases."""
    tree = Tree.at(clock.today())
    units = Case.objects.filter(is_open=True).order_by().values_list("unit", flat=True).distinct()
    for unit in units:
        if unit not in tree:
            count = Case.objects.filter(is_open=True, unit=unit).count()
            yield Finding("error", "cases.homeless", {"count": count, "unit": labels.name(unit)})


def nobody() -> Iterator[Finding]:
    """A warning for each unit with open cases and nobody who may answer them."""
    units = Case.objects.filter(is_open=True).order_by().values_list("unit", flat=True).distinct()
    for unit in units:
        if not access.people(Party.UNIT, unit):
            own = Case.objects.filter(is_open=True, unit=unit).order_by("created_at")
            first = own[0]
            params = {"count": own.count(), "unit": labels.name(unit), "at": _at(first.created_at)}
            yield Finding("warning", "cases.nobody", params, first.created_at)


def _at(moment: object) -> str:
    return f"{clock.local(moment):%d/%m/%Y %H:%M}"  # type: ignore[arg-type]


checks.register("cases.behind", behind)
checks.register("cases.homeless", homeless)
checks.register("cases.nobody", nobody)
