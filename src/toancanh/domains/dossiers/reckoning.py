"""Reckoning: the deadlines of many dossiers at once, by the rules of `clock.py`."""

from datetime import UTC, datetime
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from toancanh.domains.dossiers import procedures
from toancanh.domains.dossiers.clock import REGISTERED
from toancanh.units import worktime
from toancanh.units.calendar import Span, WorkingCalendar
from toancanh.units.worktime import Marks, Whole, WorkTime, day_of, end_of

_TIME = pa.timestamp("us", tz="UTC")
_AHEAD = 3  # years that a deadline may lie behind what it is reckoned from
_FIRST, _LAST = 1976, 2090  # years of which working days are known; what lies outside of them was mistyped


def deadlines(
    calendar: WorkingCalendar,
    state: Any,
    procedure: Any,
    received: Any,
    due: Any,
    asked: Any,
    answered: Any,
    due_asked: Any,
) -> pa.Array:
    """The last moments that are in time; null where there is no deadline and no term is known.

    Arrow arrays: of the states, the procedures, `received_at` and `due_at`, of the first request for papers, of what
    followed it, and of the deadline told with it.
    """
    told, known = micros(due)
    midnight = (told // worktime.SECOND + worktime.HOUR * 7) % 86_400 == 0
    midnight &= told % worktime.SECOND == 0
    found = np.where(midnight, end_of(day_of(told)), told)
    start, _has = micros(received)
    line = _line(calendar, start, told, *(micros(each)[0] for each in (asked, answered)))
    if line is None:
        return times(found, known)
    begun = pc.fill_null(pc.not_equal(_array(state), REGISTERED), fill_value=False).to_numpy(zero_copy_only=False)
    missing = np.nonzero(~known & begun)[0]
    if len(missing):
        ends, has = _terms(line, procedure, start, missing)
        found[missing[has]], known[missing[has]] = ends[has], True
    first, requested = micros(asked)
    after, followed = micros(answered)
    before, had = micros(due_asked)
    as_told = (micros(due)[1] & (~had | (before != told))) | ~requested | ~followed | ~known
    moved = np.nonzero(~as_told & (first <= found) & (after > first) & _sane(first) & _sane(after) & _sane(found))[0]
    if len(moved) and line.has_hours:
        taken = line.worked(after[moved]) - line.worked(first[moved])
        moved, taken = moved[taken > 0], taken[taken > 0]
        whole_day = found[moved] == end_of(day_of(found[moved]))
        later = line.add_worked(found[moved], taken)
        found[moved] = np.where(whole_day, end_of(day_of(later)), later)
    return times(found, known)


def _terms(line: WorkTime, procedure: Any, start: Whole, rows: Whole) -> tuple[Whole, Marks]:
    """When the longest terms of the procedures of these rows are over, and of which one is known."""
    codes, amounts, spans = _catalogue()
    place = pc.fill_null(pc.index_in(_array(procedure).take(pa.array(rows)), value_set=codes), -1)
    chosen = place.to_numpy(zero_copy_only=False)
    begun = start[rows]
    ends, has = np.zeros(len(rows), np.int64), (chosen >= 0) & _sane(begun)
    for number, span in enumerate(Span):
        mine = has & (spans[chosen] == number)
        if span is Span.HOUR and not line.has_hours:
            has &= ~mine
        elif mine.any():
            ends[mine] = line.add_term(begun[mine], amounts[chosen[mine]], span)
    return ends, has


@cache
def _catalogue() -> tuple[pa.Array, Whole, Whole]:
    terms = procedures.terms()
    spans = list(Span)
    amounts = np.array([term.amount for term in terms.values()], np.int64)
    return pa.array(terms, pa.string()), amounts, np.array([spans.index(term.span) for term in terms.values()])


def _line(calendar: WorkingCalendar, *moments: Whole) -> WorkTime | None:
    """The working time of all that is reckoned, some years more; None where nothing needs any."""
    sane = [each[_sane(each)] for each in moments]
    filled = [each for each in sane if len(each)]
    if not filled:
        return None
    first, last = (_year(of(of(each) for each in filled)) for of in (min, max))
    # Whole decades, so that one line serves many blocks of rows.
    return worktime.of_years(calendar, first - first % 10, (last + _AHEAD) // 10 * 10 + 9)


def _year(micros: int) -> int:
    return datetime.fromtimestamp(int(micros) // worktime.SECOND, UTC).year


def _sane(moments: Whole) -> Marks:
    low, high = (int(datetime(year, 1, 1, tzinfo=UTC).timestamp()) * worktime.SECOND for year in (_FIRST, _LAST))
    return (moments > low) & (moments < high)


def _array(values: Any) -> pa.Array:
    return values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values


def micros(values: Any) -> tuple[Whole, Marks]:
    """Moments as microseconds since 1970, 0 where there is none, and where there is one."""
    whole = _array(values).cast(_TIME).cast(pa.int64())
    there = pc.is_valid(whole).to_numpy(zero_copy_only=False)
    return pc.fill_null(whole, 0).to_numpy(zero_copy_only=False).copy(), np.array(there)


def times(moments: Whole, known: Marks) -> pa.Array:
    """Microseconds since 1970 as moments, null where none is known."""
    return pa.array(moments, pa.int64(), mask=~known).cast(_TIME)
