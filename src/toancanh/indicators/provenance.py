"""Provenance: the passport of a figure, from the number on the screen back to the rows and documents it came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from typing import Any

from toancanh.access.scope import Scope, of_codes
from toancanh.base.clock import VIETNAM, stamp
from toancanh.indicators import catalogue, documents, figures
from toancanh.indicators import coverage as coverages
from toancanh.indicators.catalogue import Indicator, Term
from toancanh.indicators.documents import Document
from toancanh.indicators.figures import Figure
from toancanh.indicators.records import FIGURE
from toancanh.sources.models import Load
from toancanh.units import labels
from toancanh.units.tree import Tree, at
from toancanh.warehouse import derived, reading, rollups
from toancanh.warehouse.models import Batch
from toancanh.warehouse.numbering import Origins
from toancanh.warehouse.rollups import Rollup
from toancanh.warehouse.sql import names, quote
from toancanh.warehouse.types import Kind, RecordType
from toancanh.warehouse.types import get as get_type

PAGE = 20
# What stands behind the fields of a contributing record: whether it counts in the part, and where it came from.
TRAIL = ("in_part", "source", "load", "row")


@dataclass(frozen=True)
class Known:
    """What was known of a claim from a moment on."""

    at: datetime
    value: float | None
    part: float | None
    whole: float | None
    load: int | None


@dataclass(frozen=True)
class Contribution:
    """The records behind a computed figure: how many count into its part and its whole, and some of them."""

    part: int
    whole: int | None
    columns: tuple[str, ...]
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Passport:
    """Everything that can be said of where a figure comes from."""

    figure: Figure
    rivals: list[Figure]
    indicator: Indicator
    unit_name: str
    load: Load | None
    document: Document | None
    history: list[Known]
    contribution: Contribution | None = None
    inputs: dict[str, int] = field(default_factory=dict)

    @property
    def record_type(self) -> RecordType | None:
        """The type of the records behind a computed figure; None for a claim."""
        formula = self.indicator.formula
        return get_type(rollups.get_rollup(formula.rollup).record_type) if formula and self.contribution else None

    @property
    def cut(self) -> str:
        """What the records are narrowed to, in words: "Kênh nộp: Trực tuyến"; empty where to nothing."""
        cut, kind = self.figure.cut, self.record_type
        if cut is None or kind is None:
            return ""
        field = kind.field(cut.field)
        value = int(cut.value) if cut.value and field.kind is Kind.INTEGER else cut.value or None
        return f"{field.title}: {labels.name(cut.value) if cut.field == kind.unit else field.say(value)}"


def passport(address: str, scope: Scope, as_of: datetime | None = None) -> Passport | None:
    """The passport of the figure at an address, within a scope; None where there is no such figure to see."""
    found = figures.find(address, scope, as_of)
    if not found:
        return None
    figure, *rivals = found
    indicator = catalogue.get(figure.indicator)
    computed = figure.status == "computed"
    coverage = coverages.coverage(indicator.formula.rollup, as_of) if computed and indicator.formula else None
    return Passport(
        figure=figure,
        rivals=rivals,
        indicator=indicator,
        unit_name=labels.name(figure.unit, figure.end),
        load=None if computed else load_of(figure.source, figure.batch),
        document=documents.find(figure.document),
        history=[] if computed else list(_history(figure)),
        contribution=contribution(figure, scope, as_of=as_of) if computed else None,
        inputs=coverage.inputs if coverage else {},
    )


def load_of(source: str, batch: int) -> Load | None:
    """The load that brought a batch."""
    number = loads_of({(source, batch)}).get((source, batch))
    return Load.objects.select_related("source").filter(pk=number).first() if number else None


def contribution(
    figure: Figure, scope: Scope, *, limit: int | None = PAGE, offset: int = 0, as_of: datetime | None = None
) -> Contribution | None:
    """The records that count into a computed figure, oldest first."""
    indicator = catalogue.get(figure.indicator)
    formula = indicator.formula
    rollup = figures.counted(formula, figure.cut) if formula else None
    if formula is None or rollup is None:
        return None
    kind = get_type(rollup.record_type)
    coverage = coverages.coverage(rollup.name, as_of)
    last = min(figure.end, coverage.last) if coverage else figure.end
    below = scope.intersect(of_codes(Tree.at(last).holdings(figure.unit)))
    since = max(figure.start, at(figure.unit, last).valid_from or figure.start)
    counting = partial(_counting, rollup=rollup, first=since, last=last, scope=below)
    part = counting(formula.added)
    whole = counting(formula.divided) if formula.divided else part
    first = None if formula.runs else since
    measures = tuple(rollup.measure(name) for name in formula.measures)
    columns = [each.name for each in kind.fields]
    subject, order = names(kind.subject), names(dict.fromkeys((kind.month, *kind.subject)))
    page = f"LIMIT {limit} OFFSET {offset}" if limit is not None else ""
    # Whose unit it is asks much more than on which day it counts: that is asked of few.
    days = {rollups.counted_on(kind, measure) for measure in measures}
    within = " OR ".join(f"{day} BETWEEN DATE '{first or date.min}' AND DATE '{last}'" for day in sorted(days))
    states = f"{derived.current(kind.name, as_of)} WHERE ({within}){f' AND {figure.cut.sql()}' if figure.cut else ''}"
    # The measures are told once, of all states; only the records of the page are read whole.
    rows = reading.fetch(
        f"WITH {rollups.STATES} AS (SELECT * FROM {states}), "
        f"counted AS MATERIALIZED (SELECT {order}, in_part, in_whole FROM "
        f"(SELECT *, {part} AS in_part, {whole} AS in_whole FROM ({rollups.flagged(measures, kind)}) m) f "
        f"WHERE in_part OR in_whole) "
        f"SELECT {names((*columns, 'source', 'batch', 'row'))}, in_part, "
        f"(SELECT count(*) FILTER (in_part) FROM counted) AS part_, (SELECT count(*) FILTER (in_whole) FROM counted) "
        f"AS whole_ FROM (SELECT {subject}, in_part FROM counted WHERE in_whole ORDER BY {order} {page}) p "
        f"JOIN {rollups.STATES} USING ({subject}) ORDER BY {order}"
    ).to_pylist()
    sums = [(row.pop("part_"), row.pop("whole_")) for row in rows]
    count = dict(zip(("part", "whole"), sums[0] if sums else (0, 0), strict=True))
    loads = loads_of({(row["source"], row["batch"]) for row in rows})
    return Contribution(
        part=count["part"],
        whole=count["whole"] if formula.whole else None,
        columns=tuple(columns),
        rows=[_local(row) | {"load": loads.get((row["source"], row["batch"]))} for row in rows],
    )


def _counting(terms: Sequence[Term], *, rollup: Rollup, first: date, last: date, scope: Scope) -> str:
    """SQL of whether a state counts in a signed sum: in one of its positive terms and in none of its negative ones.

    What counts in the running terms counts beside what does in the others.
    """
    kind = get_type(rollup.record_type)

    def counts(term: Term) -> str:
        day = rollups.counted_on(kind, rollup.measure(term.measure))
        flag = quote(f"counts_{term.measure}")
        since = "" if term.running else f" AND {day} >= DATE '{first}'"
        return f"coalesce({flag} AND {day} <= DATE '{last}'{since} AND {scope.sql(day=day)}, false)"

    told = []
    for running in dict.fromkeys(term.running for term in terms):
        own = [term for term in terms if term.running == running]
        entered = " OR ".join(counts(term) for term in own if term.sign > 0)
        left = "".join(f" AND NOT {counts(term)}" for term in own if term.sign < 0)
        told.append(f"(({entered}){left})")
    return f"({' OR '.join(told)})"


def loads_of(batches: set[tuple[str, int]]) -> dict[tuple[str, int], int]:
    """The loads that brought these batches; a batch of small arrivals has none."""
    if not batches:
        return {}
    numbers = [number for _source, number in batches]
    known = Batch.objects.filter(source__in={source for source, _number in batches})
    origins = Origins(known.filter(number__gte=min(numbers), first__lte=max(numbers)))
    return {each: int(load) for each in batches if (load := origins.load(*each))}


def _history(figure: Figure) -> Iterator[Known]:
    """Every version of a claim, oldest first."""
    where = (
        "indicator = ? AND unit = ? AND period_start = ? AND period_end = ? "
        "AND coalesce(document, '') = ? AND coalesce(section, '') = ?"
    )
    rows = reading.fetch(
        f"SELECT * FROM {reading.records(FIGURE.name, history=True)} f WHERE {where} ORDER BY known_at, batch, row",
        [figure.indicator, figure.unit, figure.start, figure.end, figure.document, figure.section],
    )
    for row in rows.to_pylist():
        load = load_of(row["source"], row["batch"])
        yield Known(row["known_at"], row["value"], row["part"], row["whole"], load.pk if load else None)


def _local(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value.astimezone(VIETNAM) if isinstance(value, datetime) else value for key, value in row.items()}


def stream(figure: Figure, scope: Scope, size: int = 20_000, as_of: datetime | None = None) -> Iterator[list[Any]]:
    """All contributing records, row by row, for a download."""
    offset = 0
    while True:
        page = contribution(figure, scope, limit=size, offset=offset, as_of=as_of)
        if page is None:
            return
        for row in page.rows:
            yield [row[name] for name in (*page.columns, *TRAIL)]
        if len(page.rows) < size:
            return
        offset += size


def explain(indicator: Indicator) -> str:
    """The definition as code: the formula, and the query behind each of its measures."""
    formula = indicator.formula
    if formula is None:
        return ""
    rollup = rollups.get_rollup(formula.rollup)
    kind = get_type(rollup.record_type)
    lines = [formula.code()]
    for name in formula.measures:
        measure = rollup.measure(name)
        lines += ["", f"-- {name} ({measure.at})", rollups.compiled(measure, kind, rollup.by)]
    return "\n".join(lines)


def as_dict(found: Passport, *, records: bool) -> dict[str, Any]:
    """A passport as programs read it; the contributing records only where the caller may read records."""
    figure, load, document = found.figure, found.load, found.document
    answer: dict[str, Any] = {
        "figure": figures.as_dict(figure),
        "indicator": {
            "code": figure.indicator,
            "name": str(found.indicator.name),
            "definition": str(found.indicator.definition),
            "formula": found.indicator.formula.code() if found.indicator.formula else None,
            "version": figure.definition,
            "law": found.indicator.law,
        },
        "unit_name": found.unit_name,
        "owner": figure.owner,
        "known_at": stamp(figure.known_at),
        "stated_differs_from_parts": figure.doubt,
        "note": figure.note,
        "load": None,
        "document": None,
        "rivals": [figures.as_dict(each) for each in found.rivals],
        "history": [
            {"known_at": stamp(k.at), "value": k.value, "part": k.part, "whole": k.whole, "load": k.load}
            for k in found.history
        ],
        "inputs": found.inputs,
        "records": None,
    }
    if load is not None:
        answer["load"] = {
            "load": load.pk,
            "source": figure.source,
            "file": load.filename,
            "sha256": load.sha256,
            "row": figure.row,
            "by": load.by,
            "finished_at": stamp(load.finished_at) if load.finished_at else None,
        }
    if document is not None:
        answer["document"] = {
            "id": document.id,
            "number": document.number,
            "date": document.date.isoformat() if document.date else None,
            "title": document.title,
            "issuer": document.issuer,
            "section": figure.section,
        }
    if found.contribution is not None:
        answer["records"] = {"part": found.contribution.part, "whole": found.contribution.whole}
        if records:
            rows = [
                {key: stamp(v) if isinstance(v, datetime) else v for key, v in row.items()}
                for row in found.contribution.rows
            ]
            answer["records"]["first"] = rows
            answer["records"]["download"] = f"/figures/{figure.about}/records.csv"
    return answer
