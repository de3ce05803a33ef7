"""Preview: what a mapping makes of the first rows of a file, without loading anything."""

from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from toancanh.base import clock
from toancanh.sources import ahead, mappings, ownunits, readers
from toancanh.sources.mappings import Mapping
from toancanh.sources.readers import Chunk, Refusal
from toancanh.sources.transform import Transformer
from toancanh.warehouse import types


@dataclass(frozen=True)
class Preview:
    """The columns of the file, its first rows as records (with `row`), the refused ones, and what is worth knowing."""

    columns: list[str]
    rows: list[dict[str, Any]]
    rejects: list[Refusal]
    notes: list[tuple[str, dict[str, Any]]]


def preview(path: Path, mapping: Mapping | str, rows: int = 20, *, record_type: str = "", name: str = "") -> Preview:
    """The first `rows` rows of a file as a load would take them. Raises what would refuse the file."""
    chosen = mappings.find(mapping) if isinstance(mapping, str) else mapping
    kind = types.get(chosen.record_type or record_type)
    reader = readers.open_file(path, name or path.name, chosen.file)
    transform = Transformer(kind, chosen, reader, name or path.name, ownunits.imagined(chosen))
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
