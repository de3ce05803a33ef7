"""Official lists of units: read, and compared with what is stored.

Two forms are read: the GSO's CSV (`Mã TP`, `Mã QH`, `Mã PX` with names) and a JSON list of provinces with `Wards`.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem, Words, register
from toancanh.base.text import nfc
from toancanh.units import spelling
from toancanh.units.tree import Node, Tree

_LEVELS = (
    ("Mã TP", "Tỉnh Thành Phố", "province"),
    ("Mã QH", "Quận Huyện", "district"),
    ("Mã PX", "Phường Xã", "commune"),
)

register(
    {
        "unit.list.unreadable": Words(
            _("Không đọc được danh mục đơn vị {path}."),
            _("Dùng CSV có mã và tên của ba cấp (Mã TP, Mã QH, Mã PX, …), hoặc JSON có Code và Wards."),
        )
    }
)


@dataclass(frozen=True)
class Listed:
    """A unit as the list has it, under the scheme `gso`."""

    code: str
    name: str
    kind: str
    parent: str


@dataclass
class Differences:
    """What the list says otherwise than the stored units of that day."""

    day: date
    same: int = 0
    added: list[Listed] = field(default_factory=list)
    renamed: list[tuple[Node, Listed]] = field(default_factory=list)
    moved: list[tuple[Node, Listed]] = field(default_factory=list)
    gone: list[Node] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.renamed or self.moved or self.gone)


def read(path: Path) -> list[Listed]:
    """The units of a list. Raises unit.list.unreadable."""
    try:
        rows = list(_of_json(path) if path.suffix == ".json" else _of_csv(path))
    except (KeyError, TypeError, ValueError, csv.Error):
        raise Problem("unit.list.unreadable", path=path.name) from None
    return list({row.code: row for row in rows}.values())


def compare(listed: list[Listed], day: date) -> Differences:
    """How the list differs from the stored units of that day, in the provinces that the list has.

    Spellings with equal keys, and other official spellings, are the same name.
    """
    tree = Tree.at(day)
    found = Differences(day)
    codes = {row.code for row in listed}
    for row in listed:
        node = tree.get(row.code)
        if node is None:
            found.added.append(row)
        elif not _same_name(node, row):
            found.renamed.append((node, row))
        elif (node.parent or "") != (f"gso:{row.parent}" if row.parent else ""):
            found.moved.append((node, row))
        else:
            found.same += 1
    kinds = {row.kind for row in listed}
    for province in (row.code for row in listed if row.kind == "province"):
        below = [tree[ref] for ref in tree.within(province)]
        found.gone += [node for node in below if node.kind in kinds and node.ref.removeprefix("gso:") not in codes]
    return found


def _same_name(node: Node, row: Listed) -> bool:
    kind, bare = spelling.split(row.name)
    names = [spelling.split(name) for name in (node.name, *node.other_names)]
    return any((kind, spelling.key(bare)) == (one, spelling.key(other)) for one, other in names)


def _of_csv(path: Path) -> Iterator[Listed]:
    with path.open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            parent = ""
            for code, name, kind in _LEVELS:
                if row[code]:
                    yield Listed(row[code].strip(), nfc(row[name]), kind, parent)
                    parent = row[code].strip()


def _of_json(path: Path) -> Iterator[Listed]:
    provinces: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    for province in provinces:
        yield Listed(province["Code"], nfc(province["FullName"]), "province", "")
        for ward in province["Wards"]:
            yield Listed(ward["Code"], nfc(ward["FullName"]), "commune", province["Code"])
