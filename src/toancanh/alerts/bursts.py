"""Bursts: rules on how many records of a kind come within minutes, and on how many rows of a load are refused."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext_lazy as _

from toancanh.alerts import kinds
from toancanh.alerts.kinds import Kind, Moment
from toancanh.alerts.rules import Group, Missing, Reading, Rule, register
from toancanh.base import clock
from toancanh.base.options import REFUSED, Option, Shape, Text
from toancanh.base.problems import Problem
from toancanh.base.words import Bilingual
from toancanh.sources.models import Load, Reject
from toancanh.warehouse import types

_USUAL = timedelta(days=30)
_RECENT = timedelta(days=2)  # a load that ended before is history
_SLOT = timedelta(hours=1)  # between two looks at what is past
OPERATORS = ("=", "!=", ">=", "<=", ">", "<")
_REJECTED = {"times": 3.0, "least_share": 2.0, "least": 5.0}


def rejecting(rule: Rule, now: datetime) -> Iterator[Reading]:
    """How many times the usual share of rows the latest load of each source has refused and nobody has mended."""
    standing = Load.objects.filter(state__in=(Load.State.OPEN, Load.State.DONE), restores=None)
    latest = standing.filter(created_at__gte=now - _RECENT, created_at__lte=now + _RECENT).order_by()
    newest = latest.values("source").annotate(newest=Max("pk"))
    loads = Load.objects.filter(pk__in=[row["newest"] for row in newest]).select_related("source")
    still = dict(
        Reject.objects.filter(load__in=loads, state=Reject.State.OPEN)
        .values_list("load")
        .annotate(count=Count("pk"))
        .order_by()
    )
    usual = _usual(now)
    for load in loads:
        yield _refused(rule, load, still.get(load.pk, 0), usual.get(load.source_id, 0.0))


def _refused(rule: Rule, load: Load, rejected: int, before: float) -> Reading:
    told = _REJECTED | {name: value for name, value in rule.options.items() if value is not None}
    share = rejected / load.read if load.read else 0.0
    limit = max(before * told["times"], told["least_share"] / 100)
    facts = {"name": load.source.title, "load": load.pk, "rejected": rejected, "read": load.read}
    facts |= {"share": round(share * 100, 1), "usual": round(before * 100, 1)}
    value = share / limit if rejected >= told["least"] else 0.0
    return Reading(("source", load.source.name), value, load.source.owner, facts)


def _usual(now: datetime) -> dict[int, float]:
    """Of each source the share of rows that was refused in the days before, its latest load left out."""
    past = Load.objects.filter(state=Load.State.DONE, created_at__range=(now - _USUAL, now - timedelta(hours=12)))
    sums = past.order_by().values_list("source").annotate(read=Sum("read"), rejected=Sum("rejected"))
    return {source: rejected / read for source, read, rejected in sums if read}


def counted(rule: Rule, now: datetime) -> Iterator[Reading]:
    """How many records that came within the minutes meet the conditions, or their share in percent, each by its own."""
    from toancanh.warehouse import reading
    from toancanh.warehouse.sql import quote

    told = rule.options
    kind = types.get(told["record_type"])
    by = "source" if told.get("by") == "source" else kind.unit
    conditions, values = _sql(kind, str(told.get("conditions") or ""))
    since = now - timedelta(minutes=float(told.get("minutes") or 60))
    meets = " AND ".join(conditions) or "true"
    rows = reading.fetch(
        f"SELECT {quote(by or 'source')} AS subject, count(*) AS total, count(*) FILTER (WHERE {meets}) AS met "
        f"FROM {reading.records(kind.name)} WHERE known_at > ? AND known_at <= ? GROUP BY 1",
        [*values, since.astimezone(UTC), now.astimezone(UTC)],
    ).to_pylist()
    least = float(told.get("least") or 0)
    for row in rows:
        if row["subject"] is None or row["total"] < least:
            continue
        value = 100 * row["met"] / row["total"] if told.get("measure") == "share" else float(row["met"])
        of_unit = by != "source"
        facts = {"record_type": kind.name, "records": str(kind.title), "met": row["met"], "total": row["total"]}
        facts |= {"minutes": told.get("minutes") or 60}
        subject = ("unit" if of_unit else "source", str(row["subject"]))
        yield Reading(subject, value, subject[1] if of_unit else "", facts)


def _sql(kind: types.RecordType, text: str) -> tuple[list[str], list[Any]]:
    """Conditions over the fields of a record type, one a line (`field operator value`), and the values they compare.

    Raises option.value.
    """
    from toancanh.warehouse.sql import quote

    conditions, values = [], []
    for line in filter(None, map(str.strip, text.splitlines())):
        parts = line.split(None, 2)
        if len(parts) != 3 or parts[1] not in OPERATORS:
            raise _wrong(_("mỗi dòng viết: trường, dấu so sánh ({operators}), giá trị"), operators=" ".join(OPERATORS))
        name, operator, value = parts
        try:
            field = kind.field(name)
        except KeyError:
            names = ", ".join(each.name for each in kind.fields)
            raise _wrong(_("không có trường `{name}`; các trường: {names}"), name=name, names=names) from None
        conditions.append(f"{quote(name)} {operator} ?")
        values.append(_value(field, value))
    return conditions, values


def _value(field: types.Field, told: str) -> Any:
    readers: dict[types.Kind, Callable[[str], Any]] = {
        types.Kind.INTEGER: int,
        types.Kind.NUMBER: float,
        types.Kind.DATE: clock.parse_day,
        types.Kind.TIME: clock.parse_moment,
        types.Kind.BOOLEAN: lambda text: {"true": True, "false": False}[text],
    }
    try:
        return readers.get(field.kind, str)(told)
    except (ValueError, KeyError):
        raise _wrong(_("`{value}` không hợp với trường `{name}`"), value=told, name=field.name) from None


def _wrong(reason: Text, **params: str) -> Problem:
    return Problem(REFUSED, option="conditions", reason=str(reason).format(**params))


def _read(rule: Rule, now: datetime) -> Iterator[Reading]:
    return rejecting(rule, now) if rule.options["of"] == "rejected" else counted(rule, now)


def _replay(rule: Rule, since: date, until: date) -> Iterator[Moment]:
    begin = datetime.combine(since, datetime.min.time(), clock.VIETNAM)
    end = datetime.combine(until, datetime.max.time(), clock.VIETNAM)
    if rule.options["of"] == "rejected":
        standing = Q(state__in=(Load.State.OPEN, Load.State.DONE), restores=None)
        for load in Load.objects.filter(standing, created_at__range=(begin, end)).select_related("source"):
            usual = _usual(load.created_at).get(load.source_id, 0.0)
            yield load.created_at, [_refused(rule, load, load.rejected, usual)]
        return
    moment = begin
    while moment <= end:
        yield moment, list(counted(rule, moment))
        moment += _SLOT


def _hears(rule: Rule) -> frozenset[str]:
    return frozenset({"sources"} if rule.options["of"] == "rejected" else {rule.options["record_type"]})


def _record_types() -> Mapping[str, Text]:
    return {each.name: each.title for each in types.all_types()}


def _more(told: Mapping[str, Any]) -> tuple[Option, ...]:
    if told.get("of") == "rejected":
        return (
            Option("times", _("Gấp mấy lần tỷ lệ thường ngày"), Shape.NUMBER, default=3, minimum=1),
            Option("least_share", _("Tỷ lệ ít nhất (%)"), Shape.NUMBER, default=2, minimum=0, maximum=100),
            Option("least", _("Số dòng ít nhất"), Shape.NUMBER, default=5, minimum=1),
        )
    return (
        Option("record_type", _("Loại bản ghi"), Shape.CHOICE, required=True, known=_record_types),
        Option("conditions", _("Điều kiện"), Shape.LINES, default="", help=_("Mỗi dòng một điều kiện: `fee > 0`.")),
        Option("minutes", _("Trong bao nhiêu phút"), Shape.NUMBER, default=60, minimum=1, maximum=10080),
        Option(
            "by",
            _("Tính theo"),
            Shape.CHOICE,
            default="unit",
            known=lambda: {"unit": _("đơn vị"), "source": _("nguồn dữ liệu")},
        ),
        Option(
            "measure",
            _("Đo bằng"),
            Shape.CHOICE,
            default="count",
            known=lambda: {"count": _("số bản ghi"), "share": _("tỷ lệ trong số đã đến (%)")},
        ),
        Option("least", _("Số bản ghi ít nhất"), Shape.NUMBER, default=0, minimum=0),
    )


def _check(told: Mapping[str, Any]) -> None:
    """Refuse conditions that the record type cannot meet. Raises option.value."""
    if told.get("of") == "rejected":
        return
    kind = types.get(told["record_type"])
    _sql(kind, str(told.get("conditions") or ""))
    if told.get("by") != "source" and kind.unit is None:
        raise Problem(REFUSED, option="by", reason=str(_("loại bản ghi này không thuộc đơn vị nào")))


KIND = kinds.register(
    Kind(
        "burst",
        _("Dồn dập trong một khoảng thời gian"),
        (
            Option(
                "of",
                _("Đếm"),
                Shape.CHOICE,
                required=True,
                known=lambda: {
                    "records": _("bản ghi đến trong một khoảng"),
                    "rejected": _("dòng bị loại của lần nạp mới nhất"),
                },
            ),
        ),
        _read,
        _replay,
        _hears,
        _more,
        check=_check,
        remark=_("Mỗi giờ, hoặc mỗi lần nạp, được đọc một lần; dòng bị loại tính như lúc nạp, chưa trừ dòng đã sửa."),
    )
)
REJECTING = register(
    Rule(
        "sources.rejecting",
        "burst",
        Bilingual("Nhiều dòng bị loại", "Many rejected rows"),
        Bilingual(
            "{name}: {rejected} trong {read} dòng bị loại ({share} %, thường {usual} %)",
            "{name}: {rejected} of {read} rows rejected ({share} %, usually {usual} %)",
        ),
        limit=1.0,
        options={"of": "rejected", **_REJECTED},
        clear=0.8,
        absent=Missing.CLEAR,
        severity=3,
        group=Group.SOURCE,
    )
)
