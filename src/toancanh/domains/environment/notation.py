"""How the simulated stations write a reading: the JSON of a vendor, read by `mappings/stations.toml`."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

from toancanh.base.clock import local
from toancanh.domains.environment.air import Row
from toancanh.domains.environment.records import MICROGRAMS

_AVERAGING = {"1m": "1 phút", "1h": "1 giờ", "24h": "24 giờ"}
# Where malformed messages are wrong, each as real ones are: (key, what stands there).
_ERRORS = (
    ("thoiGian", "2026-02-31T08:15:00+07:00"),
    ("maDonVi", "gso:99999"),
    ("trangThai", "09"),
    ("giaTri", "---"),
    ("thongSo", "Bụi"),
)
_LOTS = 1 << 32


def message(row: Row) -> dict[str, Any]:
    """The reading as a station writes it: parameters and status as 10/2021/TT-BTNMT, times on a Vietnamese clock."""
    return {
        "maTram": row["station"],
        "maDonVi": row["unit"],
        "thongSo": row["parameter"].replace(".", ","),
        "giaTri": row["value"],
        "donVi": {MICROGRAMS: "ug/m3"}[row["unit_of_measure"]],
        "chuKy": _AVERAGING[row["averaging"]],
        "thoiGian": local(row["at"]).isoformat(),
        "trangThai": f"{row['status']:02d}",
        "moPhong": row["simulated"],
    }


def malformed(row: Row, seed: int, share: float) -> dict[str, Any] | None:
    """A message to refuse, modelled on this reading, beside that share of them; the same ones under the same seed."""
    lot = zlib.crc32(f"{seed}:{row['station']}:{row['parameter']}:{row['averaging']}:{row['at']}".encode())
    if lot >= share * _LOTS:
        return None
    key, wrong = _ERRORS[lot % len(_ERRORS)]
    return message(row) | {"maTram": f"HONG-{row['station']}", key: wrong}


def line(content: Mapping[str, Any]) -> bytes:
    """A message as bytes."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
