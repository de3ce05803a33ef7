"""Every way in which a delivered file or row can be wrong is named in words, with what to do about it."""

import io
import json
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from samples import HEADER, RECEIPT, csv_text, good, told

from toancanh.base.problems import Problem
from toancanh.sources import encodings, quarantine
from toancanh.sources.models import Load
from toancanh.sources.preview import preview
from toancanh.units.models import Unit

VIETNAMESE = "Ủy ban nhân dân tỉnh Đắk Lắk tiếp nhận hồ sơ của công dân phường Tân Lập, thành phố Buôn Ma Thuột"
REVERSE_TCVN3 = {char: byte for byte, char in encodings._TCVN3.items()}


def tcvn3(text):
    return bytes(REVERSE_TCVN3.get(char, ord(char) if char.isascii() else ord("?")) for char in text.replace("Ủ", "ñ"))


def vni(text):
    marks = {combining: mark for mark, combining in encodings._VNI_MARKS.items() if mark.islower()}
    singles = dict(zip("ơƠưƯỉĩịỵđĐ", "ôÔöÖæóòîñÑ", strict=True))
    out = ""
    for char in text:
        plain = next(
            (
                b + m
                for b in "aeouyAEOUYơƯưƠ"
                for c, m in marks.items()
                if encodings.unicodedata.normalize("NFC", b + c) == char
            ),
            char,
        )
        out += plain.translate(str.maketrans(singles)) if len(plain) == 2 else singles.get(char, char)
    return out.encode("latin-1", "replace")


def workbook(*rows, change=None):
    book = openpyxl.Workbook()
    sheet = book.active
    for row in rows:
        sheet.append(row)
    if change:
        change(sheet)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def archive(*names):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name in names or ["a.csv"]:
            file.writestr(name, "a,b")
    return content.getvalue()


COLUMNS = HEADER.split(",")
ROW = ["A", 1, "gso:66", 2, "2026-03-02T08:00:00+07:00"]
LINE = csv_text(good())

FILES = {
    "xlsx that is CSV": ("a.xlsx", LINE.encode(), "file.disguised", "CSV"),
    "xlsx that is HTML": ("a.xlsx", b"<html><table><tr><td>1</td></tr></table></html>", "file.disguised", "HTML"),
    "xls that is HTML": ("a.xls", b"\n<TABLE border=1>", "file.disguised", "HTML"),
    "csv that is PDF": ("a.csv", b"%PDF-1.7 ...", "file.disguised", "PDF"),
    "csv that is XLSX": ("a.csv", workbook(COLUMNS, ROW), "file.disguised", "XLSX"),
    "xlsx that is ZIP": ("a.xlsx", archive(), "file.disguised", "ZIP"),
    "XLSB": ("a.xlsb", archive("xl/workbook.bin"), "file.unsupported", "XLSB"),
    "PDF": ("a.pdf", b"%PDF-1.7 ...", "file.unsupported", "PDF"),
    "broken xlsx": ("a.xlsx", workbook(COLUMNS, ROW)[:900], "file.broken", "XLSX"),
    "broken json": ("a.json", b'[{"a": 1}, {"a"', "file.broken", "JSON"),
    "json without a list": ("a.json", b'{\n"a": 1, "items": 3}', "file.items_missing", "items"),
    "json with its list deeper": ("a.json", b'{"data": {"rows": [{"code": "A"}]}}', "file.items_missing", "items"),
    "json with two lists": ("a.json", b'{"rows": [{"code": "A"}], "notes": []}', "file.items_missing", "items"),
    "json with an empty list": ("a.json", b'{"rows": []}', "file.empty", "rỗng"),
    "empty": ("a.csv", b"", "file.empty", "rỗng"),
    "spaces only": ("a.csv", b" \r\n\r\n", "file.empty", "rỗng"),
    "empty sheet": ("a.xlsx", workbook(), "file.empty", "rỗng"),
    "header only": ("a.csv", HEADER.encode() + b"\n", "file.header_only", "tiêu đề"),
    "header only, xlsx": ("a.xlsx", workbook(COLUMNS), "file.header_only", "tiêu đề"),
    "TCVN3": ("a.csv", b"code,seq,at,note\nA,1,2026-01-01," + tcvn3(VIETNAMESE), "file.encoding", "TCVN3 (ABC)"),
    "VNI": ("a.csv", b"code,seq,at,note\nA,1,2026-01-01," + vni(VIETNAMESE), "file.encoding", "VNI"),
    "cp1258": (
        "a.csv",
        "code,seq,at,note\nA,1,2026-01-01,công dân phươ\u0300ng Tân Lâ\u0323p tiê\u0301p nhâ\u0323n hô\u0300 sơ".encode("cp1258"),  # noqa: E501
        "file.encoding",
        "Windows-1258",
    ),
    "TCVN3 letters saved as UTF-8": (
        "a.csv",
        ("code,seq,at,note\nA,1,2026-01-01," + tcvn3(VIETNAMESE).decode("latin-1")).encode(),
        "file.encoding_font",
        "TCVN3",
    ),
    "TCVN3 letters in a workbook": (
        "a.xlsx",
        workbook(["code", "seq", "at", "note"], ["A", 1, "2026-01-01", tcvn3(VIETNAMESE).decode("latin-1")]),
        "file.encoding_font",
        "TCVN3",
    ),
    "no encoding at all": ("a.csv", b"code,seq,at\nA,1,2026-01-01\nB,\x81\x8d\xff,\n", "file.encoding_unknown", "dòng 3"),  # noqa: E501
    "NUL bytes": ("a.csv", LINE.encode() + b"B,\x001,gso:66,2,2026-01-01,,,,\n", "file.nul", "dòng 3"),
    "quote never closed": ("a.csv", (LINE + '"B,1,,,2026-01-01,,,,\n').encode(), "file.quote", "Dòng 3"),
    "duplicate headers": ("a.csv", b"code,seq,at,code\nA,1,2026-01-01,B\n", "file.headers_duplicate", "“code”"),
    "missing columns": ("a.csv", b"code,sek,at\nA,1,2026-01-01\n", "file.columns_missing", "“seq” ≈ “sek”"),
    "merged header": (
        "a.xlsx",
        workbook(COLUMNS, ROW, change=lambda sheet: sheet.merge_cells("A1:B1")),
        "file.header_merged",
        "A1:B1",
    ),
    "merged title above": (
        "a.xlsx",
        workbook(["BÁO CÁO"], COLUMNS, ROW, change=lambda sheet: sheet.merge_cells("A1:F1")),
        "file.header_merged",
        "header = 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read_is_refused_with_reason_and_remedy(load, case):
    name, content, code, words = FILES[case]
    with pytest.raises(Problem) as refused:
        load(content, name=name)
    assert refused.value.code == code
    assert words in told(code, refused.value.params)


def nothing_there(tmp_path, _monkeypatch):
    return tmp_path / "không có.csv"


def below_a_file(tmp_path, _monkeypatch):
    (tmp_path / "a.csv").write_text(LINE)
    return tmp_path / "a.csv" / "b.csv"


def a_folder(tmp_path, _monkeypatch):
    return tmp_path


def of_somebody_else(tmp_path, monkeypatch):
    path, opened = tmp_path / "kín.csv", Path.open
    path.write_text(LINE)

    def refuse(self, *args, **more):
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *args, **more)

    monkeypatch.setattr(Path, "open", refuse)
    return path


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (nothing_there, "file.missing"),
        (below_a_file, "file.missing"),
        (a_folder, "file.folder"),
        (of_somebody_else, "file.unreadable"),
    ],
)
def test_what_is_no_readable_file_is_refused_by_load_and_preview_alike(load, home, tmp_path, monkeypatch, make, code):
    path = make(tmp_path, monkeypatch)
    for take in (load, lambda path: preview(path, "", record_type="parcel")):
        with pytest.raises(Problem) as refused:
            take(path)
        assert refused.value.code == code
        assert str(path) in told(code, refused.value.params)
    assert not Load.objects.exists()


ROWS = {
    "a month 21": ({"day": "15/21/2022"}, "date.impossible_month", "day", "không có tháng 21"),
    "30 February": ({"day": "30/02/2022"}, "date.impossible", "day", "tháng 2 năm 2022 không có ngày 30"),
    "year 22": ({"day": "0022-01-01"}, "date.year", "day", "22"),
    "no date": ({"day": "hôm qua"}, "date.malformed", "day", "hôm qua"),
    "second 60": ({"at": "2026-01-01T23:59:60+07:00"}, "time.impossible", "at", "23:59:60"),
    "second 60, without a zone": ({"at": "2026-01-01T23:59:60"}, "time.impossible", "at", "23:59:60"),
    "hour 25": ({"at": "2026-01-01T25:00:00+07:00"}, "time.impossible", "at", "25:00"),
    "required and empty": ({"at": ""}, "cell.required", "at", "bỏ trống"),
    "key empty": ({"code": ""}, "cell.required", "code", "bỏ trống"),
    "a word for a number": ({"base": "mười"}, "number.malformed", "base", "mười"),
    "1.234 for a whole number": ({"base": "1.234"}, "number.ambiguous", "base", "decimal"),
    "1.250 for a rate": ({"rate": "1.250"}, "number.ambiguous", "rate", "decimal"),
    "half a parcel": ({"base": "1.5"}, "number.not_whole", "base", "số nguyên"),
    "too large": ({"base": "9" * 20}, "number.too_large", "base", "quá lớn"),
    "not a number": ({"rate": "nan"}, "number.malformed", "rate", "nan"),
    "a negative count": ({"base": "-3"}, "number.below", "base", "-3"),
    "a rate without its base": ({"rate": "95.5"}, "parcel.rate_without_base", "rate", "mẫu số"),
    "an unknown code": ({"state": "3"}, "code.unknown", "state", "1, 2, 4, 9"),
    "neither yes nor no": ({"online": "chắc thế"}, "boolean.malformed", "online", "có, không"),
    "no such unit": ({"unit": "gso:999"}, "unit.unknown", "unit", "gso:999"),
    "a unit after its last day": ({"unit": "gso:24175"}, "unit.expired", "unit", "30/06/2025"),
}  # fmt: skip


@pytest.mark.parametrize("case", ROWS)
def test_a_bad_row_is_refused_with_its_place_reason_and_remedy(load, case):
    cells, code, column, words = ROWS[case]
    done = load(csv_text(good("A"), good("B", **cells), good("C")))
    assert done.counts == {"read": 3, "accepted": 2, "rejected": 1, "duplicates": 0}
    reject = done.rejects.get()
    assert (reject.row, reject.column, reject.code) == (3, column, code)
    assert reject.value == cells.get(column, "")
    assert words in told(code, reject.params)


BY_NAME = 'record_type = "parcel"\n[fields]\nunit = { column = "unit", lookup = "name" }\n'


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("Xã Hòa Phú", "unit.ambiguous", "gso:24900"),
        ("Xã Không Có", "unit.unknown", "Xã Không Có"),
        ("Xã Hòa Thắng", "unit.expired", "Tân An"),
    ],
)
def test_a_unit_name_must_mean_one_unit_of_that_day(load, name, code, words):
    reject = load(csv_text(good(unit=name)), BY_NAME).rejects.get()
    assert reject.code == code
    assert words in told(code, reject.params)


def test_a_unit_name_is_found_at_the_day_of_its_row(load):
    done = load(csv_text(good("A", unit="xã HOÀ THẮNG", at="2025-06-30"), good("B", unit="Tân An")), BY_NAME)
    assert done.accepted == 2


def test_an_unknown_unit_may_be_accepted_or_given_to_another(load):
    rule = 'record_type = "parcel"\n[fields]\nunit = {{ column = "unit", unknown = "{}" }}\n'
    assert load(csv_text(good(unit="lạ")), rule.format("accept")).accepted == 1
    Unit.objects.create(scheme="agency", code="x.unknown", name="?", kind="agency", name_key="?", search_key="?")
    assert load(csv_text(good("B", unit="lạ")), rule.format("agency:x.unknown")).accepted == 1


def sheet_cells(sheet):
    sheet["A2"], sheet["B2"], sheet["E2"], sheet["F2"], sheet["G2"], sheet["H2"] = (
        "A",
        1,
        datetime(2026, 1, 5, 8, 30),  # noqa: DTZ001
        46027,
        95.5,
        3,
    )
    sheet["A3"], sheet["B3"], sheet["E3"], sheet["H3"] = "B", 1, date(2026, 1, 5), "=1+1"
    sheet["A4"], sheet["B4"], sheet["E4"], sheet["H4"] = "C", 1, date(2026, 1, 5), "#REF!"
    sheet["H4"].data_type = "e"
    sheet["A5"], sheet["B5"], sheet["E5"] = "D", 1, date(2026, 1, 5)
    sheet["A6"], sheet["B6"], sheet["E6"] = "E", 1, date(2026, 1, 5)
    sheet["H5"] = 7
    sheet.merge_cells("H5:H6")
    sheet["A7"], sheet["B7"], sheet["E7"], sheet["I7"] = "F", 1, date(2026, 1, 5), True


def test_a_workbook_tells_of_formulas_without_result_errors_and_merged_cells(load):
    done = load(workbook(COLUMNS, change=sheet_cells), name="so.xlsx")
    assert done.counts == {"read": 6, "accepted": 2, "rejected": 4, "duplicates": 0}
    rejects = [(r.row, r.code, r.column) for r in done.rejects.order_by("row")]
    assert rejects == [
        (3, "cell.formula", "base"),
        (4, "cell.error", "base"),
        (5, "cell.merged", "base"),
        (6, "cell.merged", "base"),
    ]
    words = [told(r.code, r.params) for r in done.rejects.order_by("row")]
    assert "=1+1" in words[0]
    assert "#REF!" in words[1]
    assert "H5:H6" in words[2]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_unicode_files_are_read_whatever_their_delimiter(load, encoding, delimiter):
    text = csv_text(good("Đơn")).replace(",", delimiter)
    assert load(text.encode(encoding)).accepted == 1


@pytest.mark.parametrize(("option", "encode"), [("tcvn3", tcvn3), ("vni", vni)])
def test_a_mapping_may_ask_for_an_old_encoding(load, option, encode):
    content = b"code,seq,at\n" + encode("hồ sơ phường tân lập") + b",1,2026-01-01\n"
    load(content, f'record_type = "parcel"\n[file]\nencoding = "{option}"\n')
    from test_loading import stored

    assert [row["code"] for row in stored()] == ["hồ sơ phường tân lập"]


@pytest.mark.parametrize(
    "content",
    [
        b'[{"code": "A", "seq": 1, "at": "2026-01-01", "rate": 95.50, "base": 2}]',
        b'{"items": [{"code": "A", "seq": 1, "at": "2026-01-01", "rate": 95.50, "base": 2}]}',
        b'{"code": "A", "seq": 1, "at": "2026-01-01", "rate": 95.50, "base": 2}\n{"code": "B"\n',
    ],
)
def test_json_is_read_as_array_as_items_and_by_line(load, content):
    done = load(content, name="a.json")
    assert done.accepted == 1
    assert [(r.row, r.code) for r in done.rejects.all()] == ([(2, "row.json")] if b"B" in content else [])


RECORD = b'{"code": "A", "seq": 1, "at": "2026-01-01"}'


@pytest.mark.parametrize(
    ("content", "items"),
    [
        (b'{"data": {"rows": [%b], "total": 1}}', "data.rows"),
        (b'{"rows": [%b], "notes": []}\n', "rows"),
        (b'{"data": {"rows": [%b]}}', "data"),
        (b'{"rows": [%b]}', ""),
        (b'\xef\xbb\xbf\n{"total": 1, "rows": [%b]}\n\n', ""),
        (b'{"items": [%b], "pages": [1]}', ""),
        (b"[%b]", ""),
        (b"%b", ""),
        (b"%b\n\n%b\n", ""),
    ],
)
def test_json_on_one_line_is_a_document_where_it_holds_a_list_and_a_record_where_not(load, content, items):
    count = content.count(b"%b")
    done = load(content % ((RECORD,) * count), f'record_type = "parcel"\n[file]\nitems = "{items}"\n', name="a.json")
    assert done.counts == {"read": count, "accepted": 1, "rejected": 0, "duplicates": count - 1}


def test_lines_of_objects_with_lists_in_them_are_records(load):
    line = RECORD.replace(b"}", b', "files": [1, 2]}')
    assert load(line + b"\n" + line.replace(b'"A"', b'"B"'), name="a.jsonl").accepted == 2


def test_parquet_is_read_with_its_types(load, tmp_path):
    moments = [datetime(2026, 1, 5), None]  # noqa: DTZ001
    rows = {"code": ["A", "B"], "seq": [1, 2], "at": moments, "rate": [95.5, 1.0], "base": [1, 2]}
    pl.DataFrame(rows).write_parquet(tmp_path / "a.parquet")
    done = load(tmp_path / "a.parquet")
    assert (done.accepted, done.rejects.get().code) == (1, "cell.required")


TWICE = '{"code": "B", "seq": 1, "seq": 2, "at": "2026-03-02"}'


@pytest.mark.parametrize("content", [f"[{RECORD.decode()}, {TWICE}]", f"{RECORD.decode()}\n{TWICE}"])
def test_a_json_object_that_has_a_key_twice_is_refused_and_the_others_go_in(load, content):
    done = load(content, name="a.json")
    reject = done.rejects.get()
    assert (done.accepted, reject.row, reject.column, reject.code) == (1, 2, "seq", "row.json_twice")
    assert "`seq`" in told(reject.code, reject.params)


def test_a_key_twice_in_an_inner_object_is_found_too(load):
    inner = TWICE.replace('"at"', '"more": {"x": 1, "x": 2}, "at"').replace('"seq": 1, ', "")
    done = load(f"[{RECORD.decode()}, {inner}]", name="a.json")
    assert (done.accepted, done.rejects.get().params) == (1, {"key": "more.x"})


def test_an_object_where_a_value_is_expected_is_told_as_that(load):
    inner = '{"code": {"so": "B", "nam": 2026}, "seq": 1, "at": "2026-03-02"}'
    done = load(f"[{RECORD.decode()}, {inner}]", name="a.json")
    reject = done.rejects.get()
    assert (done.accepted, reject.row, reject.column, reject.code) == (1, 2, "code", "cell.object")
    assert '{"so": "B", "nam": 2026}' in told(reject.code, reject.params)


def test_a_file_that_holds_objects_only_where_values_are_expected_is_told_so(load):
    with pytest.raises(Problem) as refused:
        load('[{"code": {"so": "B"}, "seq": 1, "at": "2026-03-02"}]', name="a.json")
    assert refused.value.code == "file.columns_nested"
    assert "code.so" in told("file.columns_nested", refused.value.params)


def numbers_as_json(tmp_path, rows):
    path = tmp_path / "so.json"
    path.write_text(json.dumps(rows))
    return path


def numbers_as_workbook(tmp_path, rows):
    path = tmp_path / "so.xlsx"
    path.write_bytes(workbook(list(rows[0]), *(list(row.values()) for row in rows)))
    return path


def numbers_as_parquet(tmp_path, rows):
    path = tmp_path / "so.parquet"
    pl.DataFrame(rows).write_parquet(path)
    return path


def decimals_as_parquet(tmp_path, rows):
    path = tmp_path / "so.parquet"
    frame = pl.DataFrame(rows)
    frame.with_columns(pl.col("rate", "base").cast(pl.Decimal(12, 3))).write_parquet(path)
    return path


@pytest.mark.parametrize(
    "write", [numbers_as_json, numbers_as_workbook, numbers_as_parquet, decimals_as_parquet], ids=lambda f: f.__name__
)
@pytest.mark.parametrize(
    "rule",
    ["", '[file]\ndecimal = ","\n', '[file]\ndecimal = "."\n', '[fields]\nrate = { column = "rate", decimal = "," }\n'],
)
def test_a_number_that_was_a_number_already_is_never_ambiguous(load, tmp_path, write, rule):
    rows = [
        {"code": "A", "seq": 1, "at": "2026-01-01", "rate": 12.345, "base": 7.0},
        {"code": "B", "seq": 1, "at": "2026-01-01", "rate": 1.5, "base": 12.345},
    ]
    done = load(write(tmp_path, rows), 'record_type = "parcel"\n' + rule)
    assert [(r.row, r.column, r.code) for r in done.rejects.all()] == [
        (done.rejects.get().row, "base", "number.not_whole")
    ]
    from test_loading import stored

    assert [(row["rate"], row["base"]) for row in stored()] == [(12.345, 7)]


def test_a_number_in_a_field_of_text_stays_as_it_is(load, tmp_path):
    row = {"code": 12.345, "seq": 1, "at": "2026-01-01"}
    load(numbers_as_workbook(tmp_path, [row]))
    from test_loading import stored

    assert [row["code"] for row in stored()] == ["12.345"]


def test_a_number_refused_for_another_reason_comes_back_whole_in_a_corrected_download(load, tmp_path):
    row = {"code": "A", "seq": 1, "at": "hôm qua", "rate": 12.345, "base": 1}
    first = load(numbers_as_json(tmp_path, [row]))
    content = quarantine.export(first).replace("hôm qua".encode(), b"2026-01-02", 1)
    assert load(content, name="sua.csv").accepted == 1
    from test_loading import stored

    assert [row["rate"] for row in stored()] == [12.345]


def test_a_number_of_the_mapping_itself_is_never_ambiguous(load):
    rule = 'record_type = "parcel"\n[file]\ndecimal = "{}"\n[fields]\nrate = {{ value = 12.345 }}\n'
    for code, decimal in (("A", ""), ("B", ","), ("C", ".")):
        load(csv_text(good(code, base="1")), rule.format(decimal))
    from test_loading import stored

    assert [row["rate"] for row in stored()] == [12.345] * 3


@pytest.mark.skipif(not RECEIPT.exists(), reason=f"real data is not beside the project: {RECEIPT}")
def test_times_with_and_without_fractions_stand_in_one_column(load):
    rule = """
record_type = "parcel"
[fields]
code = "case:concept:name"
seq = { order_within = "case:concept:name" }
state = { group = "case:concept:name", first = 2, other = 4, last = 9, last_when = "case:enddate" }
at = "time:timestamp"
"""
    done = load(RECEIPT, rule)
    assert done.read == done.accepted + done.rejected + done.duplicates == 6528
    assert done.rejected == 0
