"""A steady stream of dossier events, at any hour, as many a second as asked for: for trials of load.

Dossiers are drawn from a simulated month, so procedures, units, channels, fees, fates and delays are as frequent as
there; only the moments are new. What ends late was received days ago, as was most of what ends in time.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from toancanh.base.clock import local, now
from toancanh.domains.dossiers import simulator
from toancanh.domains.dossiers.notation import Row
from toancanh.domains.dossiers.offices import Office
from toancanh.domains.dossiers.procedures import catalogue
from toancanh.domains.dossiers.simulator import DAY
from toancanh.domains.simulation.pace import Pace
from toancanh.units.calendar import WorkingCalendar
from toancanh.units.worktime import WorkTime

RECEIVED_EARLIER = 0.75  # of the dossiers that end in time; of the late ones all were
_SCALE = 0.1  # of a month is enough to draw from
_POOL_SECONDS, _POOL_LEAST, _POOL_MOST = 10, 50, 5_000
_SUBMITTED, _ACCEPTED, _REFUSED, _WORK, _ASKED, _STOPPED, _FINISHED = 1, 2, 3, 4, 5, 8, 9


class _Life(NamedTuple):
    """What becomes of a dossier. Times are working seconds: its term, its age and what is left of it at its end."""

    states: tuple[int, ...]
    procedure: str
    unit: str
    channel: int
    fee: float
    paid: bool | None
    term: int
    age: int
    left: int


@dataclass(slots=True)
class _Dossier:
    """One that is under way: the step that comes next, and what its events repeat."""

    number: int
    life: _Life
    step: int
    received: datetime | None = None
    due: datetime | None = None
    finished: datetime | None = None


class Steady:
    """`rate` events a second from now on, each stamped with its moment; finished dossiers are forgotten."""

    def __init__(
        self,
        rate: float,
        seed: int,
        units: Sequence[Office],
        calendar: WorkingCalendar,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._pace = Pace(rate, clock)
        self.start = self._pace.start
        # A start of its own: no two starts share a draw or a number.
        self._prefix = f"MPD.{seed}.{local(self.start):%y%m%d%H%M%S%f}"
        self._random = random.Random(self._prefix)  # noqa: S311 - a simulation, to be repeated
        today = local(self.start).date()
        self._time = WorkTime(calendar, date(today.year - 2, 1, 1), date(today.year + 2, 12, 31))
        self._moment = lru_cache(4096)(self._moment_of)
        self._position = lru_cache(16)(self._position_of)
        self._lives = _lives(today, seed, units, calendar)
        self._pool: list[_Dossier] = []
        self._size = min(_POOL_MOST, max(_POOL_LEAST, rate * _POOL_SECONDS))
        self._number = 0

    def now(self) -> datetime:
        """The moment it is: the real one."""
        return self._pace.now()

    def due(self) -> Iterator[list[Row]]:
        """What has happened since it was last asked, in portions."""
        for moments in self._pace.due():
            yield [self._event(at) for at in moments]

    def close(self) -> None:
        """Make no more events."""

    def _event(self, at: datetime) -> Row:
        """The next event: of a new dossier, the likelier the fewer there are, or of any that is under way."""
        at = at.replace(microsecond=at.microsecond // 1000 * 1000)
        if self._random.random() * self._size >= len(self._pool):
            self._pool.append(self._enter())
            place = len(self._pool) - 1
        else:
            place = self._random.randrange(len(self._pool))
        dossier = self._pool[place]
        row = self._step(dossier, at)
        if dossier.step == len(dossier.life.states):
            self._pool[place] = self._pool[-1]
            self._pool.pop()
        return row

    def _enter(self) -> _Dossier:
        """A dossier that comes in now, or one that came in earlier and is about to end."""
        life = self._random.choice(self._lives)
        self._number += 1
        step = 0
        if _STOPPED in life.states:  # fifteen working days without an answer have passed
            step = life.states.index(_STOPPED)
        elif _FINISHED in life.states and (life.left < 0 or self._random.random() < RECEIVED_EARLIER):
            step = life.states.index(_FINISHED) - 1
        return _Dossier(self._number, life, step)

    def _step(self, dossier: _Dossier, at: datetime) -> Row:
        """The next event of a dossier, happening now."""
        life, seq = dossier.life, dossier.step
        state = life.states[seq]
        here = self._position(int(at.timestamp()))
        if dossier.received is None and seq:
            dossier.received = self._moment(here - max(life.age, 1))
            # What ends in time has some hours left for it.
            dossier.due = self._moment(here + (life.left if life.left < 0 else max(life.left, DAY // 2)))
        else:
            dossier.received = dossier.received or at
            if state == _ACCEPTED or (state == _WORK and life.states[seq - 1] == _ASKED):
                dossier.due = self._moment(here + life.term)
        if state == _FINISHED:
            dossier.finished = at
        dossier.step += 1
        decided = state not in (_SUBMITTED, _REFUSED)
        return {
            "dossier_id": f"{self._prefix}.{dossier.number:07d}",
            "seq": seq,
            "procedure": life.procedure,
            "unit": life.unit,
            "channel": life.channel,
            "state": state,
            "at": at,
            "received_at": dossier.received,
            "due_at": dossier.due if decided else None,
            "finished_at": dossier.finished,
            "fee": life.fee,
            "paid_online": life.paid if decided else None,
            "simulated": True,
        }

    def _position_of(self, second: int) -> int:
        return int(self._time.reached(np.array([second * 1_000_000]))[0])

    def _moment_of(self, position: int) -> datetime:
        micros = int(self._time.moment(np.array([position]))[0])
        return datetime.fromtimestamp(micros // 1_000_000, UTC)


def _lives(today: date, seed: int, units: Sequence[Office], calendar: WorkingCalendar) -> list[_Life]:
    """The lives of a part of the dossiers of this month, to their ends."""
    table = simulator.lives(today, seed, units, calendar, _SCALE)
    time = WorkTime(calendar, date(today.year, 1, 1), date(today.year + 2, 12, 31))
    terms = {procedure.code: int(procedure.working_days * DAY) for procedure in catalogue()}
    at, received, due = (
        time.reached(table[name].cast("int64").fill_null(0).to_numpy()) for name in ("at", "received_at", "due_at")
    )
    states = table["state"].to_pylist()
    text = {name: table[name].to_pylist() for name in ("procedure", "unit", "channel", "fee", "paid_online")}
    starts = np.nonzero(table["seq"].to_numpy() == 0)[0].tolist()
    found = []
    for start, stop in pairwise([*starts, table.num_rows]):
        life = tuple(states[start:stop])
        last = stop - 1
        end = last - 1 if _FINISHED in life else last  # the end, before the result is handed out
        found.append(
            _Life(
                life,
                text["procedure"][last],
                text["unit"][last],
                text["channel"][last],
                text["fee"][last],
                text["paid_online"][last],
                terms[text["procedure"][last]],
                int(at[end] - received[end]),
                int(due[end] - at[end]),
            )
        )
    return found
