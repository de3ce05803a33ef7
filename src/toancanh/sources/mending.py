"""Mending: refused rows corrected one by one or many at once; they go in with their old place in the order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import pyarrow as pa
from django.db import transaction
from django.db.models import F

from toancanh.access.scope import Scope
from toancanh.base import audit, clock, home, rows
from toancanh.base.audit import Ref
from toancanh.base.problems import Problem
from toancanh.sources import mappings, outside
from toancanh.sources.models import Load, Reject, Source
from toancanh.sources.readers import Chunk, Refusal, frame
from toancanh.sources.transform import Portion, Transformer
from toancanh.warehouse import outbox, reading, types
from toancanh.warehouse.models import Batch
from toancanh.warehouse.numbering import Origins
from toancanh.warehouse.types import RecordType

MOST = 2000  # rows mended at once

Raw = dict[str, str]
Edit = Callable[[Reject, Raw], Raw]


@dataclass
class Mended:
    """What became of rows: gone in, told otherwise by a later row already, still refused and why."""

    accepted: list[Reject] = field(default_factory=list)
    overruled: list[Reject] = field(default_factory=list)
    refused: list[tuple[Reject, Refusal]] = field(default_factory=list)


def replacing(column: str, old: str | None, new: str) -> Edit:
    """The edit that writes `new` in a column, where it says `old`; wherever it says what it may, if that is None."""

    def edit(_reject: Reject, raw: Raw) -> Raw:
        return raw | {column: new} if column in raw and (old is None or raw[column].strip() == old.strip()) else raw

    return edit


def writing(cells: Mapping[int, Mapping[str, str]]) -> Edit:
    """The edit that writes cells of its own in each row, by the number of the reject."""
    return lambda reject, raw: raw | dict(cells.get(reject.pk, {}))


def mend(
    source: Source, rejects: Sequence[Reject], edit: Edit, *, actor: Ref, scope: Scope, keep: bool = True
) -> Mended:
    """Judge refused rows again as they are edited; with `keep` those that are good go in, the others keep the edit.

    A row goes where it stood: what a later row of its key says already is not undone. Raises mend.many.
    """
    if len(rejects) > MOST:
        raise Problem("mend.many", rows=len(rejects), most=MOST)
    by_load: dict[int, list[Reject]] = defaultdict(list)
    for reject in rejects:
        by_load[reject.load_id].append(reject)
    found = Mended()
    with home.current().lock(f"source-{source.name}"):
        if keep:
            outbox.drain(source.name)  # what waits may say something of the same keys
        for load in Load.objects.filter(pk__in=by_load, source=source).order_by("pk"):
            _mend(load, by_load[load.pk], edit, actor, scope, keep, found)
    return found


def _mend(load: Load, rejects: list[Reject], edit: Edit, actor: Ref, scope: Scope, keep: bool, found: Mended) -> None:
    kind = types.get(load.source.record_type)
    raws = {each.row: edit(each, dict(each.raw)) for each in rejects}
    portion = _judged(load, kind, raws, scope)
    by_row = {each.row: each for each in rejects}
    late = _overruled(load, kind, portion.rows) if portion.rows.num_rows else set()
    good = [row for row in portion.rows.to_pylist() if row["row"] not in late]
    refused = {refusal.row: refusal for refusal in portion.refused}
    if keep:
        _keep(load, kind, by_row, raws, good, late, refused, actor)
    found.accepted += [by_row[row["row"]] for row in good]
    found.overruled += [by_row[row] for row in sorted(late)]
    found.refused += [(by_row[row], refusal) for row, refusal in sorted(refused.items())]


def _keep(
    load: Load,
    kind: RecordType,
    by_row: Mapping[int, Reject],
    raws: Mapping[int, Raw],
    good: list[dict[str, Any]],
    late: Iterable[int],
    refused: Mapping[int, Refusal],
    actor: Ref,
) -> None:
    with transaction.atomic():
        outbox.put(load.source.name, kind.name, good, str(load.pk))
        for row, reject in by_row.items():
            reject.raw = list(raws[row].items())
            reject.state = Reject.State.MENDED
            if refusal := refused.get(row):
                reject.column, reject.value = refusal.column[:200], refusal.value
                reject.code, reject.params = refusal.code, refusal.params
                reject.state = Reject.State.OPEN
            elif row in late:
                reject.state = Reject.State.SUPERSEDED
        rows.update(by_row.values(), ["raw", "column", "value", "code", "params", "state"])
        Load.objects.filter(pk=load.pk).update(rejected=F("rejected") - len(good))
        told = {"mended": len(good), "refused": len(refused), "rows": ", ".join(map(str, sorted(by_row)))[:400]}
        audit.record("rejects.mended", actor=actor, target=("load", str(load.pk)), **told)


class _Rows:
    """Edited rows as a reader: one chunk whose numbers are those the rows had."""

    serials = None
    marks = True

    def __init__(self, raws: Mapping[int, Raw]) -> None:
        self.columns = list(dict.fromkeys(name for raw in raws.values() for name in raw))
        self.notes: list[tuple[str, dict[str, Any]]] = []
        self._raws = raws

    def chunks(self, start: int = 0) -> Iterable[Chunk]:
        if start == 0:
            rows = [[raw.get(name, "") for name in self.columns] for raw in self._raws.values()]
            yield Chunk(0, frame(rows, self.columns), pl.Series("row", list(self._raws), pl.Int64), [], 1.0)


def _judged(load: Load, kind: RecordType, raws: Mapping[int, Raw], scope: Scope) -> Portion:
    mapping = mappings.parse(load.mapping_text, load.mapping)
    reader = _Rows(raws)
    known = [*reader.columns, *(column for rule in mapping.fields.values() for column in rule.needs)]
    reader.columns = list(dict.fromkeys(known))
    within = outside.scope_of(load).intersect(scope)
    transform = Transformer(kind, mapping, reader, load.filename, scope=within)  # type: ignore[arg-type]
    (chunk,) = reader.chunks()
    return transform(chunk)


def _overruled(load: Load, kind: RecordType, rows: pa.Table) -> set[int]:
    """The numbers of rows whose key a later row tells already: of this delivery further down, or of a later one."""
    live = reading.live(kind.name, rows.select(kind.key))
    if not live.num_rows:
        return set()
    origins = Origins(Batch.objects.filter(source=load.source.name, record_type=kind.name))
    moment = load.finished_at or clock.now()

    def later(row: int, known: Mapping[str, Any]) -> bool:
        if known["source"] != load.source.name:
            return bool(known["known_at"] > moment)
        other = int(origins.load(known["source"], known["batch"]) or 0)
        return other > load.pk or (other == load.pk and known["row"] > row)

    by_key = {tuple(known[name] for name in kind.key): known for known in live.to_pylist()}
    found = set()
    for row in rows.to_pylist():
        known = by_key.get(tuple(row[name] for name in kind.key))
        if known is not None and later(row["row"], known):
            found.add(row["row"])
    return found
