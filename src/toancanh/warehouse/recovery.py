"""Recovery: after a crash a table opens again, and what could not be read is set aside, never deleted."""

import json
from dataclasses import dataclass
from pathlib import Path

from toancanh.base import clock, home
from toancanh.base.problems import Problem
from toancanh.warehouse.log import Log, UnreadableError, checkpoints, entry_path, read_checkpoint, read_entry
from toancanh.warehouse.models import Batch, Dirty
from toancanh.warehouse.store import folder, fsync


@dataclass(frozen=True)
class SetAside:
    """Files of a table's log that could not be used, where they lie now, and the batches that went with them."""

    record_type: str
    folder: Path
    files: tuple[str, ...]
    lost: tuple[tuple[str, int], ...]


def recover(name: str) -> SetAside | None:
    """Make a table's log readable; None when it is. The caller holds the lock "warehouse".

    The first unreadable entry goes with everything after it: leaving later ones would leave a gap, and the table
    would still refuse to open. Only in a middle entry can rows be lost that were acknowledged; their batches are
    marked so that doctor tells and the delivery can be loaded again.
    """
    log = folder(name) / "_delta_log"
    if not log.is_dir():
        return None
    bad = _bad_checkpoints(log)
    good = checkpoints(log).items() - {(int(path.name[:20]), path) for path in bad if path.suffix == ".parquet"}
    entries = sorted(int(path.stem) for path in log.glob("*.json") if path.stem.isdigit() and len(path.stem) == 20)
    torn = _torn_entries(log, entries, max((version for version, _path in good), default=-1))
    if entries and not good and entries[0] > 0:
        raise Problem("warehouse.broken", record_type=name, reason=f"{entries[0]:020d}.json")
    if not bad and not torn:
        return None
    aside = home.current().warehouse / "set-aside" / clock.now().strftime("%Y%m%dT%H%M%S.%f") / name
    aside.mkdir(parents=True, mode=0o700)
    # From the newest backwards: a crash in the middle leaves no gap.
    for path in [*reversed(torn), *bad]:
        path.rename(aside / path.name)
        fsync(log)
    for place in (aside, aside.parent, aside.parent.parent, aside.parent.parent.parent):
        fsync(place)
    files = tuple(path.name for path in [*bad, *torn])
    return SetAside(name, aside, files, _mark_lost(name, log) if torn else ())


def recover_all() -> list[SetAside]:
    """Recover every table of this home and tell what was set aside."""
    warehouse = home.current().warehouse
    if not warehouse.is_dir():
        return []
    with home.current().lock("warehouse"):
        found = [recover(path.parent.name) for path in sorted(warehouse.glob("*/_delta_log"))]
    return [aside for aside in found if aside]


def _bad_checkpoints(log: Path) -> list[Path]:
    bad = []
    for _version, path in sorted(checkpoints(log).items(), reverse=True):
        if _readable(path):
            break  # nobody reads those before it
        bad.append(path)
    last = log / "_last_checkpoint"
    if last.exists():
        try:
            version = json.loads(last.read_bytes())["version"]
        except (ValueError, KeyError, TypeError):
            version = None
        if bad or version not in checkpoints(log):
            bad.append(last)  # deltalake trusts it; without it, it looks for itself
    return bad


def _readable(checkpoint: Path) -> bool:
    try:
        read_checkpoint(checkpoint)
    except UnreadableError:
        return False
    return True


def _torn_entries(log: Path, entries: list[int], base: int) -> list[Path]:
    """The first unusable entry after the checkpoint and all that follow it."""
    expected = base + 1
    for version in (version for version in entries if version > base):
        try:
            if version != expected:
                raise UnreadableError
            read_entry(entry_path(log, version))
        except UnreadableError:
            return [entry_path(log, later) for later in entries if later >= version]
        expected += 1
    return []


def _mark_lost(name: str, log: Path) -> tuple[tuple[str, int], ...]:
    """Mark batches that were done and are no longer in the table."""
    recorded = Log(log).snapshot().recorded
    done = Batch.objects.filter(record_type=name, state=Batch.State.DONE, accepted__gt=0)
    lost = [batch for batch in done if batch.number > recorded.get(batch.source, 0)]
    for batch in lost:
        batch.state = Batch.State.LOST
        batch.save(update_fields=["state"])
        Dirty.objects.bulk_create(Dirty(record_type=name, month=month) for month in batch.months)
    return tuple((batch.source, batch.number) for batch in lost)
