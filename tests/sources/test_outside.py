"""Whoever belongs to a unit delivers records of that unit and those under it, and changes no others."""

import pytest
import samples
from samples import csv_text, good, told

from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.sources import actions, loading, mappings
from toancanh.sources.models import Load
from toancanh.sources.preview import preview
from toancanh.units.models import Unit
from toancanh.warehouse import reading, writing

HOA_PHU = "gso:24200"
OWN = """
record_type = "parcel"
[[unit]]
code = "agency:buu-dien"
name = "Bưu điện Tỉnh Cũ"
parent = "gso:99"
[[unit]]
code = "agency:buu-cuc"
name = "Bưu cục trung tâm"
parent = "agency:buu-dien"
[[unit]]
code = "agency:noi-khac"
name = "Bưu điện nơi khác"
parent = ""
"""


@pytest.fixture
def deliver(home, units, tmp_path):
    """Deliver and run a file as somebody of a unit."""

    def _deliver(text, unit, name="chi", run=True):
        User.objects.get_or_create(username=name, defaults={"role": Role.STEWARD, "unit": unit})
        path = tmp_path / "tep.csv"
        path.write_text(text)
        load = actions.deliver("parcels", path, actor=("user", name))
        return loading.run(load) if run else load

    return _deliver


def codes():
    found = reading.fetch(f"SELECT code, unit, state FROM {reading.records('parcel')}").to_pylist()
    return {row["code"]: (row["unit"], row["state"]) for row in found}


def reasons(load):
    return [(reject.row, reject.column, reject.code) for reject in load.rejects.order_by("row")]


def test_rows_of_units_outside_the_scope_are_refused_and_the_rest_goes_in(deliver):
    rows = [good("A"), good("B", unit="gso:24133"), good("C", unit="gso:68"), good("D", unit="gso:24900")]
    done = deliver(csv_text(*rows), "gso:66")
    assert set(codes()) == {"A", "B"}
    assert done.counts == {"read": 4, "accepted": 2, "rejected": 2, "duplicates": 0}
    assert reasons(done) == [(4, "unit", "unit.outside"), (5, "unit", "unit.outside")]
    reject = done.rejects.first()
    words = told(reject.code, reject.params)
    assert "Tỉnh Lâm Đồng (gso:68)" in words
    assert "02/03/2026" in words


def test_a_unit_counts_as_of_the_day_of_the_row(deliver):
    before, after = good("A", unit="gso:24175", at="2025-06-30"), good("B", unit="gso:24133", at="2025-07-01")
    assert deliver(csv_text(before, after), "gso:24133").accepted == 2


def test_a_row_without_a_unit_is_nobodys_to_deliver_but_the_provinces(deliver, load):
    done = deliver(csv_text(good("A", unit="")), "gso:66")
    assert reasons(done) == [(2, "unit", "cell.required")]
    assert load(csv_text(good("B", unit=""))).accepted == 1


@pytest.mark.parametrize("by", ["", "nobody"])
def test_who_belongs_to_no_unit_delivers_for_all(deliver, load, by):
    text = csv_text(good("A"), good("B", unit="gso:68"))
    assert (deliver(text, "") if not by else load(text)).accepted == 2


def test_a_record_of_another_unit_cannot_be_taken_over(deliver, load):
    load(csv_text(good("A", unit="gso:68"), good("B", unit=HOA_PHU), good("C", unit="gso:68", seq="1")))
    load(csv_text(good("C", unit=HOA_PHU, seq="2")))  # handed over: the last state is ours, the first is not
    rows = [
        good("A", unit=HOA_PHU, state="9"),
        good("A", unit=HOA_PHU, seq="2"),
        good("B", unit=HOA_PHU, state="9"),
        good("C", unit=HOA_PHU, seq="1", state="9"),
        good("C", unit=HOA_PHU, seq="3", state="9"),
        good("N", unit=HOA_PHU),
    ]
    done = deliver(csv_text(*rows), HOA_PHU)
    assert reasons(done) == [(row, "code", "record.outside") for row in (2, 3, 5)]
    assert done.accepted == 3
    assert codes()["A"] == ("gso:68", 2)
    assert codes()["B"] == (HOA_PHU, 9)
    reject = done.rejects.first()
    words = told(reject.code, reject.params)
    assert "Bản ghi A" in words
    assert "gso:68" not in words


def test_a_record_that_moved_to_another_month_still_belongs_to_its_unit(deliver, load):
    load(csv_text(good("A", unit="gso:68", at="2026-01-05")))
    done = deliver(csv_text(good("A", unit=HOA_PHU, at="2026-03-05")), HOA_PHU)
    assert reasons(done) == [(2, "code", "record.outside")]


def test_the_scope_is_that_of_the_delivery_whatever_becomes_of_the_account(deliver, monkeypatch):
    monkeypatch.setattr("toancanh.sources.delimited.CHUNK", 2)
    units = {"A": HOA_PHU, "B": "gso:68", "C": "gso:68", "D": HOA_PHU}
    text = csv_text(*(good(code, unit=unit) for code, unit in units.items()))
    write = writing.write

    def die(batch, rows):
        write(batch, rows)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(writing, "write", die)
        with pytest.raises(KeyboardInterrupt):
            deliver(text, HOA_PHU)
    User.objects.update(unit="")
    killed = Load.objects.get()
    assert loading.run(killed).counts == {"read": 4, "accepted": 2, "rejected": 2, "duplicates": 0}
    assert reasons(killed) == [(3, "unit", "unit.outside"), (4, "unit", "unit.outside")]
    assert set(codes()) == {"A", "D"}


def test_the_same_file_from_the_province_brings_in_what_the_unit_was_refused(deliver, load):
    text = csv_text(good("A", unit=HOA_PHU), good("B", unit="gso:68"))
    assert deliver(text, HOA_PHU).accepted == 1
    assert load(text).counts == {"read": 2, "accepted": 1, "rejected": 0, "duplicates": 1}


def test_a_unit_that_is_no_more_on_the_day_of_delivery_is_told(deliver):
    Unit.objects.filter(code="24200").update(valid_to="2026-01-01")
    with pytest.raises(Exception, match="24200"):
        deliver(csv_text(good("A")), HOA_PHU)
    assert samples.told(Load.objects.get().problem, Load.objects.get().problem_params)


def test_a_preview_holds_whoever_looks_to_the_scope_of_his_unit_as_the_load_does(deliver, tmp_path):
    Unit.objects.create(scheme="gso", code="99", name="Tỉnh Cũ", kind="province", name_key="cũ", search_key="cu")
    mapping = mappings.parse(OWN, "buu/cuc")
    path = tmp_path / "thu.csv"
    units = ["gso:99", "gso:68", "agency:buu-cuc", "agency:buu-dien", "agency:noi-khac"]
    path.write_text(csv_text(*(good(str(place), unit=unit) for place, unit in enumerate(units))))
    User.objects.create(username="xa", role=Role.STEWARD, unit="gso:99")
    seen = preview(path, mapping, actor=("user", "xa"))
    assert {row["unit"] for row in seen.rows} == {"gso:99", "agency:buu-cuc", "agency:buu-dien"}
    done = loading.run(actions.deliver("parcels", path, mapping, actor=("user", "xa")))
    assert [(each.row, each.code) for each in seen.rejects] == [(3, "unit.outside"), (6, "unit.outside")]
    assert reasons(done) == [(3, "unit", "unit.outside"), (6, "unit", "unit.outside")]
    assert len(preview(path, mapping).rows) == len(units)
