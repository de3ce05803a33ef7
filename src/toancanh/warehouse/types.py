"""Record types: what a record is, which fields it has, what makes two of them the same."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

if TYPE_CHECKING:  # a process that knows what records are and handles none does without the engine
    import pyarrow as pa


class Kind(StrEnum):
    """The type of a field. Times are UTC with microseconds, dates are calendar days in Vietnam."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATE = "date"
    TIME = "time"


@cache
def _arrow(kind: Kind) -> "pa.DataType":
    import pyarrow as pa

    types = {
        Kind.TEXT: pa.string(),
        Kind.INTEGER: pa.int64(),
        Kind.NUMBER: pa.float64(),
        Kind.BOOLEAN: pa.bool_(),
        Kind.DATE: pa.date32(),
        Kind.TIME: pa.timestamp("us", tz="UTC"),
    }
    return types[kind]


@dataclass(frozen=True)
class Field:
    """One column of a record type: its kind, whether it must be there, and what it may hold."""

    name: str
    kind: Kind
    title: str | Promise
    required: bool = False
    minimum: float | None = None
    codes: tuple[int | str, ...] | None = None
    # A field may say where its unit comes from: the value is a unit's code, resolved at the date of `unit_at`.
    unit_at: str | None = None
    # A value in words of the active language, None for one that is not known.
    say: Callable[[Any], str] = str

    @property
    def arrow(self) -> "pa.DataType":
        """The Arrow type of the field."""
        return _arrow(self.kind)


@dataclass(frozen=True)
class Inherit:
    """What an earlier record of a subject has told, and the last one leaves empty.

    A state whose `by` is one of `last` and whose `field` is empty takes it from the records whose `by` is one of
    `told`: the latest of their first filled among `sources`.
    """

    field: str
    by: str
    last: tuple[int, ...]
    told: tuple[int, ...]
    sources: tuple[str, ...]


class Tells(StrEnum):
    """What a carried column tells of the records it looks for: how many, when, or what stood in one of them.

    `first` and `again` are the moments of the first and the second, `after` is that of the first record that follows
    the first of them, `value` what a field of the first holds.
    """

    COUNT = "count"
    FIRST = "first"
    AGAIN = "again"
    AFTER = "after"
    VALUE = "value"


@dataclass(frozen=True)
class Carry:
    """A column of a subject's state, told by its live records whose `by` is one of `codes`, in the type's order."""

    name: str
    title: str | Promise
    tells: Tells
    by: str
    codes: tuple[int, ...]
    field: str = ""  # whose value is told


@dataclass(frozen=True)
class Reckon:
    """A column of a subject's state, reckoned from others of it for many states at once.

    `how` takes Arrow arrays of the columns `of`, those carried among them, and gives one of `kind`. It may run in any
    thread and must not ask the database: `version` has been called before, to ready it. What `version` gives differs
    once `how` would give other values; the derived tables are then made anew.
    """

    name: str
    title: str | Promise
    kind: Kind
    of: tuple[str, ...]
    how: Callable[..., Any]
    version: Callable[[], str]


@dataclass(frozen=True)
class RecordType:
    """A kind of record.

    `key` identifies a record: same key and content is a duplicate, same key and new content a correction.
    `subject` is the part of the key that names the thing whose states the records tell (a dossier), and
    `order` the field that orders the records of one subject; the last one is its current state.
    `month` is the time or date field whose month in Vietnam partitions the table.
    `carries` and `reckons` are columns that states have beside the fields of their last record.
    `round_the_clock` says that records come on days off as well, so that a day without any was not told of.
    `standing` says that records are a register: what it says holds until it says otherwise, whatever day it is.
    `check(row)` returns a problem (code, field, params) for a row whose fields contradict each other, or None.
    """

    name: str
    title: str | Promise
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    subject: tuple[str, ...]
    order: str
    month: str
    at: str
    unit: str | None = None
    check: Any = None
    inherits: tuple[Inherit, ...] = ()
    carries: tuple[Carry, ...] = ()
    reckons: tuple[Reckon, ...] = ()
    round_the_clock: bool = False
    standing: bool = False

    def field(self, name: str) -> Field:
        """The field of that name, of its records or of its states. Raises KeyError."""
        for field in (*self.fields, *self.told):
            if field.name == name:
                return field
        raise KeyError(name)

    @cached_property
    def told(self) -> tuple[Field, ...]:
        """What a state has beside the fields of its last record."""
        carried = (Field(each.name, self._carried(each), each.title) for each in self.carries)
        return (*carried, *(Field(each.name, each.kind, each.title) for each in self.reckons))

    def _carried(self, carry: Carry) -> Kind:
        if carry.tells is Tells.COUNT:
            return Kind.INTEGER
        told = carry.field if carry.tells is Tells.VALUE else self.at
        return next(field.kind for field in self.fields if field.name == told)

    @property
    def arrow(self) -> "pa.Schema":
        """The schema of the record's own fields."""
        import pyarrow as pa

        return pa.schema([pa.field(field.name, field.arrow) for field in self.fields])

    @property
    def stored(self) -> "pa.Schema":
        """The schema in the warehouse: the record's own fields and what every row carries.

        `source`, `batch` and `row` (the row's number in the delivery, from 1) say where it came from,
        `known_at` when it was known, `month` ("2026-11") where it lies.
        """
        import pyarrow as pa

        return pa.schema(
            [
                *self.arrow,
                pa.field("known_at", pa.timestamp("us", tz="UTC"), nullable=False),
                pa.field("source", pa.string(), nullable=False),
                pa.field("batch", pa.int64(), nullable=False),
                pa.field("row", pa.int64(), nullable=False),
                pa.field("month", pa.string(), nullable=False),
            ]
        )

    @property
    def states(self) -> "pa.Schema":
        """The schema of its states: a stored record, and what they have beside."""
        import pyarrow as pa

        return pa.schema([*self.stored, *(pa.field(field.name, field.arrow) for field in self.told)])


_TYPES: dict[str, RecordType] = {}


def register(record_type: RecordType) -> RecordType:
    """Make a record type known under its name. Raises ValueError for a key that cannot tell its records apart.

    A field of the key may be empty (empty equals empty) only where the month is a part of the key: records of one
    subject are sought over months by joins, which find no empty values.
    """
    optional = [name for name in record_type.key if not record_type.field(name).required]
    if optional and record_type.month not in record_type.subject:
        raise ValueError(f"record type `{record_type.name}`: {', '.join(optional)} must be required")
    if _TYPES.setdefault(record_type.name, record_type) is not record_type:
        raise ValueError(f"record type `{record_type.name}` is registered twice")
    return record_type


def get(name: str) -> RecordType:
    """The record type of that name. Raises KeyError."""
    return _TYPES[name]


def all_types() -> list[RecordType]:
    """Every record type, by name."""
    return [_TYPES[name] for name in sorted(_TYPES)]
