"""A source is fresh, stale or silent against its own promise."""

from datetime import UTC, datetime, timedelta

import pytest

from toancanh.sources.freshness import freshness
from toancanh.sources.models import Load, Source

FRIDAY = datetime(2026, 3, 6, 3, tzinfo=UTC)


@pytest.fixture
def source(home):
    source = Source.objects.create(name="tram", title="Trạm", record_type="parcel", expected_every=60)
    Load.objects.create(
        source=source, filename="a", sha256="0", size=1, state="done", by="system:toancanh", known_at=FRIDAY
    )
    return source


@pytest.mark.parametrize(("minutes", "state"), [(59, "fresh"), (61, "stale"), (181, "silent")])
def test_a_source_ages_against_its_promise(source, minutes, state):
    assert freshness(source, FRIDAY + timedelta(minutes=minutes)).state == state


def test_a_source_that_never_spoke_says_so(home):
    source = Source.objects.create(name="moi", title="Mới", record_type="parcel", expected_every=60)
    assert freshness(source).state == "never"


def test_a_daily_promise_is_not_broken_by_a_weekend(source):
    source.expected_every = 24 * 60
    assert freshness(source, FRIDAY + timedelta(days=3)).state == "fresh"
    assert freshness(source, FRIDAY + timedelta(days=5)).state == "stale"


def test_a_source_that_is_paused_is_neither_late_nor_silent(source):
    source.connector, source.running = "rest", False
    late = freshness(source, FRIDAY + timedelta(days=1))
    assert (late.state, late.overdue) == ("paused", timedelta())
