"""Reconciling: two record types set side by side: what agrees, what differs, what only one of them has."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from toancanh.access.scope import Scope, of_codes
from toancanh.base import clock, home
from toancanh.base.memory import Memory
from toancanh.base.problems import Problem
from toancanh.indicators.computing import Answer, Set
from toancanh.indicators.reconciliation import (
    COUNTS,
    DIFFERS,
    KINDS,
    ON_THE_WAY,
    ONLY_LEFT,
    ONLY_RIGHT,
    SYNCED,
    Compared,
    Counts,
    Reconciliation,
    Side,
    Synced,
    get,
)
from toancanh.units.periods import CALENDAR
from toancanh.units.tree import Tree
from toancanh.warehouse import derived, reading, rollups
from toancanh.warehouse.sql import moment, names, quote, text
from toancanh.warehouse.types import RecordType

if TYPE_CHECKING:  # a process that reconciles nothing does without
    import pyarrow as pa

_STEP = timedelta(minutes=10)  # differences are counted in hours: what is on the way is asked no finer
_TRAIL = ("known_at", "source", "batch", "row")


@dataclass(frozen=True)
class Counted:
    """What was counted of a reconciliation: a row for each unit and day, as of a moment; and what it rests on."""

    table: "pa.Table"
    until: datetime  # what changed later is on the way
    at: datetime
    inputs: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    simulated: bool = False

    def days(self) -> tuple[date, date] | None:
        """The first and the last day that anything is told of."""
        found = reading.fetch("SELECT min(day) AS a, max(day) AS b FROM t", on=self.cursor()).to_pylist()[0]
        return (found["a"], found["b"]) if found["a"] else None

    def units(self, scope: Scope, since: date, until: date, under: str = "") -> dict[str, Counts]:
        """The counts of each unit of the last day with all under it, in a scope, up to the topmost.

        With `under` up to the units under that one, and of itself only its own.
        """
        sums = ", ".join(f"sum({quote(name)})::BIGINT AS {quote(name)}" for name in self.table.column_names[2:])
        where = f"day BETWEEN DATE '{since}' AND DATE '{until}' AND {scope.sql()}"
        rows = reading.fetch(f"SELECT unit, {sums} FROM t WHERE {where} GROUP BY unit", on=self.cursor()).to_pylist()
        tree, found = Tree.at(until), dict[str, dict[str, int]]()
        for row in rows:
            owner = tree.answering(row.pop("unit"))
            path = [node.ref for node in tree.path(owner)] or [owner]
            if under in path:
                path = path[path.index(under) + 1 :] or [under]
            for code in path:
                into = found.setdefault(code, {})
                for name, value in row.items():
                    into[name] = into.get(name, 0) + value
        return {code: _counts(row) for code, row in found.items()}

    def total(self, scope: Scope, since: date, until: date) -> Counts:
        """The counts of all there is in a scope."""
        sums = ", ".join(
            f"coalesce(sum({quote(name)}), 0)::BIGINT AS {quote(name)}" for name in self.table.column_names[2:]
        )
        where = f"day BETWEEN DATE '{since}' AND DATE '{until}' AND {scope.sql()}"
        return _counts(reading.fetch(f"SELECT {sums} FROM t WHERE {where}", on=self.cursor()).to_pylist()[0])

    def cursor(self) -> Any:
        """A cursor that knows the table as `t`."""
        cursor = reading.cursor()
        cursor.register("t", self.table)
        return cursor


@dataclass(frozen=True)
class Difference:
    """A thing on which the two sides do not agree: the state of it that each tells, and from where.

    `kind` is what it is or will be; `young` says that it is on the way. `fields` are those that differ.
    """

    subject: tuple[str, ...]
    unit: str
    day: date
    kind: str
    young: bool
    fields: tuple[str, ...]
    left: Mapping[str, Any] | None
    right: Mapping[str, Any] | None

    def shown(self, reconciliation: Reconciliation) -> tuple[str, ...]:
        """The fields that are worth showing: those that differ, all of them where one side is missing."""
        return self.fields if self.kind == DIFFERS else reconciliation.fields


@dataclass(frozen=True)
class Wanted:
    """Which differences: of a unit with all under it (of any without), of a kind, in a field, of which days."""

    since: date
    until: date
    unit: str = ""
    kind: str = ""
    field: str = ""

    def check(self, reconciliation: Reconciliation) -> None:
        """Refuse what there is not. Raises reconciliation.kind, reconciliation.field."""
        if self.kind and self.kind not in KINDS:
            raise Problem("reconciliation.kind", kind=self.kind, known=", ".join(KINDS))
        if self.field and self.field not in reconciliation.fields:
            raise Problem("reconciliation.field", field=self.field, known=", ".join(reconciliation.fields))

    def within(self, scope: Scope) -> Scope:
        """The part of a scope that is asked for."""
        return scope.intersect(of_codes(Tree.at(self.until).holdings(self.unit))) if self.unit else scope

    def of(self, counts: Counts) -> int:
        """How many there are, told by the counts of its unit."""
        if self.field:
            return 0 if self.kind not in ("", DIFFERS) else counts.fields.get(self.field, 0)
        return sum(counts.of(kind) for kind in ([self.kind] if self.kind else KINDS))


_COUNTED = Memory(16)


def counted(reconciliation: Reconciliation, patience: float = 0.0) -> Counted:
    """Everything counted by unit and day, whoever asks; nothing is counted anew while nothing has come.

    With `patience` it may be so many seconds old.
    """
    now = clock.now()
    step = datetime.fromtimestamp(now.timestamp() // _STEP.total_seconds() * _STEP.total_seconds(), now.tzinfo)
    sides = (reconciliation.left.record_type, reconciliation.right.record_type)
    version: Hashable = (step, *(derived.version(each) for each in sides))
    question = (home.current().path, reconciliation.code)
    return _COUNTED.get(question, version, lambda: _count(reconciliation, step - reconciliation.grace, now), patience)


def answer(
    code: str, scope: Scope, since: date, until: date, sets: Iterable[Set], rule: str = CALENDAR, patience: float = 60.0
) -> Answer:
    """The things in both, `left` and `right`, of these days, by grouping sets of `unit` and grains, as rollups answer.

    As cheap as `synced`.
    """
    from toancanh.indicators import grouping

    found = counted(get(code), patience)
    where = f"day BETWEEN DATE '{since}' AND DATE '{until}' AND {scope.sql()}"
    rows = reading.fetch(f"SELECT unit, day, {', '.join(map(quote, SYNCED))} FROM t WHERE {where}", on=found.cursor())
    return Answer(grouping.sums(rows, [(), *sets], SYNCED, since, rule), SYNCED, since, until)


def synced(code: str, scope: Scope, since: date, until: date, patience: float = 60.0) -> dict[str, Synced]:
    """Of each unit, with all under it, how far the right side has what the left one has; of things of these days.

    Cheap: what was counted at most `patience` seconds ago is only summed. Units are those of the last day, with all
    above them; the sum of a unit above `scope` is that of its part in it.
    """
    found = counted(get(code), patience).units(scope, since, until)
    return {unit: Synced(counts.both, counts.left, counts.right) for unit, counts in found.items()}


def differences(
    reconciliation: Reconciliation, scope: Scope, wanted: Wanted, until: datetime, limit: int | None, offset: int = 0
) -> list[Difference]:
    """Single differences within a scope, the youngest day first; what changed after `until` is on the way."""
    wanted.check(reconciliation)
    where = [f"NOT same AND day BETWEEN DATE '{wanted.since}' AND DATE '{wanted.until}'"]
    if wanted.kind:
        where.append("young" if wanted.kind == ON_THE_WAY else f"NOT young AND kind = {text(wanted.kind)}")
    if wanted.field:
        where.append(f"NOT young AND {quote(_flag(wanted.field))}")
    subject = names(reconciliation.subject)
    page = "" if limit is None else f" LIMIT {limit} OFFSET {offset}"
    pairs = _pairs(reconciliation, until, wanted.within(scope).sql(), wanted)
    found = reading.fetch(f"SELECT * FROM {pairs} p WHERE {' AND '.join(where)} ORDER BY day DESC, {subject}{page}")
    left, right = (_rows(side.kind, found.select(reconciliation.subject)) for side in _sides(reconciliation))
    told = []
    for row in found.to_pylist():
        key = tuple(row[name] for name in reconciliation.subject)
        differing = tuple(name for name in reconciliation.fields if row[_flag(name)])
        told.append(
            Difference(
                key, row["unit"], row["day"], row["kind"], row["young"], differing, left.get(key), right.get(key)
            )
        )
    return told


def as_dict(difference: Difference, reconciliation: Reconciliation) -> dict[str, Any]:
    """A difference as programs read it: both values of each field that differs, or of all where one side is missing."""
    shown = difference.shown(reconciliation)
    return {
        "subject": dict(zip(reconciliation.subject, difference.subject, strict=True)),
        "unit": difference.unit,
        "day": difference.day,
        "kind": difference.kind,
        "on_the_way": difference.young,
        "fields": [
            {"field": name, **{side: (row or {}).get(name) for side, row in _told(difference)}} for name in shown
        ],
        **{side: {name: row[name] for name in _TRAIL} if row else None for side, row in _told(difference)},
    }


def _told(difference: Difference) -> Iterable[tuple[str, Mapping[str, Any] | None]]:
    return (("left", difference.left), ("right", difference.right))


def _sides(reconciliation: Reconciliation) -> tuple[Side, Side]:
    return reconciliation.left, reconciliation.right


def _counts(row: Mapping[str, int]) -> Counts:
    fields = {name.removeprefix("differs_"): value for name, value in row.items() if name.startswith("differs_")}
    return Counts(**{name: row[name] for name in COUNTS}, fields=fields)


def _count(reconciliation: Reconciliation, until: datetime, now: datetime) -> Counted:
    both = "in_left AND in_right"
    told = {
        "left": "in_left",
        "right": "in_right",
        "both": both,
        "equal": "same",
        **{kind: f"NOT same AND NOT young AND kind = {text(kind)}" for kind in (ONLY_LEFT, ONLY_RIGHT, DIFFERS)},
        ON_THE_WAY: "NOT same AND young",
        **{_flag(name): f"NOT young AND {quote(_flag(name))}" for name in reconciliation.fields},
    }
    sums = ", ".join(f"count(*) FILTER (WHERE {where}) AS {quote(name)}" for name, where in told.items())
    pairs = _pairs(reconciliation, until)
    table = reading.fetch(
        f"SELECT unit, day, {sums}, bool_or(simulated) AS simulated FROM {pairs} p GROUP BY unit, day"
    )
    simulated = any(table["simulated"].to_pylist())
    inputs = {side.record_type: reading.inputs(side.record_type) for side in _sides(reconciliation)}
    return Counted(table.drop_columns("simulated"), until, now, inputs, simulated)


def _pairs(reconciliation: Reconciliation, until: datetime, scope: str = "", wanted: Wanted | None = None) -> str:
    """SQL in parentheses of all things: subject, `unit`, `day`, on which sides, what differs, `kind`, `same`, `young`.

    Two joins are faster here than a full one, and let what is asked of few units read few rows on one side.
    """
    left, right = (_side(side.kind, reconciliation) for side in _sides(reconciliation))
    near = f" WHERE {scope}" if scope else ""
    if wanted:
        near += f" AND day BETWEEN DATE '{wanted.since}' AND DATE '{wanted.until}'"
    subject, using = names(reconciliation.subject), f"USING ({names(reconciliation.subject)})"
    there = f"r.{quote(reconciliation.subject[0])} IS NOT NULL"
    flags = {_flag(each.field): f"{there} AND {_differ(each)}" for each in reconciliation.compared}
    matched = (
        f"SELECT {', '.join(f'l.{quote(name)}' for name in reconciliation.subject)}, l.unit, l.day, true AS in_left, "
        f"{there} AS in_right, greatest(l.changed, r.changed) > {moment(until)} AS young, "
        f"l.simulated OR coalesce(r.simulated, false) AS simulated, "
        f"{', '.join(f'{told} AS {quote(name)}' for name, told in flags.items())} "
        f"FROM (SELECT * FROM {left}{near}) l LEFT JOIN {right} r {using}"
    )
    alone = (
        f"SELECT {subject}, unit, day, false, true, changed > {moment(until)}, simulated, "
        f"{', '.join(['false'] * len(flags))} "
        f"FROM (SELECT * FROM {right}{near}) r ANTI JOIN {left} l {using}"
    )
    any_field = " OR ".join(map(quote, flags)) or "false"
    lone = f"WHEN NOT in_right THEN {text(ONLY_LEFT)} WHEN NOT in_left THEN {text(ONLY_RIGHT)}"
    kind = f"CASE {lone} ELSE {text(DIFFERS)} END"
    return (
        f"(SELECT *, {kind} AS kind, in_left AND in_right AND NOT ({any_field}) AS same "
        f"FROM ({matched} UNION ALL {alone}) m)"
    )


def _side(kind: RecordType, reconciliation: Reconciliation) -> str:
    """SQL in parentheses of one side: subject, `unit`, `day`, the compared fields as they are compared, `changed`.

    What a source says of a time to come was known when it came.
    """
    told = [f"{_value(kind, each)} AS {quote(each.field + '_')}" for each in reconciliation.compared]
    marked = any(each.name == "simulated" for each in kind.fields)
    columns = [
        names(kind.subject),
        f"{quote(reconciliation.unit)} AS unit",
        f"{rollups.day(kind, reconciliation.day)} AS day",
        f"least({quote(kind.at)}::TIMESTAMPTZ, known_at) AS changed",
        f"{'coalesce(simulated, false)' if marked else 'false'} AS simulated",
        *told,
    ]
    return f"(SELECT {', '.join(columns)} FROM {derived.current(kind.name)} c)"


def _value(kind: RecordType, compared: Compared) -> str:
    if compared.same_day:
        return rollups.day(kind, compared.field)
    if compared.within is not None:
        return f"epoch_us({quote(compared.field)})"
    if compared.empty is None:
        return quote(compared.field)
    empty = text(compared.empty) if isinstance(compared.empty, str) else compared.empty
    return f"coalesce({quote(compared.field)}, {empty})"


def _differ(compared: Compared) -> str:
    left, right = (f"{side}.{quote(compared.field + '_')}" for side in "lr")
    if compared.within is None:
        return f"{left} IS DISTINCT FROM {right}"
    apart = int(compared.within.total_seconds() * 1_000_000)
    return f"(({left} IS NULL) <> ({right} IS NULL) OR coalesce(abs({left} - {right}) > {apart}, false))"


def _flag(name: str) -> str:
    return f"differs_{name}"


def _rows(kind: RecordType, subjects: "pa.Table") -> dict[tuple[str, ...], dict[str, Any]]:
    """The current states of these subjects."""
    if not subjects.num_rows:
        return {}
    cursor = reading.cursor()
    cursor.register("wanted", subjects)
    using = names(kind.subject)
    rows = reading.fetch(f"SELECT * FROM {derived.current(kind.name)} c SEMI JOIN wanted USING ({using})", on=cursor)
    return {_key(row, kind.subject): row for row in rows.to_pylist()}


def _key(row: Mapping[str, Any], subject: Sequence[str]) -> tuple[str, ...]:
    return tuple(row[name] for name in subject)
