"""The record type of a figure: a claim that an indicator of a unit had a value in a period."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.indicators import catalogue
from toancanh.indicators.catalogue import Kind as IndicatorKind
from toancanh.sources import registry
from toancanh.sources.registry import SourceSpec
from toancanh.units.periods import grain_of
from toancanh.warehouse.types import Field, Kind, RecordType, register

STATUSES = ("reported", "verified", "estimated")  # and "computed", which no file can claim: we compute
GRAINS = ("day", "month", "quarter", "half", "year", "other")

register_problems(
    {
        "figure.indicator": Words(
            _("Không có chỉ tiêu `{indicator}` trong danh mục."), _("Sửa mã chỉ tiêu, hoặc khai báo chỉ tiêu mới.")
        ),
        "figure.empty": Words(_("Dòng này không có giá trị."), _("Điền `value`, hoặc cả `part` và `whole`.")),
        "figure.base": Words(
            _("Tỷ lệ {value} không kèm tử số, mẫu số và không dẫn văn bản nào."),
            _("Điền `part` và `whole`, hoặc ghi số văn bản vào cột `document`."),
        ),
        "figure.whole": Words(
            _("Mẫu số bằng 0 (tử số {part})."), _("Điền `whole` khác 0, hoặc để trống nếu chưa biết.")
        ),
        "figure.count": Words(_("Số đếm {value} là số âm."), _("Kiểm tra lại dấu; số giảm phải là một chỉ tiêu khác.")),
        "figure.grain": Words(
            _("Loại kỳ `{grain}` không khớp với khoảng ngày từ {start} đến {end}."),
            _("Sửa hai ngày của kỳ, hoặc để trống `grain`: loại kỳ được suy ra từ hai ngày."),
        ),
        "figure.period": Words(
            _("Kỳ báo cáo kết thúc ({end}) trước khi bắt đầu ({start})."), _("Đổi lại hai ngày của kỳ báo cáo.")
        ),
    }
)


def _check(row: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]] | None:
    try:
        indicator = catalogue.get(row["indicator"])
    except Problem as problem:
        return "figure.indicator", "indicator", problem.params
    value, part, whole = row.get("value"), row.get("part"), row.get("whole")
    if row["period_end"] < row["period_start"]:
        return "figure.period", "period_end", {"start": str(row["period_start"]), "end": str(row["period_end"])}
    grain = row.get("grain")
    if grain and grain != "other" and grain != grain_of(row["period_start"], row["period_end"]):
        days = {"start": f"{row['period_start']:%d/%m/%Y}", "end": f"{row['period_end']:%d/%m/%Y}"}
        return "figure.grain", "grain", {"grain": grain, **days}
    if value is None and (part is None or whole is None):
        return "figure.empty", "value", {}
    if whole == 0:
        return "figure.whole", "whole", {"part": part}
    # A document may state a bare rate, and is quoted as it stands; whoever types his own figure knows its base.
    if indicator.kind is IndicatorKind.RATIO and (part is None or whole is None) and not row.get("document"):
        return "figure.base", "value", {"value": value}
    if indicator.kind in (IndicatorKind.FLOW, IndicatorKind.STOCK) and (value or 0) < 0:
        return "figure.count", "value", {"value": value}
    return None


registry.register(SourceSpec("figures", _("Số liệu báo cáo"), "figure"))

FIGURE = register(
    RecordType(
        "figure",
        title=_("Số liệu báo cáo"),
        fields=(
            Field("indicator", Kind.TEXT, _("Chỉ tiêu"), required=True),
            Field("unit", Kind.TEXT, _("Đơn vị"), required=True, unit_at="period_end"),
            Field("period_start", Kind.DATE, _("Từ ngày"), required=True),
            Field("period_end", Kind.DATE, _("Đến ngày"), required=True),
            Field("grain", Kind.TEXT, _("Loại kỳ"), codes=GRAINS),
            Field("value", Kind.NUMBER, _("Giá trị")),
            Field("part", Kind.NUMBER, _("Tử số")),
            Field("whole", Kind.NUMBER, _("Mẫu số")),
            Field("status", Kind.TEXT, _("Trạng thái"), codes=STATUSES),
            Field("owner", Kind.TEXT, _("Đơn vị chịu trách nhiệm")),
            Field("document", Kind.TEXT, _("Văn bản")),
            Field("section", Kind.TEXT, _("Mục")),
            Field("note", Kind.TEXT, _("Ghi chú")),
            Field("simulated", Kind.BOOLEAN, _("Số liệu mô phỏng")),
        ),
        key=("indicator", "unit", "period_start", "period_end", "document", "section"),
        subject=("indicator", "unit", "period_start", "period_end", "document", "section"),
        order="period_end",
        month="period_end",
        at="period_end",
        unit="unit",
        check=_check,
    )
)
