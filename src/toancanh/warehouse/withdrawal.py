"""Withdrawals: a wrongly loaded delivery is taken back by an event, never deleted."""

from django.utils.translation import gettext_lazy as _

from toancanh.warehouse.types import Field, Kind, RecordType, register

SOURCE = "warehouse"

RECORD = register(
    RecordType(
        name="withdrawal",
        title=_("Rút dữ liệu đã nạp"),
        fields=(
            Field("source_withdrawn", Kind.TEXT, _("Nguồn"), required=True),
            Field("load", Kind.TEXT, _("Lần nạp"), required=True),
            Field("batches", Kind.TEXT, _("Các lô"), required=True),
            Field("reason", Kind.TEXT, _("Lý do"), required=True),
            Field("actor", Kind.TEXT, _("Người rút"), required=True),
            Field("withdrawn_at", Kind.TIME, _("Lúc rút"), required=True),
        ),
        key=("source_withdrawn", "load", "batches"),
        subject=("source_withdrawn", "load", "batches"),
        order="withdrawn_at",
        month="withdrawn_at",
        at="withdrawn_at",
    )
)


def fold(runs: list[tuple[int, int]]) -> str:
    """Batch numbers, from first to last, as ranges: [(5, 6), (7, 7), (11, 11)] gives "5-7,11"."""
    ranges: list[list[int]] = []
    for start, end in sorted(runs):
        if ranges and start == ranges[-1][1] + 1:
            ranges[-1][1] = end
        else:
            ranges.append([start, end])
    return ",".join(f"{first}-{last}" if last > first else str(first) for first, last in ranges)


def unfold(text: str) -> list[tuple[int, int]]:
    """The ranges of `fold`, both ends inclusive: "5-7,11" gives [(5, 7), (11, 11)]."""
    ends = [part.split("-") for part in text.split(",")]
    return [(int(end[0]), int(end[-1])) for end in ends]
