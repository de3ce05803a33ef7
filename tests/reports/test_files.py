"""Documents are made in processes of their own."""

import subprocess
import sys

import pytest

from tests.reports.examples import slip
from toancanh.base.problems import Problem
from toancanh.reports import files, pdf, word
from toancanh.reports.formal import Column, Table


def test_a_file_is_what_its_maker_makes() -> None:
    assert files.pdf(slip()) == pdf.draw(slip())
    assert files.docx(slip()) == word.write(slip())


def test_a_document_too_long_to_print_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_ROWS", 10)
    table = Table((Column("a", 1),), (("1",),) * 6)
    assert files.docx(slip(body=(table,)))
    for make in (files.docx, files.pdf):
        with pytest.raises(Problem) as refused:
            make(slip(body=(table, table)))
        assert refused.value.code == "document.too_long"
        assert "12" in str(refused.value)


def test_who_waits_too_long_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE", 0.01)
    with pytest.raises(Problem) as refused:
        files.pdf(slip(200))
    assert refused.value.code == "document.busy"
    assert refused.value.status == 503


def test_no_more_than_two_are_made_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "PATIENCE", 0.2)
    with files.AT_ONCE, files.AT_ONCE, pytest.raises(Problem) as refused:
        files.docx(slip())
    assert refused.value.code == "document.busy"
    monkeypatch.undo()
    assert files.docx(slip())


def test_what_fails_says_why_and_makes_room_for_the_next() -> None:
    for _turn in range(3):
        with pytest.raises(RuntimeError, match="AttributeError"):
            files.pdf(slip(letterhead=None))
    assert files.pdf(slip())


def test_nothing_heavy_is_left_in_the_process_that_asks() -> None:
    code = (
        "import sys; from tests.reports.examples import slip; from toancanh.reports import files;"
        "files.pdf(slip()); files.docx(slip());"
        "print([each for each in ('typst', 'docx', 'lxml') if each in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
