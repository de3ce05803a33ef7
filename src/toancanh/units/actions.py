"""Acts on units: the only writer of units, changes, calendar and boundaries once a home is seeded."""

from datetime import date, time, timedelta
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from toancanh.base import audit
from toancanh.base.audit import SYSTEM, Ref
from toancanh.units import agencies, boundaries, lists, revision, spelling
from toancanh.units.boundaries import Imported
from toancanh.units.lists import Differences, Listed
from toancanh.units.models import CalendarDay, Unit, UnitChange, WorkingHours

audit.register(
    {
        "units.agencies_added": _("{actor} thêm {count} cơ quan, đơn vị từ {object}"),
        "units.list_imported": _(
            "{actor} cập nhật danh mục đơn vị ngày {day} từ {object}: thêm {added}, đổi tên {renamed}, "
            "đổi cấp trên {moved}, kết thúc {gone}"
        ),
        "units.boundaries_imported": _("{actor} nhập ranh giới của {count} đơn vị từ {object}"),
        "units.day_decided": _("{actor} quyết định ngày {object} là ngày {kind}: {note}"),
        "units.day_undecided": _("{actor} bỏ quyết định riêng về ngày {object}"),
        "units.hours_set": _("{actor} đặt giờ làm việc từ ngày {object}"),
    }
)


def add_agencies(path: Path, *, actor: Ref = SYSTEM) -> int:
    """Add the agencies of a CSV (`agencies.COLUMNS`) that are not there yet; how many.

    Raises unit.agencies.columns, unit.agencies.row; then none is added.
    """
    with transaction.atomic():
        added = agencies.store(path)
        if added:
            revision.renew()
            audit.record("units.agencies_added", actor=actor, target=("file", path.name), count=len(added))
    return len(added)


def import_list(
    path: Path, day: date, *, law: str = "", actor: Ref = SYSTEM, only_compare: bool = False
) -> Differences:
    """Bring the stored units of that day in line with an official list, or only say how they differ.

    Units that the list renames or moves get a new row from that day on; units it no longer has end the day before, and
    what they became stays to be told. Raises unit.list.missing, unit.list.unreadable.
    """
    found = lists.compare(lists.read(path), day)
    if found and not only_compare:
        with transaction.atomic():
            _apply(found, law)
            revision.renew()
            audit.record(
                "units.list_imported",
                actor=actor,
                target=("file", path.name),
                day=day.isoformat(),
                added=len(found.added),
                renamed=len(found.renamed),
                moved=len(found.moved),
                gone=len(found.gone),
            )
    return found


def import_boundaries(path: Path, *, day: date | None = None, actor: Ref = SYSTEM) -> Imported:
    """Keep official boundaries in the home, and report the features that match no unit.

    Raises unit.boundaries.unreadable.
    """
    report = boundaries.store(path, day)
    if report.matched:
        audit.record("units.boundaries_imported", actor=actor, target=("file", path.name), count=len(report.matched))
    return report


def decide_day(
    day: date, kind: str, *, note: str = "", law: str = "", verified: bool = True, actor: Ref
) -> CalendarDay:
    """Make a day off or worked, whatever the general calendar says."""
    with transaction.atomic():
        row, _created = CalendarDay.objects.update_or_create(
            day=day, defaults={"kind": kind, "note": note, "law": law, "verified": verified}
        )
        audit.record("units.day_decided", actor=actor, target=("day", day.isoformat()), kind=kind, note=note, law=law)
    return row


def undecide_day(day: date, *, actor: Ref) -> None:
    """Let the general calendar decide on a day again."""
    with transaction.atomic():
        if CalendarDay.objects.filter(day=day).delete()[0]:
            audit.record("units.day_undecided", actor=actor, target=("day", day.isoformat()))


def set_hours(valid_from: date, hours: dict[int, list[tuple[time, time]]], *, actor: Ref) -> None:
    """Set the working hours of each weekday (Monday is 0) from a day on; weekdays not named have none."""
    with transaction.atomic():
        WorkingHours.objects.filter(valid_from=valid_from).delete()
        rows = [
            WorkingHours(valid_from=valid_from, weekday=weekday, start=start, end=end)
            for weekday, stretches in hours.items()
            for start, end in stretches
        ]
        WorkingHours.objects.bulk_create(rows)
        revision.renew()
        audit.record("units.hours_set", actor=actor, target=("day", valid_from.isoformat()), stretches=len(rows))


def _apply(found: Differences, law: str) -> None:
    eve = found.day - timedelta(days=1)
    Unit.objects.filter(pk__in=[node.id for node in found.gone]).update(valid_to=eve)
    living = {unit.code: unit for unit in Unit.objects.filter(scheme="gso") if unit.valid_on(found.day)}
    for row in found.added:
        living[row.code] = _store(Unit(scheme="gso", code=row.code, valid_from=found.day), row, living)
    for _node, row in (*found.renamed, *found.moved):
        old = living[row.code]
        if old.valid_from == found.day:
            _store(old, row, living)
            continue
        last, old.valid_to = old.valid_to, eve
        old.save()
        new = Unit(
            scheme="gso",
            code=row.code,
            valid_from=found.day,
            valid_to=last,
            latitude=old.latitude,
            longitude=old.longitude,
            area=old.area,
            population=old.population,
        )
        living[row.code] = _store(new, row, living)
        UnitChange.objects.filter(before=old).update(before=new)
        UnitChange.objects.create(before=old, after=new, on=found.day, law=law)


def _store(unit: Unit, row: Listed, living: dict[str, Unit]) -> Unit:
    """Save the unit with the name, kind and parent that the list gives it."""
    unit.subkind, bare = spelling.split(row.name)
    unit.name, unit.kind, unit.name_en = row.name, row.kind, spelling.english(row.name)
    unit.name_key, unit.search_key = spelling.key(bare), spelling.searchable(row.name)
    unit.parent = living.get(row.parent)
    unit.save()
    return unit
