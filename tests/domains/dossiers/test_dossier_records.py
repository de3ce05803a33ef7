"""What a dossier event is, and what contradicts itself."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.utils.translation import override

from toancanh.base.problems import explain
from toancanh.domains.dossiers import records
from toancanh.domains.dossiers.records import CHANNELS, DOSSIER, STATES, check

SAMPLE = Path(records.__file__).parent / "sample" / "dossiers-20.csv"
RECEIVED = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def row(**more):
    return {"dossier_id": "H1", "received_at": RECEIVED, "due_at": None, "finished_at": None} | more


def test_a_finish_on_a_day_before_receipt_is_a_contradiction_that_names_both_days():
    code, field, params = check(row(finished_at=datetime(2026, 3, 1, 3, 0, tzinfo=UTC)))
    assert field == "finished_at"
    with override("vi"):
        assert explain(code, params).what == "Hồ sơ H1 xử lý xong ngày 01/03/2026, trước ngày tiếp nhận 02/03/2026."


@pytest.mark.parametrize(
    "finished",
    [None, RECEIVED, datetime(2026, 3, 1, 17, 0, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)],
    ids=["unknown", "at once", "midnight of the day of receipt", "later"],
)
def test_other_finishes_are_kept(finished):
    assert check(row(finished_at=finished)) is None


def test_a_deadline_before_receipt_is_kept():
    assert check(row(due_at=datetime(2026, 2, 1, tzinfo=UTC))) is None


def test_every_code_has_a_name_in_both_languages_and_a_document():
    for code in (*STATES.values(), *CHANNELS.values()):
        assert code.name.vi
        assert code.name.en
        assert code.law.startswith("QCVN 120:2019/BTTTT")
    assert tuple(STATES) == DOSSIER.field("state").codes
    assert tuple(CHANNELS) == DOSSIER.field("channel").codes


def test_the_first_sample_has_the_canonical_header_and_twenty_rows():
    header, *rows = SAMPLE.read_text().splitlines()
    assert header.split(",") == [field.name for field in DOSSIER.fields]
    assert len(rows) == 20
