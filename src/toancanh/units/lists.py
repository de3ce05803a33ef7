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
        "unit.list.missing": Words(
            _("Không mở được tệp danh mục đơn vị {path}."), _("Kiểm tra đường dẫn và quyền đọc tệp."), 404
        ),
        "unit.list.unreadable": Words(
            _("Không đọc được danh mục đơn vị {path}."),
            _("Dùng CSV có mã và tên của ba cấp (Mã TP, Mã QH, Mã PX, …), hoặc JSON có Code và Wards."),
        ),
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
    """The units of a list. Raises unit.list.missing, unit.list.unreadable."""
    try:
        rows = list(_of_json(path) if path.suffix.lower() == ".json" else _of_csv(path))
    except OSError:
        raise Problem("unit.list.missing", path=str(path)) from None
    except (AttributeError, KeyError, TypeError, ValueError, csv.Error):
        rows = []
    if not rows:  # an empty list would end every unit there is
        raise Problem("unit.list.unreadable", path=path.name)
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
        below = [tree[ref] for ref in sorted(tree.within(province))]
        found.gone += [node for node in below if node.kind in kinds and node.ref.removeprefix("gso:") not in codes]
    return found


def as_dicts(found: Differences) -> list[dict[str, Any]]:
    """The differences as programs read them: code, the names and the parents that are stored and that are listed."""
    return [
        *(_as_dict("added", None, row) for row in found.added),
        *(_as_dict("renamed", node, row) for node, row in found.renamed),
        *(_as_dict("moved", node, row) for node, row in found.moved),
        *(_as_dict("gone", node, None) for node in found.gone),
    ]


def _as_dict(change: str, node: Node | None, row: Listed | None) -> dict[str, Any]:
    parent = row.parent if row else ""
    return {
        "change": change,
        "code": f"gso:{row.code}" if row else node.ref if node else "",
        "name": row.name if row else None,
        "before": node.name if node else None,
        "parent": f"gso:{parent}" if parent else None,
        "parent_before": node.parent if node else None,
    }


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
