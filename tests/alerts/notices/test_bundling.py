"""Bundling: whatever comes when, nothing waits beyond its bound, wakes people up, is lost or doubled."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from toancanh.alerts.notices import bundling
from toancanh.alerts.notices.bundling import LONGEST, URGENT, Quiet

START = datetime(2026, 11, 24, tzinfo=UTC)
TICK = timedelta(seconds=5)


@dataclass(frozen=True)
class Each:
    number: int
    at: datetime
    severity: int


hours = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30, 59]))
quiet_hours = st.none() | st.builds(Quiet, hours, hours).filter(lambda quiet: quiet.since != quiet.until)
arrivals = st.lists(st.tuples(st.integers(0, 26 * 3600), st.sampled_from([1, 2, 3, 4, 4, 5])), min_size=1, max_size=25)


def played(told: list[Each], quiet: Quiet | None) -> list[tuple[datetime, list[Each]]]:
    """What goes when, by a sender that looks every five seconds for two days and a bit."""
    waiting, gone = [], []
    left = sorted(told, key=lambda each: each.at)
    now = START
    while left or waiting:
        while left and left[0].at <= now:
            waiting.append(left.pop(0))
        going = bundling.going(waiting, quiet, now)
        if going:
            gone.append((now, going))
            waiting = [each for each in waiting if each not in going]
        nearest = min(
            [each.at for each in left[:1]] + [now + TICK] if waiting else [each.at for each in left[:1]] or [now]
        )
        now = max(now + TICK, nearest) if not waiting else now + TICK
        assert now < START + timedelta(days=3)
    return gone


@settings(max_examples=60, deadline=None)
@given(arrivals, quiet_hours)
def test_every_notice_goes_once_within_its_bound_and_never_in_quiet_hours(plan, quiet):
    told = [Each(number, START + timedelta(seconds=at), severity) for number, (at, severity) in enumerate(plan)]
    gone = played(told, quiet)
    assert sorted(each.number for _at, some in gone for each in some) == [each.number for each in told]
    for now, some in gone:
        for each in some:
            if each.severity >= URGENT:
                assert now - each.at <= TICK
                continue
            assert not (quiet and quiet.covers(now))
            bound = each.at + LONGEST
            if quiet and quiet.covers(bound):
                bound = quiet.end(bound) + TICK
            if quiet and quiet.covers(each.at + bundling.WINDOW):
                bound = max(bound, quiet.end(each.at + bundling.WINDOW) + TICK)
            assert now <= bound


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 26 * 3600), st.sampled_from([1, 4, 5]), quiet_hours)
def test_the_moment_at_which_a_notice_is_due_is_one_at_which_it_goes(seconds, severity, quiet):
    each = Each(1, START + timedelta(seconds=seconds), severity)
    due = bundling.due_at(each.at, severity, quiet)
    assert bundling.going([each], quiet, due) == [each]
    assert severity >= URGENT or due >= each.at + bundling.WINDOW


@given(quiet_hours.filter(bool), st.integers(0, 48 * 3600))
def test_quiet_hours_end_when_they_no_longer_cover(quiet, seconds):
    now = START + timedelta(seconds=seconds)
    if quiet.covers(now):
        assert now < quiet.end(now) <= now + timedelta(days=1)
        assert not quiet.covers(quiet.end(now))
        assert quiet.covers(quiet.end(now) - timedelta(seconds=1))


@given(st.integers(1, 40), st.text())
def test_pauses_grow_to_two_hours_and_are_the_same_for_the_same_message(tries, seed):
    assert bundling.pause(tries, seed) == bundling.pause(tries, seed)
    assert timedelta(seconds=24) <= bundling.pause(tries, seed) <= timedelta(hours=2.4)
