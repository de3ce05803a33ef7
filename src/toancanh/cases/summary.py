"""Summaries: how units deal with their cases, from what was sent to what is over."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median

from django.db.models import Count, QuerySet

from toancanh.access.scope import Scope
from toancanh.base import clock
from toancanh.base.text import sort_key
from toancanh.cases import access
from toancanh.cases.models import Case, Item
from toancanh.units import labels
from toancanh.units.calendar import WorkingCalendar


@dataclass
class Line:
    """What became of the cases of one unit, or of one month, that were sent within a period."""

    name: str
    unit: str = ""
    sent: int = 0
    opened: int = 0
    answered: int = 0  # answered, or over without an answer
    in_time: int = 0  # of those
    closed: int = 0
    overdue: int = 0  # open, unanswered, past their deadline
    records: int = 0
    over: int = 0  # records that are cleared
    hours: list[float] = field(default_factory=list)  # working hours until the answer, of each that was answered

    @property
    def middle(self) -> float | None:
        """The median of working hours until the answer."""
        return median(self.hours) if self.hours else None

    @property
    def due(self) -> int:
        """Those of which it is known whether they were dealt with in time."""
        return self.answered + self.overdue

    @property
    def rate(self) -> float | None:
        """Percent dealt with in time of those that were to be."""
        return self.in_time / self.due * 100 if self.due else None

    def add(self, case: "_Row", over: int, calendar: WorkingCalendar, now: datetime) -> None:
        """Count one case, of which so many records are over."""
        self.sent += 1
        self.opened += case.opened_at is not None
        done = case.answered_at or case.closed_at
        self.answered += done is not None
        self.in_time += done is not None and not case.late
        self.closed += not case.is_open
        self.overdue += done is None and case.due_at < now
        self.records += case.count
        self.over += over
        if case.answered_at is not None:
            self.hours.append(calendar.hours_between(case.created_at, case.answered_at))


@dataclass(frozen=True)
class _Row:
    pk: int
    unit: str
    created_at: datetime
    opened_at: datetime | None
    answered_at: datetime | None
    closed_at: datetime | None
    due_at: datetime
    late: bool
    is_open: bool
    count: int


_COLUMNS = ("pk", "unit", "created_at", "opened_at", "answered_at", "closed_at", "due_at", "late", "is_open", "count")


@dataclass(frozen=True)
class Summary:
    """The whole, by unit (worst first) and by month (oldest first)."""

    whole: Line
    units: list[Line]
    months: list[Line]


def summary(kind: str, since: date, until: date, scope: Scope, now: datetime | None = None) -> Summary:
    """What became of the cases of a kind in a scope that were sent from one day to the other, both included."""
    now = now or clock.now()
    start = clock.parse_moment(since.isoformat(), beginning=True)
    found = access.visible(scope).filter(kind=kind, created_at__gte=start, created_at__lte=_end(until))
    calendar, over = WorkingCalendar.load(), _over(found)
    whole = Line("")
    units: dict[str, Line] = {}
    months: dict[str, Line] = {}
    for row in _rows(found.order_by().values_list(*_COLUMNS).iterator(chunk_size=5000)):
        month = f"{clock.local(row.created_at):%m/%Y}"
        own = units.setdefault(row.unit, Line(labels.name(row.unit), row.unit))
        for line in (whole, own, months.setdefault(month, Line(month))):
            line.add(row, over.get(row.pk, 0), calendar, now)
    order = sorted(units.values(), key=_worst_first)
    return Summary(whole, order, sorted(months.values(), key=lambda line: (line.name[3:], line.name[:2])))


def _worst_first(line: Line) -> tuple[int, float, int, int, tuple[str, str, str]]:
    """Who is late comes first, then who was late, who has not answered, who has not even looked."""
    rate = 100.0 if line.rate is None else line.rate
    return -line.overdue, rate, line.answered - line.sent, line.opened - line.sent, sort_key(line.name)


def _rows(found: Iterable[tuple[object, ...]]) -> Iterable[_Row]:
    return (_Row(*row) for row in found)  # type: ignore[arg-type]


def _over(found: QuerySet[Case]) -> dict[int, int]:
    """Of each of these cases the records that are over."""
    cleared = Item.objects.filter(case__in=found, state=Item.State.CLEARED).order_by()
    return dict(cleared.values_list("case").annotate(count=Count("pk")))


def _end(until: date) -> datetime:
    return clock.parse_moment(until.isoformat())
