"""A mapping is a file a data steward writes; what is wrong with it is said with key, line and remedy."""

from datetime import date

import pytest
from samples import csv_text, good, told

from toancanh.base.problems import Problem
from toancanh.sources import mappings
from toancanh.sources.models import Load
from toancanh.sources.preview import preview
from toancanh.units import revision
from toancanh.units.models import Unit
from toancanh.units.names import Resolver

START = 'record_type = "parcel"\n'


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ('record_type = "parcel\n', "mapping.syntax", "dòng 1"),
        ('record_type = "nothing"\n', "mapping.value", "parcel"),
        (START + "[filee]\n", "mapping.key_unknown", "dòng 2"),
        (START + '[file]\nseparator = ";"\n', "mapping.key_unknown", "delimiter"),
        (START + '[file]\ndecimal = ";"\n', "mapping.value", "dòng 3"),
        (START + "[file]\nheader = 0\n", "mapping.value", "[2, 3]"),
        (START + '[file]\nencoding = "latin-1"\n', "mapping.value", "tcvn3"),
        (START + '[fields]\ncod = "x"\n', "mapping.field_unknown", "dòng 3"),
        (START + '[fields]\ncode = { colum = "x" }\n', "mapping.key_unknown", "colum"),
        (START + '[fields]\ncode = { column = "x", value = "y" }\n', "mapping.value", "đúng một trong"),
        (START + '[fields]\nstate = { first = 2, other = 4 }\n', "mapping.value", "group"),
        (START + '[fields]\nday = { column = "x", format = "DD-MM" }\n', "mapping.value", "dd/MM/yyyy"),
        (START + '[[unit]]\ncode = "agency:x"\n', "mapping.value", "name"),
    ],
)  # fmt: skip
def test_a_wrong_mapping_is_refused_with_key_line_and_remedy(text, code, words):
    with pytest.raises(Problem) as refused:
        mappings.parse(text, "thử")
    assert refused.value.code == code
    assert words in told(code, refused.value.params)


def test_an_unknown_mapping_is_refused(home):
    with pytest.raises(Problem) as refused:
        mappings.find("không có")
    assert refused.value.code == "mapping.unknown"


def test_a_mapping_in_the_home_is_found_by_name(home):
    home.mappings.mkdir(parents=True)
    (home.mappings / "bưu-cục.toml").write_text(START)
    assert mappings.find("bưu-cục").record_type == "parcel"


def test_a_path_is_no_name(home, tmp_path):
    path = tmp_path / "khác.toml"
    path.write_text(START)
    assert mappings.at(str(path)).record_type == "parcel"
    with pytest.raises(Problem) as refused:
        mappings.find(str(path))
    assert refused.value.code == "mapping.unknown"


FULL = """
record_type = "parcel"
[file]
delimiter = ";"
header = 3
decimal = ","
[fields]
code = { columns = ["Quyển", "Số"], separator = "-" }
seq = { value = 1 }
state = { column = "Kênh", codes = { "Bưu điện" = 1, "*" = 9 }, default = 2 }
at = { column = "Ngày", format = "MM/dd/yyyy" }
rate = "Tỷ lệ"
base = "Mẫu"
"""
FILE = """Sở Thông tin và Truyền thông;;;;;;
;;;;;;
Quyển;Số;Kênh;Ngày;Tỷ lệ;Mẫu;Ghi chú
Q1;7;Bưu điện;12/31/2025;95,99;1.265.362;x
Q1;8;Khác;12/31/2025;1,5;1;
Q1;9;;12/31/2025;;1;
"""


def test_a_mapping_says_layout_notation_codes_defaults_and_joins(home, units, tmp_path):
    path = tmp_path / "so.csv"
    path.write_text(FILE)
    seen = preview(path, mappings.parse(FULL, "thử"))
    assert [(r["row"], r["code"], r["state"], r["rate"], r["base"]) for r in seen.rows] == [
        (4, "Q1-7", 1, 95.99, 1265362),
        (5, "Q1-8", 9, 1.5, 1),
        (6, "Q1-9", 2, None, 1),
    ]
    assert seen.rejects == []
    assert seen.notes == [("file.columns_ignored", {"names": "“Ghi chú”"})]


CODES = START + '[fields]\nstate = {{ column = "state", codes = {{ "Bưu điện" = 1, "Qua mạng" = 2{} }} }}\n'


def test_a_text_that_is_none_of_the_codes_is_refused_with_those_the_mapping_knows(load):
    done = load(
        csv_text(good("A", state="Qua mạng"), good("B", state="Qua mạn"), good("C", state="9")), CODES.format("")
    )
    assert done.counts == {"read": 3, "accepted": 2, "rejected": 1, "duplicates": 0}
    reject = done.rejects.get()
    assert (reject.row, reject.column, reject.value, reject.code) == (3, "state", "Qua mạn", "code.unknown")
    words = told(reject.code, reject.params)
    assert "Mã “Qua mạn” không nằm trong danh mục: “Bưu điện”, “Qua mạng”." in words
    assert "mapping" in words


def test_a_value_that_is_no_code_of_the_record_type_is_refused_with_those_it_has(load):
    reject = load(csv_text(good(state="3")), CODES.format("")).rejects.get()
    assert (reject.code, reject.params["allowed"]) == ("code.unknown", "1, 2, 4, 9")


def test_a_wrong_code_of_the_mapping_itself_is_told_as_what_it_is(load):
    reject = load(csv_text(good(state="Khác")), CODES.format(', "Khác" = "chín"')).rejects.get()
    assert (reject.code, reject.params["value"]) == ("number.malformed", "chín")


def test_states_and_order_are_told_by_the_place_in_a_group_across_chunks(load, monkeypatch):
    monkeypatch.setattr("toancanh.sources.delimited.CHUNK", 2)
    rule = """
record_type = "parcel"
[fields]
code = "case"
seq = { order_within = "case" }
state = { group = "case", first = 2, other = 4, last = 9, last_when = "end" }
at = "time"
day = { column = "end", group = "case", on = "last" }
"""
    rows = "case,end,time\nA,2026-01-09,2026-01-01\nB,,2026-01-01\nA,2026-01-09,2026-01-02\nB,,2026-01-03\n"
    rows += "A,2026-01-09,2026-01-04\n"
    assert load(rows, rule).accepted == 5
    from test_loading import stored

    told_rows = sorted((row["code"], row["seq"], row["state"], row["day"] is not None) for row in stored())
    assert told_rows == [
        ("A", 1, 2, False),
        ("A", 2, 4, False),
        ("A", 3, 9, True),
        ("B", 1, 2, False),
        ("B", 2, 4, False),
    ]


BOOKS = """
record_type = "parcel"
[fields]
code = {{ columns = ["book", "number"], separator = "-" }}
seq = {{ order_within = {0} }}
state = {{ group = {0}, first = 2, other = 4, last = 9, last_when = "end" }}
at = "time"
day = {{ column = "end", group = {0}, on = "last" }}
"""
ENTRIES = "book,number,end,time\n1,10,,2026-01-01\n1,11,,2026-01-01\n1, 10,2026-01-09,2026-01-02\n"
ENTRIES += "2,10,,2026-01-03\n2,1,,2026-01-04\n"


def test_a_group_may_be_told_by_several_columns(load):
    done = load(ENTRIES, BOOKS.format('["book", "number"]'))
    assert (done.accepted, done.notes) == (5, [])
    from test_loading import stored

    assert sorted((row["code"], row["seq"], row["state"], row["day"] is not None) for row in stored()) == [
        ("1-10", 1, 2, False),
        ("1-10", 2, 9, True),
        ("1-11", 1, 2, False),
        ("2-1", 1, 2, False),
        ("2-10", 1, 2, False),
    ]


def test_a_group_of_other_columns_than_the_code_is_made_of_is_noted(load):
    done = load(ENTRIES, BOOKS.format('"number"'))
    assert [code for code, _params in done.notes] == ["mapping.group_differs"]
    assert "number" in told(*done.notes[0])


def test_columns_that_the_file_lacks_are_named_with_a_guess(load):
    with pytest.raises(Problem) as refused:
        load(csv_text(good()), START + '[fields]\ncode = "Mã hồ sơ"\n')
    assert refused.value.code == "mapping.columns_absent"
    assert "“Mã hồ sơ”" in told(refused.value.code, refused.value.params)


OWN = """
record_type = "parcel"
[fields]
unit = {{ column = "unit", lookup = "name", within = "{}" }}
[[unit]]
code = "agency:buu-dien"
name = "Bưu điện Đắk Lắk"
parent = "gso:99"
[[unit]]
code = "agency:buu-cuc"
name = "Bưu cục trung tâm"
parent = "agency:buu-dien"
[[unit]]
code = "agency:hoa-phu"
name = "Hòa Phú"
"""
WRITTEN = ["agency:buu-cuc", "Bưu cục trung tâm", "bưu cục trung tâm, Bưu điện Đắk Lắk", "Hòa Phú", "gso:66", "Buu cuc"]


@pytest.mark.parametrize("within", ["", "gso:99"])
def test_a_preview_knows_the_units_of_its_mapping_as_the_load_does_and_makes_none(load, tmp_path, within):
    Unit.objects.create(scheme="gso", code="99", name="Tỉnh Cũ", kind="province", name_key="cũ", search_key="cu")
    rows = [good(str(place), unit=f'"{name}"') for place, name in enumerate(WRITTEN)]
    path = tmp_path / "tep.csv"
    path.write_text(csv_text(*rows))
    before = list(Unit.objects.values_list("pk", flat=True)), revision.current()
    seen = preview(path, mappings.parse(OWN.format(within), "buu/cuc"))
    assert (list(Unit.objects.values_list("pk", flat=True)), revision.current()) == before
    with pytest.raises(Problem):
        Resolver(date(2026, 3, 2)).find("agency:buu-cuc")
    done = load(path, OWN.format(within))
    from test_loading import stored

    assert {row["row"]: row["unit"] for row in seen.rows} == {row["row"]: row["unit"] for row in stored()}
    assert [(r.row, r.code, r.params) for r in seen.rejects] == [(r.row, r.code, r.params) for r in done.rejects.all()]
    assert {row["unit"] for row in seen.rows} >= {"agency:buu-cuc"}
    assert seen.rejects


def test_a_preview_refuses_the_units_of_a_mapping_that_a_load_would_refuse(load, tmp_path):
    rule = START + '[[unit]]\ncode = "agency:buu-cuc"\nname = "Bưu cục"\nparent = "gso:không có"\n'
    path = tmp_path / "tep.csv"
    path.write_text(csv_text(good()))
    for take in (lambda: load(path, rule), lambda: preview(path, mappings.parse(rule, "thử"))):
        with pytest.raises(Problem) as refused:
            take()
        assert (refused.value.code, refused.value.params["column"]) == ("unit.agencies.row", "parent")


def test_a_mapping_brings_its_own_units(load):
    rule = START + '[[unit]]\ncode = "agency:buu-cuc"\nname = "Bưu cục trung tâm"\nkind = "agency"\nparent = ""\n'
    done = load(csv_text(good(unit="agency:buu-cuc")), rule)
    assert done.accepted == 1
    assert Unit.objects.filter(scheme="agency", code="buu-cuc").exists()


STANDS_IN = 'record_type = "parcel"\n[fields]\nunit = { column = "unit", unknown = "agency:none.none" }\n'


def test_a_mapping_that_puts_a_unit_nobody_knows_for_unknown_ones_is_refused_before_anything_is_kept(load, home):
    with pytest.raises(Problem) as refused:
        load(csv_text(good("A", unit="Sở Lạ")), STANDS_IN)
    assert refused.value.code == "mapping.unit_unknown"
    words = told(refused.value.code, refused.value.params)
    assert "dòng 3" in words
    assert "agency:none.none" in words
    assert not Load.objects.exists()


def test_a_preview_refuses_a_unit_that_nobody_knows_as_the_load_does(units, tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(csv_text(good("A")))
    with pytest.raises(Problem) as refused:
        preview(path, mappings.parse(STANDS_IN, "m"), record_type="parcel")
    assert refused.value.code == "mapping.unit_unknown"


def test_a_unit_of_the_mapping_itself_may_stand_in_for_unknown_ones(load):
    own = '[[unit]]\ncode = "agency:none.none"\nname = "Chưa rõ đơn vị"\n'
    assert load(csv_text(good("A", unit="Sở Lạ")), STANDS_IN + own).accepted == 1


@pytest.mark.parametrize("by_name", [True, False])
def test_a_mapping_that_is_not_utf_8_is_refused_with_its_line(home, tmp_path, by_name):
    folder = home.mappings if by_name else tmp_path
    folder.mkdir(exist_ok=True)
    (folder / "cu.toml").write_bytes('record_type = "parcel"\n# Bưu điện\n'.encode("cp1258", "replace"))
    with pytest.raises(Problem) as refused:
        mappings.at("cu" if by_name else str(folder / "cu.toml"))
    assert refused.value.code == "mapping.encoding"
    assert "dòng 2" in told(refused.value.code, refused.value.params)


def test_a_mapping_that_cannot_be_read_is_refused(home, monkeypatch):
    def locked(*_args):
        raise PermissionError(13, "Permission denied")

    home.mappings.mkdir()
    (home.mappings / "khoa.toml").write_text("")
    monkeypatch.setattr("pathlib.Path.read_bytes", locked)
    with pytest.raises(Problem) as refused:
        mappings.find("khoa")
    assert refused.value.code == "mapping.unreadable"
    assert "Permission denied" in told(refused.value.code, refused.value.params)
