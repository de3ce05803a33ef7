"""Restoring: rows that a withdrawn load shared with others come back from the files of those that stand.

They were dropped there as duplicates. Each such file is loaded once more, as a load of its own, so that a kill in the
middle is mended like that of any other load. One that had nothing to bring back leaves no load behind.
"""

from datetime import datetime

import pyarrow as pa
from django.db.models import Exists, Min, OuterRef

from toancanh.sources.models import Load
from toancanh.warehouse import reading
from toancanh.warehouse.sql import moment, quote
from toancanh.warehouse.types import RecordType


def sharing(withdrawn: Load) -> list[Load]:
    """The standing loads that may have dropped rows because of a withdrawn one, in their order; all of its type.

    What an earlier withdrawal left to a correction may be missing only now: so those count that ended after any load
    that was withdrawn began. The very same file told again while the withdrawn one stood is as wrong as it was.
    """
    alike = Load.objects.filter(source__record_type=withdrawn.source.record_type)
    gone = alike.filter(state=Load.State.WITHDRAWN)
    since = gone.aggregate(first=Min("started_at"))["first"]
    if since is None:
        return []
    same = {name: OuterRef(name) for name in ("source", "sha256", "mapping_text")}
    wrong = gone.filter(pk__lt=OuterRef("pk"), withdrawn_at__gte=OuterRef("created_at"), **same)
    found = alike.filter(state=Load.State.DONE, duplicates__gt=0, restores=None, finished_at__gte=since)
    return list(found.exclude(Exists(wrong)).select_related("source").order_by("known_at", "pk"))


def missing(kind: RecordType, rows: pa.Table, load: Load) -> pa.Table:
    """The rows of a file that its load has told and nobody tells now: their key is not there, or as it was before.

    What was told after the load goes before it: no correction is undone. A load that was withdrawn tells nothing.
    """
    if not rows.num_rows or load.state != Load.State.DONE:
        return rows.slice(0, 0)
    cursor = reading.cursor()
    cursor.register("given", rows)
    last = reading.latest_by(kind.key, ("row",))
    same = " AND ".join(f"g.{name} IS NOT DISTINCT FROM l.{name}" for name in map(quote, kind.key))
    rest = [quote(field.name) for field in kind.fields if field.name not in kind.key]
    other = " OR ".join(f"g.{name} IS DISTINCT FROM l.{name}" for name in rest) or "false"
    found = reading.fetch(
        f"SELECT g.row FROM (SELECT * FROM given {last}) g LEFT JOIN {reading.records(kind.name)} l ON {same} "
        f"WHERE l.known_at IS NULL OR (l.known_at < {moment(_told(load))} AND ({other})) ORDER BY g.row",
        on=cursor,
    )
    wanted = set(found.column(0).to_pylist())
    return rows.filter(pa.array([number in wanted for number in rows.column("row").to_pylist()], pa.bool_()))


def _told(load: Load) -> datetime:
    """When the file of a load was told first: told again it says nothing newer."""
    same = Load.objects.filter(
        source=load.source_id, sha256=load.sha256, mapping_text=load.mapping_text, restores=None, pk__lte=load.pk
    )
    first: datetime = same.aggregate(first=Min("known_at"))["first"]
    return first
