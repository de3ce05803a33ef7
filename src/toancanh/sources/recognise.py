"""What a file really is, told from its content; its name only says what it claims to be."""

import zipfile
from pathlib import Path

from django.utils.translation import gettext as _

from toancanh.base.problems import Problem

READABLE = {"csv", "xlsx", "xls", "ods", "json", "parquet"}
_CLAIMS = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".xls": "xls", ".ods": "ods",
    ".json": "json", ".jsonl": "json", ".ndjson": "json", ".parquet": "parquet", ".pq": "parquet",
}  # fmt: skip
_MAGIC = {
    b"%PDF": "PDF", b"PAR1": "parquet", b"\x89PNG": "PNG", b"\xff\xd8\xff": "JPEG", b"GIF8": "GIF", b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf": "7-Zip", b"Rar!": "RAR", b"{\\rtf": "RTF", b"SQLite format 3": "SQLite",
}  # fmt: skip
_TITLES = {
    "csv": "CSV",
    "xlsx": "Excel (XLSX)",
    "xls": "Excel (XLS)",
    "ods": "OpenDocument (ODS)",
    "json": "JSON",
    "parquet": "Parquet",
}
_SHEETS = {"xlsx", "xls", "ods"}


def kind(path: Path, name: str, wanted: str = "") -> str:
    """The format to read the file as; `wanted` is what the mapping asks for.

    Raises file.empty, file.broken, file.disguised, file.locked, file.format or file.unsupported.
    """
    really = content(path)
    if really == "empty":
        raise Problem("file.empty", name=name)
    if really == "broken":
        says = Path(name).suffix.lstrip(".").upper() or "ZIP"
        raise Problem("file.broken", name=name, kind=says, reason=_("tệp nén không trọn vẹn"))
    if really == "locked":
        raise Problem("file.locked", name=name)
    suffix = Path(name).suffix
    shown = _TITLES.get(really, really)
    if not _same(really, _CLAIMS.get(suffix.lower(), "")) and wanted != really:
        raise Problem("file.disguised", name=name, says=suffix, really=shown)
    if not _same(really, wanted):
        raise Problem("file.format", name=name, wanted=_TITLES[wanted], really=shown)
    if really not in READABLE:
        raise Problem("file.unsupported", name=name, really=really)
    return really


def _same(really: str, claim: str) -> bool:
    return not claim or really == claim or {really, claim} <= _SHEETS


def content(path: Path) -> str:
    """The format by content: one of READABLE, "empty", "broken", "locked", or the name of what it is instead."""
    with path.open("rb") as handle:
        head = handle.read(8192)
    for magic, title in _MAGIC.items():
        if head.startswith(magic):
            return title
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _archive(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return _compound(path)
    text = head.removeprefix(b"\xef\xbb\xbf")
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head.decode("utf-16", "ignore").encode()
    text = text.lstrip()
    if not text:
        return "empty" if path.stat().st_size <= len(head) else "csv"
    lowered = text[:512].lower()
    if lowered.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<meta")):
        return "HTML"
    if lowered.startswith(b"<?xml"):
        return "HTML" if b"<html" in lowered else "XML"
    if text[:1] in b"[{":
        return "json"
    return "csv"


def _archive(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "mimetype" in names and b"opendocument.spreadsheet" in archive.read("mimetype"):
                return "ods"
    except (zipfile.BadZipFile, OSError):
        return "broken"
    if "xl/workbook.bin" in names:  # how far its cells reach cannot be told before it is read (see extent)
        return "Excel (XLSB)"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "word/document.xml" in names:
        return "Word (DOCX)"
    return "PowerPoint (PPTX)" if "ppt/presentation.xml" in names else "ZIP"


def _compound(path: Path) -> str:
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "locked"
    if "WordDocument".encode("utf-16-le") in data:
        return "Word (DOC)"
    return "xls"
