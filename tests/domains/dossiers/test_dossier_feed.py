"""The feed keeps every line under its number; the tally counts exactly and forgets what has ended."""

from datetime import UTC, datetime, timedelta

import pytest

from toancanh.domains.dossiers.feed import BLOCK, Feed
from toancanh.domains.dossiers.tally import Tally

START = datetime(2026, 11, 23, tzinfo=UTC)


def moment(second):
    return START + timedelta(seconds=second)


def filled(count, first=0, **more):
    feed = Feed(first, **more)
    for number in range(1, count + 1):
        feed.append(b"%d" % number, moment(number))
    return feed


@pytest.mark.parametrize("limit", [1, 7, 999, 1000, 1001, 5000])
def test_whoever_follows_the_cursor_reads_every_line_once(limit):
    feed, cursor, read = filled(2 * BLOCK + 5), 0, []
    while True:
        lines, cursor = feed.after(cursor, limit)
        if not lines:
            break
        read += lines
    assert read == [b"%d" % number for number in range(1, 2 * BLOCK + 6)]
    assert cursor == feed.newest


def test_any_cursor_can_be_read_again():
    feed = filled(3 * BLOCK)
    assert feed.after(1234, 2) == feed.after(1234, 2) == ([b"1235", b"1236"], 1236)


def test_numbers_begin_where_they_are_told_to():
    feed = filled(3, first=500)
    assert feed.after(0, 2) == ([b"1", b"2"], 502)
    assert feed.after(502, 2) == ([b"3"], 503)
    assert feed.after(503, 2) == ([], 503)


def test_the_oldest_lines_are_forgotten_and_the_others_keep_their_numbers():
    feed = filled(5 * BLOCK + 1, kept=2 * BLOCK)
    lines, cursor = feed.after(0, 1)
    assert (lines, cursor, feed.oldest) == ([b"3001"], 3001, 3000)
    assert feed.after(5000, 9) == ([b"5001"], 5001)


@pytest.mark.parametrize(
    ("second", "cursor"), [(0, 0), (1, 0), (2, 1), (1000, 999), (1001, 1000), (2100, 2099), (9999, 2100)]
)
def test_a_moment_is_found_in_every_part(second, cursor):
    assert filled(2100).before(moment(second)) == cursor


def test_a_line_out_of_order_counts_as_of_the_latest_moment_before_it():
    feed = filled(10)
    feed.append(b"late", moment(3))
    assert feed.before(moment(4)) == 3
    assert feed.before(moment(10)) == 9


def test_dossiers_are_counted_once_under_their_last_state():
    tally = Tally()
    for dossier, state in [("A", 2), ("B", 1), ("A", 4), ("A", 9), ("C", 2), ("A", 10), ("B", 3)]:
        tally.add({"dossier_id": dossier, "state": state})
    counts = tally.counts()
    assert (counts["published"], counts["distinct"], counts["dossiers"]) == (7, 7, 3)
    assert counts["by_state"] == {"2": 1, "3": 1, "10": 1}
