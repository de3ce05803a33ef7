"""Formal documents as files, each made in a process of its own that ends with it.

The libraries keep what they took. Typst holds what it has laid out for the next time: 35 MB for a slip of 200 rows,
300 MB for one of 2,000, never given back. The parts of a Word file hold each other until the collector comes by: 100 MB
after sixty slips. A web process cannot spare that.
"""

import pickle
import subprocess
import sys
import threading

from django.utils.translation import gettext_lazy as _

from toancanh.base import problems
from toancanh.base.problems import Problem, Words
from toancanh.reports.formal import FormalDocument, Table

PATIENCE = 60  # seconds after which a file is given up
AT_ONCE = threading.BoundedSemaphore(2)  # each takes memory of its own: who comes third waits
MOST_ROWS = 5_000  # what is longer nobody prints, and drawing it takes a gigabyte

problems.register(
    {
        "document.too_long": Words(
            _("Bảng trong văn bản có {rows} dòng, nhiều hơn mức {most} dòng."),
            _("Lọc bớt dòng hoặc chia thành nhiều văn bản."),
        ),
        "document.busy": Words(
            _("Máy chủ chưa dựng xong văn bản sau {seconds} giây."), _("Thử lại sau ít phút."), status=503
        ),
    }
)


def docx(document: FormalDocument) -> bytes:
    """The document as a DOCX file. Raises Problem where it is too long or the machine too busy."""
    return _made("word", document)


def pdf(document: FormalDocument) -> bytes:
    """The document as a PDF file, tagged for readers that speak. Raises Problem as `docx` does."""
    return _made("pdf", document)


def _made(module: str, document: FormalDocument) -> bytes:
    rows = sum(len(each.rows) for each in document.body if isinstance(each, Table))
    if rows > MOST_ROWS:
        raise Problem("document.too_long", rows=rows, most=MOST_ROWS)
    if not AT_ONCE.acquire(timeout=PATIENCE):
        raise Problem("document.busy", seconds=PATIENCE)
    try:
        command = [sys.executable, "-P", "-m", f"toancanh.reports.{module}"]
        told = pickle.dumps(document)
        answer = subprocess.run(command, input=told, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise Problem("document.busy", seconds=PATIENCE) from None
    finally:
        AT_ONCE.release()
    if answer.returncode:
        raise RuntimeError(f"the document could not be made: {answer.stderr.decode(errors='replace')[-2000:]}")
    return answer.stdout
