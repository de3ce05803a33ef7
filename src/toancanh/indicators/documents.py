"""Documents that figures quote: their numbers, dates and issuers, as the domains list them."""

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Document:
    """An official text: `id` is how figures name it."""

    id: str
    title: str
    issuer: str = ""
    number: str = ""
    date: dt.date | None = None
    date_stated: bool = True
    draft: bool = False
    url: str = ""


_DOCUMENTS: dict[str, Document] = {}


def read(path: Path) -> None:
    """Learn the documents of a `documents.toml`."""
    entries: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("document", [])
    for entry in entries:
        _DOCUMENTS[entry["id"]] = Document(**entry)


def find(name: str) -> Document | None:
    """The document of that name; an unlisted one is known by its name alone."""
    if not name:
        return None
    return _DOCUMENTS.get(name) or Document(name, name)
