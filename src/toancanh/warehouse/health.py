"""Health: what the warehouse can say about itself to `toancanh doctor`."""

from collections.abc import Iterator

from django.db.models import Count

from toancanh.base import checks, home
from toancanh.base.checks import Finding
from toancanh.base.problems import Problem
from toancanh.warehouse import reading
from toancanh.warehouse.models import Batch
from toancanh.warehouse.store import store
from toancanh.warehouse.types import all_types
from toancanh.warehouse.withdrawal import RECORD


def tables() -> Iterator[Finding]:
    """Files set aside, batches lost or left unfinished, data files missing, a database older than the warehouse."""
    for folder in sorted((home.current().warehouse / "set-aside").glob("*/*")):
        yield Finding(
            "warning",
            "warehouse.set_aside",
            {"record_type": folder.name, "count": len(list(folder.iterdir())), "folder": str(folder)},
        )
    for batch in Batch.objects.filter(state=Batch.State.LOST):
        yield Finding(
            "error",
            "warehouse.lost",
            {
                "source": batch.source,
                "number": batch.number,
                "record_type": batch.record_type,
                "rows": batch.accepted,
                "load": batch.load or "-",
            },
        )
    yield from _unfinished()
    for kind in all_types():
        table = store(kind)
        snapshot = table.snapshot()
        missing = [path for path in snapshot.in_months(None) if not (table.folder / path).exists()]
        if missing:
            yield Finding(
                "error",
                "warehouse.missing_file",
                {"record_type": kind.name, "count": len(missing), "file": missing[0]},
            )
            continue
        known = reading.inputs(kind.name)
        rows = reading.rows_of(table, snapshot, snapshot.in_months(None))
        for source, stored in (
            reading.cursor().execute(f"SELECT source, max(batch) FROM {rows} GROUP BY ALL").fetchall()
        ):
            sealed = Batch.objects.filter(source=source, number__gte=stored).exists()
            if not sealed:
                yield Finding(
                    "error",
                    "warehouse.ahead",
                    {"record_type": kind.name, "source": source, "stored": stored, "known": known.get(source, 0)},
                )


def _unfinished() -> Iterator[Finding]:
    """Loads that were cut short and that nobody is going on with: the source's lock is free."""
    sealed = Batch.objects.filter(state=Batch.State.SEALED, outbox=False).order_by("source", "load")
    for source, load, count in sealed.values_list("source", "load").annotate(count=Count("id")):
        try:
            with home.current().lock(f"source-{source}", wait=False):
                yield Finding("warning", "warehouse.unfinished", {"source": source, "load": load, "count": count})
        except Problem:
            continue


def derived() -> Iterator[Finding]:
    """Derived files that are missing, torn or made by another definition."""
    from toancanh.warehouse.building import torn

    for kind in all_types():
        if kind is not RECORD:
            for flaw in torn(kind.name):
                yield Finding("warning", "warehouse.derived", flaw._asdict())


checks.register("warehouse.tables", tables, heavy=True)
checks.register("warehouse.derived", derived, heavy=True)
