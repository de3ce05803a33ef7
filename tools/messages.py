"""Texts to translate: Vietnamese in the code is the original, `en` is its translation.

`python tools/messages.py update` collects the texts into the catalogue, `compile` builds it, `missing` lists what
has no English yet.
"""

import re
import sys
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "toancanh"
CATALOGUE = SOURCE / "config" / "locale" / "en" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
BEGUN = datetime(2026, 11, 22, tzinfo=UTC)  # a fixed day: the catalogue changes only where a text does
HEAD = {
    "header_comment": "# English texts of Toàn Cảnh; the Vietnamese originals stand in the code and the templates.",
    "project": "toancanh",
    "version": "0",
    "msgid_bugs_address": "see README.md",
    "last_translator": "The Toàn Cảnh founders",
    "language_team": "English",
    "creation_date": BEGUN,
    "revision_date": BEGUN,
}


def collected() -> Catalog:
    """Every text of code and templates, with the files that use it."""
    if not settings.configured:
        settings.configure()
    found = Catalog(locale="en", charset="utf-8", fuzzy=False, **HEAD)
    for file in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html")]):
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".html":
            # What templatize leaves is read as Python, which refuses the indentation of HTML.
            text = "\n".join(line.lstrip() for line in templatize(text, origin=str(file)).splitlines())
        for _line, message, _comments, context in extract("python", BytesIO(text.encode()), keywords=KEYWORDS):
            first = message[0] if isinstance(message, tuple) else message
            if first and re.search(r"[^\W\d_]", first):
                found.add(message, locations=[(str(file.relative_to(SOURCE)), 0)], context=context)
    return found


def current() -> Catalog:
    """The catalogue as it is."""
    if not CATALOGUE.exists():
        return Catalog(locale="en", charset="utf-8", fuzzy=False)
    with CATALOGUE.open("rb") as handle:
        return read_po(handle, locale="en", charset="utf-8")


def translation(known: Catalog, message: Message) -> str | tuple[str, ...]:
    """The English of a text, singular and plural where it has both; empty if it has none, or one of the other sort."""
    entry = known.get(message.id, message.context)
    string = entry.string if entry else ""
    if isinstance(string, tuple) != message.pluralizable or not all(string):
        return ""
    return string


def missing() -> list[str]:
    """Texts without an English translation."""
    known = current()
    texts = [message for message in collected() if message.id and not translation(known, message)]
    return [text.id[0] if text.pluralizable else text.id for text in texts]


def update() -> None:
    """Write the catalogue anew: known translations kept, unused ones dropped."""
    catalogue, known = collected(), current()
    for message in catalogue:
        if message.id and (string := translation(known, message)):
            message.string = string
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as handle:
        write_po(handle, catalogue, sort_output=True, omit_header=False, no_location=True, width=120)


def compile_() -> None:
    """Build the catalogue that the product reads."""
    with CATALOGUE.with_suffix(".mo").open("wb") as handle:
        write_mo(handle, current())


def main(command: str) -> int:
    """Run one of the three."""
    match command:
        case "update":
            update()
        case "compile":
            compile_()
        case "missing":
            absent = missing()
            for text in absent:
                print(text)
            return 1 if absent else 0
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
