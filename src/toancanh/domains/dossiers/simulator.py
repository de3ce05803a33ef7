"""A simulated one-stop system: years of dossier events at the rates a real province reported.

Rates are of Đắk Lắk from 15/12/2021 to 14/12/2022 (report on digital transformation 2022). Every row says `simulated`.
"""

import zlib
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from toancanh.domains.dossiers.offices import Office
from toancanh.domains.dossiers.procedures import catalogue
from toancanh.domains.dossiers.records import DOSSIER
from toancanh.units.calendar import WorkingCalendar
from toancanh.units.worktime import HOUR, Marks, Whole, WorkTime, day_number, utc

# Office hours on a Vietnamese clock, eight a day, in which people come to the counter.
OPEN, NOON, AFTERNOON, CLOSE = 15 * HOUR // 2, 23 * HOUR // 2, 27 * HOUR // 2, 35 * HOUR // 2
DAY = NOON - OPEN + CLOSE - AFTERNOON
DOSSIERS_A_YEAR = 1_265_362
LATE = 1 - 0.9599
PAID_ONLINE_A_YEAR = 9_432
# 4,076 dossiers sent online waited longer than eight working hours; about four in ten are sent online.
LATE_REVIEW = 0.01

# What the report does not say, chosen to be plausible.
ONLINE = {"none": 0.0, "partial": 0.45, "full": 0.6}
POST, OFF_HOURS, REFUSED_ONLINE, REFUSED, SUPPLEMENT, LAPSED, WITHDRAWN = 0.015, 0.04, 0.03, 0.005, 0.04, 0.06, 0.004
SLOW_UNITS, SLOW_FACTOR = 0.08, 5.0
_WEEKDAYS = (1.15, 1.05, 1.0, 0.95, 0.85, 0.5, 0.5)
_MONTHS = (0.95, 0.85, 1.1, 1.05, 1.0, 1.05, 1.1, 1.15, 1.0, 1.0, 1.0, 0.95)
_AFTER_BREAK = 1.3
_FIELDS_LATE = {"dat-dai": 2.5, "xay-dung": 2.0, "chung-thuc": 0.2, "ho-tich": 0.6}

# The life of a dossier as columns in the order in which they happen; the second 4 is work taken up after a supplement.
_SLOTS = np.array([1, 2, 3, 4, 5, 4, 7, 8, 9, 10])
_SUBMIT, _ACCEPT, _REFUSE, _WORK, _ASK, _RESUME, _WITHDRAW, _STOP, _FINISH, _RETURN = range(len(_SLOTS))
# Longer than any simulated life: a year holds two terms of 30 working days, a supplement and the longest delay.
_LONGEST = timedelta(days=366)
_NEVER = np.iinfo(np.int64).max

Numbers = NDArray[np.float64]


class _Arrivals(NamedTuple):
    day: Whole
    second: Whole
    procedure: Whole
    online: Marks


def events(
    day_from: date,
    day_to: date,
    seed: int,
    units: Sequence[Office],
    working_calendar: WorkingCalendar,
    scale: float = 1.0,
) -> Iterator[pa.Table]:
    """The events of dossiers received from `day_from` to `day_to`, as known at the end of `day_to`.

    One table for each month of receipt, the newest first, rows by dossier and `seq`. A row is the same whatever the
    two days are: only what had happened is told, so a later run adds rows and corrects none.
    """
    simulation = _Simulation(day_from, day_to, seed, units, working_calendar, scale)
    month = day_to.replace(day=1)
    while month >= day_from.replace(day=1):
        yield simulation.month(month)
        month = (month - timedelta(days=1)).replace(day=1)


def happened(
    day_from: date,
    day_to: date,
    seed: int,
    units: Sequence[Office],
    working_calendar: WorkingCalendar,
    scale: float = 1.0,
) -> pa.Table:
    """The events that happened from `day_from` to `day_to` whenever their dossiers came, by time: a delivery."""
    start = pa.scalar(int(utc(np.array([day_number(day_from)]), np.array([0]))[0]), pa.int64())
    first = start.cast(pa.timestamp("us", tz="UTC"))
    months = events(day_from - _LONGEST, day_to, seed, units, working_calendar, scale)
    tables = [table.filter(pc.greater_equal(table["at"], first)) for table in months]
    whole = pa.concat_tables([DOSSIER.arrow.empty_table(), *tables])
    return whole.sort_by([("at", "ascending"), ("dossier_id", "ascending"), ("seq", "ascending")])


def lives(
    day: date, seed: int, units: Sequence[Office], working_calendar: WorkingCalendar, scale: float = 1.0
) -> pa.Table:
    """The events of the dossiers received in the month of a day, told to their ends; rows by dossier and `seq`."""
    first = day.replace(day=1)
    return _Simulation(first, first + _LONGEST, seed, units, working_calendar, scale).month(first)


def write_csv(table: pa.Table, path: Path) -> None:
    """Write events as canonical CSV: field names as header, Vietnamese local times, empty is unknown."""
    import polars as pl

    rows = pl.DataFrame(table)
    local = pl.selectors.datetime().dt.convert_time_zone("Asia/Ho_Chi_Minh").dt.strftime("%Y-%m-%dT%H:%M:%S%:z")
    rows.with_columns(local, pl.col("fee").cast(pl.Int64)).write_csv(path)  # simulated fees are whole đồng


def slow_units(seed: int, units: Sequence[Office]) -> set[str]:
    """The codes of the units that are notably late under this seed: one in twelve, at least one."""
    ranked = sorted(units, key=lambda office: zlib.crc32(f"{seed}:{office.code}".encode()))
    return {office.code for office in ranked[: max(1, round(SLOW_UNITS * len(units)))]}


class _Simulation:
    """The tables that all months share."""

    def __init__(
        self, day_from: date, day_to: date, seed: int, units: Sequence[Office], calendar: WorkingCalendar, scale: float
    ) -> None:
        self.day_from, self.day_to, self.seed, self.scale = day_from, day_to, seed, scale
        self.time = WorkTime(calendar, date(day_from.year, 1, 1), date(day_to.year + 2, 12, 31))
        self.units = sorted(units, key=lambda office: (office.code, office.start or date.min))
        slow = slow_units(seed, units)
        size = [np.random.default_rng([seed, zlib.crc32(office.code.encode())]) for office in self.units]
        self.unit_weight = np.array(
            [office.weight * rng.lognormal(0, 0.4) for office, rng in zip(self.units, size, strict=True)]
        )
        self.unit_late = np.array([SLOW_FACTOR if office.code in slow else 1.0 for office in self.units])

        procedures = catalogue()
        weight = np.array([procedure.weight for procedure in procedures])
        online = np.array([ONLINE[procedure.online] * procedure.used_online for procedure in procedures])
        self.procedure_cum = _cumulated(weight)
        self.procedure_online = online
        self.procedure_cum_online = _cumulated(weight * online)
        self.procedure_commune = np.array([procedure.owner == "commune" for procedure in procedures])
        self.term = _whole(np.array([procedure.working_days for procedure in procedures]) * DAY)
        self.fee = np.array([procedure.fee for procedure in procedures], dtype=np.float64)
        self.procedure_late = np.array([_FIELDS_LATE.get(procedure.field, 1.0) for procedure in procedures])
        for level in (self.procedure_commune, ~self.procedure_commune):
            self.procedure_late[level] /= np.average(self.procedure_late[level], weights=weight[level])
        paying = float((weight * online)[self.fee > 0].sum()) * (1 - OFF_HOURS + OFF_HOURS / (weight * online).sum())
        self.paid_online = PAID_ONLINE_A_YEAR / (DOSSIERS_A_YEAR * paying)

        self.unit_codes = pa.array([office.code for office in self.units], pa.string())
        self.procedure_codes = pa.array([procedure.code for procedure in procedures], pa.string())

    def month(self, first: date) -> pa.Table:
        """All events of the dossiers received in the month of `first`, up to the end of the last day."""
        # One generator per month: the draws do not depend on which months are asked for, or in what order.
        rng = np.random.default_rng([self.seed, first.year, first.month])
        days = _days(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))
        arrivals = self._arrivals(rng, days)
        unit, late = self._offices(rng, arrivals)
        life, due, channel, paid = self._lives(rng, arrivals, late)

        number = np.arange(len(unit)) - np.searchsorted(arrivals.day, arrivals.day)
        chosen = (arrivals.day >= day_number(self.day_from)) & (arrivals.day <= day_number(self.day_to)) & (unit >= 0)
        end = int(utc(np.array([day_number(self.day_to) + 1]), np.array([0]))[0])
        told = (life < end) & chosen[:, None]
        dossier, slot = np.nonzero(told)
        seq = (np.cumsum(told, axis=1) - 1)[dossier, slot]
        procedure = arrivals.procedure[dossier]
        fee = self.fee[procedure]

        due_known = ~np.isin(slot, (_SUBMIT, _REFUSE))
        finished = slot >= _FINISH
        columns = [
            self._ids(arrivals.day, number).take(pa.array(dossier)),
            pa.array(seq, pa.int64()),
            self.procedure_codes.take(pa.array(procedure)),
            self.unit_codes.take(pa.array(unit[dossier])),
            pa.array(channel[dossier], pa.int64()),
            pa.array(_SLOTS[slot], pa.int64()),
            _times(life[dossier, slot]),
            _times(utc(arrivals.day, arrivals.second)[dossier]),
            _times(due[dossier, (slot >= _RESUME).astype(np.int64)], ~due_known),
            _times(life[dossier, _FINISH], ~finished),
            pa.array(fee),
            pa.array(paid[dossier], pa.bool_(), mask=~due_known | (fee == 0)),
            pa.array(np.ones(len(dossier), dtype=np.bool_)),
        ]
        return pa.Table.from_arrays(columns, schema=DOSSIER.arrow)

    def _arrivals(self, rng: np.random.Generator, days: Whole) -> _Arrivals:
        """When dossiers come in and for which procedure: at the counter in office hours, and online at any time."""
        year = np.datetime64(int(days[0]), "D").astype(object).year
        whole_year = _days(date(year, 1, 1), date(year, 12, 31))
        at_office, off_hours = self._shape(whole_year)
        mine = np.isin(whole_year, days)
        yearly = DOSSIERS_A_YEAR * self.scale
        office = rng.poisson(yearly * (1 - OFF_HOURS) * at_office[mine] / at_office.sum())
        home = rng.poisson(yearly * OFF_HOURS * off_hours[mine] / off_hours.sum())

        office_day, home_day = np.repeat(days, office), np.repeat(days, home)
        office_second = self._clock(rng, len(office_day))
        home_second = np.where(
            self.time.is_open(home_day),
            rng.integers(CLOSE, 23 * HOUR, len(home_day)),
            rng.integers(7 * HOUR, 23 * HOUR, len(home_day)),
        )
        procedure = np.searchsorted(self.procedure_cum, rng.random(len(office_day)), side="right")
        home_procedure = np.searchsorted(self.procedure_cum_online, rng.random(len(home_day)), side="right")
        online = rng.random(len(office_day)) < self.procedure_online[procedure]
        day, second = np.concatenate([office_day, home_day]), np.concatenate([office_second, home_second])
        order = np.lexsort((second, day))
        return _Arrivals(
            day[order],
            second[order],
            np.concatenate([procedure, home_procedure])[order],
            np.concatenate([online, np.ones(len(home_day), dtype=np.bool_)])[order],
        )

    def _shape(self, year: Whole) -> tuple[Numbers, Numbers]:
        """How busy each day of a year is: in office hours, and outside them."""
        days = year.astype("datetime64[D]")
        busy = np.array(_WEEKDAYS)[(year + 3) % 7] * np.array(_MONTHS)[days.astype("datetime64[M]").astype(int) % 12]
        is_open = self.time.is_open(year)
        closed_before = ~np.concatenate([[False], is_open[:-1]])
        for back in (2, 3):
            closed_before &= ~np.concatenate([[True] * back, is_open[:-back]])
        return busy * is_open * np.where(closed_before, _AFTER_BREAK, 1.0), busy

    @staticmethod
    def _clock(rng: np.random.Generator, size: int) -> Whole:
        """Clock times in office hours; two thirds come in the morning, most of them early."""
        early = rng.random(size) < 0.66
        share = rng.random(size) ** 1.4
        return _whole(np.where(early, OPEN + share * (NOON - OPEN), AFTERNOON + share * (CLOSE - AFTERNOON)))

    def _offices(self, rng: np.random.Generator, arrivals: _Arrivals) -> tuple[Whole, Marks]:
        """The unit of each dossier among those of that day (-1: there is none), and whether it will be late."""
        size = len(arrivals.day)
        draw, luck = rng.random(size), rng.random(size)
        unit, late = np.full(size, -1, dtype=np.int64), np.zeros(size, dtype=np.bool_)
        commune = self.procedure_commune[arrivals.procedure]
        for days, exists in self._existing(arrivals.day):
            for level, comes_here in (("commune", commune), ("province", ~commune)):
                fits = np.array([office.level == level for office in self.units]) & exists
                able = np.nonzero(fits if fits.any() else exists)[0]
                mine = days & comes_here
                if not len(able) or not mine.any():
                    continue
                weight = self.unit_weight[able]
                unit[mine] = able[np.searchsorted(_cumulated(weight), draw[mine], side="right")]
                usual = LATE / np.average(self.unit_late[able], weights=weight)
                chance = usual * self.unit_late[unit[mine]] * self.procedure_late[arrivals.procedure[mine]]
                late[mine] = luck[mine] < chance
        return unit, late

    def _existing(self, days: Whole) -> Iterator[tuple[Marks, Marks]]:
        """Stretches of days over which the same units exist: (which arrivals, which units)."""
        starts = np.array([day_number(office.start or date.min) for office in self.units])
        ends = np.array([day_number(office.end or date.max) for office in self.units])
        alike: dict[bytes, list[int]] = {}
        for day in np.unique(days):
            alike.setdefault(((starts <= day) & (day <= ends)).tobytes(), []).append(int(day))
        for exists, members in alike.items():
            yield np.isin(days, members), np.frombuffer(exists, dtype=np.bool_)

    def _lives(
        self, rng: np.random.Generator, arrivals: _Arrivals, late: Marks
    ) -> tuple[Whole, Whole, Whole, NDArray[np.bool_]]:
        """What happens to each dossier: UTC moments by slot (never: _NEVER), two deadlines, channel, paid online."""
        size = len(arrivals.day)
        online, term = arrivals.online, self.term[arrivals.procedure]
        sent = self.time.position(arrivals.day, arrivals.second)
        review = np.where(
            rng.random(size) < LATE_REVIEW, 8 * HOUR + rng.exponential(16 * HOUR, size), rng.beta(1, 3, size) * 8 * HOUR
        )
        accept = sent + np.where(online, _whole(review) + 60, 0)
        fate = rng.random(size)
        refused = fate < np.where(online, REFUSED_ONLINE, REFUSED)
        withdrawn = ~refused & (fate > 1 - WITHDRAWN)
        asked = ~refused & ~withdrawn & (rng.random(size) < SUPPLEMENT)
        lapsed = asked & (rng.random(size) < LAPSED)
        resumed = asked & ~lapsed

        work = accept + _whole(np.minimum(rng.exponential(HOUR, size), term * 0.2)) + 60
        ask = work + 60 + _whole(rng.uniform(0.05, 0.5, size) * term)
        resume = ask + HOUR + _whole(rng.beta(1, 2, size) * 14 * DAY)
        low = np.where(resumed, resume, work)
        # The term starts anew when the papers are complete.
        due_first = accept + term
        due_last = np.where(resumed, resume + term, due_first)
        # Short matters are done while the applicant waits, long ones near their deadline.
        pace = rng.random(size) ** np.where(term <= DAY, 3.0, 0.8)
        in_time = low + _whole((due_last - low) * pace)
        delay = np.clip(rng.lognormal(np.log(4.5), 1.4, size) * DAY, 600, 120 * DAY)
        finish = np.where(late, due_last + _whole(delay), in_time)
        pick_up = np.where(online, 300.0, rng.exponential(0.8 * DAY, size) + 600)

        ends = refused | withdrawn | lapsed
        life = np.full((size, len(_SLOTS)), _NEVER, dtype=np.int64)
        for slot, happens, position in (
            (_ACCEPT, ~refused, accept),
            (_REFUSE, refused, accept),
            (_WORK, ~refused, work),
            (_ASK, asked, ask),
            (_RESUME, resumed, resume),
            (_WITHDRAW, withdrawn, work + 60 + _whole(rng.random(size) * term * 0.8)),
            (_STOP, lapsed, ask + 15 * DAY),  # 15 working days without an answer close a dossier
            (_FINISH, ~ends, finish),
            (_RETURN, ~ends, finish + _whole(pick_up)),
        ):
            life[happens, slot] = self.time.moment(position[happens])
        life[online, _SUBMIT] = utc(arrivals.day, arrivals.second)[online]
        due = np.column_stack([self.time.moment(due_first), self.time.moment(due_last)])
        channel = np.where(online, 2, np.where(rng.random(size) < POST, 3, 1))
        paid = online & (self.fee[arrivals.procedure] > 0) & (rng.random(size) < self.paid_online)
        return life, due, channel, paid

    @staticmethod
    def _ids(days: Whole, numbers: Whole) -> pa.Array:
        """Dossier numbers `MP.250923.00017` (MP: mô phỏng, simulated): day of receipt and number within it."""
        names, where = np.unique(days, return_inverse=True)
        prefixes = pa.array([f"MP.{np.datetime64(int(day), 'D').astype(object):%y%m%d}." for day in names], pa.string())
        digits = pa.array([f"{number:05d}" for number in range(int(numbers.max(initial=0)) + 2)], pa.string())
        return pc.binary_join_element_wise(
            prefixes.take(pa.array(where)), digits.take(pa.array(numbers + 1)), pa.scalar("", pa.string())
        )


def _days(first: date, last: date) -> Whole:
    return np.arange(day_number(first), day_number(last) + 1, dtype=np.int64)


def _cumulated(weight: Numbers) -> Numbers:
    sums = np.cumsum(weight) / weight.sum()
    sums[np.nonzero(weight)[0][-1] :] = 1.0  # rounding must not let a draw fall behind the last one
    return sums


def _whole(values: Numbers) -> Whole:
    return values.astype(np.int64)


def _times(moments: Whole, unknown: Marks | None = None) -> pa.Array:
    return pa.array(moments, pa.int64(), mask=unknown).cast(pa.timestamp("us", tz="UTC"))
