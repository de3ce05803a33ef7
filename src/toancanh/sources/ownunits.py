"""Own units: what a mapping declares beyond the official lists, made before its first load."""

import csv
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from pathlib import Path

from django.db import transaction

from toancanh.base.problems import Problem
from toancanh.sources.mappings import Mapping, OwnUnit
from toancanh.units import actions, agencies
from toancanh.units.models import Unit
from toancanh.units.tree import Node, Register


def check(mapping: Mapping) -> None:
    """That every unit which stands in for unknown ones exists or is the mapping's own. Raises mapping.unit_unknown."""
    own = {unit.code for unit in mapping.units}
    for field, rule in mapping.fields.items():
        scheme, colon, code = rule.unknown.partition(":")
        if colon and rule.unknown not in own and not Unit.objects.filter(scheme=scheme, code=code).exists():
            lines = enumerate(mapping.text.splitlines(), 1)
            line = next((f", dòng {number}" for number, text in lines if rule.unknown in text), "")
            raise Problem("mapping.unit_unknown", name=mapping.name, line=line, unit=rule.unknown, field=field)


def ensure(mapping: Mapping) -> None:
    """Make the units of a mapping that do not exist yet. Raises unit.agencies.row and mapping.unit_unknown."""
    check(mapping)
    if absent := _absent(mapping):
        with _listed(mapping.name, absent) as path:
            actions.add_agencies(path)


def imagined(mapping: Mapping) -> Register | None:
    """All units as they will be once `ensure` has made those of the mapping; None where there is nothing to make.

    Raises unit.agencies.row and mapping.unit_unknown as `ensure` does.
    """
    check(mapping)
    absent = _absent(mapping)
    if not absent:
        return None
    with _listed(mapping.name, absent) as path, transaction.atomic():
        made = agencies.store(path)
        transaction.set_rollback(True)
    return _with(Register.now(), [_node(unit) for unit in made])


def _absent(mapping: Mapping) -> list[OwnUnit]:
    if not mapping.units:
        return []
    known = {f"{scheme}:{code}" for scheme, code in Unit.objects.values_list("scheme", "code")}
    return [unit for unit in mapping.units if unit.code not in known]


@contextmanager
def _listed(name: str, units: list[OwnUnit]) -> Iterator[Path]:
    """The units as a file of agencies, for as long as it is needed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name.replace('/', '-')}.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, agencies.COLUMNS, restval="")
            writer.writeheader()
            for unit in units:
                writer.writerow({"code": unit.code, "name_vi": unit.name, "kind": unit.kind, "parent": unit.parent})
        yield path


def _with(register: Register, nodes: list[Node]) -> Register:
    """A register that has these units, too; the one that is kept stays as it is."""
    more = copy(register)
    vars(more).pop("by_name", None)  # read anew when asked for
    more.trees = {}
    more.nodes = register.nodes | {node.id: node for node in nodes}
    more.by_ref, more.under = defaultdict(list, register.by_ref), defaultdict(list, register.under)
    for node in nodes:
        more.by_ref[node.ref] = [*more.by_ref[node.ref], node]
        if node.parent:
            more.under[node.parent] = [*more.under[node.parent], node]
    return more


def _node(unit: Unit) -> Node:
    parent = unit.parent.ref if unit.parent else None
    facts = (unit.name, unit.name_en, unit.kind, unit.subkind, parent, unit.valid_from, unit.valid_to)
    place = (unit.latitude, unit.longitude, unit.area, unit.name_key, unit.search_key)
    return Node(-unit.pk, unit.ref, *facts, *place, tuple(unit.other_names))
