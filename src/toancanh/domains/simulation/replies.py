"""Replies: what a simulated officer answers of what stands in a slip."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from toancanh.units.calendar import WorkingCalendar


class Reply(NamedTuple):
    """An answer with what belongs to it, as the action takes it."""

    answer: str
    note: str = ""
    new_date: str = ""

    def fields(self, items: list[int]) -> dict[str, Any]:
        """What is sent of these items."""
        return {"items": items, **{name: value for name, value in self._asdict().items() if value}}


# How often which answer is given of what: of a record by whether its deadline is over, ahead, or not known.
_OVERDUE = {"apology": 55, "done": 22, "waiting": 14, "wrong_data": 9}
_AHEAD = {"done": 50, "apology": 38, "waiting": 12}
_UNKNOWN = {"done": 58, "waiting": 33, "wrong_data": 9}
_MATTER = {"explained": 55, "done": 40, "wrong_data": 5}

_NOTES = {
    "done": (
        "",
        "",
        "Đã giải quyết xong và trả kết quả cho công dân.",
        "Đã xử lý xong, đang cập nhật lên hệ thống một cửa.",
    ),
    "apology": (
        "Đã gửi thư xin lỗi, hẹn lại ngày trả kết quả.",
        "Hồ sơ phải xác minh thực địa, đã gửi thư xin lỗi và hẹn lại.",
        "Chậm do chờ ý kiến của cơ quan phối hợp, đã xin lỗi công dân và hẹn lại ngày trả.",
    ),
    "waiting": (
        "Đã đề nghị công dân bổ sung giấy tờ, đang chờ nộp.",
        "Công dân chưa thực hiện nghĩa vụ tài chính, đang chờ.",
        "Đã liên hệ, công dân hẹn bổ sung trong tuần này.",
    ),
    "wrong_data": (
        "Hồ sơ đã trả kết quả đúng hạn, hệ thống một cửa chưa ghi nhận.",
        "Ngày hẹn trả ghi sai, đề nghị kiểm tra lại dữ liệu.",
        "Hồ sơ đã được rút, dữ liệu chưa cập nhật.",
    ),
    "explained": (
        "Số lượng tăng đột biến trong kỳ, đơn vị đã bố trí thêm người xử lý.",
        "Một cán bộ nghỉ phép, đã phân công người thay.",
        "Hệ thống bị gián đoạn trong buổi sáng, đã hoạt động lại.",
    ),
}
REASONS = (
    "Cần thêm thời gian để xác minh hồ sơ tại thực địa.",
    "Nhiều hồ sơ phải chờ ý kiến của cơ quan phối hợp.",
    "Cán bộ phụ trách đang đi công tác, xin thêm thời gian để rà soát.",
)


def choose(
    items: Collection[Mapping[str, Any]],
    offered: Collection[str],
    roll: Random,
    now: datetime,
    calendar: "WorkingCalendar",
) -> dict[Reply, list[int]]:
    """The answers to items of a slip, each with its item numbers; what none fits is left out. `now` is local."""
    found: dict[Reply, list[int]] = {}
    replies: dict[str, Reply] = {}
    for item in items:
        weights = {code: weight for code, weight in _weights(item, now).items() if code in offered}
        if not weights:
            continue
        code = roll.choices(list(weights), list(weights.values()))[0]
        reply = replies.get(code) or replies.setdefault(code, _reply(code, roll, now.date(), calendar))
        found.setdefault(reply, []).append(int(item["item"]))
    return found


def _weights(item: Mapping[str, Any], now: datetime) -> dict[str, int]:
    if item["kind"] in ("alert", "matter"):
        return _MATTER
    if not item["due_at"]:
        return _UNKNOWN
    return _OVERDUE if datetime.fromisoformat(item["due_at"]) < now else _AHEAD


def _reply(code: str, roll: Random, today: date, calendar: "WorkingCalendar") -> Reply:
    day = ""
    if code == "apology":
        day = calendar.add_working_days(today, roll.randint(2, 6)).isoformat()
    return Reply(code, roll.choice(_NOTES[code]), day)
