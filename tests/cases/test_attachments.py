"""Attachments: what a file is, its content says; nothing is half kept."""

import io
import zipfile

import docx
import pytest
import xlsxwriter

from toancanh.base.problems import Problem
from toancanh.cases import attachments

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + b"\0\0\0\1\0\0\0\1\x08\6\0\0\0\x1f\x15\xc4\x89"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"
PROGRAM = b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + b"\0" * 200
ELF = b"\x7fELF\2\1\1\0" + b"\0" * 200


@pytest.fixture(autouse=True)
def _home(tmp_path, monkeypatch):
    monkeypatch.setenv("TOANCANH_HOME", str(tmp_path))


def word():
    buffer = io.BytesIO()
    document = docx.Document()
    document.add_paragraph("Xin gia hạn")
    document.save(buffer)
    return buffer.getvalue()


def sheet():
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer) as book:
        book.add_worksheet().write(0, 0, "Hồ sơ")
    return buffer.getvalue()


def archive():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        packed.writestr("a.exe", PROGRAM)
    return buffer.getvalue()


def keep(people, *files):
    return attachments.keep([(name, io.BytesIO(content)) for name, content in files], people["lan"])


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("công văn.pdf", lambda: PDF),
        ("ảnh.PNG", lambda: PNG),
        ("ảnh.jpg", lambda: JPEG),
        ("thư xin lỗi.docx", word),
        ("hồ sơ.xlsx", sheet),
        ("ghi chú.txt", "Đã gửi thư xin lỗi".encode),
    ],
)
def test_what_offices_send_is_taken_and_kept_by_its_hash(people, name, make):
    content = make()
    (kept,) = keep(people, (name, content))
    assert (kept.name, kept.size) == (name, len(content))
    assert attachments.path(kept).read_bytes() == content


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("hoá đơn.pdf", PROGRAM, "attachment.mismatch"),
        ("hoá đơn.pdf", ELF, "attachment.mismatch"),
        ("hoá đơn.pdf", b"<html><script>alert(1)</script></html>", "attachment.mismatch"),
        ("ảnh.png", JPEG, "attachment.mismatch"),
        ("hồ sơ.docx", archive(), "attachment.mismatch"),
        ("hồ sơ.xlsx", word(), "attachment.mismatch"),
        ("ghi chú.txt", PROGRAM, "attachment.mismatch"),
        ("trò chơi.exe", PROGRAM, "attachment.type"),
        ("trang.html", b"<html>", "attachment.type"),
        ("tệp", PDF, "attachment.type"),
        ("rỗng.pdf", b"", "attachment.empty"),
    ],
)
def test_what_is_not_what_its_name_says_is_refused_and_leaves_nothing(people, name, content, code):
    with pytest.raises(Problem) as refused:
        keep(people, (name, content))
    assert refused.value.code == code
    assert not attachments.folder().exists() or list(attachments.folder().iterdir()) == []


def test_one_file_that_is_refused_refuses_all(people):
    with pytest.raises(Problem):
        keep(people, ("a.pdf", PDF), ("b.pdf", PROGRAM))


def test_a_file_that_is_too_large_is_refused_before_it_is_read_whole(people, monkeypatch):
    monkeypatch.setattr(attachments, "LARGEST", 1 << 20)
    content = io.BytesIO(PDF + b"\0" * (5 << 20))
    with pytest.raises(Problem) as refused:
        attachments.keep([("a.pdf", content)], people["lan"])
    assert refused.value.code == "attachment.size"
    assert content.tell() <= 3 << 20


def test_a_path_in_a_name_leads_nowhere(people):
    (kept,) = keep(people, ("..\\..\\etc/passwd.pdf", PDF))
    assert kept.name == "passwd.pdf"


def test_the_same_content_is_kept_once(people):
    keep(people, ("a.pdf", PDF), ("b.pdf", PDF))
    assert len(list(attachments.folder().iterdir())) == 1
