"""Storms: a rule that finds far too much at once is held back, and one alert tells of the rule itself."""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from toancanh.alerts import kinds
from toancanh.alerts.kinds import Kind, Moment
from toancanh.alerts.rules import Group, Reading, Rule, register
from toancanh.base.problems import Problem
from toancanh.base.words import Bilingual


def _read(_rule: Rule, _now: datetime) -> Iterator[Reading]:
    """Nothing: what is held back is told by the evaluation of the rule that it is about."""
    return iter(())


def _replay(_rule: Rule, _since: date, _until: date) -> Iterator[Moment]:
    raise Problem("rule.no_replay", reason=_now("luật này nói về chính các luật khác"))


def reading_of(rule: Rule, count: int) -> Reading:
    """What is told of a rule that would have made so many new alerts at once."""
    facts = {"name": str(rule.title.vi), "code": rule.code, "most": rule.most}
    return Reading(("rule", rule.code), count / rule.most, "", facts | {"count": count})


KIND = kinds.register(Kind("storm", _("Luật báo quá nhiều"), (), _read, _replay, writable=False))
STORM = register(
    Rule(
        "alerts.storm",
        "storm",
        Bilingual("Luật báo quá nhiều cùng lúc", "A rule that fires too often"),
        Bilingual(
            "Luật “{name}” báo {count} đối tượng cùng lúc, quá {most}: đang được giữ lại, chưa tạo cảnh báo mới",
            "Rule “{name}” fires for {count} subjects at once, over {most}: it is held back, no new alerts",
        ),
        limit=1.0,
        severity=4,
        group=Group.RULE,
    )
)
