"""Own units: what a mapping declares beyond the official lists, made before its first load."""

import csv
import tempfile
from pathlib import Path

from toancanh.sources.mappings import Mapping
from toancanh.units import actions
from toancanh.units.agencies import COLUMNS
from toancanh.units.models import Unit


def ensure(mapping: Mapping) -> None:
    """Make the units of a mapping that do not exist yet. Raises unit.agencies.row."""
    known = (
        {f"{scheme}:{code}" for scheme, code in Unit.objects.values_list("scheme", "code")} if mapping.units else set()
    )
    missing = [unit for unit in mapping.units if unit.code not in known]
    if not missing:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{mapping.name}.csv"
        with path.open("w", encoding="utf-8", newline="") as handle:
            writer = csv.DictWriter(handle, COLUMNS, restval="")
            writer.writeheader()
            for unit in missing:
                writer.writerow({"code": unit.code, "name_vi": unit.name, "kind": unit.kind, "parent": unit.parent})
        actions.add_agencies(path)
