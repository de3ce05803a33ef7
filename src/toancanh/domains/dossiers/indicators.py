"""What is computed of dossiers."""

from toancanh.base.words import Bilingual
from toancanh.indicators.catalogue import Direction, Formula, Indicator, Kind, Target, register

ROLLUP = "dossiers_unit_day"
CATALOGUE = "dossiers_catalogue_day"
DOSSIERS = Bilingual("hồ sơ", "dossiers")
SERVICES = Bilingual("thủ tục", "procedures")
PERCENT = Bilingual("%", "%")
_DEADLINE = Bilingual(
    "Hạn là ngày hẹn trả, cộng thời gian người dân bổ sung giấy tờ; không có ngày hẹn trả thì tính theo thời hạn của "
    "thủ tục.",
    "The deadline is the one told, later by the time taken for papers; where none is told, the term of the procedure.",
)
OWNER = "agency:dak-lak.vpubnd"
# The measures of index 2.1, see rollups.py.
_ENDED_ON_TIME = ("index_on_time", "index_on_time_closed", "index_on_time_asked")
_ENDED_OVERDUE = ("index_overdue", "index_overdue_closed", "index_overdue_asked")


def _running(*measures: str, sign: str = "") -> tuple[str, ...]:
    return tuple(f"{sign}running {measure}" for measure in measures)


def _indicator(
    code: str, vi: str, en: str, kind: Kind, definition: tuple[str, str], formula: Formula, **more: object
) -> Indicator:
    return Indicator(
        code=f"dossiers.{code}",
        domain="dossiers",
        name=Bilingual(vi, en),
        kind=kind,
        measure=PERCENT if kind is Kind.RATIO else SERVICES if formula.rollup == CATALOGUE else DOSSIERS,
        definition=Bilingual(*definition),
        grain="month",
        owner=OWNER,
        digits=2 if kind is Kind.RATIO else 0,
        formula=formula,
        **more,  # type: ignore[arg-type]
    )


register(
    [
        _indicator(
            "received",
            "Hồ sơ tiếp nhận",
            "Dossiers received",
            Kind.FLOW,
            (
                "Số hồ sơ được tiếp nhận trong kỳ, không kể hồ sơ bị từ chối hoặc mới đăng ký.",
                "Dossiers received in the period, without those refused or only registered.",
            ),
            Formula(ROLLUP, ("received",)),
            leading=True,
        ),
        _indicator(
            "done",
            "Hồ sơ đã giải quyết",
            "Dossiers done",
            Kind.FLOW,
            (
                "Số hồ sơ kết thúc trong kỳ: đã xử lý xong, đã trả kết quả, rút hoặc dừng.",
                "Dossiers that ended in the period: processed, returned, withdrawn or stopped.",
            ),
            Formula(ROLLUP, ("finished", "closed")),
            law="QCVN 120:2019/BTTTT",
        ),
        _indicator(
            "in_process",
            "Hồ sơ đang giải quyết",
            "Dossiers in process",
            Kind.STOCK,
            (
                "Số hồ sơ đã tiếp nhận mà chưa kết thúc vào cuối kỳ.",
                "Dossiers received and not ended at the end of the period.",
            ),
            Formula(ROLLUP, ("received", "-finished", "-closed"), running=True),
        ),
        _indicator(
            "overdue",
            "Hồ sơ quá hạn",
            "Dossiers overdue",
            Kind.STOCK,
            (
                "Số hồ sơ đã quá hạn mà chưa kết thúc vào cuối kỳ, không kể hồ sơ đang chờ người dân bổ sung giấy tờ "
                f"hoặc nộp phí. {_DEADLINE.vi}",
                "Dossiers past their deadline and not ended at the end of the period, without those that wait for "
                f"papers or payment. {_DEADLINE.en}",
            ),
            Formula(ROLLUP, ("overdue_in", "-late", "-overdue_dropped"), running=True),
            direction=Direction.DOWN,
            leading=True,
        ),
        _indicator(
            "online_rate",
            "Tỷ lệ hồ sơ nộp trực tuyến",
            "Dossiers sent online",
            Kind.RATIO,
            (
                "Hồ sơ nộp trực tuyến trên tổng số hồ sơ tiếp nhận trong kỳ.",
                "Dossiers sent online over all received in the period.",
            ),
            Formula(ROLLUP, ("online",), ("received",)),
            direction=Direction.UP,
            law="766/QĐ-TTg (23/6/2022), chỉ số 3.3",
            leading=True,
            targets=(Target(50, law="766/QĐ-TTg, ngưỡng đạt điểm tối đa của chỉ số 3.3 (chưa kiểm chứng)"),),
        ),
        _indicator(
            "on_time_rate",
            "Tỷ lệ giải quyết đúng hạn",
            "Dossiers done on time",
            Kind.RATIO,
            (
                f"Hồ sơ kết thúc không muộn hơn hạn trên tổng số hồ sơ kết thúc trong kỳ. {_DEADLINE.vi}",
                f"Dossiers that ended no later than their deadline over all that ended in the period. {_DEADLINE.en}",
            ),
            Formula(ROLLUP, ("on_time", "closed", "-closed_late"), ("finished", "closed")),
            direction=Direction.UP,
            law="766/QĐ-TTg (23/6/2022)",
            leading=True,
        ),
        _indicator(
            "index_on_time_rate",
            "Tỷ lệ hồ sơ trước và đúng hạn theo chỉ số 2.1",
            "Dossiers on time by index 2.1",
            Kind.RATIO,
            (
                "Hồ sơ kết thúc đúng hạn trong kỳ và hồ sơ chưa kết thúc còn trong hạn vào cuối kỳ, trên tổng số hồ sơ "
                "kết thúc trong kỳ và hồ sơ chưa kết thúc vào cuối kỳ. Yêu cầu bổ sung lần đầu chưa xong là thời điểm "
                "kết thúc; yêu cầu bổ sung quá một lần là quá hạn; hồ sơ bị từ chối, rút hoặc dừng cũng là kết thúc. "
                f"{_DEADLINE.vi} Không tính hồ sơ mới đăng ký và hồ sơ không rõ thời hạn.",
                "Dossiers that ended on time in the period and unfinished ones within their deadline at its end, over "
                "all that ended in the period and all unfinished at its end. A first request for papers that is still "
                "open is an end, more than one request is overdue; refused, withdrawn and stopped dossiers have ended "
                f"as well. {_DEADLINE.en} Without dossiers that are only registered or without any known term.",
            ),
            # Late ones that ended are taken from both what is unfinished and what is late of it: they cancel.
            Formula(
                ROLLUP,
                (
                    *_ENDED_ON_TIME,
                    *_running("index_received"),
                    *_running("index_late", "index_late_asked", *_ENDED_ON_TIME, sign="-"),
                ),
                (
                    *_ENDED_ON_TIME,
                    *_ENDED_OVERDUE,
                    *_running("index_received"),
                    *_running(*_ENDED_ON_TIME, *_ENDED_OVERDUE, sign="-"),
                ),
            ),
            direction=Direction.UP,
            law="766/QĐ-TTg (23/6/2022), chỉ số 2.1",
        ),
        _indicator(
            "paid_online_rate",
            "Tỷ lệ hồ sơ thanh toán trực tuyến",
            "Dossiers paid online",
            Kind.RATIO,
            (
                "Hồ sơ đã thanh toán trực tuyến trên số hồ sơ có phí, lệ phí tiếp nhận trong kỳ.",
                "Dossiers paid online over those with a fee received in the period.",
            ),
            Formula(ROLLUP, ("fee_paid_online",), ("payable",)),
            direction=Direction.UP,
            law="766/QĐ-TTg (23/6/2022), chỉ số 3.6",
        ),
        _indicator(
            "online",
            "Hồ sơ nộp trực tuyến",
            "Dossiers sent online",
            Kind.FLOW,
            (
                "Số hồ sơ nộp trực tuyến được tiếp nhận trong kỳ.",
                "Dossiers sent online that were received in the period.",
            ),
            Formula(ROLLUP, ("online",)),
            law="766/QĐ-TTg (23/6/2022), chỉ số 3.2",
        ),
        _indicator(
            "services",
            "Dịch vụ công trực tuyến",
            "Online services",
            Kind.STOCK,
            (
                "Số thủ tục trong danh mục được cung cấp trực tuyến một phần hoặc toàn trình vào cuối kỳ.",
                "Procedures of the catalogue that are served partly or fully online at the end of the period.",
            ),
            Formula(CATALOGUE, ("served", "-served_ended"), running=True),
            law="42/2022/NĐ-CP",
        ),
        _indicator(
            "services_rate",
            "Tỷ lệ thủ tục cung cấp trực tuyến",
            "Procedures served online",
            Kind.RATIO,
            (
                "Thủ tục cung cấp trực tuyến một phần hoặc toàn trình trên tổng số thủ tục trong danh mục vào cuối kỳ.",
                "Procedures served partly or fully online over all of the catalogue at the end of the period.",
            ),
            Formula(CATALOGUE, ("served", "-served_ended"), ("listed", "-listed_ended"), running=True),
            direction=Direction.UP,
            law="766/QĐ-TTg (23/6/2022), chỉ số 3.1",
        ),
        _indicator(
            "payable_services_rate",
            "Tỷ lệ thủ tục có phí thanh toán trực tuyến được",
            "Procedures with a fee that can be paid online",
            Kind.RATIO,
            (
                "Thủ tục thanh toán trực tuyến được trên số thủ tục có phí, lệ phí trong danh mục vào cuối kỳ.",
                "Procedures that can be paid online over those with a fee in the catalogue at the end of the period.",
            ),
            Formula(
                CATALOGUE, ("charged_online", "-charged_online_ended"), ("charged", "-charged_ended"), running=True
            ),
            direction=Direction.UP,
            law="766/QĐ-TTg (23/6/2022), chỉ số 3.5",
        ),
    ]
)
