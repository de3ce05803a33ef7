"""Checks: what each floor can say about its own health; `toancanh doctor` and the auditor run them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from toancanh.base.problems import Explanation, explain


@dataclass(frozen=True)
class Finding:
    """Something wrong or worth knowing: a problem code with its parameters. `level` is error, warning or info.

    `since` is the moment since when it is so, where that is known.
    """

    level: str
    code: str
    params: dict[str, object]
    since: datetime | None = None

    def explain(self) -> Explanation:
        """The finding in words of the active language."""
        return explain(self.code, self.params)


Check = Callable[[], Iterable[Finding]]
_CHECKS: dict[str, Check] = {}
_HEAVY: set[str] = set()


def register(name: str, check: Check, *, heavy: bool = False) -> None:
    """Add a check under a dotted name, floor first. A heavy one reads files, and is not run again and again."""
    _CHECKS[name] = check
    if heavy:
        _HEAVY.add(name)


def run(*, heavy: bool = True) -> dict[str, list[Finding]]:
    """All checks by name with what each found, the heavy ones unless they are left out."""
    return {name: list(check()) for name, check in sorted(_CHECKS.items()) if heavy or name not in _HEAVY}
