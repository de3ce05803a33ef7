"""How the simulated one-stop system writes an event: the JSON of a vendor, read by `mappings/onestop.toml`."""

import json
import zlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from toancanh.base.clock import local

# A row of the record type `dossier`, by the names of its fields.
Row = Mapping[str, Any]

CHANNELS = {1: "Trực tiếp", 2: "Trực tuyến", 3: "Bưu chính"}
# Where malformed rows are wrong, each as real ones are: (key, what stands there).
_ERRORS = (
    ("thoiDiem", "2026-02-31T08:15:00+07:00"),
    ("maDonVi", "gso:99999"),
    ("trangThai", "Đang xử lý"),
    ("maHoSo", None),
    ("lePhi", "hai mươi nghìn"),
)
_LOTS = 1 << 32


def item(row: Row) -> dict[str, Any]:
    """The event as the system writes it: times on a Vietnamese clock, channels in words, what is unknown as null."""
    fee = row["fee"]
    return {
        "maHoSo": row["dossier_id"],
        "thuTu": row["seq"],
        "maThuTuc": row["procedure"],
        "maDonVi": row["unit"],
        "kenhNop": CHANNELS[row["channel"]],
        "trangThai": row["state"],
        "thoiDiem": written(row["at"]),
        "ngayTiepNhan": written(row["received_at"]),
        "ngayHenTra": written(row["due_at"]),
        "ngayKetThuc": written(row["finished_at"]),
        "lePhi": int(fee) if fee is not None and fee == int(fee) else fee,
        "thanhToanTrucTuyen": row["paid_online"],
        "moPhong": row["simulated"],
    }


def malformed(row: Row, seed: int, share: float) -> dict[str, Any] | None:
    """A row to refuse, modelled on this event, beside that share of events; the same ones under the same seed."""
    lot = zlib.crc32(f"{seed}:{row['dossier_id']}:{row['seq']}".encode())
    if lot >= share * _LOTS:
        return None
    key, wrong = _ERRORS[lot % len(_ERRORS)]
    return item(row) | {"maHoSo": f"HONG-{row['dossier_id']}-{row['seq']}", key: wrong}


def line(content: Mapping[str, Any]) -> bytes:
    """One event as a line of JSON."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def written(moment: datetime | None) -> str | None:
    """A moment in ISO 8601 with the offset of Vietnam."""
    return None if moment is None else local(moment).isoformat()
