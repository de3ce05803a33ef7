"""What a steward does with units: adds agencies, brings the list up to date, imports boundaries."""

import json
from datetime import date
from pathlib import Path

import pytest

from toancanh.access.scope import of_unit
from toancanh.base import audit
from toancanh.base.models import AuditEntry
from toancanh.base.problems import Problem
from toancanh.units import actions, lineage
from toancanh.units.boundaries import boundaries
from toancanh.units.tree import Tree

TODAY = date(2026, 10, 1)
HEAD = "code,name_vi,name_en,kind,parent,valid_from,valid_to"
AN = ("user", "an")
pytestmark = pytest.mark.usefixtures("units")


def csv_of(folder: Path, *lines: str) -> Path:
    file = folder / "agencies.csv"
    file.write_text("\n".join([HEAD, *lines]) + "\n", encoding="utf-8")
    return file


def square(x: float, y: float) -> dict[str, object]:
    ring = [[x, y], [x + 0.1, y], [x + 0.1, y + 0.1], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def geojson(folder: Path, *features: tuple[dict[str, str], dict[str, object]]) -> Path:
    file = folder / "shapes.geojson"
    shapes = [{"type": "Feature", "properties": names, "geometry": shape} for names, shape in features]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": shapes}), encoding="utf-8")
    return file


def test_an_agency_newly_set_up_takes_over_from_the_one_of_its_code(tmp_path):
    code = "agency:dak-lak.mau"
    lines = [f"{code},Sở Mẫu,,department,gso:66,2025-07-01,", f"{code},Sở Mẫu cũ,,department,gso:66,,2025-06-30"]
    actions.add_agencies(csv_of(tmp_path, *lines), actor=AN)
    actions.add_agencies(csv_of(tmp_path, *lines), actor=AN)
    (before,) = lineage.predecessors(Tree.at(TODAY)[code])
    assert (before.unit.name, before.whole) == ("Sở Mẫu cũ", True)
    assert of_unit(code, TODAY).covers(code, date(2022, 12, 31))


def test_agencies_are_added_once_under_their_parents_and_written_down(tmp_path):
    file = csv_of(
        tmp_path,
        "agency:test.a,Trung tâm A,Centre A,agency,gso:66,2025-07-01,",
        "agency:test.b,Phòng B,Office B,other,agency:test.a,2025-07-01,",
    )
    assert actions.add_agencies(file, actor=AN) == 2
    assert [step.ref for step in Tree.at(TODAY).path("agency:test.b")] == ["gso:66", "agency:test.a", "agency:test.b"]
    assert actions.add_agencies(file, actor=AN) == 0
    assert AuditEntry.objects.filter(act="units.agencies_added").count() == 1
    assert audit.sentence(AuditEntry.objects.get()) == "an thêm 2 cơ quan, đơn vị từ agencies.csv"


@pytest.mark.parametrize(
    ("line", "column"),
    [
        ("test,A,A,agency,gso:66,2025-07-01,", "code"),
        ("agency:x,,A,agency,gso:66,2025-07-01,", "name_vi"),
        ("agency:x,A,A,bureau,gso:66,2025-07-01,", "kind"),
        ("agency:x,A,A,agency,gso:67,2025-07-01,", "parent"),
        ("agency:x,A,A,agency,gso:66,01/07/2025,", "valid_from"),
        ("agency:x,A,A,agency,gso:66,2025-07-01,2025-01-01", "valid_to"),
    ],
)
def test_a_bad_row_is_refused_by_line_and_column_and_nothing_is_added(tmp_path, line, column):
    file = csv_of(tmp_path, "agency:test.good,Tốt,Good,agency,gso:66,2025-07-01,", line)
    with pytest.raises(Problem) as refused:
        actions.add_agencies(file, actor=AN)
    assert (refused.value.params["line"], refused.value.params["column"]) == (3, column)
    assert "agency:test.good" not in Tree.at(TODAY)


def test_a_list_that_says_nothing_new_changes_nothing(official):
    found = actions.import_list(official / "after_units_2026-07-25.json", date(2026, 7, 25), actor=AN)
    assert not found
    assert not AuditEntry.objects.exists()


def test_a_new_list_renames_adds_and_ends_units_from_its_day_on(official, tmp_path):
    provinces = json.loads((official / "after_units_2026-07-25.json").read_text())
    province = next(each for each in provinces if each["Code"] == "66")
    province["FullName"] = "Thành phố Đắk Lắk"
    gone = province["Wards"].pop(0)
    province["Wards"].append({"Code": "99999", "FullName": "Xã Mới"})
    file = tmp_path / "list.json"
    file.write_text(json.dumps([province]))
    day = date(2027, 1, 1)

    found = actions.import_list(file, day, law="NQ thử", actor=AN)

    assert (len(found.added), len(found.renamed), len(found.gone)) == (1, 1, 1)
    tree = Tree.at(day)
    assert tree["66"].name == "Thành phố Đắk Lắk"
    assert [one.unit.name for one in lineage.predecessors(tree["66"])] == ["Tỉnh Đắk Lắk"]
    assert tree["99999"].parent == "gso:66"
    assert gone["Code"] not in tree
    assert len([n for n in tree.children("66") if n.kind == "commune"]) == 102
    assert Tree.at(date(2026, 12, 31))["66"].name == "Tỉnh Đắk Lắk"
    assert not actions.import_list(file, day, actor=AN)


def test_without_official_boundaries_cells_are_drawn_and_say_so():
    shapes, kind = boundaries("gso:66", TODAY)
    assert kind == "voronoi"
    assert len(shapes["features"]) == 102
    assert {tuple(shape["properties"]) for shape in shapes["features"]} == {("code", "name")}
    assert boundaries("gso:66", TODAY)[0] == json.loads(json.dumps(shapes))


def test_cells_contain_their_points_and_do_not_overlap():
    import shapely

    tree = Tree.at(TODAY)
    shapes = boundaries("gso:66", TODAY)[0]["features"]
    cells = [(shape["id"], shapely.geometry.shape(shape["geometry"])) for shape in shapes]
    for ref, cell in cells:
        assert cell.is_valid
        assert cell.distance(shapely.Point(tree[ref].longitude, tree[ref].latitude)) < 1e-4
    union = shapely.union_all([cell for _ref, cell in cells])
    assert sum(cell.area for _ref, cell in cells) == pytest.approx(union.area, rel=1e-3)


def test_official_boundaries_match_by_code_and_name(official, own_home):
    file = official / "after_communes_66_dak_lak.simplified.geojson"
    report = actions.import_boundaries(file, day=TODAY, actor=AN)
    assert (len(report.matched), report.unmatched) == (102, [])
    shapes, kind = boundaries("66", TODAY)
    assert (len(shapes["features"]), kind) == (102, "official")
    assert boundaries("66", date(2025, 6, 30))[1] == "voronoi"
    assert (own_home / "boundaries").exists()


def test_a_shape_of_another_name_or_of_no_unit_is_reported_and_left_out(tmp_path):
    file = geojson(
        tmp_path,
        ({"code": "24121", "name": "Tân Hòa"}, square(108, 12)),
        ({"ten": "Xã Không Có"}, square(108, 13)),
        ({"ten": "Phường Buôn Ma Thuột"}, square(108.2, 12)),
    )
    report = actions.import_boundaries(file, day=TODAY, actor=AN)
    assert len(report.matched) == 1
    assert report.unmatched == ["Tân Hòa 24121", "Xã Không Có"]
    assert boundaries("66", TODAY)[1] == "voronoi"


@pytest.mark.parametrize("shape", [square(500_000, 1_400_000), {"type": "Point", "coordinates": [108, 12]}, None])
def test_shapes_that_are_no_territory_in_degrees_are_refused(tmp_path, shape):
    with pytest.raises(Problem) as refused:
        actions.import_boundaries(geojson(tmp_path, ({"code": "24121"}, shape)), day=TODAY, actor=AN)
    assert refused.value.code == "unit.boundaries.unreadable"
