"""Connector: what every kind of source offers, and the options by which one is set up, on screen or in a file."""

import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from toancanh.base.options import Option, Shape, Text
from toancanh.base.problems import Checks, Problem

__all__ = ["Connector", "Cursor", "Delivery", "Option", "Page", "Row", "Shape", "Text"]
REFUSED = "connector.option"
Row = dict[str, Any]  # a row as the source tells it: JSON-like values by column
Cursor = dict[str, Any]  # how far a source has been read; empty at the beginning; kept as JSON


@dataclass(frozen=True)
class Page:
    """Rows told at once, the cursor once they are taken, and whether more wait there already.

    A page without rows tells only how far the source has been looked at.
    """

    rows: list[Row]
    cursor: Cursor
    more: bool = False


@dataclass(frozen=True)
class Delivery:
    """A file that a source laid ready: where it can be read until the next is asked for, its name, the cursor after."""

    path: Path
    name: str
    cursor: Cursor


class Connector:
    """Fetches from one source. What it cannot do now is a Problem; the caller tries again later.

    `fetch` yields what is new after the cursor; each item is taken for good before the next is asked for. `listen` is
    for sources that speak by themselves: it calls `take` with rows, which returns once they are safe, until `stopping`.
    """

    kind: ClassVar[str]
    title: ClassVar[Text]
    options: ClassVar[tuple[Option, ...]]
    listens: ClassVar[bool] = False
    pushed: ClassVar[bool] = False  # it waits until somebody calls our address

    def __init__(self, options: Mapping[str, Any]) -> None:
        self.told = options

    @classmethod
    def check(cls, options: Mapping[str, Any]) -> None:
        """Refuse options, secrets among them, that do not go together. Raises connector.option."""

    @classmethod
    def needed(cls, options: Mapping[str, Any], name: str) -> None:
        """Refuse an option that is missing. Raises connector.option."""
        if not options[name]:
            raise Problem("connector.option", option=name, reason=str(_("còn thiếu")))

    def fetch(self, cursor: Cursor) -> Iterator[Page | Delivery]:
        """What is new after the cursor."""
        raise NotImplementedError

    def listen(self, take: Callable[[list[Row]], None], stopping: threading.Event) -> None:
        """Hand on what the source says by itself."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of what it holds."""

    def replay(self, since: datetime) -> Cursor:
        """The cursor from which all since that moment is told again. Raises connector.no_replay."""
        raise Problem("connector.no_replay", kind=self.kind)


# Loaded when a source of that kind is met: their libraries are large.
MODULES = {
    "rest": "rest",
    "push": "push",
    "folder": "files",
    "sftp": "sftp",
    "ftp": "ftp",
    "database": "database",
    "mqtt": "mqtt",
}


def of_kind(kind: str) -> type[Connector]:
    """The connector of that kind. Raises connector.unknown."""
    if kind not in MODULES:
        raise Problem("connector.unknown", kind=kind, known=", ".join(MODULES))
    module = import_module(f"toancanh.sources.connectors.{MODULES[kind]}")
    found: type[Connector] = next(each for each in vars(module).values() if getattr(each, "kind", None) == kind)
    return found


def kinds() -> list[type[Connector]]:
    """The connectors that can be chosen."""
    return [of_kind(kind) for kind in MODULES]


# Kinds that deliver whole files.
FILES = ("folder", "sftp", "ftp")


def read(kind: str, told: Mapping[str, Any], secrets: Mapping[str, str]) -> dict[str, Any]:
    """The options of a connector as they are kept, the secret ones apart.

    Raises connector.unknown and connector.option: the first that is found, the others with it.
    """
    options = {option.name: option for option in of_kind(kind).options}
    secret = {name for name, option in options.items() if option.shape is Shape.SECRET}
    checks = Checks()
    for name in told:
        checks.make(None, _placed, name, options, False)
    for name in secrets:
        checks.make(None, _placed, name, options, True)
    found = {
        name: checks.make(None, option.read, secrets.get(name) if name in secret else told.get(name), REFUSED)
        for name, option in options.items()
    }
    checks.end()
    of_kind(kind).check(found)
    return {name: value for name, value in found.items() if name not in secret}


def _placed(name: str, options: Mapping[str, Option], secret: bool) -> None:
    """Refuse an option that there is not, and one that is not written where it belongs."""
    option = options.get(name)
    if option is None:
        reason = str(_("không có; các mục: {known}")).format(known=", ".join(options))
    elif option.shape is Shape.SECRET and not secret:
        reason = str(_("là bí mật: viết dưới [secrets]"))
    elif option.shape is not Shape.SECRET and secret:
        reason = str(_("không phải bí mật: viết dưới [connector]"))
    else:
        return
    raise Problem("connector.option", option=name, reason=reason)


def made(kind: str, options: Mapping[str, Any], secrets: Mapping[str, str]) -> Connector:
    """The connector of a source, ready to be asked."""
    of = of_kind(kind)
    return of({option.name: option.default for option in of.options} | dict(options) | dict(secrets))
