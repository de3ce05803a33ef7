"""Formal documents as PDF, drawn by Typst with letters of the product's own, the same bytes from the same document.

`python -m toancanh.reports.pdf` draws one and ends; `files.pdf` has it do so.
"""

import json
import pickle
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from toancanh.reports import decree
from toancanh.reports.decree import STYLES
from toancanh.reports.formal import Block, FormalDocument, Table

FOLDER = Path(__file__).parent


def draw(document: FormalDocument) -> bytes:
    """The PDF file; the memory that Typst takes for it stays with the process."""
    import typst

    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FOLDER / "fonts")])
    if "Tinos" not in fonts.families():  # Typst would draw pages without letters
        raise FileNotFoundError("the letters of documents are not built: make setup")
    drawn = typst.compile(
        str(FOLDER / "formal.typ"),
        font_paths=fonts,
        sys_inputs={"document": json.dumps(_told(document), ensure_ascii=False)},
        timestamp=datetime(document.day.year, document.day.month, document.day.day, tzinfo=UTC),
    )
    return bytes(drawn)


def _told(document: FormalDocument) -> dict[str, Any]:
    """What the template is told."""
    head = document.letterhead
    across = decree.LONG if document.landscape else decree.SHORT
    width = across - decree.LEFT - decree.RIGHT
    issuer = width * decree.ISSUER
    named = bool(document.kind)
    urgency = document.urgency

    def text(style: str, value: str, room: float = width) -> str | list[str]:
        return _words(STYLES[style].shown(value), room, STYLES[style].size)

    return {
        "title": document.title,
        "author": head.name,
        "day": {"year": document.day.year, "month": document.day.month, "day": document.day.day},
        "landscape": document.landscape,
        "top": decree.TOP,
        "bottom": decree.BOTTOM,
        "left": decree.LEFT,
        "right": decree.RIGHT,
        "width": width,
        "indent": decree.INDENT,
        "between": decree.BETWEEN,
        "rule": decree.RULE,
        "padding": decree.PADDING,
        "issuer-share": decree.ISSUER,
        "addressee-left": decree.ADDRESSEES,
        "styles": {
            name: {"size": each.size, "bold": each.bold, "italic": each.italic} for name, each in STYLES.items()
        },
        "nation": STYLES["nation"].shown(decree.NATION),
        "motto": decree.MOTTO,
        "superior": text("superior", head.superior, issuer),
        "issuer": [text("issuer", each, issuer) for each in head.issuer],
        "number": text("number", document.number_line, issuer),
        "date": text("date", document.place_and_date, width - issuer),
        "about": None if named else text("about", f"V/v {document.subject}", issuer),
        "urgency": {"text": str(urgency), "width": urgency.width} if urgency else None,
        "kind": text("kind", document.kind) if named else None,
        "subject": text("subject", document.subject),
        "addressees": [text("addressee", each, width / 2) for each in document.addressee_lines],
        "blocks": [_block(each, width) for each in document.blocks],
        "recipients": [text("recipient", each, width / 2) for each in document.recipient_lines],
        "signing": [
            text("competence", each, width / 2) for each in (head.signer.competence, head.signer.position) if each
        ],
        "signer": text("signer", head.signer.name, width / 2),
    }


def _block(block: Block, width: float) -> dict[str, Any]:
    if not isinstance(block, Table):
        style = STYLES[block.style]
        return {"style": block.style, "text": _words(style.shown(block.text), width, style.size)}
    widths = block.widths(width)
    rooms = [each - 2 * decree.PADDING for each in widths]
    size = STYLES["cell"].size
    return {
        "style": "table",
        "widths": widths,
        "aligns": [each.align for each in block.columns],
        "titles": [_words(each.title, room, size) for each, room in zip(block.columns, rooms, strict=True)],
        "rows": [
            {
                "cells": [_words(cell, room, size) for cell, room in zip(row, rooms, strict=True)],
                "tearable": block.tearable(row, width),
            }
            for row in block.rows
        ],
    }


def _words(text: str, room: float, size: float) -> str | list[str]:
    """The text; as words where one of them may be wider than the room, in millimetres: no letter is wider than high."""
    most = room / (size * decree.POINT)
    if len(text) <= most:
        return text
    words = text.split(" ")
    return words if any(len(each) > most for each in words) else text


if __name__ == "__main__":
    # What it is told comes from `files`, from nobody else.
    sys.stdout.buffer.write(draw(pickle.loads(sys.stdin.buffer.read())))  # noqa: S301
