"""Numbering: small arrivals of an hour are told of together, and each batch still has its load."""

from datetime import UTC, datetime, timedelta

import pytest
from letters import letter, table

from toancanh.base import clock
from toancanh.warehouse import building, derived, reading, writing
from toancanh.warehouse.models import Batch
from toancanh.warehouse.numbering import Origins

pytestmark = pytest.mark.usefixtures("home")
NOON = datetime(2026, 3, 2, 5, tzinfo=UTC)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch):
    """Set the clock to so many minutes after an hour has begun."""

    def _at(minutes: float) -> None:
        monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=minutes))

    return _at


def arrive(load: str, *rows: dict[str, object]) -> None:
    writing.put("s", "letter", list(rows), load)
    writing.flush()


def told() -> list[tuple[object, ...]]:
    return list(Batch.objects.order_by("number").values_list("first", "number", "load", "rows", "accepted"))


def test_small_arrivals_of_an_hour_are_one_row(at) -> None:
    for minute, code in ((0, 1), (1, 2), (59.9, 3), (60, 4), (61, 4)):
        at(minute)
        arrive("7", letter(code))
    assert told() == [(1, 3, "7", 3, 3), (4, 5, "7", 2, 1)]
    assert Batch.objects.get(number=5).duplicates == 1
    assert reading.inputs("letter") == {"s": 5}
    assert reading.count("letter") == (4, 4)


def test_arrivals_of_other_loads_and_whole_files_stand_apart(at) -> None:
    at(0)
    arrive("7", letter(1))
    arrive("8", letter(2))
    writing.write(writing.seal("s", "letter", "9", 0), table([letter(3)]))
    arrive("7", letter(4))
    arrive("7", letter(5))
    assert [each[:3] for each in told()] == [(1, 1, "7"), (2, 2, "8"), (3, 3, "9"), (4, 5, "7")]
    origins = Origins(Batch.objects.all())
    assert [origins.load("s", number) for number in range(7)] == ["", "7", "8", "9", "7", "7", ""]
    assert origins.load("t", 1) == ""


def test_withdrawing_a_load_takes_back_all_that_was_told_of_together_and_nothing_else(at) -> None:
    at(0)
    for code in (1, 2, 3):
        arrive("7", letter(code))
    arrive("8", letter(4))
    arrive("7", letter(5))
    assert writing.withdraw("s", "7", "thử", "user:7") == 4
    building.refresh()
    rows = reading.fetch(f"SELECT code FROM {derived.current('letter')}").to_pylist()
    assert [row["code"] for row in rows] == ["L4"]
    arrive("7", letter(5))  # told again, it is taken again, and stands apart from what was withdrawn
    assert reading.count("letter") == (2, 2)
    assert told()[-1] == (6, 6, "7", 1, 1)
