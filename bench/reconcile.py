"""A year of dossiers at a province's rates, as the one-stop system and as the National Portal tell them, reconciled."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import count

import pyarrow as pa

from bench.common import Result, ready, repeat, spread, temporary

SEED, BATCH, PROVINCE, COMMUNE = 2026, 50_000, "gso:66", "gso:24133"
LIMIT_MS = 1000.0


def measure() -> Iterator[Result]:
    with temporary() as folder:
        ready(folder / "home")
        from toancanh.base.clock import today

        last = today() - timedelta(1)
        build(last - timedelta(364), last)
        yield from _measured()


def build(first: date, last: date) -> None:
    """Write both tellings through the warehouse's own door, and everything derived from them."""
    from toancanh.base.home import current
    from toancanh.domains.dossiers import demo
    from toancanh.sources import registry
    from toancanh.warehouse import building, writing

    chunk = rows = 0
    for source, _name, table in demo.history(first, last, SEED, PROVINCE):
        with current().lock(f"source-{source}"):
            for start in range(0, table.num_rows, BATCH):
                part = table.slice(start, BATCH)
                part = part.append_column("row", pa.array(range(rows + 1, rows + 1 + part.num_rows), pa.int64()))
                writing.write(writing.seal(source, registry.get(source).record_type, "bench", chunk), part)
                chunk, rows = chunk + 1, rows + part.num_rows
    building.refresh()


def _measured() -> Iterator[Result]:
    from toancanh.access.scope import EVERYTHING, of_unit
    from toancanh.indicators import reconciling
    from toancanh.indicators.reconciliation import get
    from toancanh.indicators.reconciling import Wanted

    about, numbers = get("dossiers"), count()
    # Under another code nothing is known of it yet.
    anew = repeat(lambda: reconciling.counted(replace(about, code=f"anew-{next(numbers)}")), times=7)
    counted = reconciling.counted(about)
    days = counted.days()
    assert days is not None
    total = counted.total(EVERYTHING, *days)
    yield _result("all counted anew", anew, f"{total.left:,} dossiers at the one, {total.right:,} at the other")
    wanted = Wanted(*days)
    for name, scope in (("province", EVERYTHING), ("commune", of_unit(COMMUNE))):
        units = repeat(lambda scope=scope: counted.units(scope, *days))
        yield _result(f"table by unit, {name}, warm", units)
        page = repeat(lambda scope=scope: reconciling.differences(about, scope, wanted, counted.until, 50), times=7)
        yield _result(f"a page of differences, {name}", page, target=None)


def _result(what: str, times: list[float], note: str = "", target: float | None = LIMIT_MS) -> Result:
    median, slow = spread(times)
    note = f"median {median:.0f}{f'; {note}' if note else ''}"
    return Result(f"reconciliation of a year, {what}, p95", slow, "ms", target=target, note=note)
