"""Evaluation: the rules are read, their alerts brought up to what they find, and whoever builds on them is told."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import structlog
from django.db.utils import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from toancanh.alerts import deadlines, holding, kinds, life, rules
from toancanh.alerts.models import Alert, RuleState
from toancanh.alerts.rules import Rule
from toancanh.base import clock, events
from toancanh.base.problems import Problem, Words, register
from toancanh.units import revision

log = structlog.get_logger()
EVALUATED = "alerts.evaluated"
_NOTED = timedelta(seconds=60)  # how often a rule that is read well says so

register(
    {
        "rule.unreadable": Words(
            _("Không đọc được luật: {reason}."),
            _("Xem chỉ tiêu, loại bản ghi và tuỳ chọn của luật còn đúng không."),
            500,
        ),
    }
)


def evaluate(now: datetime | None = None, wanted: Iterable[Rule] | None = None) -> int:
    """Read rules, all that are in force unless told otherwise, and bring their alerts up to what they find.

    Returns how many alerts fired or cleared. A rule that cannot be read leaves its alerts as they are, keeps no other
    from being read, and its state says why. Then `alerts.evaluated` is told, with `rules` and the moment `at`.
    """
    moment = now or clock.now()
    changed, read = 0, []
    with revision.held(), deadlines.kept():
        for rule in rules.in_force() if wanted is None else wanted:
            begun = time.monotonic()
            try:
                if not kinds.get(rule.kind).ready(rule):
                    continue
                counted = _Counted(rule.read(moment))
                changed += life.apply(rule, counted, moment)
            except (OperationalError, InterfaceError):
                raise
            except Exception as error:
                log.exception("alerts.rule", rule=rule.code)
                _failed(rule, error, moment)
                continue
            _noted(rule, counted.count, time.monotonic() - begun, moment)
            read.append(rule.code)
        if wanted is None:
            changed += tidy(moment)
        holding.bring_up(moment)
        _tell(read, moment)
    return changed


def _tell(read: list[str], moment: datetime) -> None:
    """Tell who listens; one that breaks keeps no rule from being read."""
    try:
        events.emit(EVALUATED, rules=read, at=moment)
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.exception("alerts.listener", rules=read)


def tidy(now: datetime | None = None) -> int:
    """Clear the alerts of rules, and about rules, that are no longer read; returns how many."""
    return life.end(_ended(), {rule.code for rule in rules.in_force()}, now or clock.now())


class _Counted:
    """Readings that are counted as they are gone through."""

    def __init__(self, readings: Iterable[rules.Reading]) -> None:
        self._readings, self.count = readings, 0

    def __iter__(self) -> Iterator[rules.Reading]:
        for reading in self._readings:
            self.count += 1
            yield reading


def _ended() -> list[str]:
    """Rules that have open alerts and are not read any more; one that cannot be read is only waited for."""
    found = Alert.objects.exclude(state=Alert.State.CLEARED).order_by().values_list("rule", flat=True).distinct()
    return sorted(set(found) - {rule.code for rule in rules.in_force()} - rules.unreadable().keys())


def _failed(rule: Rule, error: Exception, now: datetime) -> None:
    if isinstance(error, Problem):
        code, params = error.code, error.params
    else:
        code, params = "rule.unreadable", {"reason": f"{type(error).__name__}: {error}"}
    told = {"problem": code, "problem_params": {name: str(value) for name, value in params.items()}}
    state, _made = RuleState.objects.get_or_create(rule=rule.code)
    if state.failing_since is None or state.problem_params != told["problem_params"]:
        RuleState.objects.filter(pk=state.pk).update(**told, failing_since=state.failing_since or now)


def _noted(rule: Rule, readings: int, took: float, now: datetime) -> None:
    known = RuleState.objects.filter(rule=rule.code).first() or RuleState(rule=rule.code)
    well = known.failing_since is None and known.read_at is not None
    if well and known.read_at is not None and abs(now - known.read_at) < _NOTED:
        return
    known.read_at, known.took, known.readings = now, took, readings
    known.failing_since, known.problem, known.problem_params = None, "", {}
    known.save()
