"""The seeded units against the official lists: every difference is listed, and there is none."""

import csv
import json
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest

from toancanh.units import lineage, lists, spelling
from toancanh.units.models import Unit, UnitChange
from toancanh.units.seed import seed
from toancanh.units.tree import Node, Register, Tree

LISTED, BEFORE, AFTER, NOW = date(2025, 1, 4), date(2025, 6, 30), date(2025, 7, 1), date(2026, 7, 25)
OWN = {"66", "54", "67", "68", "60"}

# Where the official old-to-new table contradicts the official list of units, or itself; we follow the list.
SLIPS = {("00553", "Xã Đặng Xá"): "00556", ("01615", "Xã Mỹ Hưng"): "01651", ("02485", "Xã Phú Thịnh"): "02482"}
NO_COMMUNE = "Khu vực bãi bồi ven biển do huyện Kim Sơn quản lý"
WRONG_PARENT = {"27691", "30781", "471"}
WRONG_KIND = {"13369", "22267", "24496", "31843", "22108", "22111"}

pytestmark = pytest.mark.usefixtures("units")


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "old_to_new_communes.csv").open(encoding="utf-8-sig", newline="") as handle:
        rows = [row for row in csv.DictReader(handle) if row["old_commune"] != NO_COMMUNE]
    for row in rows:
        row["old"] = SLIPS.get((row["old_commune_code"], row["old_commune"]), row["old_commune_code"])
        row["old"] = row["old"] or row["old_district_code"]
    return rows


def named(node: Node, name: str) -> bool:
    return bool(spelling.keys(name) & spelling.keys(node.name, *node.other_names))


def links() -> list[tuple[Node, Node, UnitChange]]:
    nodes = Register.now().nodes
    changes = UnitChange.objects.filter(on=AFTER)
    return [(nodes[each.before_id], nodes[each.after_id], each) for each in changes]


def test_seeding_again_adds_nothing():
    assert not any(seed())


def test_the_list_of_4_january_2025_is_the_tree_of_that_day(official):
    found = lists.compare(lists.read(official / "before_Xa_2025-01-04.csv"), LISTED)
    assert (found.added, found.renamed, found.moved, found.gone) == ([], [], [], [])
    assert found.same == 63 + 696 + 10_051


def test_the_list_of_25_july_2026_is_the_tree_of_that_day(official):
    found = lists.compare(lists.read(official / "after_units_2026-07-25.json"), NOW)
    assert (found.added, found.renamed, found.moved, found.gone) == ([], [], [], [])
    assert found.same == 34 + 3_321


def test_the_units_of_30_june_2025_are_those_of_the_official_table(official):
    rows, tree = table(official), Tree.at(BEFORE)
    differences = []
    for row in rows:
        node = tree.get(row["old"])
        path = [step.ref for step in tree.path(row["old"])]
        expected = [f"gso:{row['old_province_code']}", f"gso:{row['old_district_code']}"]
        if node is None or (row["old_commune"] and not named(node, row["old_commune"].replace("Thi trấn", "Thị trấn"))):
            differences.append((row["old"], row["old_commune"], node and node.name))
        elif path[:2] != expected and row["old"] not in WRONG_PARENT:
            differences.append((row["old"], path, expected))
    assert differences == []
    communes = {node.ref.removeprefix("gso:") for node in tree if node.kind == "commune"}
    assert communes == {row["old"] for row in rows if row["old_commune"]}


def test_the_units_of_1_july_2025_are_those_of_the_official_table(official):
    rows, tree = table(official), Tree.at(AFTER)
    differences = [
        (row["new_commune_code"], row["new_commune"])
        for row in rows
        if not named(tree[row["new_commune_code"]], row["new_commune"].replace("Xa Ea", "Xã Ea"))
        or tree[row["new_commune_code"]].parent != f"gso:{row['new_province_code']}"
    ]
    assert differences == []
    communes = {node.ref.removeprefix("gso:") for node in tree if node.kind == "commune"}
    assert communes == {row["new_commune_code"] for row in rows}


def test_which_commune_became_which_is_what_the_official_table_says(official):
    ours = {(a.ref[4:], b.ref[4:]) for a, b, _change in links() if b.kind == "commune"}
    theirs = {(row["old"], row["new_commune_code"]) for row in table(official)}
    assert (ours - theirs, theirs - ours) == (set(), set())


def test_whole_and_partial_mergers_are_what_the_official_table_says(official):
    parts = defaultdict(set)
    for row in table(official):
        parts[row["old"]].add(row["new_commune_code"])
    split = {code for code, into in parts.items() if len(into) > 1}
    assert {a.ref[4:] for a, b, change in links() if not change.whole} == split
    assert len(split) == 440


def test_in_our_own_provinces_names_are_written_as_in_the_law(official):
    tree = Tree.at(BEFORE)
    differences = []
    for row in table(official):
        name = row["old_commune"].replace("’", "'")
        if row["old_province_code"] in OWN and row["old"] not in WRONG_KIND and tree[row["old"]].name != name:
            differences.append((row["old"], tree[row["old"]].name, name))
    # The table puts a blank after an apostrophe where the resolution has none.
    assert [code for code, _ours, _theirs in differences] == ["24889", "24973"]


@pytest.mark.parametrize(
    ("code", "old", "new"), [("66", 180, 68), ("54", 106, 34), ("67", 71, 28), ("68", 137, 51), ("60", 121, 45)]
)
def test_what_became_of_the_communes_of_an_old_province(code, old, new):
    fates = lineage.fates(Tree.at(BEFORE)[code])
    assert len(fates) == old
    assert len({one.unit.ref for fate in fates for one in fate.successors}) == new


def test_the_shares_of_every_unit_add_up_to_one():
    area, people = defaultdict(float), defaultdict(float)
    for change in UnitChange.objects.all():
        area[change.before_id] += change.area_share
        people[change.before_id] += change.people_share
    assert all(total == pytest.approx(1) for total in [*area.values(), *people.values()])


def test_shares_nobody_published_are_marked_as_estimated_and_whole_ones_are_not():
    assert not UnitChange.objects.filter(whole=True, estimated=True).exists()
    assert not UnitChange.objects.filter(whole=False, estimated=False).exists()
    assert UnitChange.objects.filter(whole=True).exclude(area_share=1, people_share=1).count() == 0


def test_a_part_that_took_no_people_has_no_share_of_them(official):
    wanted = {(r["old"], r["new_commune_code"]) for r in table(official) if r["note"] == "Nhập một phần diện tích"}
    shares = defaultdict(dict)
    for a, b, change in links():
        if not change.whole:
            shares[a.ref[4:]][b.ref[4:]] = change.people_share
    for one, to in wanted:
        others = {each for each in shares.get(one, {}) if (one, each) not in wanted}
        if others:
            assert shares[one][to] == 0, (one, to)


def test_dak_lak_is_made_of_dak_lak_and_phu_yen_by_law():
    made_of = lineage.predecessors(Tree.at(AFTER)["66"])
    assert [one.unit.name for one in made_of] == ["Tỉnh Phú Yên", "Tỉnh Đắk Lắk"]
    assert {one.law for one in made_of} == {"NQ 202/2025/QH15"}
    assert {one.law for one in lineage.predecessors(Tree.at(AFTER)["24121"])} == {"NQ 1660/NQ-UBTVQH15"}


def test_what_led_into_a_code_is_known_by_code():
    assert lineage.before("68") == ["gso:60", "gso:67"]
    assert lineage.before("24121") == ["gso:24118", "gso:24166"]


def test_every_commune_of_today_has_a_name_in_both_languages_and_nearly_all_a_point():
    today = Unit.objects.filter(kind="commune", valid_to=None)
    assert not today.filter(name_en="").exists()
    assert today.filter(latitude=None).count() == 0
    assert today.filter(area=None).count() <= 5


def test_the_codes_that_mean_something_else_are_told_apart_by_dates():
    old, new = Tree.at(BEFORE), Tree.at(AFTER)
    again = [node.ref for node in old if node.kind == "commune" and node.ref in new]
    assert len(again) > 2_141
    assert all(old[ref].id != new[ref].id for ref in again)


def test_a_list_is_read_in_both_its_forms(tmp_path):
    form = tmp_path / "list.json"
    form.write_text(json.dumps([{"Code": "66", "FullName": "Tỉnh Đắk Lắk", "Wards": []}]))
    assert [row.code for row in lists.read(form)] == ["66"]
