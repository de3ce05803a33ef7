"""Names for codes: units, kinds, grains, states, in the active language."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from toancanh.base.clock import local
from toancanh.units import labels
from toancanh.units.models import Unit
from toancanh.units.tree import Node

GRAINS = {
    "day": _("Ngày"),
    "month": _("Tháng"),
    "quarter": _("Quý"),
    "half": _("6 tháng"),
    "year": _("Năm"),
    "other": _("Khác"),
}
STATUSES = {
    "reported": _("Báo cáo"),
    "verified": _("Đã xác minh"),
    "computed": _("Tính từ bản ghi"),
    "estimated": _("Ước tính"),
}
LOAD_STATES = {
    "waiting": _("Đang chờ"),
    "running": _("Đang nạp"),
    "done": _("Đã xong"),
    "failed": _("Không thành công"),
    "withdrawn": _("Đã rút"),
}
KINDS = {
    "text": _("chữ"),
    "integer": _("số nguyên"),
    "number": _("số"),
    "boolean": _("có/không"),
    "date": _("ngày"),
    "time": _("thời điểm"),
}


def unit_name(code: str, day: date | None = None) -> str:
    """The name of the unit that bears a code on a day."""
    return labels.name(code, day)


def node_name(node: Node) -> str:
    """The name of a unit of a tree."""
    return node.name_en if (get_language() or "vi").startswith("en") and node.name_en else node.name


def unit_kind(kind: str) -> str:
    """The kind of a unit in words."""
    return str(Unit.Kind(kind).label)


def grain_name(code: str) -> str:
    """The kind of a period in words."""
    return str(GRAINS.get(code, code))


def status_name(code: str) -> str:
    """The status of a figure in words."""
    return str(STATUSES.get(code, code))


def load_state(code: str) -> str:
    """The state of a load in words."""
    return str(LOAD_STATES.get(code, code))


def kind_name(code: str) -> str:
    """The type of a field in words."""
    return str(KINDS.get(code, code))


def values(row: Mapping[str, Any], columns: Sequence[str]) -> list[Any]:
    """The row's values in the order of the columns."""
    return [row.get(name) for name in columns]


def plain_cell(value: Any) -> str:
    """A record's value as it is, times on a Vietnamese clock; empty where unknown."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{local(value):%d/%m/%Y %H:%M:%S}"
    return str(value)
