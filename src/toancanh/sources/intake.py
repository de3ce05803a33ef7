"""Intake: rows that a source tells in small pieces, typed, judged and safe in the outbox in one short transaction."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.db.models import F

from toancanh.base import clock
from toancanh.base.problems import Problem
from toancanh.sources import ahead, flow, mappings, notes, quarantine, registry
from toancanh.sources.connectors.connector import Cursor, Row
from toancanh.sources.mappings import Mapping
from toancanh.sources.models import Beat, Reject, Source
from toancanh.sources.notes import Note
from toancanh.sources.pages import PageReader
from toancanh.sources.readers import Refusal
from toancanh.sources.transform import Portion, Transformer
from toancanh.units.tree import Register
from toancanh.warehouse import outbox
from toancanh.warehouse.types import Kind, RecordType

MOST = 1000  # rows of one transaction, which is to take some ten milliseconds


class Taken(NamedTuple):
    """What became of rows that were told: how many there were, and how many of them were refused."""

    read: int
    rejected: int


@dataclass(frozen=True)
class Agreed:
    """How the rows of a source are read: their type, the mapping, and the columns that are known of it."""

    record_type: RecordType
    mapping: Mapping
    columns: tuple[str, ...]

    @classmethod
    def of(cls, source: Source) -> "Agreed":
        """What is agreed with a source. Raises mapping.* and source.record_type_unknown."""
        mapping = mappings.find(source.mapping) if source.mapping else Mapping()
        kind = registry.record_type(source)
        own = [column for rule in mapping.fields.values() for column in rule.needs] if mapping.fields else []
        fields = [field.name for field in kind.fields if field.name not in mapping.fields] if not own else []
        return cls(kind, mapping, tuple(dict.fromkeys([*source.columns, *own, *fields])))


class Judged(NamedTuple):
    """Rows as they were judged: the good and the refused, what is worth knowing, and columns not met before."""

    portion: Portion
    notes: list[Note]
    new: list[str]


def judge(source: Source, rows: Sequence[Any], agreed: Agreed | None = None) -> Judged:
    """Type and judge rows, numbered from 1, as the contract of their source demands.

    Raises source.columns_gone and source.columns_new where the rows as a whole are not what was agreed.
    """
    agreed = agreed or Agreed.of(source)
    reader = PageReader(rows, agreed.columns, source.name)
    transform = _transformer(source, agreed, reader)
    told = set(reader.told)
    gone = [names for names in transform.required if not told & set(names)]
    new = [name for name in reader.told if name not in agreed.columns]
    if gone and rows:
        missing = ", ".join(f"“{' / '.join(names)}”" for names in gone)
        present = ", ".join(f"“{name}”" for name in reader.told)
        raise Problem("source.columns_gone", source=source.name, missing=missing, present=present)
    if source.contract == Source.Contract.FREEZE and new:
        raise Problem("source.columns_new", source=source.name, columns=", ".join(f"“{name}”" for name in new))
    (chunk,) = reader.chunks()
    portion = transform(chunk)
    told_of: list[Note] = []
    if source.contract == Source.Contract.REJECT_ROW and new and source.columns:
        portion = _without_strange(portion, reader, new)
    elif new and source.columns:
        told_of.append(("rows.columns_new", {"columns": ", ".join(f"“{name}”" for name in new)}))
    told_of += [("rows.values_dropped", params) for params in transform.taken_dropped()]
    if early := ahead.note(portion.rows, agreed.record_type, clock.now()):
        told_of.append(early)
    return Judged(portion, told_of, new if source.contract == Source.Contract.EVOLVE or not source.columns else [])


def take(
    source: Source, rows: Sequence[Row], cursor: Cursor | None = None, *, turn: int | None = None, message: str = ""
) -> Taken:
    """Bring rows of a source to safety, and with the last of them the cursor; returns when all of it is on disk.

    `message` names what was pushed: taken once only. Raises what refuses the rows as a whole; nothing is kept then.
    """
    agreed = Agreed.of(source)
    parts = list(batched(rows, MOST)) or [()]
    judged = [judge(source, part, agreed) for part in parts]  # all of them, before any is kept
    read = rejected = 0
    for place, each in enumerate(judged):
        last = place == len(judged) - 1
        with transaction.atomic():
            found = _keep(source, agreed, each, len(parts[place]))
            read, rejected = read + found.read, rejected + found.rejected
            if last:
                newest = _newest(agreed.record_type, [each.portion.rows for each in judged])
                flow.spoke(source, cursor, turn=turn, newest=newest, rows=read)
                if message:
                    flow.receipt(source, message, {"read": read, "rejected": rejected})
    return Taken(read, rejected)


def _keep(source: Source, agreed: Agreed, judged: Judged, count: int) -> Taken:
    """One part, within a transaction: rows to the outbox, refused ones to the quarantine, counts to the load."""
    if not count:
        return Taken(0, 0)
    if judged.new or not source.columns:
        source.columns = [
            *source.columns,
            *(name for name in (judged.new or agreed.columns) if name not in source.columns),
        ]
        source.save(update_fields=["columns"])
    load = flow.open_load(source, agreed.mapping)
    good, refused = judged.portion
    rows = [row | {"row": row["row"] + load.read} for row in good.to_pylist()]
    outbox.put(source.name, agreed.record_type.name, rows, str(load.pk))
    Reject.objects.bulk_create(quarantine.reject(load, refusal, load.read) for refusal in refused)
    load.read += count
    load.rejected += len(refused)
    load.notes = notes.merged(load.notes, judged.notes)
    load.save(update_fields=["read", "rejected", "notes"])
    day = clock.today()
    beat, _made = Beat.objects.get_or_create(source=source, day=day)
    Beat.objects.filter(pk=beat.pk).update(read=F("read") + count, rejected=F("rejected") + len(refused))
    return Taken(count, len(refused))


def _newest(kind: RecordType, tables: list[pa.Table]) -> datetime | None:
    """The latest moment that rows tell of; None where their type tells days only."""
    if kind.field(kind.at).kind is not Kind.TIME:
        return None
    told = [pc.max(table[kind.at]).as_py() for table in tables if table.num_rows]
    return max((each for each in told if each is not None), default=None)


def _without_strange(portion: Portion, reader: PageReader, new: list[str]) -> Portion:
    """Refuse the rows that hold something in a column that nobody agreed on."""
    (chunk,) = reader.chunks()
    strange: dict[int, Refusal] = {}
    for number, row in zip(chunk.numbers, chunk.rows.iter_rows(named=True), strict=True):
        name = next((column for column in new if row.get(column)), "")
        if name:
            params = {"column": name}
            strange[number] = Refusal(number, name, row[name][:200], "row.column_new", params, row)
    already = {refusal.row for refusal in portion.refused}
    refused = [*portion.refused, *(each for row, each in strange.items() if row not in already)]
    kept = pc.invert(pc.is_in(portion.rows["row"], pa.array(list(strange), pa.int64())))
    return Portion(portion.rows.filter(kept), sorted(refused, key=lambda each: each.row))


# Of each source the transformer last used in a thread: what it looked up of units holds for the next rows too.
_LAST = threading.local()


def _transformer(source: Source, agreed: Agreed, reader: PageReader) -> Transformer:
    key = (agreed, tuple(reader.columns), source.contract, id(Register.now()))
    held: dict[str, tuple[Any, Transformer]] = _LAST.__dict__.setdefault("held", {})
    known = held.get(source.name)
    if known is None or known[0] != key:
        lenient = source.contract == Source.Contract.REJECT_VALUE
        made = Transformer(agreed.record_type, agreed.mapping, reader, source.name, lenient=lenient)
        known = held[source.name] = (key, made)
    return known[1]
