"""Names for codes: units, kinds, grains, states, in the active language."""

from collections.abc import Iterable
from datetime import date

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from toancanh.indicators.reconciliation import Reconciliation, all_reconciliations
from toancanh.sources.connectors import connector
from toancanh.sources.models import Source
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
    "open": _("Đang nhận"),
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


def source_titles(names: Iterable[str]) -> list[str]:
    """The titles of sources, in their order; one that is gone by its name."""
    known = dict(Source.objects.filter(name__in=list(names)).values_list("name", "title"))
    return [known.get(name, name) for name in names]


def reconciled_by(domain: str) -> list[Reconciliation]:
    """The reconciliations of what a domain is told."""
    return all_reconciliations(domain)


def load_state(code: str) -> str:
    """The state of a load in words."""
    return str(LOAD_STATES.get(code, code))


# How a connected source does, and how fresh any source is.
SOURCE_STATES: dict[str, str | Promise] = {
    "running": _("đang chạy"),
    "paused": _("đang tạm dừng"),
    "failing": _("đang hỏng"),
    "fresh": _("đúng hạn"),
    "stale": _("chậm"),
    "silent": _("im lặng"),
    "never": _("chưa nạp lần nào"),
}


def source_state(code: str) -> str:
    """How a source does, or how fresh it is, in words."""
    return str(SOURCE_STATES.get(code, code))


def connector_title(kind: str) -> str:
    """How a source is connected, in words."""
    return str(connector.of_kind(kind).title)


def kind_name(code: str) -> str:
    """The type of a field in words."""
    return str(KINDS.get(code, code))


def section(text: str) -> str:
    """A place in a document: "mục 2.1", but "chú thích 4" as it is."""
    return text if text.casefold().startswith(("mục", "chú thích", "phụ lục", "bảng")) else f"{_('mục')} {text}"
