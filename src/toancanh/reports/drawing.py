"""Draws one document and ends: `python -m toancanh.reports.drawing`, what the template is told in, the PDF file out.

Typst keeps what it has laid out for the next time, and nothing makes it give that back: 35 MB for a slip of 200 rows,
300 MB for one of 2,000. A process of its own takes it along. This one loads nothing but Typst.
"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path

import typst

FOLDER = Path(__file__).parent


def draw(told: bytes) -> bytes:
    """The PDF file of a document told in JSON, its day as the time stamp: the same whenever it is drawn."""
    day = json.loads(told)["day"]
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER / "fonts")])
    if "Tinos" not in fonts.families():  # Typst would draw pages without letters
        raise FileNotFoundError("the letters of documents are not built: make setup")
    drawn = typst.compile(
        str(FOLDER / "formal.typ"),
        font_paths=fonts,
        sys_inputs={"document": told.decode()},
        timestamp=datetime(day["year"], day["month"], day["day"], tzinfo=UTC),
    )
    return bytes(drawn)


if __name__ == "__main__":
    sys.stdout.buffer.write(draw(sys.stdin.buffer.read()))
