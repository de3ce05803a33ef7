"""Reconciled: the tables of a reconciliation as pages, downloads and commands show them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, overload

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from toancanh.access.scope import Scope
from toancanh.base import clock
from toancanh.base.numbers import plain
from toancanh.base.text import sort_key
from toancanh.indicators import provenance, reconciling
from toancanh.indicators import reconciliation as reconciliations
from toancanh.indicators.reconciliation import DIFFERS, KINDS, Counts, Reconciliation, Side
from toancanh.indicators.reconciling import Counted, Difference, Wanted
from toancanh.screens import recordtable
from toancanh.screens.boards import number
from toancanh.screens.context import province_code
from toancanh.screens.tables import Column, Table
from toancanh.units import labels

KIND_NAMES: Mapping[str, str | Promise] = {
    "only_left": gettext_lazy("Chỉ có ở {left}"),
    "only_right": gettext_lazy("Chỉ có ở {right}"),
    "differs": gettext_lazy("Khác nhau"),
    "on_the_way": gettext_lazy("Đang trên đường"),
}


def kind_name(kind: str, reconciliation: Reconciliation) -> str:
    """A kind of difference in words."""
    return str(KIND_NAMES[kind]).format(left=reconciliation.left.name, right=reconciliation.right.name)


def field_name(name: str, reconciliation: Reconciliation) -> str:
    """A compared field by its title."""
    return str(reconciliation.left.kind.field(name).title)


def sentence(reconciliation: Reconciliation, counts: Counts) -> str:
    """How well the two agree, in a sentence or two."""
    if counts.agreement is None:
        return _("Chưa có gì để đối soát trong kỳ này.")
    told = _(
        "Hai nguồn khớp nhau {percent} %: {equal} trong {judged} {things}; {differs} khác nhau, {only_left} chỉ có ở "
        "{left}, {only_right} chỉ có ở {right}."
    ).format(
        percent=plain(counts.agreement, 2, get_language() or "vi"),
        equal=number(counts.equal),
        judged=number(counts.judged),
        things=reconciliation.things,
        differs=number(counts.differs),
        only_left=number(counts.only_left),
        only_right=number(counts.only_right),
        left=reconciliation.left.name,
        right=reconciliation.right.name,
    )
    if not counts.on_the_way:
        return told
    way = _("{count} {things} đang trên đường: vừa thay đổi trong {hours} giờ qua, chưa tính là lệch.").format(
        count=number(counts.on_the_way), things=reconciliation.things, hours=reconciliation.hours
    )
    return f"{told} {way}"


def by_unit(reconciliation: Reconciliation, units: Mapping[str, Counts], wanted: Wanted, query: str = "") -> Table:
    """A row for each unit, those with the most differences first; each leads to its own."""
    columns = [
        Column("unit", _("Đơn vị")),
        Column("agreement", _("Khớp"), "%", 2, numeric=True),
        Column("all", str(reconciliation.things).capitalize(), numeric=True),
        Column("both", _("Có ở cả hai"), numeric=True),
        Column("equal", _("Khớp hoàn toàn"), numeric=True),
        *(Column(kind, kind_name(kind, reconciliation), numeric=True) for kind in KINDS),
        *(
            Column(f"differs_{name}", _("Lệch: {field}").format(field=field_name(name, reconciliation)), numeric=True)
            for name in reconciliation.fields
        ),
    ]
    rows = [
        {
            "unit": labels.name(code, wanted.until),
            "code": code,
            "href": f"?unit={code}{query}#differences" if code != wanted.unit else "",
            "agreement": counts.agreement,
            "all": counts.all,
            "both": counts.both,
            "equal": counts.equal,
            **{kind: counts.of(kind) for kind in KINDS},
            **{f"differs_{name}": value for name, value in counts.fields.items()},
        }
        for code, counts in sorted(units.items(), key=_worst)
    ]
    return Table(_("Theo đơn vị"), columns, rows)


@dataclass
class Listed(Sequence[Difference]):
    """The differences that are asked for, read when they are looked at; how many there are was counted before."""

    reconciliation: Reconciliation
    scope: Scope
    wanted: Wanted
    counted: Counted
    total: int

    def __len__(self) -> int:
        return self.total

    @overload
    def __getitem__(self, place: int) -> Difference: ...

    @overload
    def __getitem__(self, place: slice) -> list[Difference]: ...

    def __getitem__(self, place: int | slice) -> Difference | list[Difference]:
        if isinstance(place, int):
            return self[place : place + 1][0]
        first, last, _step = place.indices(self.total)
        if first >= last:
            return []
        return reconciling.differences(
            self.reconciliation, self.scope, self.wanted, self.counted.until, last - first, first
        )


@dataclass(frozen=True)
class Found:
    """What was asked of a reconciliation: counted, narrowed, summed for the chosen unit."""

    reconciliation: Reconciliation
    counted: Counted
    wanted: Wanted
    scope: Scope
    counts: Counts

    @property
    def listed(self) -> Listed:
        """The differences."""
        return Listed(self.reconciliation, self.scope, self.wanted, self.counted, self.wanted.of(self.counts))

    def units(self) -> dict[str, Counts]:
        """The counts of the units under the chosen one, and of its own."""
        return self.counted.units(
            self.wanted.within(self.scope), self.wanted.since, self.wanted.until, self.wanted.unit or province_code()
        )

    def as_dict(self) -> dict[str, Any]:
        """As programs read it: what is compared, what it comes to in all and by unit, and what that rests on."""
        about, wanted = self.reconciliation, self.wanted
        return {
            "code": about.code,
            "title": {"vi": about.title.vi, "en": about.title.en},
            "law": about.law,
            **{
                name: {
                    "record_type": side.record_type,
                    "name": {"vi": side.name.vi, "en": side.name.en},
                    "inputs": dict(self.counted.inputs.get(side.record_type, {})),
                }
                for name, side in (("left", about.left), ("right", about.right))
            },
            "fields": list(about.fields),
            "grace_hours": about.hours,
            "from": wanted.since,
            "to": wanted.until,
            "unit": wanted.unit,
            "counted_at": clock.stamp(self.counted.at),
            "simulated": self.counted.simulated,
            "total": self.counts.as_dict(),
            "units": [
                {"unit": code, "name": labels.name(code, wanted.until), **counts.as_dict()}
                for code, counts in sorted(self.units().items(), key=_worst)
            ],
        }


def ask(
    code: str,
    scope: Scope,
    unit: str = "",
    since: date | None = None,
    until: date | None = None,
    kind: str = "",
    field: str = "",
    patience: float = 0.0,
) -> Found:
    """Ask a reconciliation, of all days there are where none are told.

    Raises reconciliation.unknown, reconciliation.kind, reconciliation.field.
    """
    reconciliation = reconciliations.get(code)
    counted = reconciling.counted(reconciliation, patience)
    first, last = counted.days() or (clock.today(), clock.today())
    wanted = Wanted(since or min(first, until or first), until or max(last, since or last), unit, kind, field)
    wanted.check(reconciliation)
    return Found(
        reconciliation, counted, wanted, scope, counted.total(wanted.within(scope), wanted.since, wanted.until)
    )


def listing(reconciliation: Reconciliation, found: Iterable[Difference], title: str = "") -> Table:
    """Differences as rows: what it is, both values of each field that differs, and where either was told."""
    found = list(found)
    left, right = str(reconciliation.left.name), str(reconciliation.right.name)
    columns = [
        *(Column(name, str(reconciliation.left.kind.field(name).title)) for name in reconciliation.subject),
        Column("unit", _("Đơn vị")),
        Column("day", field_name(reconciliation.day, reconciliation)),
        Column("kind", _("Loại lệch")),
        Column("left", left),
        Column("right", right),
        Column("left_from", _("Nguồn của {side}").format(side=left)),
        Column("right_from", _("Nguồn của {side}").format(side=right)),
    ]
    sides = [row for each in found for row in (each.left, each.right) if row]
    loads = provenance.loads_of({(row["source"], row["batch"]) for row in sides})
    rows = [
        {
            **dict(zip(reconciliation.subject, each.subject, strict=True)),
            "unit": labels.name(each.unit, each.day),
            "day": each.day,
            "kind": _kind(each, reconciliation),
            "left": _values(each, each.left, reconciliation, reconciliation.left),
            "right": _values(each, each.right, reconciliation, reconciliation.right),
            "left_from": _origin(each.left, loads),
            "right_from": _origin(each.right, loads),
        }
        for each in found
    ]
    return Table(title or _("Từng chỗ lệch"), columns, rows)


def note(reconciliation: Reconciliation, counted: Counted, wanted: Wanted) -> str:
    """What a table rests on: which days, which sources with their highest batches, as of when."""
    told = [_("Từ {since} đến {until}.").format(since=_day(wanted.since), until=_day(wanted.until))]
    for side in (reconciliation.left, reconciliation.right):
        told.append(f"{side.name}: {sources(counted, side) or '–'}.")
    if counted.simulated:
        told.append(_("SỐ LIỆU MÔ PHỎNG."))
    return " ".join(told)


def sources(counted: Counted, side: Side) -> str:
    """The sources of a side, each with the highest batch that is in."""
    inputs = counted.inputs.get(side.record_type, {})
    return ", ".join(_("{source} (đến lô {batch})").format(source=name, batch=batch) for name, batch in inputs.items())


def _worst(each: tuple[str, Counts]) -> tuple[int, Any]:
    code, counts = each
    return counts.equal - counts.judged, sort_key(labels.name(code))


def _day(day: date) -> str:
    return f"{day:%d/%m/%Y}"


def _kind(difference: Difference, reconciliation: Reconciliation) -> str:
    name = kind_name(difference.kind, reconciliation)
    if difference.kind == DIFFERS:
        name += f": {', '.join(field_name(each, reconciliation) for each in difference.fields)}"
    return f"{name} ({_('đang trên đường')})" if difference.young else name


def _values(
    difference: Difference, row: Mapping[str, Any] | None, reconciliation: Reconciliation, side: Side
) -> str | None:
    if row is None:
        return None
    kind = side.kind
    return "; ".join(
        f"{field_name(name, reconciliation)}: {recordtable.cell(kind.field(name), row[name], kind) or '–'}"
        for name in difference.shown(reconciliation)
    )


def _origin(row: Mapping[str, Any] | None, loads: Mapping[tuple[str, int], int]) -> str | None:
    if row is None:
        return None
    load = loads.get((row["source"], row["batch"]))
    told = _("{source}, lô {batch}").format(source=row["source"], batch=plain(row["batch"]))
    return f"{told} ({_('lần nạp {load}').format(load=load)})" if load else told
