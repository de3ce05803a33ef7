"""Walking: what happens to open cases as time goes by, without anybody's doing."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from toancanh.base import clock
from toancanh.cases import actions
from toancanh.cases.models import Case
from toancanh.units import labels
from toancanh.units.tree import Tree

MOST = 1000  # steps of one walk; the rest waits for the next


def walk(now: datetime | None = None) -> int:
    """Send the open cases of gone units on, then take each step that is due; returns how many steps were taken."""
    now = now or clock.now()
    inherit(now)
    due = Case.objects.filter(is_open=True, next_at__lte=now).order_by("next_at").values_list("pk", flat=True)[:MOST]
    taken = 0
    for pk in list(due):
        with transaction.atomic():
            case = actions.locked(pk)
            if case.is_open and case.next_at is not None and case.next_at <= now:
                actions.step(case, now)
                taken += 1
    return taken


def inherit(now: datetime) -> int:
    """Open cases of units that ceased to exist go to those that answer for them, with a note; returns how many."""
    tree = Tree.at(clock.local(now).date())
    held = Case.objects.filter(is_open=True).order_by().values_list("unit", flat=True).distinct()
    heirs = {unit: tree.answering(unit) for unit in held if unit not in tree}
    moved = 0
    for unit, heir in heirs.items():
        if heir not in tree:
            continue  # nobody answers for it: the auditor says so
        reason = _("{unit} không còn; {heir} kế thừa.").format(unit=labels.name(unit), heir=labels.name(heir))
        for pk in Case.objects.filter(is_open=True, unit=unit).values_list("pk", flat=True):
            actions.act(pk, "reassign", person=None, fields={"unit": heir, "reason": reason}, now=now)
            moved += 1
    return moved
