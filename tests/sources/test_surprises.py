"""Nobody waits behind a file that nobody foresaw: whatever is in it, it is told in words, and the next one goes in."""

import io
import os
import random
import sys
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from samples import csv_text, good, told

from toancanh.base.problems import Problem, explain
from toancanh.sources.loading import UNDONE
from toancanh.sources.models import Load
from toancanh.sources.preview import preview
from toancanh.sources.transform import Transformer

NEXT = csv_text(good("NEXT"))


def damaged_utf16(place):
    """A file in UTF-16 of which two bytes are half a letter."""
    content = bytearray(csv_text(*(good(f"C{number}") for number in range(3_000))).encode("utf-16-le"))
    start = place * 2 if place >= 0 else len(content) + place * 2
    content[start : start + 2] = b"\x00\xd8"
    return b"\xff\xfe" + bytes(content)


def workbook(change):
    """A workbook of one good row, changed."""
    book = openpyxl.Workbook()
    for line in NEXT.splitlines():
        book.active.append(line.split(","))
    change(book.active)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def test_a_workbook_with_a_cell_at_the_end_of_the_world_is_refused_before_it_takes_all_memory(load, tmp_path):
    content = workbook(lambda sheet: sheet.cell(1_048_576, 16_384, "x"))
    assert refused(load, "xa.xlsx", content, tmp_path) == ["file.too_far"] * 2


def test_a_merged_range_down_to_the_end_of_the_world_costs_what_is_in_the_table(load):
    def change(sheet):
        sheet.append(csv_text(good("B")).splitlines()[1].split(","))
        sheet.merged_cells.add("A3:XFD1048576")

    done = load(workbook(change), name="gop.xlsx")
    assert (done.accepted, [(each.row, each.code) for each in done.rejects.all()]) == (1, [(3, "cell.merged")])


FILES = {
    "a program called CSV": ("xau.csv", Path(sys.executable).read_bytes()[:20_000]),
    "UTF-16, broken at once": ("xau.csv", b"\xff\xfea\x00b\x00\x00\xd8\x00\x00"),
    "UTF-16, broken at its start": ("xau.csv", damaged_utf16(40)),
    "UTF-16, broken at its end": ("xau.csv", damaged_utf16(-40)),
    "JSON nested too deep": ("xau.json", b"[" * 100_000),
    "JSON with half a letter in a key": ("xau.json", b'[{"co\\ud800de": 1}]'),
    "JSON with NUL in a key": ("xau.json", b'[{"co\\u0000de": 1}]'),
    "JSON in UTF-16, broken": ("xau.json", b"\xff\xfe[\x00{\x00\x00\xd8\x00\x00"),
    "Parquet that ends early": ("xau.parquet", b"PAR1" + b"\x00" * 500),
    "a compound file of zeros": ("xau.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4_000)),
}


def refused(load, name, content, tmp_path):
    """How a file is refused as a whole, by the trial and by the load alike; None where it went in."""
    path = tmp_path / name
    path.write_bytes(content)
    codes = []
    for take in (lambda: preview(path, "", record_type="parcel"), lambda: load(path)):
        try:
            take()
            codes.append(None)
        except Problem as problem:
            words = explain(problem.code, problem.params)
            codes.append(problem.code)
            if not all(words):
                raise AssertionError(f"no words for {problem.code}") from problem
    return codes


@pytest.mark.parametrize("case", FILES)
def test_a_file_that_cannot_be_read_fails_in_words_and_the_next_one_goes_in(load, tmp_path, case):
    name, content = FILES[case]
    tried, loaded = refused(load, name, content, tmp_path)
    assert tried == loaded
    assert loaded.startswith("file.")
    assert not Load.objects.filter(state__in=UNDONE).exists()
    assert load(NEXT, name="sau.csv").accepted == 1


@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize("letter", ["\\ud800", "\\u0000"])
def test_a_row_with_what_is_no_letter_is_refused_and_the_others_go_in(load, end, letter):
    rows = f'[{{"code": "x{letter}", "extra": "{letter}", "seq": 1, "unit": "gso:66", "state": 2, "at": "2026-03-02"}},'
    rows += end + '{"code": "B", "seq": 1, "unit": "gso:66", "state": 2, "at": "2026-03-02"}]'
    done = load(rows, name="tep.json")
    assert (done.accepted, [(each.row, each.column, each.code) for each in done.rejects.all()]) == (
        1,
        [(1, "code", "cell.letter")],
    )
    reject = done.rejects.get()
    assert (reject.value, dict(reject.raw)["extra"]) == (f"x{letter}", letter)
    assert letter in told(reject.code, reject.params)


def test_a_cell_with_a_nul_in_parquet_is_refused_and_the_others_go_in(load):
    frame = pl.read_csv(io.StringIO(csv_text(good("A"), good("B"))), infer_schema=False)
    content = io.BytesIO()
    frame.with_columns(pl.Series("code", ["A\0", "B"])).write_parquet(content)
    done = load(content.getvalue(), name="tep.parquet")
    assert (done.accepted, [(each.row, each.value, each.code) for each in done.rejects.all()]) == (
        1,
        [(1, "A\\u0000", "cell.letter")],
    )


def test_text_kept_as_bytes_in_parquet_is_text_and_what_is_no_value_is_refused(load):
    frame = pl.read_csv(io.StringIO(csv_text(*map(good, "ABCD"))), infer_schema=False)
    content = io.BytesIO()
    frame.with_columns(
        pl.Series("code", ["Đ".encode(), b"B", b"\xff\xfe", b"D"], dtype=pl.Binary),
        pl.Series("base", [None, None, None, [1, 2]], dtype=pl.List(pl.Int64)),
    ).write_parquet(content)
    done = load(content.getvalue(), name="tep.parquet")
    from test_loading import stored

    assert {row["code"] for row in stored()} == {"Đ", "B"}
    told_rows = [(each.row, each.column, each.code, each.value) for each in done.rejects.all()]
    assert told_rows == [(3, "code", "cell.object", r"b'\xff\xfe'"), (4, "base", "cell.object", "[1, 2]")]


def test_a_cell_may_be_longer_than_a_library_expects(load):
    done = load(csv_text(good("A"), good("B", day="x" * 200_000), good("C")) + "a,b\n" + "y" * 200_000 + "\n")
    assert (done.accepted, [each.code for each in done.rejects.all()]) == (2, ["date.malformed", *["row.columns"] * 2])


def test_a_device_is_no_file(load):
    with pytest.raises(Problem) as problem:
        load(Path("/dev/zero"))
    assert problem.value.code == "file.unreadable"


def test_a_file_whose_name_is_no_text_goes_in_under_a_name_that_is(load, tmp_path):
    path = tmp_path / os.fsdecode(b"t\xebp.csv")
    path.write_text(NEXT)
    assert load(path).filename == "t\\udcebp.csv"


def test_a_line_of_json_nested_too_deep_is_refused_and_the_others_go_in(load):
    line = '{"code": "B", "seq": 1, "unit": "gso:66", "state": 2, "at": "2026-03-02"}\n'
    bad = '{"code": ' + "[" * 50_000 + '\n{"code": "\0"}\n'
    done = load(line + bad + line.replace("B", "C"), name="tep.json")
    assert (done.accepted, [each.code for each in done.rejects.all()]) == (2, ["row.json"] * 2)


def test_a_mistake_of_ours_fails_the_load_it_meets_and_no_other(load, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(Transformer, "__call__", lambda *_args: 1 // 0)
        with pytest.raises(Problem) as problem:
            load(NEXT, name="truoc.csv")
    assert problem.value.code == "load.unexpected"
    assert "ZeroDivisionError" in told(problem.value.code, problem.value.params)
    assert Load.objects.get().state == Load.State.FAILED
    assert load(csv_text(good("B")), name="sau.csv").accepted == 1


def written(kind):
    """A good file of a format, as bytes."""
    rows = [good(f"Đ{number}") for number in range(30)]
    text = csv_text(*rows)
    frame = pl.read_csv(io.StringIO(text), infer_schema=False)
    content = io.BytesIO()
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in [frame.columns, *frame.rows()]:
            book.active.append(row)
        book.save(content)
    elif kind == "parquet":
        frame.write_parquet(content)
    elif kind == "json":
        content.write(frame.write_json().encode())
    else:
        content.write(text.encode({"csv": "utf-8", "csv in UTF-16": "utf-16"}[kind]))
    return content.getvalue()


def mangled(content, dice):
    """The bytes with a few of them changed, dropped or doubled."""
    data = bytearray(content)
    for _ in range(dice.choice((1, 2, 5, 20))):
        place = dice.randrange(len(data))
        length = dice.choice((1, 1, 2, 7, 64))
        match dice.randrange(4):
            case 0:
                data[place : place + length] = dice.randbytes(length)
            case 1:
                del data[place : place + length]
            case 2:
                data[place:place] = data[place : place + length]
            case 3:
                data[place : place + length] = bytes(length)
        if not data:
            return b"x"
    return bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["csv", "csv in UTF-16", "json", "xlsx", "parquet"])
def test_whatever_becomes_of_its_bytes_a_file_goes_in_or_fails_in_words(load, tmp_path, kind):
    content, dice = written(kind), random.Random(f"2026 {kind}")
    name = f"tep.{kind.partition(' ')[0]}"
    for _ in range(25):
        tried, loaded = refused(load, name, mangled(content, dice), tmp_path)
        assert loaded != "load.unexpected"
        assert tried is None or loaded == tried
        assert not Load.objects.filter(state__in=UNDONE).exists()
    assert load(NEXT, name="sau.csv").accepted == 1


@pytest.mark.parametrize(("old", "day"), [(False, date(2026, 11, 2)), (True, date(2030, 11, 3))])
def test_a_bare_number_is_a_day_as_its_workbook_counts_them(load, old, day):
    from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900
    from test_loading import stored

    def change(sheet):
        sheet.parent.epoch = CALENDAR_MAC_1904 if old else CALENDAR_WINDOWS_1900
        sheet["F2"] = 46328

    assert load(workbook(change), name="tep.xlsx").accepted == 1
    assert [row["day"] for row in stored()] == [day]
