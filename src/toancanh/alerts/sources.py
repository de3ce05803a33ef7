"""Sources: rules on how sources keep their promises: one by one, all behind one machine, and most of them at once."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from django.db.models import Q
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from toancanh.alerts import kinds
from toancanh.alerts.kinds import Kind, Moment
from toancanh.alerts.rules import Group, Missing, Reading, Rule, register
from toancanh.base import clock
from toancanh.base.options import Option, Shape
from toancanh.base.problems import Problem
from toancanh.base.words import Bilingual
from toancanh.sources import freshness, listing
from toancanh.sources.models import Beat, Flow, Source

ALL = ("sources", "all")


def silent(_rule: Rule, now: datetime) -> Iterator[Reading]:
    """Minutes beyond its promise for which each source has said nothing, in its own hours."""
    sources = [each for each in listing.all_sources() if each.expected_every and (each.running or not each.connector)]
    for source, state in zip(sources, freshness.of_all(sources, now).values(), strict=True):
        if state.newest_at is None and not source.connector:
            continue  # nobody ever delivered to it
        facts = _facts(source) | {"promise": source.expected_every, "at": _stamp(state.newest_at)}
        yield Reading(("source", source.name), state.overdue.total_seconds() / 60, source.owner, facts)


def failing(_rule: Rule, now: datetime) -> Iterator[Reading]:
    """Minutes for which each running source could not be read."""
    for flow in Flow.objects.filter(source__running=True).select_related("source"):
        facts = _facts(flow.source) | {"failures": flow.failures, "code": flow.problem}
        yield Reading(("source", flow.source.name), _failed(flow, now), flow.source.owner, facts)


def late(_rule: Rule, now: datetime) -> Iterator[Reading]:
    """Minutes by which what a source tells is older than it promised."""
    promising = Q(source__running=True, source__fresh_within__isnull=False, newest_at__isnull=False)
    for flow in Flow.objects.filter(promising, spoke_at__isnull=False).select_related("source"):
        assert flow.spoke_at and flow.newest_at and flow.source.fresh_within  # noqa: S101, PT018 - the filter says so
        lag = (flow.spoke_at - flow.newest_at).total_seconds() / 60
        facts = _facts(flow.source) | {"promise": flow.source.fresh_within, "lag": round(lag)}
        yield Reading(("source", flow.source.name), lag - flow.source.fresh_within, flow.source.owner, facts)


def host(rule: Rule, now: datetime) -> Iterator[Reading]:
    """Of each machine with several running sources behind it: the share of them that does not speak, in percent."""
    mute = _mute(rule, now)
    behind: dict[str, list[Source]] = defaultdict(list)
    for source in Source.objects.filter(running=True):
        if name := host_of(source):
            behind[name].append(source)
    for name, sources in behind.items():
        if len(sources) >= int(rule.options.get("least") or 2):
            yield _share(("host", name), name, sources, mute)


def most(rule: Rule, now: datetime) -> Iterator[Reading]:
    """The share of all running sources that does not speak, in percent."""
    sources = list(Source.objects.filter(running=True))
    if len(sources) >= int(rule.options.get("least") or 5):
        yield _share(ALL, "", sources, _mute(rule, now))


_OF = {"silent": silent, "failing": failing, "late": late, "host": host, "most": most}


def host_of(source: Source) -> str:
    """The machine that a connected source is asked at; empty where it is none, or none can be told."""
    told = source.options or {}
    if told.get("host"):
        return str(told["host"]).casefold()
    try:
        return (urlsplit(str(told.get("url") or "")).hostname or "").casefold()
    except ValueError:
        return ""


def _share(subject: tuple[str, str], name: str, sources: list[Source], mute: set[str]) -> Reading:
    count = sum(source.name in mute for source in sources)
    facts = {"name": name, "mute": count, "sources": len(sources)}
    return Reading(subject, round(100 * count / len(sources), 1), "", facts)


def _mute(rule: Rule, now: datetime) -> set[str]:
    """The names of sources that are silent beyond their promise, or could not be read for minutes."""
    minutes = float(rule.options.get("minutes") or 5)
    found = {each.subject[1] for each in silent(rule, now) if each.value}
    return found | {each.subject[1] for each in failing(rule, now) if each.value and each.value >= minutes}


def _failed(flow: Flow, now: datetime) -> float:
    return max((now - flow.failing_since).total_seconds() / 60, 0.0) if flow.failing_since else 0.0


def _facts(source: Source) -> dict[str, str]:
    return {"name": source.title, "host": host_of(source)}


def _stamp(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""


def _read(rule: Rule, now: datetime) -> Iterator[Reading]:
    return _OF[rule.options["of"]](rule, now)


def _replay(rule: Rule, since: date, until: date) -> Iterator[Moment]:
    """The minutes of silence that were counted on each day; of the others nothing is kept."""
    if rule.options["of"] != "silent":
        raise Problem("rule.no_replay", reason=_now("hệ thống chỉ giữ số phút im lặng của từng ngày"))
    days: dict[date, list[Reading]] = defaultdict(list)
    for beat in Beat.objects.filter(day__range=(since, until)).select_related("source"):
        facts = _facts(beat.source) | {"promise": beat.source.expected_every}
        days[beat.day].append(Reading(("source", beat.source.name), float(beat.silent), beat.source.owner, facts))
    day = since
    while day <= until:
        yield datetime.combine(day, time.max, clock.VIETNAM).astimezone(UTC), days.get(day, [])
        day += timedelta(days=1)


KIND = kinds.register(
    Kind(
        "silence",
        _("Nguồn im lặng, hỏng hoặc chậm"),
        (
            Option(
                "of",
                _("Xét"),
                Shape.CHOICE,
                required=True,
                known=lambda: {
                    "silent": _("im lặng quá cam kết (phút)"),
                    "failing": _("không đọc được (phút)"),
                    "late": _("dữ liệu cũ hơn cam kết (phút)"),
                    "host": _("mọi nguồn sau một máy chủ (% không nói)"),
                    "most": _("toàn bộ các nguồn (% không nói)"),
                },
            ),
            Option("minutes", _("Coi là hỏng sau (phút)"), Shape.NUMBER, default=5, minimum=0),
            Option("least", _("Ít nhất bao nhiêu nguồn"), Shape.NUMBER, minimum=1),
        ),
        _read,
        _replay,
        lambda _rule: frozenset({"sources"}),
        remark=_("Theo số phút im lặng đã ghi của từng ngày; trong ngày không rõ từ mấy giờ."),
    )
)

SILENT = register(
    Rule(
        "sources.silent",
        "silence",
        Bilingual("Nguồn im lặng", "Silent source"),
        Bilingual(
            "{name} im lặng quá cam kết {promise} phút", "{name} is silent beyond its promise of {promise} minutes"
        ),
        limit=0.01,
        options={"of": "silent"},
        absent=Missing.CLEAR,
        severity=4,
        group=Group.SOURCE,
    )
)
FAILING = register(
    Rule(
        "sources.failing",
        "silence",
        Bilingual("Không đọc được nguồn", "Source cannot be read"),
        Bilingual(
            "Không đọc được {name}, hỏng {failures} lần liên tiếp",
            "{name} cannot be read: {failures} failures in a row",
        ),
        limit=5.0,
        options={"of": "failing"},
        clear=0.001,
        absent=Missing.CLEAR,
        severity=4,
        group=Group.SOURCE,
    )
)
LATE = register(
    Rule(
        "sources.late",
        "silence",
        Bilingual("Dữ liệu đến muộn", "Late data"),
        Bilingual(
            "{name} gửi dữ liệu đã {lag} phút tuổi, cam kết {promise} phút",
            "{name} tells what is {lag} minutes old, its promise is {promise}",
        ),
        limit=0.01,
        options={"of": "late"},
        pending=timedelta(minutes=2),
        absent=Missing.CLEAR,
        severity=3,
        group=Group.SOURCE,
    )
)
_ONE_BY_ONE = ("sources.failing", "sources.late", "sources.silent")
HOST = register(
    Rule(
        "sources.host_down",
        "silence",
        Bilingual("Mất cả một máy chủ nguồn", "A whole source machine is gone"),
        Bilingual(
            "Cả {sources} nguồn sau máy chủ {name} đều không nói", "All {sources} sources behind {name} are mute"
        ),
        limit=100.0,
        options={"of": "host", "minutes": 5, "least": 2},
        absent=Missing.CLEAR,
        severity=5,
        group=Group.RULE,
        inhibits=_ONE_BY_ONE,
    )
)
OUTAGE = register(
    Rule(
        "sources.outage",
        "silence",
        Bilingual("Mất dữ liệu diện rộng", "Province-wide outage"),
        Bilingual("{mute} trong {sources} nguồn không nói cùng lúc", "{mute} of {sources} sources are mute at once"),
        limit=60.0,
        options={"of": "most", "minutes": 5, "least": 5},
        clear=40.0,
        absent=Missing.CLEAR,
        severity=5,
        group=Group.RULE,
        inhibits=(*_ONE_BY_ONE, "sources.host_down"),
    )
)
