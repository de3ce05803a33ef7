"""What a fresh home starts with: Vietnam's units before and after 1/7/2025, Đắk Lắk's agencies, the calendar."""

from pathlib import Path
from typing import NamedTuple

from django.db import transaction

from toancanh.units import agencies, revision, spelling
from toancanh.units.models import Unit, UnitChange
from toancanh.units.seed import days
from toancanh.units.seed.drafts import Draft, Identity, draft


class Seeded(NamedTuple):
    """How many rows seeding added."""

    units: int
    changes: int
    days: int


def seeded() -> bool:
    """True when the official units are stored."""
    return Unit.objects.filter(scheme="gso").exists()


def seed() -> Seeded:
    """Store what is missing, in one transaction; safe to repeat, changes nothing that is there."""
    drafts, changes = draft()
    with transaction.atomic():
        stored = Unit.objects.filter(scheme="gso").values_list("code", "valid_from", "id")
        ids: dict[Identity, int] = {(code, start): pk for code, start, pk in stored}
        new = [one for one in drafts if one.identity not in ids]
        for kind in ("province", "district", "commune"):
            level = [one for one in new if one.kind == kind]
            rows = Unit.objects.bulk_create([_unit(one, ids) for one in level], batch_size=900)
            ids |= {one.identity: row.pk for one, row in zip(level, rows, strict=True)}
        linked = set(UnitChange.objects.values_list("before_id", "after_id"))
        links = [
            UnitChange(
                before_id=ids[before],
                after_id=ids[after],
                on=one.on,
                area_share=one.area_share,
                people_share=one.people_share,
                estimated=one.estimated,
                whole=one.whole,
                law=one.law,
            )
            for before, after, one in changes
            if (ids[before], ids[after]) not in linked
        ]
        UnitChange.objects.bulk_create(links, batch_size=900)
        offices = agencies.store(Path(__file__).parent / "agencies.csv")
        added = Seeded(len(new) + len(offices), len(links), days.seed())
        if any(added):
            revision.renew()
    return added


def _unit(one: Draft, ids: dict[Identity, int]) -> Unit:
    subkind, bare = spelling.split(one.name)
    return Unit(
        scheme="gso",
        code=one.code,
        name=one.name,
        name_en=spelling.english(one.name),
        other_names=list(one.others),
        kind=one.kind,
        subkind=subkind,
        parent_id=ids[one.above] if one.above else None,
        valid_from=one.valid_from,
        valid_to=one.valid_to,
        latitude=one.latitude,
        longitude=one.longitude,
        area=one.area,
        name_key=spelling.key(bare),
        search_key=spelling.searchable(one.name, *one.others),
    )
