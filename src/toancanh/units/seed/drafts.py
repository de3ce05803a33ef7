"""Vietnam's units and changes as drafts, from the package `vietnamadminunits` and our overrides; no database."""

import json
import sqlite3
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from toancanh.units.seed.overrides import Overrides

REFORM = date(2025, 7, 1)
LAST_OLD_DAY = date(2025, 6, 30)
PROVINCES_LAW = "NQ 202/2025/QH15"
CODES_LAW = "QĐ 19/2025/QĐ-TTg"
COMMUNES_LAW = {"66": "NQ 1660/NQ-UBTVQH15", "68": "NQ 1671/NQ-UBTVQH15"}

Identity = tuple[str, date | None]
Pair = tuple[str, str]
Row = sqlite3.Row
_DAY = timedelta(days=1)
_PROVINCE = "province, provinceKey, provinceCode, provinceLat, provinceLon"
_WARD = "ward, wardKey, wardCode, wardLat, wardLon"
_OLD = f"{_PROVINCE}, district, districtKey, districtCode, districtLat, districtLon, {_WARD}"
_NEW = f"{_PROVINCE}, {_WARD}, wardAreaKm2"


@dataclass(frozen=True)
class Draft:
    """A unit of the scheme `gso` about to be stored; `parent` is a code, `above` the parent's identity."""

    code: str
    name: str
    kind: str
    parent: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    latitude: float | None = None
    longitude: float | None = None
    area: float | None = None
    others: tuple[str, ...] = ()
    above: Identity | None = None

    @property
    def identity(self) -> Identity:
        """Code and first day."""
        return self.code, self.valid_from

    def valid_on(self, day: date) -> bool:
        """True when the unit exists on that day."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


@dataclass(frozen=True)
class Change:
    """A change about to be stored: the code borne until the day before, and the code borne from the day on."""

    before: str
    after: str
    on: date
    law: str = ""
    area_share: float = 1.0
    people_share: float = 1.0
    estimated: bool = False
    whole: bool = True


class Drafts(NamedTuple):
    """All units and all changes, each change with the identities of its two units."""

    units: list[Draft]
    changes: list[tuple[Identity, Identity, Change]]


def draft() -> Drafts:
    """Everything there is to know at the start."""
    overrides = Overrides()
    data = _data()
    with closing(sqlite3.connect(f"file:{data / 'dataset.db'}?mode=ro", uri=True)) as package:
        package.row_factory = sqlite3.Row
        old = package.execute(f"SELECT {_OLD} FROM admin_units_legacy").fetchall()
        new = package.execute(f"SELECT {_NEW} FROM admin_units").fetchall()
    merged = json.loads((data / "converter_2025.json").read_text(encoding="utf-8"))

    before, after = _before(old, overrides), _after(new, overrides)
    provinces = _province_pairs(old, new, merged["DICT_PROVINCE"])
    enlarged = {to for one, to in provinces if one != to}
    for code in [to for _, to in provinces if to not in enlarged]:
        before[code] = replace(before[code], valid_to=None, area=after.pop(code).area)
    changes = [Change(one, to, REFORM, PROVINCES_LAW) for one, to in provinces if to in enlarged]
    changes += _commune_changes(_commune_pairs(old, new, merged, overrides), after, overrides)
    changes += [Change(row.code, row.to, row.since, row.note) for row in overrides.rows["follows"] if row.since]
    units = _cut([*before.values(), *after.values()], overrides, changes)
    return _resolved(units, changes)


def _data() -> Path:
    """Where the package keeps its data; found without importing it, which takes a second."""
    package = find_spec("vietnamadminunits")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("vietnamadminunits")
    return Path(package.origin).parent / "data"


def _before(rows: list[Row], overrides: Overrides) -> dict[str, Draft]:
    """Units as they stood on 30/6/2025, by code, and the communes that only the list of 4/1/2025 has."""
    names, since, others = overrides.by_code("name"), overrides.by_code("since"), overrides.values("also")
    levels = (("province", "", "province"), ("district", "province", "district"), ("ward", "district", "commune"))
    units: dict[str, Draft] = {}
    for row in rows:
        for level, above, kind in levels:
            code = row[f"{level}Code"]
            if code and code not in units:
                units[code] = Draft(
                    code=code,
                    name=names[code].value if code in names else row[level],
                    kind=kind,
                    parent=row[f"{above}Code"] if above else None,
                    valid_from=since[code].since if code in since else None,
                    valid_to=LAST_OLD_DAY,
                    latitude=row[f"{level}Lat"],
                    longitude=row[f"{level}Lon"],
                    others=others.get(code, ()),
                )
    for gone in overrides.rows["unit"]:
        units[gone.code] = Draft(gone.code, gone.value, "commune", gone.to, valid_to=gone.until)
    return units


def _after(rows: list[Row], overrides: Overrides) -> dict[str, Draft]:
    """Units as they stood on 1/7/2025, by code."""
    others = overrides.values("also-after")
    areas: dict[str, float] = defaultdict(float)
    units: dict[str, Draft] = {}
    for row in rows:
        code, province = row["wardCode"], row["provinceCode"]
        areas[province] += row["wardAreaKm2"] or 0.0
        units[code] = Draft(
            code=code,
            name=row["ward"],
            kind="commune",
            parent=province,
            valid_from=REFORM,
            latitude=row["wardLat"],
            longitude=row["wardLon"],
            area=row["wardAreaKm2"],
            others=others.get(code, ()),
        )
        units[province] = Draft(
            code=province,
            name=row["province"],
            kind="province",
            valid_from=REFORM,
            latitude=row["provinceLat"],
            longitude=row["provinceLon"],
            area=round(areas[province], 2),
        )
    return units


def _province_pairs(old: list[Row], new: list[Row], merged: dict[str, list[str]]) -> list[Pair]:
    """Which province went into which."""
    before = {row["provinceKey"]: row["provinceCode"] for row in old}
    after = {row["provinceKey"]: row["provinceCode"] for row in new}
    return sorted((before[one], after[to]) for to, ones in merged.items() for one in ones)


def _commune_pairs(old: list[Row], new: list[Row], merged: dict[str, Any], overrides: Overrides) -> list[Pair]:
    """Which commune, or district without communes, went into which, mended."""
    before = {
        f"{row['provinceKey']}_{row['districtKey']}_{row['wardKey'] or ''}": row["wardCode"] or row["districtCode"]
        for row in old
    }
    after = {(row["provinceKey"], row["wardKey"]): row["wardCode"] for row in new}
    pairs = set()
    for province, wards in merged["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        pairs |= {(before[one], after[province, to]) for to, ones in wards.items() for one in ones}
    for province, divided in merged["DICT_PROVINCE_WARD_DIVIDED"].items():
        pairs |= {(before[one], after[province, to["newWardKey"]]) for one, into in divided.items() for to in into}
    return sorted((pairs - overrides.pairs("no-pair")) | overrides.pairs("pair"))


def _commune_changes(pairs: list[Pair], after: dict[str, Draft], overrides: Overrides) -> list[Change]:
    """The pairs with their shares, as far as the official table tells them."""
    parts: dict[str, list[str]] = defaultdict(list)
    for one, to in pairs:
        parts[one].append(to)
    area = _shares(parts, overrides.pairs("all-area"), overrides.pairs("people-only"))
    people = _shares(parts, overrides.pairs("all-people"), overrides.pairs("area-only"))
    return [
        Change(
            before=one,
            after=to,
            on=REFORM,
            law=COMMUNES_LAW.get(after[to].parent or "", CODES_LAW),
            area_share=area[one, to],
            people_share=people[one, to],
            estimated=len(parts[one]) > 1,
            whole=len(parts[one]) == 1,
        )
        for one, to in pairs
    ]


def _shares(parts: dict[str, list[str]], everything: set[Pair], nothing: set[Pair]) -> dict[Pair, float]:
    """All to the part that is said to take all, else equal among the parts not said to take none."""
    shares: dict[Pair, float] = {}
    for one, into in parts.items():
        takers = (
            [to for to in into if (one, to) in everything] or [to for to in into if (one, to) not in nothing] or into
        )
        shares |= {(one, to): 1 / len(takers) if to in takers else 0.0 for to in into}
    return shares


def _cut(units: list[Draft], overrides: Overrides, changes: list[Change]) -> list[Draft]:
    """The units, cut in two where name or code changed while the territory stayed; adds these changes."""
    was, then, recoded = overrides.by_code("was"), overrides.by_code("then"), overrides.by_code("recoded")
    pieces = []
    for unit in units:
        old = unit.valid_to == LAST_OLD_DAY
        if old and unit.code in was:
            row = was[unit.code]
            on, first, second = _after_day(row.until), replace(unit, name=row.value), unit
        elif not old and unit.code in then:
            row = then[unit.code]
            on, first, second = row.since, unit, replace(unit, name=row.value)
        elif not old and unit.code in recoded:
            row = recoded[unit.code]
            on, first, second = row.since, unit, replace(unit, code=row.to)
        else:
            pieces.append(unit)
            continue
        if on is None:
            raise ValueError(f"{row.fact} {row.code} has no day")
        pieces += [replace(first, valid_to=on - _DAY), replace(second, valid_from=on)]
        changes.append(Change(first.code, second.code, on, row.note))
    return pieces


def _after_day(day: date | None) -> date | None:
    return day + _DAY if day else None


def _resolved(units: list[Draft], changes: list[Change]) -> Drafts:
    """The same with every code of a parent or of a changed unit turned into an identity."""
    by_code: dict[str, list[Draft]] = defaultdict(list)
    for unit in units:
        by_code[unit.code].append(unit)

    def borne(code: str, day: date) -> Identity:
        return next(unit.identity for unit in by_code[code] if unit.valid_on(day))

    return Drafts(
        [replace(one, above=borne(one.parent, one.valid_from or date.min) if one.parent else None) for one in units],
        [(borne(one.before, one.on - _DAY), borne(one.after, one.on), one) for one in changes],
    )
