"""Formal documents: a slip of 200 rows as PDF and DOCX, cold and warm, and what drawing leaves in the process."""

import statistics
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

from bench.common import ROOT, Result, repeat

ROWS, LONG = 200, 2_000
COLD, WARM, WORD, KEPT = 2.0, 0.5, 0.5, 50.0
# A new interpreter that draws one document and says how long that took, from the first import.
ONCE = """
import time
started = time.perf_counter()
from bench.documents import draw
draw({form!r}, {rows})
print(time.perf_counter() - started)
"""


def draw(form: str, rows: int) -> bytes:
    """A slip of so many rows as `pdf` or `docx`."""
    from toancanh.reports.files import docx, pdf
    from toancanh.reports.formal import Column, FormalDocument, Letterhead, Paragraph, Table

    titles = ("STT", "Mã hồ sơ", "Thủ tục", "Ngày tiếp nhận", "Hạn trả", "Số ngày quá hạn", "Ghi chú")
    columns = tuple(Column(title, share) for title, share in zip(titles, (11, 36, 44, 22, 22, 14, 16), strict=True))
    name = "Cấp giấy phép xây dựng mới đối với nhà ở riêng lẻ"
    table = Table(
        columns,
        tuple(
            (str(n), f"000.00.12.H15-261103-{n:04}", name, "01/9/2026", "01/10/2026", "23", "")
            for n in range(1, rows + 1)
        ),
    )
    document = FormalDocument(
        letterhead=Letterhead.of_province("Tỉnh Đắk Lắk"),
        number=12,
        symbol=("PCB", "IOC"),
        day=date(2026, 11, 3),
        kind="Phiếu cảnh báo",
        subject="Về việc hồ sơ thủ tục hành chính quá hạn giải quyết",
        addressees=("Ủy ban nhân dân phường Buôn Ma Thuột",),
        body=(Paragraph(f"Hệ thống ghi nhận {rows} hồ sơ đã quá hạn giải quyết:"), table),
    )
    return pdf(document) if form == "pdf" else docx(document)


def measure() -> Iterator[Result]:
    cold = "a new process, from the first import; median of 5"
    yield Result(f"PDF of {ROWS} rows, cold", _once("pdf", ROWS), "s", target=COLD, note=cold)
    before = _resident()
    warm = repeat(partial(draw, "pdf", ROWS), times=10)
    note = "median of 10; each is made by a process of its own"
    yield Result(f"PDF of {ROWS} rows, warm", statistics.median(warm), "s", target=WARM, note=note)
    yield Result(f"DOCX of {ROWS} rows, cold", _once("docx", ROWS), "s", target=WORD, note=cold)
    warm = repeat(partial(draw, "docx", ROWS), times=10)
    yield Result(f"DOCX of {ROWS} rows, warm", statistics.median(warm), "s", target=WORD, note=note)
    for form in ("pdf", "docx"):
        times = repeat(partial(draw, form, LONG), times=3)
        yield Result(f"{form.upper()} of {LONG:,} rows", statistics.median(times), "s", note="median of 3")
    yield Result("memory kept by making 34 documents", _resident() - before, "MB", target=KEPT)


def _once(form: str, rows: int) -> float:
    times = []
    for _turn in range(5):
        code = ONCE.format(form=form, rows=rows)
        told = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
        times.append(float(told.stdout))
    return statistics.median(times)


def _resident() -> float:
    """Megabytes that this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6
