"""What a withdrawn load shared with others that stand is not taken from them."""

import random

import pytest
import samples

from toancanh.base import checks
from toancanh.sources import actions
from toancanh.sources.models import Load, Reject
from toancanh.warehouse import derived, reading, writing

csv = samples.csv_text


def states():
    found = reading.fetch(f"SELECT code, state FROM {reading.records('parcel')} ORDER BY code").to_pylist()
    return {row["code"]: row["state"] for row in found}


def row(code, state=2):
    return samples.good(code, state=str(state))


def test_rows_that_another_load_delivered_too_stay_when_one_is_withdrawn(load):
    first = load(csv(row("A"), row("B")), name="w1.csv")
    second = load(csv(row("A"), row("B"), row("C"), row("D", 3)), name="w2.csv")
    assert (second.accepted, second.duplicates, second.rejected) == (1, 2, 1)
    actions.withdraw(first, "nhầm", samples.ACTOR)
    assert states() == {"A": 2, "B": 2, "C": 2}
    again = Load.objects.get(restores=second)
    assert (again.state, again.read, again.accepted, again.duplicates, again.rejected) == ("done", 3, 2, 1, 0)
    assert Reject.objects.filter(load=second, state="open").count() == 1
    assert reading.fetch(f"SELECT count(*) AS n FROM {derived.current('parcel')}").to_pylist() == [{"n": 3}]


def test_what_came_back_goes_with_the_load_it_belongs_to(load):
    first, second = load(csv(row("A")), name="w1.csv"), load(csv(row("A"), row("B")), name="w2.csv")
    actions.withdraw(first, "nhầm", samples.ACTOR)
    actions.withdraw(second, "cũng nhầm", samples.ACTOR)
    assert states() == {}


def test_a_later_correction_is_not_undone(load):
    first = load(csv(row("A")), name="w1.csv")
    load(csv(row("A"), row("B")), name="w2.csv")
    load(csv(row("A", 4)), name="w3.csv")
    actions.withdraw(first, "nhầm", samples.ACTOR)
    assert states() == {"A": 4, "B": 2}


def test_a_row_as_it_was_before_makes_way_for_what_a_standing_load_told(load):
    load(csv(row("A", 1)), name="w0.csv")
    first = load(csv(row("A", 2)), name="w1.csv")
    load(csv(row("A", 2), row("B")), name="w2.csv")
    actions.withdraw(first, "nhầm", samples.ACTOR)
    assert states() == {"A": 2, "B": 2}


def test_the_very_same_file_told_twice_is_gone_when_it_is_withdrawn(load):
    first = load(csv(row("A")), name="w1.csv")
    load(csv(row("A")), name="w1.csv")
    actions.withdraw(first, "nhầm", samples.ACTOR)
    assert states() == {}


def test_a_withdrawn_correction_brings_back_what_a_standing_load_told_before_it(load):
    first = load(csv(row("A")), name="w1.csv")
    second = load(csv(row("A"), row("B")), name="w2.csv")
    third = load(csv(row("A", 4)), name="w3.csv")
    actions.withdraw(first, "nhầm", samples.ACTOR)
    actions.withdraw(third, "cũng nhầm", samples.ACTOR)
    assert states() == {"A": 2, "B": 2}
    assert Load.objects.get(restores=second).accepted == 1


def test_a_withdrawal_that_takes_nothing_from_others_leaves_no_load_behind(load):
    load(csv(row("A")), name="w1.csv")
    load(csv(row("A"), row("B")), name="w2.csv")
    third = load(csv(row("C")), name="w3.csv")
    again = load(csv(row("A"), row("D")), name="w4.csv")
    actions.withdraw(third, "nhầm", samples.ACTOR)
    actions.withdraw(again, "nhầm", samples.ACTOR)
    assert states() == {"A": 2, "B": 2}
    assert not Load.objects.exclude(restores=None).exists()


def test_the_very_same_file_stays_gone_whatever_else_is_withdrawn(load):
    first = load(csv(row("A")), name="w1.csv")
    load(csv(row("A")), name="w1.csv")
    other = load(csv(row("A"), row("B")), name="w2.csv")
    actions.withdraw(first, "nhầm", samples.ACTOR)
    actions.withdraw(other, "cũng nhầm", samples.ACTOR)
    assert states() == {}
    load(csv(row("A")), name="w1.csv")
    assert states() == {"A": 2}


@pytest.mark.parametrize("moment", ["waiting", "running"])
def test_what_was_to_come_back_of_a_load_does_not_once_it_is_withdrawn_too(load, monkeypatch, moment):
    monkeypatch.setattr("toancanh.sources.delimited.CHUNK", 1)
    first = load(csv(row("A"), row("B")), name="w1.csv")
    second = load(csv(row("A"), row("B"), row("C")), name="w2.csv")
    with monkeypatch.context() as patch:
        if moment == "waiting":
            patch.setattr(actions.loading, "run", die)
        else:
            patch.setattr(writing, "write", dying_in_the_second_chunk(writing.write))
        with pytest.raises(KeyboardInterrupt):
            actions.withdraw(first, "nhầm", samples.ACTOR)
    assert Load.objects.get(restores=second).state == moment
    actions.withdraw(second, "cũng nhầm", samples.ACTOR)
    assert states() == {}
    assert stuck() == []


def die(*_arguments):
    raise KeyboardInterrupt


def dying_in_the_second_chunk(write):
    return lambda batch, rows: die() if batch.chunk else write(batch, rows)


def stuck():
    return list(checks.run()["sources.loads"])


@pytest.mark.parametrize("seed", range(10))
def test_after_any_loads_and_withdrawals_each_key_is_as_the_latest_standing_file_tells_it(load, seed):
    dice = random.Random(seed)
    files = [{code: dice.choice((1, 2, 4)) for code in dice.sample("ABCDE", 3)} for _ in range(6)]
    standing: list[tuple[Load, dict[str, int]]] = []
    for number, content in enumerate(files):
        done = load(csv(*(row(code, state) for code, state in content.items())), name=f"{number}.csv")
        standing.append((done, content))
        if dice.random() < 0.5:
            gone, _content = standing.pop(dice.randrange(len(standing)))
            actions.withdraw(gone, "nhầm", samples.ACTOR)
        expected: dict[str, int] = {}
        for _load, told in standing:
            expected |= told
        assert states() == expected
