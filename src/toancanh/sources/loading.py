"""Loading: a delivered file into the warehouse, chunk by chunk, with exact counts however often it is interrupted."""

from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from itertools import batched

import pyarrow as pa
import pyarrow.compute as pc
import structlog
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from toancanh.base import audit, clock, events, home
from toancanh.base.problems import Problem
from toancanh.sources import (
    ahead,
    mappings,
    outside,
    ownunits,
    quarantine,
    readers,
    registry,
    repeats,
    restoring,
    storage,
)
from toancanh.sources.layout import LOAD, ROW
from toancanh.sources.models import Load, Reject
from toancanh.sources.notes import merged
from toancanh.sources.readers import Chunk, Refusal
from toancanh.sources.transform import Portion, Transformer
from toancanh.warehouse import building, writing
from toancanh.warehouse.models import Batch

log = structlog.get_logger()

# Called after every chunk with the load and the share of the file that is behind it, 0 to 1.
Progress = Callable[[Load, float], None]
UNDONE = (Load.State.WAITING, Load.State.RUNNING)
_AT_ONCE = 400  # rejects: a transaction of some ten milliseconds


def run(load: Load, progress: Progress | None = None) -> Load:
    """Bring the load to its end, and before it every earlier one of its source that is not at its own.

    A load that is done stays as it is. Raises what refuses the file as a whole, after noting it on the load;
    a load that failed may be run again and goes on where it stopped.
    """
    source = load.source
    with home.current().lock(f"source-{source.name}"):
        for earlier in _interrupted(load):
            with suppress(Problem):  # noted on that load; if it left a batch open, writing ours says so
                _finish(earlier, None)
        try:
            load.refresh_from_db()
        except Load.DoesNotExist:
            return load  # it had nothing to bring back, as another process found
        if load.state == Load.State.WITHDRAWN:
            raise Problem("load.withdrawn", load=load.pk)
        if load.state != Load.State.DONE:
            _finish(load, progress)
    return load


def recover(source: str) -> list[Load]:
    """Finish what a killed process left undone in a source; the loads that were. One that fails stops the others."""
    with home.current().lock(f"source-{source}"):
        pending = Load.objects.filter(source__name=source, state__in=UNDONE).select_related("source").order_by("id")
        return [_finish(load, None) for load in list(pending)]


def _interrupted(load: Load) -> list[Load]:
    """Loads that end before this one: under the lock a running one is dead, and a sealed batch blocks the next."""
    sealed = {int(batch.load) for batch in writing.unfinished(load.source.name) if batch.load.isdigit()}
    undone = Q(state=Load.State.RUNNING) | Q(state=Load.State.WAITING, pk__lt=load.pk)
    failed = Q(state=Load.State.FAILED, pk__in=sealed)
    others = Load.objects.filter(undone | failed, source=load.source).exclude(pk=load.pk)
    return list(others.select_related("source").order_by("id"))


def _finish(load: Load, progress: Progress | None) -> Load:
    try:
        with storage.guarded(home.current().path):
            _run(load, progress)
    except Problem as problem:
        _fail(load, problem)
        raise
    except (OperationalError, InterfaceError, KeyboardInterrupt, SystemExit):
        raise  # no fault of the file: it goes on once what it needs is there
    except BaseException as error:  # a panic in a library written in Rust is no Exception
        if isinstance(error, OSError) and error.errno:
            raise
        log.exception("load.unexpected", load=load.pk)
        # Whatever it is, the loads behind it must not wait for it.
        surprise = Problem("load.unexpected", load=load.pk, filename=load.filename, error=type(error).__name__)
        _fail(load, surprise)
        raise surprise from error
    return load


def _fail(load: Load, problem: Problem) -> None:
    with transaction.atomic():
        load.state, load.problem, load.problem_params = Load.State.FAILED, problem.code, _texts(problem.params)
        load.save(update_fields=["state", "problem", "problem_params"])
        audit.record(
            "load.failed",
            actor=audit.SYSTEM,
            target=("load", str(load.pk)),
            source=load.source.name,
            problem=problem.code,
        )
        events.emit("load.failed", load=load.pk, source=load.source.name, problem=problem.code)


def _run(load: Load, progress: Progress | None) -> None:
    source = load.source
    file = storage.stored(load.sha256)
    if not file.is_file() or file.stat().st_size != load.size:
        raise Problem("load.file_gone", load=load.pk, filename=load.filename, sha256=load.sha256)
    moment = clock.now()
    load.state, load.problem, load.problem_params = Load.State.RUNNING, "", {}
    load.started_at, load.known_at = load.started_at or moment, load.known_at or moment
    load.save(update_fields=["state", "problem", "problem_params", "started_at", "known_at"])
    record_type = registry.record_type(source)
    mapping = mappings.parse(load.mapping_text, load.mapping)
    ownunits.ensure(mapping)
    reader = readers.open_file(file, load.filename, mapping.file)
    transform = Transformer(record_type, mapping, reader, load.filename, scope=outside.scope_of(load))
    # What a killed process noted of the chunk it was in is noted anew.
    Reject.objects.filter(load=load, chunk__gte=load.chunks).delete()
    before = None if load.restores else repeats.followed(load)
    for chunk in reader.chunks(load.chunks):
        begun = _begun(load, chunk.index)
        # What was written before a kill was judged then.
        news = None if before is None or begun == Batch.State.DONE else repeats.refused(before, chunk)
        rows, refused = _judge(chunk, transform, news)
        read = chunk.read
        if load.restores:  # what its file refused stays with that load
            read -= len(refused)
            rows, refused = restoring.missing(record_type, rows, load.restores), []
        accepted = 0
        if rows.num_rows or begun:
            batch = writing.seal(source.name, record_type.name, str(load.pk), chunk.index)
            accepted = writing.write(batch, rows).accepted
        early = ahead.note(rows, record_type, moment)
        load.notes = merged(load.notes, [early] if early else [])
        _keep(load, chunk.index, read, accepted, refused)
        if not load.restores:
            _mend(load, chunk)
        if progress:
            progress(load, chunk.share)
    building.refresh(record_type.name)
    _close(load, transform.notes, again=before is not None)


def _begun(load: Load, index: int) -> str:
    """How far an interrupted run came with the chunk: the state of its batch, empty if there is none."""
    batches = Batch.objects.filter(load=str(load.pk), chunk=index, outbox=False, withdrawn=False)
    return batches.exclude(state=Batch.State.LOST).values_list("state", flat=True).first() or ""


def _judge(chunk: Chunk, transform: Transformer, news: frozenset[int] | None) -> Portion:
    """What became of a chunk; where an earlier load took the rest of it, only the rows that are `news` are judged."""
    if news is not None and not news:
        chunk = Chunk(chunk.index, chunk.rows.clear(), chunk.numbers.clear())
    portion = transform(chunk)
    if news is None:
        return portion
    chosen = pc.is_in(portion.rows["row"], pa.array(sorted(news), pa.int64()))
    return Portion(portion.rows.filter(chosen), [refusal for refusal in portion.refused if refusal.row in news])


def _keep(load: Load, index: int, read: int, accepted: int, refused: list[Refusal]) -> None:
    """Note what became of one chunk: its rejects in short transactions, then the counts and that the next one comes."""
    for some in batched(refused, _AT_ONCE):
        Reject.objects.bulk_create(quarantine.reject(load, refusal, chunk=index) for refusal in some)
    load.chunks = index + 1
    load.read += read
    load.accepted += accepted
    load.rejected += len(refused)
    load.duplicates += read - accepted - len(refused)
    load.save(update_fields=["chunks", "read", "accepted", "duplicates", "rejected", "notes"])


def _mend(load: Load, chunk: Chunk) -> None:
    """Note which rejects came back in a corrected download: it says which load and row each one was."""
    if LOAD not in chunk.rows.columns or ROW not in chunk.rows.columns:
        return
    returned: dict[int, list[int]] = defaultdict(list)
    for number, row in chunk.rows.select(LOAD, ROW).iter_rows():
        if _count(number) and _count(row):
            returned[_count(number)].append(_count(row))
    for number, rows in returned.items():
        for some in batched(rows, _AT_ONCE):
            quarantine.mend(load, number, some)


def _count(text: str | None) -> int:
    """A whole number as a spreadsheet or a CSV writes it; 0 for anything else."""
    whole = (text or "").strip().removesuffix(".0")
    return int(whole) if whole.isdecimal() else 0


def _close(load: Load, notes: list[tuple[str, dict[str, object]]], *, again: bool) -> None:
    taker = repeats.taker(load) if again else None
    with transaction.atomic():
        load.notes = [*([code, params] for code, params in notes), *load.notes]
        if taker:
            load.notes.append(["load.again", {"earlier": taker.pk}])
        load.state, load.finished_at = Load.State.DONE, clock.now()
        load.save(update_fields=["state", "finished_at", "notes"])
        quarantine.settle(load)
        audit.record("load.finished", actor=_actor(load), target=("load", str(load.pk)), **load.counts)
        if load.restores and not load.accepted:
            Load.objects.filter(pk=load.pk).delete()
            return
        events.emit(
            "load.finished",
            load=load.pk,
            source=load.source.name,
            record_type=load.source.record_type,
            **load.counts,
        )


def _actor(load: Load) -> audit.Ref:
    kind, _, name = load.by.partition(":")
    return kind, name


def _texts(params: dict[str, object]) -> dict[str, object]:
    return {key: value if isinstance(value, str | int | float) else str(value) for key, value in params.items()}
