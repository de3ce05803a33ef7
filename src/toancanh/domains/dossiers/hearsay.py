"""Hearsay: what the simulated National Portal makes of a dossier: told late, sometimes wrong, sometimes never."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from toancanh.base.clock import local
from toancanh.domains.dossiers.notation import Row
from toancanh.domains.dossiers.offices import Office
from toancanh.domains.dossiers.records import PORTAL_DOSSIER

# Which field of a changed dossier is told wrong, and how many in a hundred of them.
WRONG = {"due_at": 30, "state": 30, "finished_at": 20, "received_at": 10, "unit": 10}
LONGEST = timedelta(hours=12)
_BEHIND = {10: 9, 9: 4, 4: 2}  # a state, and the one before it that the portal still shows
_EXTRA = "MPQG."  # numbers of dossiers that only the portal has
_ONLINE, _REGISTERED = 2, 1
_LOTS = 1 << 32
_FIELDS = tuple(PORTAL_DOSSIER.arrow.names)


@dataclass(frozen=True)
class Hearsay:
    """What becomes of dossiers under a seed: shares that are lost, told wrong, or known to the portal alone.

    `lag` is the median delay in minutes. What becomes of a dossier does not depend on when, or how often, it is asked.
    """

    seed: int
    units: Sequence[Office]
    lost: float = 0.004
    changed: float = 0.01
    extra: float = 0.001
    lag: float = 20.0

    def knows(self, unit: str) -> bool:
        """Whether the portal knows a unit; what is told of another it refuses."""
        return unit in self._level

    def loses(self, dossier: str) -> bool:
        """Whether the portal never hears of a dossier."""
        return bool(self._lots([dossier])[0, 0] < self.lost * _LOTS)

    def told(self, row: Row) -> dict[str, Any]:
        """An event as the portal tells it: a record of `portal_dossier`."""
        told = {name: row.get(name) for name in _FIELDS}
        told["synced_at"] = row["at"] + self.delay(row["dossier_id"], row["seq"])
        lots = self._lots([row["dossier_id"]])[0]
        return self._wronged(told, lots) if lots[1] < self.changed * _LOTS else told

    def beside(self, row: Row) -> dict[str, Any] | None:
        """The dossier beside this one that was sent through the portal and that the one-stop system never fetched."""
        if self._lots([row["dossier_id"]])[0, 3] >= self.extra * _LOTS:
            return None
        number = f"{_EXTRA}{row['dossier_id']}"
        told = {name: row.get(name) for name in _FIELDS} | {"dossier_id": number, "seq": 0, "channel": _ONLINE}
        told |= {"state": _REGISTERED, "due_at": None, "finished_at": None}
        return told | {"synced_at": row["received_at"] + self.delay(number, 0)}

    def delay(self, dossier: str, seq: int) -> timedelta:
        """How long after an event the portal tells of it."""
        return timedelta(seconds=int(self._delays([f"{dossier}:{seq}"])[0]))

    def states(self, events: pa.Table) -> pa.Table:
        """What the portal tells of the last of the events of each dossier; events are ordered by dossier and `seq`."""
        ids = events["dossier_id"].to_numpy()
        rows = events.filter(pa.array(np.append(ids[1:] != ids[:-1], True)[: len(ids)]))
        if not rows.num_rows:
            return PORTAL_DOSSIER.arrow.empty_table()
        names = rows["dossier_id"].to_pylist()
        lots = self._lots(names)
        lost, changed = lots[:, 0] < self.lost * _LOTS, lots[:, 1] < self.changed * _LOTS
        keys = [f"{name}:{seq}" for name, seq in zip(names, rows["seq"].to_pylist(), strict=True)]
        synced = rows["at"].cast(pa.int64()).to_numpy() + self._delays(keys) * 1_000_000
        plain = rows.append_column("synced_at", pa.array(synced).cast(PORTAL_DOSSIER.field("synced_at").arrow))
        plain = plain.select(_FIELDS).filter(pa.array(~lost & ~changed)).cast(PORTAL_DOSSIER.arrow)
        beside = rows.filter(pa.array(lots[:, 3] < self.extra * _LOTS)).to_pylist()
        apart = [self.told(row) for row in rows.filter(pa.array(~lost & changed)).to_pylist()]
        apart += [told for row in beside if (told := self.beside(row))]
        return pa.concat_tables([plain, pa.Table.from_pylist(apart, schema=PORTAL_DOSSIER.arrow)])

    def _wronged(self, told: dict[str, Any], lots: NDArray[np.uint32]) -> dict[str, Any]:
        field, luck = self._field(int(lots[2]) % 100), int(lots[2]) // 100
        value = told[field]
        if field == "state":
            return told | {"state": _BEHIND.get(value, value)}
        if field == "unit":
            return told | {"unit": self._other(value, told["received_at"], luck)}
        if value is None:
            return told
        days = -1 if field == "received_at" else 1 + luck % 3
        return told | {field: value + timedelta(days)}

    @staticmethod
    def _field(lot: int) -> str:
        below = 0
        for field, share in WRONG.items():
            below += share
            if lot < below:
                return field
        raise AssertionError(lot)

    def _other(self, unit: str, received: datetime, luck: int) -> str:
        """Another unit of the same level, as it was on the day of receipt."""
        level, day = self._level.get(unit), local(received).date()
        alike = [
            office.code
            for office in self.units
            if office.code != unit
            and office.level == level
            and (office.start or date.min) <= day <= (office.end or date.max)
        ]
        return alike[luck % len(alike)] if alike else unit

    @cached_property
    def _level(self) -> dict[str, str]:
        return {office.code: office.level for office in self.units}

    def _lots(self, dossiers: Sequence[str]) -> NDArray[np.uint32]:
        """Four lots of each dossier: whether it is lost, whether changed, how, whether there is one beside it."""
        digests = (blake2b(f"{self.seed}:{dossier}".encode(), digest_size=16).digest() for dossier in dossiers)
        return np.frombuffer(b"".join(digests), np.uint32).reshape(-1, 4)

    def _delays(self, keys: Sequence[str]) -> NDArray[np.int64]:
        """Seconds: half of them within `lag`, one in a hundred seventeen times as long."""
        lots = self._lots(keys)[:, 0] / _LOTS
        seconds = self.lag * 60 * (-np.log2(1 - lots)) ** 1.5
        return np.minimum(seconds, LONGEST.total_seconds()).astype(np.int64)
