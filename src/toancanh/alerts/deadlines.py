"""Deadlines: rules on records whose time is near or over, unit by unit. A domain tells what it watches."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from toancanh.alerts import kinds, rules
from toancanh.alerts.kinds import Kind, Moment
from toancanh.alerts.rules import Missing, Reading, Rule
from toancanh.base import clock
from toancanh.base.options import Option, Shape, Text
from toancanh.base.words import Bilingual
from toancanh.sources.models import Load
from toancanh.units.calendar import WorkingCalendar

if TYPE_CHECKING:  # loaded where records are read
    import pyarrow as pa

EXAMPLES = 3
_EVENING = time(17, 0)  # when the offices close


@dataclass(frozen=True)
class Watch:
    """What a domain watches: the records that wait for something at a moment, as its options say.

    `read` answers with a table: `record` (text, its id), `unit`, `since` (UTC) and `due_at`; further columns are facts,
    `simulated` among them. It must also answer for moments that are past, by what is known today.
    """

    code: str
    record_type: str
    title: Text
    read: "Callable[[datetime, Mapping[str, Any]], pa.Table]"
    options: tuple[Option, ...] = ()


_WATCHES: dict[str, Watch] = {}
_HELD = threading.local()


SENTENCE = Bilingual(
    "{name}: {value} bản ghi, lâu nhất từ {oldest} ({examples})",
    "{name}: {value} records, the oldest since {oldest} ({examples})",
)


def deadline(code: str, watch: str, title: Bilingual, *, limit: float = 1.0, **more: Any) -> Rule:
    """Ship a rule on what a watch finds: how many records of a unit wait; it clears once none does.

    `options` are numbers of the watch.
    """
    options = {"watch": watch, **more.pop("options", {})}
    told: dict[str, Any] = {"sentence": SENTENCE, "absent": Missing.CLEAR} | more
    return rules.register(Rule(code, "deadline", title, limit=limit, options=options, **told))


def register(watch: Watch) -> Watch:
    """Make a watch known under its code."""
    if _WATCHES.setdefault(watch.code, watch) is not watch:
        raise ValueError(f"watch `{watch.code}` is registered twice")
    return watch


def watch_of(rule: Rule) -> Watch:
    """What a deadline rule watches. Raises KeyError."""
    return _WATCHES[rule.options["watch"]]


@contextmanager
def kept() -> Iterator[None]:
    """Keep what is read within, so that whoever listens to an evaluation does not read it again."""
    outermost = getattr(_HELD, "tables", None) is None
    if outermost:
        _HELD.tables = {}
    try:
        yield
    finally:
        if outermost:
            _HELD.tables = None


def members(rule: Rule, now: datetime) -> "pa.Table":
    """The records that a deadline rule finds at a moment: `record`, `unit`, `since`, `due_at` and facts.

    Within an evaluation they are read once for each moment.
    """
    watch = watch_of(rule)
    options = {each.name: each.default for each in watch.options} | {
        k: v for k, v in rule.options.items() if k != "watch"
    }
    tables = getattr(_HELD, "tables", None)
    if tables is None:
        return watch.read(now, options)
    key = (watch.code, json.dumps(options, sort_keys=True), now)
    if key not in tables:
        tables[key] = watch.read(now, options)
    return tables[key]


def by_unit(rule: Rule, now: datetime) -> Iterator[Reading]:
    """How many records of each unit a deadline rule finds; since when the oldest waits, and the first of them."""
    table = members(rule, now)
    if not table.num_rows:
        return
    watch, played = watch_of(rule), "simulated" in table.column_names
    # Only what is told becomes a Python value: of a hundred thousand rows that would take seconds.
    ordered = table.sort_by([("due_at", "ascending"), ("record", "ascending")])
    sums = [("record", "count"), ("since", "min"), ("due_at", "min"), *([("simulated", "max")] if played else [])]
    first: dict[str | None, list[int]] = {}
    for place, unit in enumerate(ordered.column("unit").to_pylist()):
        known = first.setdefault(unit, [])
        if len(known) < EXAMPLES:
            known.append(place)
    for row in ordered.group_by("unit").aggregate(sums).to_pylist():
        unit = row["unit"] or ""
        facts = {
            "watch": str(watch.title),
            "record_type": watch.record_type,
            "oldest": clock.stamp(row["since_min"]) if row["since_min"] else "",
            "due_at": clock.stamp(row["due_at_min"]) if row["due_at_min"] else "",
            "examples": ordered.column("record").take(first[row["unit"]]).to_pylist(),
            "simulated": bool(played and row["simulated_max"]),
        }
        yield Reading(("unit", unit), float(row["record_count"]), unit, facts)


def _replay(rule: Rule, since: date, until: date) -> Iterator[Moment]:
    """What would have been read at the end of each working day."""
    calendar, day = WorkingCalendar.load(), since
    while day <= until:
        if calendar.is_working_day(day):
            moment = datetime.combine(day, _EVENING, clock.VIETNAM)
            yield moment, list(by_unit(rule, moment))
        day += timedelta(days=1)


def _more(told: Mapping[str, Any]) -> tuple[Option, ...]:
    watch = _WATCHES.get(str(told.get("watch", "")))
    return watch.options if watch else ()


def _whole(rule: Rule) -> bool:
    """Whether no file of such records is being loaded: half a history would tell what never was so."""
    loading = (Load.State.WAITING, Load.State.RUNNING)
    return not Load.objects.filter(source__record_type=watch_of(rule).record_type, state__in=loading).exists()


KIND = kinds.register(
    Kind(
        "deadline",
        _("Hạn của bản ghi"),
        (
            Option(
                "watch",
                _("Theo dõi"),
                Shape.CHOICE,
                required=True,
                known=lambda: {code: _WATCHES[code].title for code in sorted(_WATCHES)},
            ),
        ),
        by_unit,
        _replay,
        lambda rule: frozenset({watch_of(rule).record_type}),
        _more,
        ready=_whole,
        every=30.0,
        remark=_("Mỗi ngày làm việc được đọc một lần, lúc 17 giờ; bản ghi được xét theo điều biết đến hôm nay."),
    )
)
