"""Record types: an event in the life of a dossier as the one-stop system tells it; the same as the portal knows it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext_lazy as _

from toancanh.base import clock
from toancanh.base.problems import Words
from toancanh.base.problems import register as register_problems
from toancanh.base.words import Bilingual
from toancanh.domains.dossiers import procedures
from toancanh.domains.dossiers.clock import ASKED
from toancanh.units.calendar import WorkingCalendar
from toancanh.warehouse.types import Carry, Field, Inherit, Kind, Reckon, RecordType, Tells, register


class Code(NamedTuple):
    """What a code of the National Public Service Portal means, and the document that says so."""

    name: Bilingual
    law: str


# The texts of the portal's packet were not at hand; five independent integrations agree on these numbers.
_STATE = "QCVN 120:2019/BTTTT, TrangThai"
_CHANNEL = "QCVN 120:2019/BTTTT, KenhThucHien"

STATES: dict[int, Code] = {
    1: Code(Bilingual("Mới đăng ký", "Newly registered"), _STATE),
    2: Code(Bilingual("Được tiếp nhận", "Received"), _STATE),
    3: Code(Bilingual("Không được tiếp nhận", "Refused"), _STATE),
    4: Code(Bilingual("Đang xử lý", "In process"), _STATE),
    5: Code(Bilingual("Yêu cầu bổ sung giấy tờ", "Supplement requested"), _STATE),
    6: Code(Bilingual("Yêu cầu thực hiện nghĩa vụ tài chính", "Payment requested"), _STATE),
    7: Code(Bilingual("Công dân yêu cầu rút hồ sơ", "Withdrawn by the applicant"), _STATE),
    8: Code(Bilingual("Dừng xử lý", "Processing stopped"), _STATE),
    9: Code(Bilingual("Đã xử lý xong", "Processed"), _STATE),
    10: Code(Bilingual("Đã trả kết quả", "Result returned"), _STATE),
}

CHANNELS: dict[int, Code] = {
    1: Code(Bilingual("Trực tiếp", "Direct"), _CHANNEL),
    2: Code(Bilingual("Trực tuyến", "Online"), _CHANNEL),
    3: Code(Bilingual("Bưu chính công ích", "Public post"), _CHANNEL),
}

register_problems(
    {
        "dossier.finished_before_received": Words(
            _("Hồ sơ {dossier_id} xử lý xong ngày {finished_on}, trước ngày tiếp nhận {received_on}."),
            _("Đối chiếu hai ngày này với hệ thống một cửa rồi nạp lại dòng này."),
        ),
    }
)


def check(row: Mapping[str, Any]) -> tuple[str, str, dict[str, str]] | None:
    """A dossier cannot finish on a day before its receipt. A deadline before receipt is kept: real systems hold such.

    Days are compared, not moments: systems that know the day only write a finish at midnight.
    """
    finished, received = row.get("finished_at"), row.get("received_at")
    if finished is None or received is None or finished >= received or _day(finished) == _day(received):
        return None
    return (
        "dossier.finished_before_received",
        "finished_at",
        {"dossier_id": str(row.get("dossier_id")), "finished_on": _day(finished), "received_on": _day(received)},
    )


def _day(moment: datetime) -> str:
    return f"{clock.local(moment):%d/%m/%Y}"


def _channel(code: int | None) -> str:
    return str(CHANNELS[code].name) if code in CHANNELS else str(_("Chưa rõ"))


def _state(code: int | None) -> str:
    return str(STATES[code].name) if code in STATES else str(_("Chưa rõ"))


_CALENDARS: list[WorkingCalendar] = []  # the one that deadlines are reckoned by


def _calendar() -> str:
    """Ready the calendar that deadlines are reckoned by; what differs once others come out."""
    calendar = WorkingCalendar.load()
    _CALENDARS[:] = [calendar]
    return f"{calendar.digest} {procedures.digest()}"


def _deadlines(state: Any, procedure: Any, received: Any, due: Any, asked: Any, answered: Any, due_asked: Any) -> Any:
    from toancanh.domains.dossiers import reckoning  # heavy, and most processes never reckon

    return reckoning.deadlines(_CALENDARS[0], state, procedure, received, due, asked, answered, due_asked)


DOSSIER = register(
    RecordType(
        "dossier",
        _("Hồ sơ thủ tục hành chính"),
        fields=(
            Field("dossier_id", Kind.TEXT, _("Mã hồ sơ"), required=True),
            Field("seq", Kind.INTEGER, _("Thứ tự sự kiện"), required=True, minimum=0),
            Field("procedure", Kind.TEXT, _("Thủ tục"), required=True, say=procedures.title),
            Field("unit", Kind.TEXT, _("Đơn vị giải quyết"), required=True, unit_at="received_at"),
            Field("channel", Kind.INTEGER, _("Kênh nộp"), codes=tuple(CHANNELS), say=_channel),
            Field("state", Kind.INTEGER, _("Trạng thái"), required=True, codes=tuple(STATES), say=_state),
            Field("at", Kind.TIME, _("Thời điểm sự kiện"), required=True),
            Field("received_at", Kind.TIME, _("Thời điểm tiếp nhận"), required=True),
            Field("due_at", Kind.TIME, _("Hẹn trả")),
            Field("finished_at", Kind.TIME, _("Thời điểm xử lý xong")),
            Field("fee", Kind.NUMBER, _("Phí, lệ phí (đồng)"), minimum=0),
            Field("paid_online", Kind.BOOLEAN, _("Thanh toán trực tuyến")),
            Field("simulated", Kind.BOOLEAN, _("Dữ liệu mô phỏng")),
        ),
        key=("dossier_id", "seq"),
        subject=("dossier_id",),
        order="seq",
        month="received_at",
        at="at",
        unit="unit",
        check=check,
        # 766/QĐ-TTg, 2.1: a dossier ends when it is processed (9), whatever is told of it afterwards.
        inherits=(Inherit("finished_at", "state", last=(3, 7, 8, 10), told=(9,), sources=("finished_at", "at")),),
        carries=(
            Carry("supplements", _("Số lần yêu cầu bổ sung"), Tells.COUNT, "state", (ASKED,)),
            Carry("supplement_at", _("Yêu cầu bổ sung lần đầu"), Tells.FIRST, "state", (ASKED,)),
            Carry("supplement_again_at", _("Yêu cầu bổ sung lần hai"), Tells.AGAIN, "state", (ASKED,)),
            Carry("resumed_at", _("Tiếp tục sau yêu cầu bổ sung"), Tells.AFTER, "state", (ASKED,)),
            Carry("supplement_due_at", _("Hẹn trả khi yêu cầu bổ sung"), Tells.VALUE, "state", (ASKED,), "due_at"),
        ),
        reckons=(
            Reckon(
                "deadline_at",
                _("Hạn giải quyết"),
                Kind.TIME,
                ("state", "procedure", "received_at", "due_at", "supplement_at", "resumed_at", "supplement_due_at"),
                _deadlines,
                _calendar,
            ),
        ),
    )
)

# The National Portal's telling of the same dossiers, by the fields of its packet. A type of its own: under the key of
# `dossier` the two tellings would pass for one. Nothing of it is refused for contradicting itself, since to find what
# is wrong there is what it is for.
PORTAL_DOSSIER = register(
    RecordType(
        "portal_dossier",
        _("Hồ sơ trên Cổng Dịch vụ công quốc gia"),
        fields=(
            Field("dossier_id", Kind.TEXT, _("Mã hồ sơ"), required=True),
            Field("seq", Kind.INTEGER, _("Thứ tự cập nhật"), required=True, minimum=0),
            Field("procedure", Kind.TEXT, _("Thủ tục"), required=True, say=procedures.title),
            Field("unit", Kind.TEXT, _("Đơn vị giải quyết"), required=True, unit_at="received_at"),
            Field("channel", Kind.INTEGER, _("Kênh nộp"), codes=tuple(CHANNELS), say=_channel),
            Field("state", Kind.INTEGER, _("Trạng thái"), required=True, codes=tuple(STATES), say=_state),
            Field("received_at", Kind.TIME, _("Thời điểm tiếp nhận"), required=True),
            Field("due_at", Kind.TIME, _("Hẹn trả")),
            Field("finished_at", Kind.TIME, _("Thời điểm xử lý xong")),
            Field("synced_at", Kind.TIME, _("Thời điểm đồng bộ"), required=True),
            Field("simulated", Kind.BOOLEAN, _("Dữ liệu mô phỏng")),
        ),
        key=("dossier_id", "seq"),
        subject=("dossier_id",),
        order="seq",
        month="received_at",
        at="synced_at",
        unit="unit",
    )
)
