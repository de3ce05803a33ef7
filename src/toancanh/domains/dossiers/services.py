"""The record type `procedure`: the catalogue of procedures that a province keeps, with the level of online service."""

from django.utils.translation import gettext_lazy as _

from toancanh.warehouse.types import Field, Kind, RecordType, register

# 42/2022/NĐ-CP: an online service is partial or full.
LEVELS = {"none": _("Chưa trực tuyến"), "partial": _("Một phần"), "full": _("Toàn trình")}
ONLINE = ("partial", "full")


def _level(code: str | None) -> str:
    return str(LEVELS[code]) if code in LEVELS else str(_("Chưa rõ"))


PROCEDURE = register(
    RecordType(
        "procedure",
        _("Thủ tục hành chính"),
        fields=(
            Field("procedure", Kind.TEXT, _("Mã thủ tục"), required=True),
            Field("title", Kind.TEXT, _("Tên thủ tục")),
            Field("field", Kind.TEXT, _("Lĩnh vực")),
            Field("unit", Kind.TEXT, _("Đơn vị công bố"), required=True, unit_at="since"),
            Field("since", Kind.DATE, _("Áp dụng từ"), required=True),
            Field("ended", Kind.DATE, _("Hết áp dụng từ")),
            Field("level", Kind.TEXT, _("Mức dịch vụ trực tuyến"), codes=tuple(LEVELS), say=_level),
            Field("fee", Kind.NUMBER, _("Phí, lệ phí (đồng)"), minimum=0),
            Field("payable_online", Kind.BOOLEAN, _("Thanh toán trực tuyến được")),
            Field("simulated", Kind.BOOLEAN, _("Dữ liệu mô phỏng")),
        ),
        key=("procedure",),
        subject=("procedure",),
        order="since",
        month="since",
        at="since",
        unit="unit",
        standing=True,
    )
)
