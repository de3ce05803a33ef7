"""Preview: what a mapping makes of the first rows of a file, without loading anything."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from toancanh.access import scope as scopes
from toancanh.access.scope import Scope
from toancanh.base import clock
from toancanh.base.audit import Ref
from toancanh.sources import ahead, mappings, outside, ownunits, readers
from toancanh.sources.mappings import Mapping
from toancanh.sources.readers import Chunk, Refusal
from toancanh.sources.transform import Transformer
from toancanh.units.tree import Register, Tree
from toancanh.warehouse import types


@dataclass(frozen=True)
class Preview:
    """The columns of the file, its first rows as records (with `row`), the refused ones, and what is worth knowing."""

    columns: list[str]
    rows: list[dict[str, Any]]
    rejects: list[Refusal]
    notes: list[tuple[str, dict[str, Any]]]


def preview(
    path: Path,
    mapping: Mapping | str,
    rows: int = 20,
    *,
    record_type: str = "",
    name: str = "",
    actor: Ref | None = None,
) -> Preview:
    """The first `rows` rows of a file as a load by `actor` would take them. Raises what would refuse the file."""
    chosen = mappings.find(mapping) if isinstance(mapping, str) else mapping
    kind = types.get(chosen.record_type or record_type)
    reader = readers.open_file(path, name or path.name, chosen.file)
    units = ownunits.imagined(chosen)
    scope = _scope(outside.unit_of(actor) if actor else "", chosen, units)
    transform = Transformer(kind, chosen, reader, name or path.name, units, scope)
    head: list[Chunk] = []
    for chunk in islice(reader.chunks(), 1):
        head.append(Chunk(chunk.index, chunk.rows.head(rows), chunk.numbers.head(rows), chunk.refused[:rows]))
    portions = [transform(chunk) for chunk in head]
    early = [ahead.note(portion.rows, kind, clock.now()) for portion in portions]
    return Preview(
        reader.columns,
        [row for portion in portions for row in portion.rows.to_pylist()][:rows],
        [refusal for portion in portions for refusal in portion.refused][:rows],
        [*transform.notes, *(found for found in early if found)],
    )


def _scope(within: str, mapping: Mapping, units: Register | None) -> Scope:
    """What the load would be held to, once the units of the mapping are there."""
    if not within:
        return scopes.EVERYTHING
    scope = scopes.of_unit(within)
    if units is None:
        return scope
    inside = Tree(units, clock.today()).within(within)
    made = [(unit.code, None, None) for unit in mapping.units if unit.code in inside]
    return Scope((*(scope.spans or ()), *made))
