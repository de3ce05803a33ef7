"""Slips as documents: what was sent, to whom, by which law, with every record in it."""

import io
from datetime import UTC, datetime

import docx
import pytest

from toancanh.base.words import Bilingual
from toancanh.cases import actions
from toancanh.cases.actions import Standing
from toancanh.reports import files, slips

NOW = datetime(2026, 11, 3, 2, tzinfo=UTC)
WARD = "gso:24133"


@pytest.fixture
def case(units):
    records = [
        Standing(
            "dossier",
            f"000.00.12.H15-{number}",
            NOW,
            datetime(2026, 10, 30, 10, tzinfo=UTC),
            {"procedure": "tc.dat-dai.001", "received_at": "2026-10-01T02:00:00+00:00"},
        )
        for number in range(3)
    ]
    title = Bilingual("Hồ sơ quá hạn", "Overdue dossiers")
    facts = {
        "title": {"vi": title.vi, "en": title.en},
        "law": "Nghị định số 118/2025/NĐ-CP; Nghị định số 61/2018/NĐ-CP",
    }
    return actions.create(
        "slip", unit=WARD, title="Hồ sơ quá hạn: Phường", person=None, reason="x", items=records, facts=facts, now=NOW
    )


def texts(data):
    book = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in book.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(each.text for each in book.paragraphs), *cells])


def test_a_slip_says_to_whom_about_what_by_which_law_and_until_when(case):
    told = texts(files.docx(slips.document(case)))
    for words in (
        "PHIẾU CẢNH BÁO",
        "hồ sơ quá hạn",
        "Phường Buôn Ma Thuột",
        "Căn cứ Nghị định số 118/2025/NĐ-CP",
        "Căn cứ Nghị định số 61/2018/NĐ-CP",
        "trước 09 giờ 00 ngày 04 tháng 11 năm 2026",
        "Đăng ký, cấp Giấy chứng nhận quyền sử dụng đất",
        "01/10/2026",
        "30/10/2026",
        *(f"000.00.12.H15-{number}" for number in range(3)),
    ):
        assert words in told, words


def test_the_same_slip_is_the_same_document(case):
    assert files.docx(slips.document(case)) == files.docx(slips.document(case))


def test_a_simulated_slip_says_so(case):
    case.simulated = True
    assert "dữ liệu mô phỏng" in texts(files.docx(slips.document(case)))
