"""The tally: what the simulated one-stop system has published, counted exactly in bounded memory."""

from collections import Counter
from typing import Any

from toancanh.domains.dossiers.notation import Row

# Nothing follows these states: refused, withdrawn, stopped, returned.
LAST = frozenset({3, 7, 8, 10})


class Tally:
    """Counts of published events. A dossier is remembered until it has ended."""

    def __init__(self) -> None:
        self.distinct = self.malformed = self.dossiers = 0
        self._open: dict[str, int] = {}
        self._states: Counter[int] = Counter()

    def add(self, row: Row) -> None:
        """Count one well-formed event; those of a dossier come in their order, each once."""
        dossier, state = row["dossier_id"], row["state"]
        self.distinct += 1
        before = self._open.pop(dossier, None)
        if before is None:
            self.dossiers += 1
        else:
            self._states[before] -= 1
        self._states[state] += 1
        if state not in LAST:
            self._open[dossier] = state

    def counts(self) -> dict[str, Any]:
        """The truth to compare a reader's own counts with."""
        return {
            "published": self.distinct + self.malformed,
            "distinct": self.distinct,
            "malformed": self.malformed,
            "dossiers": self.dossiers,
            "by_state": {str(state): number for state, number in sorted(self._states.items()) if number},
        }
