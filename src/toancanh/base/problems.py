"""Problems: every error a user can meet, with what is wrong and how to mend it, in the user's language.

A problem is a code and its parameters. Its words are registered once, so the same problem reads the same on
screen, on the command line, over HTTP (RFC 9457) and, years later, in the quarantine, in either language.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.utils.functional import Promise


class Words(NamedTuple):
    """The words of a problem, as format strings over its parameters: what is wrong, how to mend it, HTTP status."""

    what: str | Promise
    remedy: str | Promise
    status: int = 422


class Explanation(NamedTuple):
    """A problem in words of the active language."""

    what: str
    remedy: str


_REGISTERED: dict[str, Words] = {}


def register(words: Mapping[str, Words]) -> None:
    """Make the words of problem codes known; a code is registered once."""
    for code, entry in words.items():
        if _REGISTERED.setdefault(code, entry) is not entry:
            raise ValueError(f"problem `{code}` is registered twice")


def registered() -> Mapping[str, Words]:
    """All problem codes with their words."""
    return _REGISTERED


class _Lenient(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "?"


def explain(code: str, params: Mapping[str, Any]) -> Explanation:
    """The words of a problem in the active language; an unknown code explains itself by its name."""
    words = _REGISTERED.get(code) or Words(code, "")
    lenient = _Lenient(params)
    return Explanation(str(words.what).format_map(lenient), str(words.remedy).format_map(lenient))


@dataclass
class Problem(Exception):  # noqa: N818 - what a user meets is a problem, mended by him; an error is ours
    """A refusal that the caller can mend. `where` says the place (a file, row, column, field) in words.

    `also` are others that were found with it.
    """

    code: str
    params: dict[str, Any] = field(default_factory=dict)
    where: str = ""
    also: "tuple[Problem, ...]" = ()

    def __init__(self, code: str, where: str = "", **params: Any) -> None:
        super().__init__(code)
        self.code, self.params, self.where = code, params, where

    @property
    def all(self) -> "tuple[Problem, ...]":
        """This one, and those found with it."""
        return (self, *self.also)

    @property
    def status(self) -> int:
        """The HTTP status that fits the problem."""
        words = _REGISTERED.get(self.code)
        return words.status if words else 500

    def explain(self) -> Explanation:
        """What is wrong and how to mend it, in the active language."""
        return explain(self.code, self.params)

    def __str__(self) -> str:
        what, remedy = self.explain()
        return " ".join(part for part in (f"{self.where}:" if self.where else "", what, remedy) if part)


class Checks:
    """Checks of one thing, each of which may refuse it: what they find is told at once."""

    def __init__(self) -> None:
        self._found: list[Problem] = []

    def make[Of](self, otherwise: Of, check: Callable[..., Of], *of: Any) -> Of:
        """What a check makes of something, or `otherwise` where it refuses."""
        try:
            return check(*of)
        except Problem as problem:
            self._found.extend(problem.all)
            return otherwise

    def end(self) -> None:
        """Raise the first problem that was found, the others with it."""
        if self._found:
            first, *others = self._found
            first.also = tuple(others)
            raise first
