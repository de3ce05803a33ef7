"""Deadlines: which dossiers each reason holds of, beside the clock of each of them, and what a page says of them."""

import random
from datetime import datetime, timedelta

import pyarrow as pa
import pytest

from toancanh.base.clock import VIETNAM
from toancanh.domains.dossiers import deadlines, limits, procedures
from toancanh.domains.dossiers.clock import standing
from toancanh.domains.dossiers.records import DOSSIER
from toancanh.units.calendar import Span, WorkingCalendar, end_of
from toancanh.warehouse import building, writing

MINUTE = timedelta(minutes=1)
PROCEDURE = "tc.ho-tich.001"


def at(day, hour=9, minute=0):
    """A moment of March 2026, of which the second is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=VIETNAM)


def event(dossier, state, moment, *, received=None, due=None, seq=0, **more):
    row = dict.fromkeys(DOSSIER.arrow.names) | {"procedure": PROCEDURE, "unit": "gso:24133", "channel": 1}
    told = {"dossier_id": dossier, "seq": seq, "state": state, "at": moment, "received_at": received or moment}
    return row | told | {"due_at": due} | more


@pytest.fixture
def store(province):
    """Write events and derive their states."""

    def _store(*events):
        plain = pa.Table.from_pylist(list(events), DOSSIER.arrow)
        rows = plain.append_column("row", pa.array(range(1, len(events) + 1), pa.int64()))
        writing.write(writing.seal("s", "dossier", "told", 0), rows)
        building.refresh()

    return _store


def asked(reason, moment, **options):
    found = deadlines.waiting(reason, moment, options)
    return dict(zip(found["record"].to_pylist(), found["since"].to_pylist(), strict=True))


def test_near_is_what_falls_due_by_the_end_of_the_next_working_day(store):
    friday = at(6, 10)
    store(
        event("today", 4, at(2), due=at(6, 11)),
        event("monday", 4, at(2), due=at(9, 0)),  # the whole Monday
        event("saturday", 4, at(2), due=at(7, 9)),
        event("tuesday", 4, at(2), due=at(10, 8)),
        event("passed", 4, at(2), due=at(6, 9)),
        event("paused", 5, at(2), due=at(9)),
        event("ended", 9, at(3), due=at(9)),
        event("new", 2, at(6, 8), due=at(9)),
    )
    assert asked("near_deadline", friday) == {
        "today": at(5, 0),
        "monday": at(6, 0),
        "saturday": at(6, 0),
        "new": at(6, 8),
    }
    assert set(asked("near_deadline", friday, before=2)) == {"today", "monday", "saturday", "new", "tuesday"}


def test_overdue_is_what_runs_and_has_passed_its_deadline(store):
    store(
        event("late", 4, at(2), due=at(6, 9)),
        event("day", 2, at(2), due=at(5, 0)),  # lasted until the evening
        event("not yet", 2, at(2), due=at(6, 0)),
        event("paying", 6, at(2), due=at(5)),
        event("registered", 1, at(2), due=at(5)),
        event("done", 9, at(6), due=at(5)),
        event("without", 4, at(2), procedure="unknown"),
    )
    assert asked("overdue", at(6, 10)) == {"day": at(6, 0), "late": at(6, 9) + timedelta(microseconds=1)}


def test_a_deadline_is_told_as_the_source_told_it(store):
    store(event("day", 2, at(2), due=at(5, 0)), event("hour", 2, at(2), due=at(5, 15)), event("none", 2, at(2)))
    found = deadlines.waiting("overdue", at(31), {})
    due = dict(zip(found["record"].to_pylist(), found["due_at"].to_pylist(), strict=True))
    term = WorkingCalendar.load().add_term(at(2), *procedures.terms()[PROCEDURE])
    assert due == {"day": at(5, 0), "hour": at(5, 15), "none": term.replace(hour=0, minute=0, second=0, microsecond=0)}
    assert found.schema.names == [
        "record",
        "unit",
        "since",
        "due_at",
        "received_at",
        "procedure",
        "channel",
        "simulated",
    ]


def test_sent_online_and_not_accepted_for_more_than_eight_working_hours(store):
    store(
        event("old", 1, at(5, 16), channel=2),
        event("just eight", 1, at(5, 17), channel=2),
        event("at the counter", 1, at(2), channel=1),
        event("accepted", 2, at(2), channel=2),
    )
    # From Thursday 16:00 on eight working hours have passed on Friday at 16:00.
    assert asked("online_not_accepted", at(6, 17)) == {"old": at(6, 16)}
    assert asked("online_not_accepted", at(6, 16)) == {}
    assert set(asked("online_not_accepted", at(6, 17, 1))) == {"old", "just eight"}
    assert set(asked("online_not_accepted", at(6, 10), hours=2)) == {"old", "just eight"}


def test_papers_asked_for_have_fifteen_working_days(store):
    store(event("old", 5, at(2, 16)), event("newer", 5, at(3, 8)), event("here", 4, at(2)))
    last = end_of(at(23).date())  # the fifteenth working day after the second
    assert asked("supplement_expired", last) == {}
    assert asked("supplement_expired", last + MINUTE) == {"old": at(24, 0)}
    assert set(asked("supplement_expired", at(25, 0))) == {"old", "newer"}
    assert set(asked("supplement_expired", at(6), days=3)) == {"old"}


def test_another_reason_and_a_negative_number_are_refused(store):
    with pytest.raises(KeyError):
        deadlines.waiting("boredom", at(2), {})
    with pytest.raises(ValueError, match="-1"):
        deadlines.waiting("near_deadline", at(2), {"before": -1})


def test_every_limit_has_its_law():
    assert all(limit.law and limit.certainty == "read" for limit in limits.LIMITS.values())


def test_of_many_dossiers_each_reason_holds_as_their_clocks_say(store):
    dice, told = random.Random(7), {}
    for number in range(400):
        moment = received = at(1) + timedelta(minutes=dice.randrange(20 * 24 * 60))
        due = received + timedelta(days=dice.randrange(12)) if dice.random() < 0.7 else None
        due = due and due.replace(hour=0, minute=0) if dice.random() < 0.4 else due
        rows, state = [], dice.choice([1, 2, 2])
        while True:
            rows.append(event(f"H{number}", state, moment, received=received, due=due, seq=len(rows), channel=2))
            if len(rows) > 4 or dice.random() < 0.35:
                break
            state = dice.choice([2, 4, 4, 5, 5, 6, 9])
            moment += timedelta(minutes=dice.randrange(1, 4 * 24 * 60))
        told[f"H{number}"] = rows
    store(*(row for rows in told.values() for row in rows))
    calendar, term = WorkingCalendar.load(), procedures.terms()[PROCEDURE]
    for now in (at(30), at(31, 14), at(31, 14) + timedelta(days=6)):
        stands = {name: (rows[-1], standing(rows, term, calendar, now)) for name, rows in told.items()}
        running = {
            name: each
            for name, (last, each) in stands.items()
            if each and not each.stands and each.ended_at is None and last["state"] != 1
        }
        assert all(rows[-1]["at"] <= now for rows in told.values())
        assert set(asked("overdue", now)) == {name for name, each in running.items() if each.due_at < now}
        tomorrow = calendar.add_term(now, 1, Span.WORKING_DAY)
        assert set(asked("near_deadline", now)) == {n for n, each in running.items() if now <= each.due_at <= tomorrow}
        registered = {name for name, (last, _each) in stands.items() if last["state"] == 1}
        assert set(asked("online_not_accepted", now)) == {
            name for name in registered if calendar.hours_between(told[name][0]["received_at"], now) > 8
        }
        assert set(asked("supplement_expired", now)) == {
            name
            for name, (last, _each) in stands.items()
            if last["state"] == 5 and calendar.add_term(last["at"], 15, Span.WORKING_DAY) < now
        }
        for reason in ("overdue", "near_deadline", "online_not_accepted", "supplement_expired"):
            for name, since in asked(reason, now).items():
                received = told[name][0]["received_at"]
                assert received <= since <= now
                # What is more than eight hours at the end of a day is so with the first minute of the next one.
                worked = reason == "online_not_accepted"
                assert name in asked(reason, calendar.add_worked(since, MINUTE) if worked else since + MINUTE)


def test_a_page_says_how_a_dossier_stands(store):
    store(
        event("late", 4, at(2), due=at(6, 9), channel=2),
        event("paused", 5, at(5), due=at(6, 9)),
        event("done", 9, at(3), due=at(6), simulated=True),
    )
    found = deadlines.describe(["late", "paused", "done", "unheard of"], at(9, 9))
    assert set(found) == {"late", "paused", "done"}
    assert found["late"] == {
        "procedure": procedures.title(PROCEDURE),
        "state": "Đang xử lý",
        "channel": "Trực tuyến",
        "unit": "gso:24133",
        "received_at": at(2),
        "due_at": at(6, 9),
        "source": "s",
        "ended": False,
        "stands": False,
        "hours": -8,
        "simulated": False,
    }
    assert [found["paused"][name] for name in ("stands", "hours")] == [True, 8]
    assert [found["done"][name] for name in ("ended", "hours", "simulated")] == [True, None, True]
    assert deadlines.describe([]) == {}
