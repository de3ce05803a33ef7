"""Standing: what a domain says of the records in a case, as they are now."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

# Of records by their ids: `procedure`, `state` and other facts in words of the active language.
Describe = Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]]
_DESCRIBED: dict[str, Describe] = {}


def register(kind: str, describe: Describe) -> None:
    """Let a record type be described in the cases that its records stand in."""
    _DESCRIBED[kind] = describe


def described(kind: str, records: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
    """What is known now of records of a type; nothing where nobody describes such."""
    return _DESCRIBED[kind](records) if kind in _DESCRIBED and records else {}
