"""Reconciling: two files of the same dossiers with known differences, and what each visitor is told of them."""

from datetime import date, timedelta
from itertools import count

import pytest
from events import EVENTS

from toancanh.access.scope import EVERYTHING, of_unit
from toancanh.base import clock
from toancanh.base.problems import Problem
from toancanh.base.words import Bilingual
from toancanh.indicators import reconciling
from toancanh.indicators.reconciliation import Compared, Reconciliation, Side, get
from toancanh.indicators.reconciling import Wanted
from toancanh.sources import actions, loading

PORTAL = "dossier_id,seq,procedure,unit,channel,state,received_at,due_at,finished_at,synced_at,simulated"
HERE, THERE, OTHER = "gso:24133", "gso:24121", "gso:24154"
SINCE, UNTIL = date(2026, 3, 1), date(2026, 3, 31)
LAN = ("user", "lan")


@pytest.fixture
def deliver(units, tmp_path, monkeypatch):
    """Load what a source tells: lines of text."""
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path / "home"))
    numbers = count(1)

    def _deliver(source, *lines):
        file = tmp_path / f"{source}-{next(numbers)}.csv"
        head = EVENTS if source == "dossiers" else PORTAL
        file.write_text("\n".join([head, *lines]) + "\n")
        load = loading.run(actions.deliver(source, file, actor=LAN))
        assert (load.state, load.rejected) == ("done", 0)
        return load

    return _deliver


def here(dossier, unit=HERE, *, state=9, day="02", hour="09", channel="1", at=""):
    """The last event of a dossier as the one-stop system tells it: received on a day of March, due in a week."""
    moments = [f"2026-03-{day}T{hour}:00:00+07:00", "2026-03-09T17:00:00+07:00", "2026-03-04T10:00:00+07:00"]
    return ",".join([dossier, "2", "1.000001", unit, channel, str(state), at or moments[2], *moments, "0", "", ""])


def there(dossier, unit=HERE, *, state=9, day="02", hour="09", due="09", finished="04", channel="1", at=""):
    """The same as the portal tells it, synchronised an hour after the event."""
    moments = [f"2026-03-{day}T{hour}:00:00+07:00", f"2026-03-{due}T17:00:00+07:00"]
    moments += [f"2026-03-{finished}T10:00:00+07:00", at or "2026-03-04T11:00:00+07:00"]
    return ",".join([dossier, "2", "1.000001", unit, channel, str(state), *moments, ""])


@pytest.fixture
def told(deliver):
    """Eight dossiers of two communes: two equal, four that differ, one that either side alone has."""
    lines = [here("A1"), here("A2"), here("A3"), here("A4"), here("B1", THERE), here("B2", THERE), here("B3", THERE)]
    deliver("dossiers", *lines)
    deliver(
        "portal-dossiers",
        there("A1"),
        there("A2", state=4),
        there("A3", due="12", finished="05"),
        there("B1", THERE),
        there("B2", OTHER),
        there("B3", THERE, day="03"),
        there("C1", THERE),
    )


def total(scope=EVERYTHING, **more):
    counted = reconciling.counted(get("dossiers"))
    wanted = Wanted(SINCE, UNTIL, **more)
    return counted.total(wanted.within(scope), SINCE, UNTIL)


def listed(scope=EVERYTHING, limit=None, offset=0, since=SINCE, until=UNTIL, **more):
    counted = reconciling.counted(get("dossiers"))
    return reconciling.differences(get("dossiers"), scope, Wanted(since, until, **more), counted.until, limit, offset)


def of(found):
    return sorted(each.subject[0] for each in found)


def test_every_dossier_is_equal_or_differs_or_is_on_one_side_only(told):
    found = total()
    assert (found.left, found.right, found.both) == (7, 7, 6)
    assert (found.equal, found.differs, found.only_left, found.only_right, found.on_the_way) == (2, 4, 1, 1, 0)
    assert {name: number for name, number in found.fields.items() if number} == {
        "state": 1, "due_at": 1, "finished_at": 1, "unit": 1, "received_at": 1,
    }  # fmt: skip
    assert found.agreement == 25.0


def test_a_difference_tells_both_values_and_where_either_came_from(told):
    (found,) = listed(field="state")
    told = reconciling.as_dict(found, get("dossiers"))
    assert told["subject"] == {"dossier_id": "A2"}
    assert told["fields"] == [{"field": "state", "left": 9, "right": 4}]
    assert (told["left"]["source"], told["left"]["batch"], told["left"]["row"]) == ("dossiers", 1, 3)
    assert (told["right"]["source"], told["right"]["batch"], told["right"]["row"]) == ("portal-dossiers", 1, 3)


def test_what_one_side_alone_has_tells_all_that_side_knows(told):
    (found,) = listed(kind="only_right")
    told = reconciling.as_dict(found, get("dossiers"))
    assert (told["subject"], told["unit"], told["left"]) == ({"dossier_id": "C1"}, THERE, None)
    assert {"field": "state", "left": None, "right": 9} in told["fields"]


def test_moments_of_one_day_are_equal_and_a_channel_that_is_not_told_is_direct(deliver):
    deliver("dossiers", here("A1", hour="08"))
    deliver("portal-dossiers", there("A1", hour="16", channel=""))
    assert total().equal == 1


def test_a_moment_counts_on_its_vietnamese_day(deliver):
    deliver("dossiers", here("A1", hour="06"))  # still the day before in UTC
    deliver("portal-dossiers", there("A1", hour="08"))
    assert total().equal == 1


@pytest.mark.parametrize(("minutes", "equal"), [(0, 1), (30, 1), (31, 0)])
def test_moments_may_be_compared_by_minutes(deliver, minutes, equal):
    about = Reconciliation(
        f"minutes-{minutes}",
        "dossiers",
        Bilingual("Theo phút", "By minutes"),
        Bilingual("hồ sơ", "dossiers"),
        Side("dossier", Bilingual("Một cửa", "One-stop")),
        Side("portal_dossier", Bilingual("Cổng", "Portal")),
        (Compared("received_at", within=timedelta(minutes=30)), Compared("due_at", within=timedelta(0))),
    )
    deliver("dossiers", here("A1"))
    line = there("A1").replace("2026-03-02T09:00", f"2026-03-02T09:{minutes}" if minutes else "2026-03-02T09:00")
    deliver("portal-dossiers", line)
    assert reconciling.counted(about).total(EVERYTHING, SINCE, UNTIL).equal == equal


def test_what_changed_lately_is_on_the_way_and_no_difference_yet(deliver):
    lately, before = (clock.stamp(clock.now() - timedelta(hours=hours)) for hours in (2, 30))
    deliver("dossiers", here("A1", at=lately), here("A2", at=lately), here("A3", at=before), here("A4", at=lately))
    deliver("portal-dossiers", there("A2", state=4), there("A3", state=4, at=before), there("A4"))
    found = total()
    assert (found.on_the_way, found.differs, found.only_left, found.equal) == (2, 1, 0, 1)
    assert found.fields["state"] == 1
    assert of(listed(kind="on_the_way")) == ["A1", "A2"]
    assert {each.subject[0]: each.kind for each in listed(kind="on_the_way")} == {"A1": "only_left", "A2": "differs"}


def test_a_dossier_belongs_to_the_unit_of_the_one_stop_system(told):
    units = reconciling.counted(get("dossiers")).units(EVERYTHING, SINCE, UNTIL)
    assert (units[HERE].all, units[THERE].all) == (4, 4)
    assert OTHER not in units  # which the portal believes to be the unit of B2
    assert units["gso:66"].all == 8


@pytest.mark.parametrize(
    ("unit", "seen", "numbers"),
    [(HERE, ["A2", "A3", "A4"], (4, 3)), (THERE, ["B2", "B3", "C1"], (3, 4)), (OTHER, [], (0, 0))],
)
def test_an_officer_of_a_commune_sees_only_his_own(told, unit, seen, numbers):
    scope = of_unit(unit)
    assert of(listed(scope)) == seen
    assert of(listed(scope, unit=THERE)) == (seen if unit == THERE else [])
    found = total(scope)
    assert (found.left, found.right) == numbers
    assert set(reconciling.counted(get("dossiers")).units(scope, SINCE, UNTIL, "gso:66")) <= {unit}
    assert set(reconciling.synced("dossiers", scope, SINCE, UNTIL, 0)) <= {unit, "gso:66"}


@pytest.mark.parametrize("unit", ["", "gso:66", HERE, THERE, OTHER])
@pytest.mark.parametrize(
    "narrowed",
    [{}, *({"kind": kind} for kind in ("only_left", "only_right", "differs", "on_the_way")), {"field": "due_at"},
     {"kind": "differs", "field": "unit"}, {"kind": "only_left", "field": "unit"}],
)  # fmt: skip
def test_the_list_is_as_long_as_the_counts_say(told, unit, narrowed):
    wanted = Wanted(SINCE, UNTIL, unit, **narrowed)
    assert len(listed(unit=unit, **narrowed)) == wanted.of(total(unit=unit))


def test_pages_of_the_list_follow_each_other(told):
    whole = listed()
    assert [each.subject for place in range(0, 6, 2) for each in listed(limit=2, offset=place)] == [
        each.subject for each in whole
    ]
    assert [each.day for each in whole] == sorted((each.day for each in whole), reverse=True)


def test_a_period_is_that_of_the_day_of_receipt_at_the_one_stop_system(told):
    assert of(listed(since=date(2026, 3, 3))) == []
    assert of(listed(until=date(2026, 3, 2))) == ["A2", "A3", "A4", "B2", "B3", "C1"]


def test_what_comes_later_and_what_is_taken_back_is_counted_anew(told, deliver):
    assert total().only_left == 1
    load = deliver("portal-dossiers", there("A4"))
    assert (total().only_left, total().equal) == (0, 3)
    actions.withdraw(load, reason="nhầm tệp", actor=LAN)
    assert (total().only_left, total().equal) == (1, 2)


def test_how_far_the_portal_has_what_the_province_has(told):
    found = reconciling.synced("dossiers", EVERYTHING, SINCE, UNTIL, 0)
    assert found[HERE] == (3, 4, 3)
    assert found[THERE] == (3, 3, 4)
    assert [found[unit].whole for unit in (HERE, THERE)] == [4, 4]
    assert reconciling.synced("dossiers", EVERYTHING, date(2026, 4, 1), date(2026, 4, 30), 0) == {}


def test_nothing_is_no_agreement(deliver):
    found = total()
    assert (found.all, found.agreement) == (0, None)
    assert reconciling.counted(get("dossiers")).days() is None
    assert listed() == []


@pytest.mark.parametrize(
    ("more", "code"), [({"kind": "khac"}, "reconciliation.kind"), ({"field": "fee"}, "reconciliation.field")]
)
def test_what_is_not_compared_is_refused(told, more, code):
    with pytest.raises(Problem) as met:
        listed(**more)
    assert met.value.code == code


def test_a_reconciliation_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(Problem) as met:
        get("khac")
    assert (met.value.code, "dossiers" in str(met.value)) == ("reconciliation.unknown", True)
