"""What was refused can be downloaded, corrected and loaded again."""

import csv
import io

import openpyxl
import pytest
from samples import ACTOR, csv_text, good

from toancanh.sources import actions, quarantine
from toancanh.sources.layout import TRAILING


def test_a_download_holds_the_refused_rows_with_reason_and_remedy(load):
    done = load(csv_text(good("A"), good("B", day="15/21/2022")))
    rows = list(csv.DictReader(io.StringIO(quarantine.export(done).decode("utf-8-sig"))))
    assert len(rows) == 1
    assert (rows[0]["code"], rows[0]["day"], rows[0]["_dòng"], rows[0]["_cột"]) == ("B", "15/21/2022", "3", "day")
    assert "tháng 21" in rows[0]["_lý do"]
    assert rows[0]["_cách sửa"]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_corrected_download_goes_in(load, kind):
    done = load(csv_text(good("A"), good("B", day="15/21/2022"), good("C", base="x")))
    content = quarantine.export(done, kind)
    if kind == "csv":
        content = content.replace(b"15/21/2022", b"15/12/2022", 1)
    else:
        book = openpyxl.load_workbook(io.BytesIO(content))
        book.active["F2"] = "15/12/2022"
        changed = io.BytesIO()
        book.save(changed)
        content = changed.getvalue()
    again = load(content, name=f"sua.{kind}")
    assert again.counts == {"read": 2, "accepted": 1, "rejected": 1, "duplicates": 0}
    assert not any(name in str(again.notes) for name in TRAILING)


def test_a_corrected_download_keeps_the_places_the_rows_had_in_their_groups(load):
    rule = """
record_type = "parcel"
[file]
header = 2
[fields]
code = "case"
seq = { order_within = "case" }
state = { group = "case", first = 2, other = 4, last = 9 }
at = "time"
"""
    first = load("Sổ theo dõi,\ncase,time\nA,2026-01-01\nA,hôm qua\nA,2026-01-03\n", rule)
    assert first.counts == {"read": 3, "accepted": 2, "rejected": 1, "duplicates": 0}
    content = quarantine.export(first).replace("hôm qua".encode(), b"2026-01-02", 1)
    assert load(content, rule, name="sua.csv").accepted == 1
    from test_loading import stored

    assert sorted((row["seq"], row["state"]) for row in stored()) == [(1, 2), (2, 4), (3, 9)]


def test_reasons_are_counted(load):
    done = load(csv_text(good("A", day="x"), good("B", day="y"), good("C", base="x")))
    assert quarantine.reasons(done) == [("date.malformed", "day", 2), ("number.malformed", "base", 1)]


def test_rows_that_come_back_in_a_corrected_download_wait_no_longer(load):
    first = load(csv_text(good("A"), good("B", day="15/21/2022"), good("C", base="x")))
    text = quarantine.export(first).decode("utf-8-sig")
    load(text.replace("15/21/2022", "15/12/2022", 1), name="sua.csv")
    assert [reject.value for reject in quarantine.still_open("parcels")] == ["x"]


WRONG = csv_text(good("A"), good("B", day="15/21/2022"), good("C", base="x"))


def waiting():
    """Load and row of everything that waits to be mended."""
    return [(reject.load_id, reject.row) for reject in quarantine.still_open("parcels")]


def corrected(load, done, *pairs, name="sua.csv"):
    """Load the download of what a load refused, with some texts changed."""
    content = quarantine.export(done)
    for wrong, right in pairs:
        assert wrong in content
        content = content.replace(wrong, right, 1)
    return load(content, name=name)


def test_what_is_mended_waits_in_no_other_load_of_the_same_file(load):
    first = load(WRONG)
    again = load(WRONG)
    assert waiting() == [(again.pk, 3), (again.pk, 4)]
    mended = corrected(load, first, (b"15/21/2022", b"15/12/2022"))
    assert waiting() == [(mended.pk, 3)]
    corrected(load, mended, (b",x,", b",7,"), name="sua-nua.csv")
    assert waiting() == []


def test_a_file_loaded_again_does_not_ask_anew_for_what_stands_mended(load):
    first = load(WRONG)
    mended = corrected(load, first, (b"15/21/2022", b"15/12/2022"))
    assert waiting() == [(mended.pk, 3)]
    load(WRONG)
    assert waiting() == [(mended.pk, 3)]


def test_rows_that_were_mended_wait_again_when_their_correction_is_withdrawn(load):
    first = load(WRONG)
    mended = corrected(load, first, (b"15/21/2022", b"15/12/2022"), (b",x,", b",7,"))
    assert waiting() == []
    actions.withdraw(mended, "sai", ACTOR)
    assert waiting() == [(first.pk, 3), (first.pk, 4)]


def test_rows_of_a_withdrawn_load_wait_in_the_standing_one_of_the_same_file(load):
    first = load(WRONG)
    again = load(WRONG)
    actions.withdraw(again, "nhầm", ACTOR)
    assert waiting() == [(first.pk, 3), (first.pk, 4)]
    actions.withdraw(first, "nhầm", ACTOR)
    assert waiting() == []


def test_a_file_that_is_loaded_again_after_it_was_withdrawn_asks_only_for_what_nobody_mended(load):
    first = load(WRONG)
    corrected(load, first, (b"15/21/2022", b"15/12/2022"), (b",x,", b",7,"))
    actions.withdraw(first, "nhầm", ACTOR)
    load(WRONG)
    assert waiting() == []


SLY = ("=1+1", "+cmd", "-3", "@SUM(A1)", "'quoted", "'=both")


def test_no_cell_of_a_stranger_becomes_a_formula_and_each_comes_back_as_it_was(load):
    done = load(csv_text(*(good(code, day="x") for code in SLY)))
    rows = list(csv.DictReader(io.StringIO(quarantine.export(done).decode("utf-8-sig"))))
    assert [row["code"] for row in rows] == [f"'{code}" for code in SLY]
    corrected(load, done, *[(b",x,", b",,")] * len(SLY))
    from test_loading import stored

    assert {row["code"] for row in stored()} == set(SLY)
