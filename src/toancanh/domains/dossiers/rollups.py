"""Rollups of dossiers: what boards ask of millions of dossiers, counted per day from their current states.

Summing measures up to the end of day d (the last over the days of a period):

* in process at the end of d    = received - finished - closed
* overdue at the end of d       = overdue_in - late - overdue_dropped
* on time in a period (766/QĐ-TTg, 2.1) = (on_time + closed - closed_late) / (finished + closed)

Who counts, and when:

* Received is a dossier that was neither refused (state 3) nor waits to be received (1), on the day of `received_at`.
* It leaves the stock at `finished_at`. Without that moment it leaves at the time of a closing state: withdrawn (7),
  stopped (8), processed (9), returned (10); 766/QĐ-TTg takes the last of these as the end as well.
* The deadline is a moment, `deadline_at` as `clock.py` reckons it: finished later on the same day is late, but such a
  dossier is in no day's overdue count.
* Waiting for papers or payment (5, 6) stops the clock: the dossier stays in process and is not overdue. Stopping (8)
  ends such a wait, so it is never late.
* `overdue_in` also holds days to come: what falls due then unless it is finished before.
* Nothing happens to a dossier before it is received: what is due or closed earlier counts on the day of its receipt.

Index 2.1 of 766/QĐ-TTg has measures of its own, by the rules in `clock.py`. In a period, of dossiers that are counted:

* ended on time   = index_on_time + index_on_time_closed + index_on_time_asked
* ended overdue   = index_overdue + index_overdue_closed + index_overdue_asked

And up to the end of its last day:

* unfinished      = index_received - ended on time - ended overdue
* unfinished late = index_late + index_late_asked - ended overdue; the other unfinished ones are running

So the index of a period is a sum: ended on time and running, over all four. `_closed` are those that end with the time
of a state (refused, withdrawn, stopped), `_asked` those for which the first request for papers, still open, is an end.
Refused dossiers have an end and count; only registered ones, and those without any known term, do not.
"""

from typing import Any

from toancanh.domains.dossiers import services
from toancanh.domains.dossiers.clock import ASKED, CLOSED, ENDED, PAUSED, PAYING, REFUSED, REGISTERED, STOPPED
from toancanh.domains.dossiers.records import DOSSIER
from toancanh.domains.dossiers.services import PROCEDURE
from toancanh.warehouse.rollups import Measure, Rollup, register

ONLINE = 2


def _received(state: Any) -> Any:
    return ~state.state.isin((REGISTERED, REFUSED))


def _on_time(state: Any) -> Any:
    return _received(state) & (state.deadline_at.isnull() | (state.finished_at <= state.deadline_at))


def _late(state: Any) -> Any:
    return _received(state) & (state.finished_at > state.deadline_at)


def _closed(state: Any) -> Any:
    return state.finished_at.isnull() & state.state.isin(CLOSED)


def _after_deadline(state: Any) -> Any:
    return (state.state != STOPPED) & (state["at"] > state.deadline_at)


def _overdue_in(state: Any) -> Any:
    stopped = state.state.isin((*PAUSED, *CLOSED))
    unfinished = state.finished_at.isnull() & (~stopped | _after_deadline(state))
    return _received(state) & (unfinished | _late(state))


def _overdue_dropped(state: Any) -> Any:
    return state.finished_at.isnull() & state.state.isin((*PAUSED, *CLOSED)) & _after_deadline(state)


def _twice(state: Any) -> Any:
    return state.supplements > 1


def _judged(state: Any) -> Any:
    return (state.state != REGISTERED) & (_twice(state) | state.deadline_at.notnull())


def _over(state: Any, end: str) -> Any:
    """Whether a dossier that ended with that moment is overdue for the index."""
    return _twice(state) | (state[end] > state.deadline_at).fill_null(False)


def _ends(state: Any, end: str) -> Any:
    """Whether that moment is the end of the dossier, for the index."""
    if end == "finished_at":
        return state.finished_at.notnull()
    if end == "supplement_at":
        return state.finished_at.isnull() & (state.state == ASKED) & (state.supplements == 1)
    return state.finished_at.isnull() & state.state.isin(ENDED)


def _index(name: str, end: str, *, over: bool) -> Measure:
    def counts(state: Any) -> Any:
        late = _over(state, end)
        return _judged(state) & _ends(state, end) & (late if over else ~late)

    return Measure(name, end, counts, "received_at")


def _index_late(state: Any) -> Any:
    """Whether the dossier was, is or will be unfinished and late for the index from some day on."""
    ended = [_ends(state, end) for end in ("finished_at", "at", "supplement_at")]
    late = [_ends(state, end) & _over(state, end) for end in ("finished_at", "at", "supplement_at")]
    stands = (state.state == PAYING) & (state["at"] <= state.deadline_at) & ~_twice(state)
    unfinished = ~(ended[0] | ended[1] | ended[2]) & ~stands
    return _judged(state) & (late[0] | late[1] | late[2] | unfinished)


def _asked_first(state: Any) -> Any:
    """Whether the second request for papers came before the deadline."""
    return _twice(state) & (state.deadline_at.isnull() | (state.supplement_again_at <= state.deadline_at))


RECEIVED = Measure("received", "received_at", _received)
FINISHED = Measure("finished", "finished_at", _received, "received_at")
ON_TIME = Measure("on_time", "finished_at", _on_time, "received_at")
LATE = Measure("late", "finished_at", _late, "received_at")
CLOSED_UNFINISHED = Measure("closed", "at", _closed, "received_at")
CLOSED_LATE = Measure("closed_late", "at", lambda state: _closed(state) & _after_deadline(state), "received_at")
OVERDUE_IN = Measure("overdue_in", "deadline_at", _overdue_in, "received_at")
OVERDUE_DROPPED = Measure("overdue_dropped", "at", _overdue_dropped, "received_at")
ONLINE_RECEIVED = Measure("online", "received_at", lambda state: _received(state) & (state.channel == ONLINE))
# What a board shows of any group of dossiers.
SIMULATED = Measure("simulated", "received_at", lambda state: state.simulated)
BOARD = (RECEIVED, FINISHED, ON_TIME, LATE, CLOSED_UNFINISHED, CLOSED_LATE, OVERDUE_IN, OVERDUE_DROPPED, SIMULATED)

INDEX = (
    Measure("index_received", "received_at", _judged),
    _index("index_on_time", "finished_at", over=False),
    _index("index_on_time_closed", "at", over=False),
    _index("index_on_time_asked", "supplement_at", over=False),
    _index("index_overdue", "finished_at", over=True),
    _index("index_overdue_closed", "at", over=True),
    _index("index_overdue_asked", "supplement_at", over=True),
    Measure("index_late", "deadline_at", lambda state: _index_late(state) & ~_asked_first(state), "received_at"),
    Measure(
        "index_late_asked", "supplement_again_at", lambda state: _index_late(state) & _asked_first(state), "received_at"
    ),
)

# The unit is in every rollup: a board narrowed to some units asks the same tables as the board of the province.
UNIT_DAY = register(
    Rollup(
        "dossiers_unit_day",
        DOSSIER.name,
        by=("unit",),
        measures=(
            *BOARD,
            *INDEX,
            Measure("refused", "at", lambda state: state.state == REFUSED),
            Measure("waiting", "received_at", lambda state: state.state == REGISTERED),
            Measure("paused", "at", lambda state: state.state.isin(PAUSED)),
            ONLINE_RECEIVED,
            Measure("payable", "received_at", lambda state: _received(state) & (state.fee > 0)),
            Measure("paid_online", "received_at", lambda state: _received(state) & state.paid_online),
            # 766/QĐ-TTg, 3.6: of dossiers without a fee none is paid.
            Measure("fee_paid_online", "received_at", lambda s: _received(s) & (s.fee > 0) & s.paid_online),
        ),
    )
)
CHANNEL_DAY = register(Rollup("dossiers_channel_day", DOSSIER.name, by=("unit", "channel"), measures=BOARD))
# By day, unit and procedure 13 million events of three years make 1.9 million rows, 5 MB. A table by procedure alone
# would be smaller, and answer one board only.
PROCEDURE_DAY = register(
    Rollup("dossiers_procedure_day", DOSSIER.name, by=("unit", "procedure"), measures=(*BOARD, ONLINE_RECEIVED))
)


def _charged(state: Any) -> Any:
    return (state.fee > 0) & state.payable_online.notnull()  # what is not known is in no whole


def _served(state: Any) -> Any:
    return state.level.isin(services.ONLINE)


# The catalogue: what has begun and not ended is in it (766/QĐ-TTg, 3.1, 3.2, 3.5).
CATALOGUE_DAY = register(
    Rollup(
        "dossiers_catalogue_day",
        PROCEDURE.name,
        by=("unit",),
        measures=(
            Measure("listed", "since", lambda state: state.level.notnull()),
            Measure("listed_ended", "ended", lambda state: state.level.notnull(), "since"),
            Measure("served", "since", _served),
            Measure("served_ended", "ended", _served, "since"),
            Measure("charged", "since", _charged),
            Measure("charged_ended", "ended", _charged, "since"),
            Measure("charged_online", "since", lambda state: _charged(state) & state.payable_online),
            Measure("charged_online_ended", "ended", lambda state: _charged(state) & state.payable_online, "since"),
            Measure("simulated", "since", lambda state: state.simulated),
        ),
    )
)
