"""Texts to translate: Vietnamese in the code is the original, `en` is its translation.

`python tools/messages.py update` collects the texts into the catalogue, `compile` builds it, `missing` lists what
has no English yet.
"""

import re
import sys
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
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
}


def collected() -> Catalog:
    """Every text of code and templates, with the files that use it."""
    if not settings.configured:
        settings.configure()
    found = Catalog(locale="en", project="toancanh", charset="utf-8", fuzzy=False)
    for file in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html")]):
        text = file.read_text(encoding="utf-8")
        if file.suffix == ".html":
            text = templatize(text, origin=str(file))
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


def missing() -> list[str]:
    """Texts without an English translation."""
    known = current()
    absent = []
    for message in collected():
        if not message.id:
            continue
        entry = known.get(message.id, message.context)
        string = entry.string if entry else ""
        if not (all(string) if isinstance(string, tuple) else string):
            absent.append(message.id if isinstance(message.id, str) else message.id[0])
    return absent


def update() -> None:
    """Write the catalogue anew: known translations kept, unused ones dropped."""
    catalogue, known = collected(), current()
    for message in catalogue:
        if message.id and (old := known.get(message.id, message.context)):
            message.string = old.string
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
            print("\n".join(absent))
            return 1 if absent else 0
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
