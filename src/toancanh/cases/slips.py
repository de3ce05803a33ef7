"""Warning slips: what a rule finds wrong with a unit's records is sent to it, answered, and followed until it is over.

One slip per unit, rule and working day; each record stands in one open slip of a rule at most. What the rule no longer
finds is over, and a slip in which nothing is left closes itself.
"""

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from toancanh.access.models import User
from toancanh.access.roles import Role
from toancanh.alerts.models import Alert
from toancanh.base import clock, rows
from toancanh.base.problems import Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.base.words import Bilingual
from toancanh.cases import actions, handlers, kinds, routing
from toancanh.cases.acting import Acting
from toancanh.cases.actions import Standing
from toancanh.cases.kinds import CaseKind
from toancanh.cases.models import Case, Item
from toancanh.cases.workflow import Answer, Entry, Measure, Party, State, Step, Term, Transition, Workflow
from toancanh.units import labels
from toancanh.units.calendar import WorkingCalendar

if TYPE_CHECKING:
    import pyarrow as pa

KIND = "slip"
SENDERS = (Role.OPERATOR, Role.ADMIN)  # who sends one by hand
CHUNK = 500  # items that one transaction writes
_WAITS = ("sent", "opened", "returned")  # states in which it is the unit's turn
_OPEN = (*_WAITS, "answered")
_UNIT, _OFFICE = (Party.UNIT, Party.HEAD), (Party.OFFICE,)

register_problems(
    {
        "slip.nothing": Words(
            _("Không còn mục nào chờ trả lời trong số đã chọn."), _("Tải lại trang và chọn lại."), 409
        ),
        "slip.answer": Words(
            _("“{title}” không dùng được cho {record}."), _("Chọn cách trả lời khác cho mục này."), 422
        ),
        "slip.again": Words(
            _("{record} đã được trả lời “{title}” một lần; quy định chỉ cho phép {times} lần."),
            _("Chọn cách trả lời khác."),
            409,
        ),
        "slip.past": Words(_("Ngày hẹn lại {day} đã qua."), _("Chọn một ngày từ hôm nay trở đi."), 422),
        "slip.far": Words(_("Ngày hẹn lại {day} quá xa."), _("Chọn một ngày trong vòng một năm."), 422),
        "slip.day_off": Words(_("Ngày hẹn lại {day} là ngày nghỉ."), _("Chọn một ngày làm việc."), 422),
    }
)

_REASON = Entry("reason", Bilingual("Lý do", "Reason"), "lines", required=True)
_NOTE = Entry("note", Bilingual("Nội dung", "Details"), "lines")

WORKFLOW = Workflow(
    KIND,
    Bilingual("Phiếu cảnh báo", "Warning slip"),
    states=(
        State("sent", Bilingual("Đã gửi", "Sent"), Party.UNIT),
        State("opened", Bilingual("Đã mở", "Opened"), Party.UNIT),
        State("answered", Bilingual("Đã trả lời", "Answered"), Party.OFFICE),
        State("returned", Bilingual("Cần giải trình lại", "Returned"), Party.UNIT),
        State("closed", Bilingual("Đã đóng", "Closed")),
    ),
    start="sent",
    transitions=(
        Transition("open", Bilingual("Mở phiếu", "Open"), ("sent",), "opened", _UNIT),
        Transition(
            "answer",
            Bilingual("Trả lời", "Answer"),
            _WAITS,
            "answered",
            _UNIT,
            (
                Entry("items", Bilingual("Mục", "Items"), "numbers"),
                Entry("answer", Bilingual("Cách trả lời", "Answer"), required=True),
                _NOTE,
                Entry("new_date", Bilingual("Ngày hẹn lại", "New date"), "date"),
            ),
        ),
        Transition(
            "ask_extension", Bilingual("Xin gia hạn", "Ask for more time"), _WAITS, "", _UNIT, (_REASON,), times=1
        ),
        Transition("grant_extension", Bilingual("Đồng ý gia hạn", "Grant more time"), _WAITS, "", _OFFICE, asked=True),
        Transition(
            "refuse_extension",
            Bilingual("Không đồng ý gia hạn", "Refuse more time"),
            _WAITS,
            "",
            _OFFICE,
            (_REASON,),
            asked=True,
        ),
        Transition(
            "accept",
            Bilingual("Chấp nhận giải trình", "Accept the explanation"),
            ("answered",),
            "closed",
            _OFFICE,
            (_NOTE,),
            outcome="accepted",
        ),
        Transition(
            "return", Bilingual("Yêu cầu giải trình lại", "Return"), ("answered",), "returned", _OFFICE, (_REASON,)
        ),
        Transition(
            "remind",
            Bilingual("Nhắc", "Remind"),
            _WAITS,
            "",
            (Party.OFFICE, Party.LEADER),
            (Entry("text", Bilingual("Lời nhắc", "A line"), "lines"),),
        ),
        Transition("escalate", Bilingual("Báo cáo cấp trên", "Escalate"), _OPEN, "", _OFFICE, (_REASON,)),
        Transition(
            "reassign",
            Bilingual("Chuyển đơn vị khác", "Send to another unit"),
            _OPEN,
            "sent",
            (Party.OFFICE, Party.SYSTEM),
            (Entry("unit", Bilingual("Đơn vị", "Unit"), "unit", required=True), _REASON),
        ),
        Transition(
            "duplicate",
            Bilingual("Trùng phiếu khác", "Duplicate"),
            _OPEN,
            "closed",
            _OFFICE,
            (Entry("other", Bilingual("Số vụ việc", "Case number"), "number", required=True),),
            outcome="duplicate",
        ),
        Transition(
            "withdraw",
            Bilingual("Huỷ phiếu", "Withdraw"),
            _OPEN,
            "closed",
            (Party.OFFICE, Party.SYSTEM),
            (_REASON,),
            outcome="withdrawn",
        ),
        Transition("clear", Bilingual("Đã xử lý xong", "Cleared"), _OPEN, "closed", (Party.SYSTEM,), outcome="cleared"),
    ),
    due=Term(8, Measure.WORKING_HOURS),
    chain=(
        Step(
            Term(-2, Measure.WORKING_HOURS),
            Party.UNIT,
            Bilingual(
                "Phiếu cảnh báo sắp hết hạn trả lời ({due}); còn {left} mục chưa trả lời.",
                "The slip must be answered by {due}; {left} items wait.",
            ),
        ),
        Step(
            Term(0, Measure.WORKING_HOURS),
            Party.HEAD,
            Bilingual(
                "Phiếu cảnh báo đã hết hạn trả lời ({due}); còn {left} mục chưa trả lời.",
                "The slip was to be answered by {due}; {left} items wait.",
            ),
            4,
        ),
        Step(
            Term(1, Measure.WORKING_DAYS),
            Party.OFFICE,
            Bilingual(
                "{unit} chưa trả lời phiếu cảnh báo sau hạn một ngày làm việc.",
                "{unit} has not answered the slip one working day after its deadline.",
            ),
            4,
        ),
        Step(
            Term(2, Measure.WORKING_DAYS),
            Party.LEADER,
            Bilingual(
                "{unit} chưa trả lời phiếu cảnh báo sau hạn hai ngày làm việc.",
                "{unit} has not answered the slip two working days after its deadline.",
            ),
            5,
        ),
    ),
    answers=(
        Answer("done", Bilingual("Đã giải quyết xong", "Done"), ("dossier", "alert", "matter")),
        Answer(
            "apology",
            Bilingual("Đã gửi thư xin lỗi, hẹn lại ngày", "Apology sent, new date"),
            ("dossier",),
            new_date=True,
            times=1,
        ),
        Answer("waiting", Bilingual("Đang chờ công dân", "Waiting for the applicant"), ("dossier",), note=True),
        Answer("wrong_data", Bilingual("Dữ liệu sai", "Wrong data"), ("dossier", "alert", "matter"), note=True),
        Answer("explained", Bilingual("Giải trình", "Explanation"), ("alert", "matter"), note=True),
    ),
    extension=Term(2, Measure.WORKING_DAYS),
    numbered="PCB-IOC",
    texts={
        "new": Bilingual("Phiếu cảnh báo mới, hạn trả lời {due}.", "A new slip, to be answered by {due}."),
        "grew": Bilingual("Phiếu cảnh báo có thêm mục; còn {left} mục.", "The slip has more items; {left} wait."),
        "answer": Bilingual("{unit} đã trả lời phiếu cảnh báo.", "{unit} has answered the slip."),
        "ask_extension": Bilingual("{unit} xin gia hạn: {reason}", "{unit} asks for more time: {reason}"),
        "grant_extension": Bilingual("Đã gia hạn đến {due}.", "More time was granted, until {due}."),
        "refuse_extension": Bilingual("Không gia hạn: {reason}", "No more time: {reason}"),
        "accept": Bilingual("Giải trình đã được chấp nhận.", "The explanation was accepted."),
        "return": Bilingual("Cần giải trình lại: {reason}", "To be explained again: {reason}"),
        "remind": Bilingual("Đề nghị trả lời phiếu cảnh báo. {text}", "Please answer the slip. {text}"),
        "reassign": Bilingual("Phiếu cảnh báo được chuyển đến, hạn {due}.", "A slip was sent on to you, due {due}."),
        "escalated": Bilingual(
            "Phiếu cảnh báo gửi {unit} cần được chỉ đạo. {reason}",
            "The slip sent to {unit} needs your decision. {reason}",
        ),
        "withdraw": Bilingual("Phiếu cảnh báo được huỷ: {reason}", "The slip was withdrawn: {reason}"),
        "clear": Bilingual("Không còn mục nào; phiếu tự đóng.", "Nothing is left; the slip closed itself."),
        "review": Bilingual("{unit} đã trả lời, chờ xem xét.", "{unit} has answered; to be looked at."),
    },
    law="61/2018/NĐ-CP; 118/2025/NĐ-CP",
)


def answered(acting: Acting) -> str:
    """Answer the chosen items, all that wait where none is chosen; answered late is taken, and marked.

    Raises case.entry, slip.nothing, slip.answer, slip.again, slip.past.
    """
    case, told = acting.case, acting.fields
    answer = acting.workflow.answer(told["answer"])
    if answer is None:
        codes = ", ".join(each.code for each in acting.workflow.answers)
        reason = str(_("phải là một trong: {choices}")).format(choices=codes)
        raise Problem("case.entry", where="answer", title=str(_("Cách trả lời")), reason=reason)
    waiting = Item.objects.filter(case=case, state=Item.State.OPEN)
    items = list(waiting.filter(pk__in=told["items"]) if told["items"] else waiting)
    if not items:
        raise Problem("slip.nothing")
    _fits(answer, items, told, clock.local(acting.now).date())
    said = {"answer": answer.code, "note": told["note"], "new_date": told["new_date"] or None}
    said |= {"state": Item.State.ANSWERED, "answered_at": acting.now}
    for item in items:
        for name, value in said.items():
            setattr(item, name, value)
    rows.update(items, list(said))
    case.left = waiting.count() if told["items"] else 0
    case.opened_at = case.opened_at or acting.now
    late = acting.now > case.due_at
    acting.detail |= {"count": len(items), "title": str(answer.title), "left": case.left, "late": late}
    acting.detail["items"] = [each.pk for each in items[:CHUNK]]
    if case.left:
        return "opened" if case.state == "sent" else case.state
    case.answered_at = case.answered_at or acting.now
    case.late = case.late or late
    if case.extended == "asked":  # it was done without
        case.extended = ""
    return "answered"


def returned(acting: Acting) -> None:
    """What was answered waits for an answer again."""
    items = Item.objects.filter(case=acting.case, state=Item.State.ANSWERED)
    acting.case.left = items.update(state=Item.State.OPEN)
    acting.case.answered_at = None


def _fits(answer: Answer, items: Sequence[Item], told: Mapping[str, Any], today: date) -> None:
    for name, needed, title in (("note", answer.note, _("Nội dung")), ("new_date", answer.new_date, _("Ngày hẹn lại"))):
        if needed and not told[name]:
            raise Problem("case.entry", where=name, title=str(title), reason=_("còn thiếu"))
    if told["new_date"]:
        _comes(told["new_date"], today)
    for item in items:
        if item.kind not in answer.of:
            raise Problem("slip.answer", title=str(answer.title), record=item.record)
    if answer.times:
        records = [each.record for each in items]
        before = Item.objects.filter(record__in=records, answer=answer.code).values_list("record", flat=True)
        counts: dict[str, int] = defaultdict(int)
        for record in before:
            counts[record] += 1
            if counts[record] >= answer.times:
                raise Problem("slip.again", record=record, title=str(answer.title), times=answer.times)


def _comes(day: date, today: date) -> None:
    """A new date is a working day within a year."""
    told = {"where": "new_date", "day": f"{day:%d/%m/%Y}"}
    if day < today:
        raise Problem("slip.past", **told)
    if day > today + timedelta(days=366):
        raise Problem("slip.far", **told)
    if not WorkingCalendar.load().is_working_day(day):
        raise Problem("slip.day_off", **told)


SLIP = kinds.register(
    CaseKind(
        WORKFLOW,
        sentences={
            "open": _("{actor} mở phiếu."),
            "answer": _("{actor} trả lời {count} mục: {title}. Còn {left} mục."),
            "ask_extension": _("{actor} xin gia hạn: {reason}"),
            "grant_extension": _("{actor} đồng ý gia hạn đến {due}."),
            "refuse_extension": _("{actor} không đồng ý gia hạn: {reason}"),
            "accept": _("{actor} chấp nhận giải trình."),
            "return": _("{actor} yêu cầu giải trình lại: {reason}"),
            "remind": _("{actor} nhắc đơn vị. {text}"),
            "escalate": _("{actor} báo cáo {party}: {reason}"),
            "reassign": _("{actor} chuyển phiếu từ {from_name} sang {unit_name}: {reason}"),
            "duplicate": _("{actor} đóng phiếu vì trùng với vụ việc {other}."),
            "withdraw": _("{actor} huỷ phiếu: {reason}"),
            "clear": _("Cả {count} mục đã hết; phiếu tự đóng."),
        },
        handlers={
            "open": handlers.opened,
            "answer": answered,
            "ask_extension": handlers.asked_extension,
            "grant_extension": handlers.granted_extension,
            "refuse_extension": handlers.refused_extension,
            "return": returned,
            "escalate": handlers.escalated,
            "reassign": handlers.reassigned,
            "duplicate": handlers.duplicated,
        },
        by_hand=True,
    )
)


_NOTHING = Bilingual("", "")


@dataclass(frozen=True)
class Demand:
    """What a rule asks of units whose records it finds: the reason, its words and law, and by when to answer."""

    reason: str
    title: Bilingual
    item: str  # what kind of thing its records are
    law: str = ""
    text: Bilingual = _NOTHING
    term: Term | None = None
    severity: int = 3


@dataclass
class Followed:
    """What one look at a rule's records came to."""

    sent: int = 0
    grown: int = 0
    stood: int = 0  # records that stand in a slip since
    cleared: int = 0  # records that are over


def follow(
    demand: Demand, members: "pa.Table", now: datetime | None = None, units: Collection[str] | None = None
) -> Followed:
    """Bring the slips of a reason up to the records that its rule finds now.

    Slips are sent of records of these `units` only, where they are given. `members` has the columns record, unit,
    since, due_at, simulated where known; all others become facts. Whatever is interrupted is made up for the next time:
    nothing is sent twice, nothing is forgotten.
    """
    now, done = now or clock.now(), Followed()
    known = Item.objects.filter(reason=demand.reason, state__in=Item.LIVE)
    live = {record: (pk, state, new_date) for pk, record, state, new_date in _values(known)}
    found = members.column("record").to_pylist()
    over = live.keys() - set(found)
    _clear([live[record][0] for record in over], now, done)
    today = clock.local(now).date()
    expired = [
        pk for pk, state, new_date in live.values() if state == Item.State.HELD and new_date and new_date < today
    ]
    Item.objects.filter(pk__in=expired).update(state=Item.State.EXPIRED, ended_at=now)
    gone = set(expired)
    fresh = [place for place, record in enumerate(found) if record not in live or live[record][0] in gone]
    if units is not None and fresh:
        own = members.column("unit").to_pylist()
        fresh = [place for place in fresh if own[place] in units]
    if fresh:
        _send(demand, members.take(fresh).to_pylist(), now, done)
    return done


def send(
    person: User,
    unit: str,
    title: str,
    text: str,
    *,
    alert: Alert | None = None,
    parent: Case | None = None,
    now: datetime | None = None,
) -> Case:
    """Send a slip by hand, about an alert or about anything else; of an alert that has an open slip, that slip.

    As a part of another case it closes with that one. Raises case.unit, case.entry, case.not_yours,
    case.over.
    """
    now = now or clock.now()
    if Role(person.role) not in SENDERS:
        who = str(actions.PARTIES[Party.OFFICE])
        raise Problem("case.not_yours", title=str(WORKFLOW.title), who=who)
    if not text.strip():
        raise Problem("case.entry", where="text", title=_("Nội dung yêu cầu"), reason=_("còn thiếu"))
    if alert is None:
        item = Standing("matter", secrets.token_hex(8), now, facts={"text": text})
        reason, subject, severity = "", ("unit", unit), 3
    else:
        known = Item.objects.filter(kind="alert", record=str(alert.pk), case__is_open=True).first()
        if known is not None:
            return known.case
        item = Standing("alert", str(alert.pk), alert.since, facts={"rule": alert.rule, "text": text})
        reason, subject, severity = alert.rule, ("alert", str(alert.pk)), alert.severity
    return actions.create(
        KIND,
        unit=unit,
        title=title,
        person=person,
        reason=reason,
        subject=subject,
        items=[item],
        severity=severity,
        facts={"text": text},
        simulated=bool(alert and alert.facts.get("simulated")),
        parent=parent,
        now=now,
    )


def settle(now: datetime | None = None) -> int:
    """Note the alerts that have cleared in the slips that were sent of them; returns how many."""
    live = Item.objects.filter(kind="alert", state__in=Item.LIVE)
    numbers = {int(record): pk for pk, record in live.values_list("pk", "record")}
    over = Alert.objects.filter(pk__in=numbers, state=Alert.State.CLEARED).values_list("pk", flat=True)
    done = Followed()
    _clear([numbers[pk] for pk in over], now or clock.now(), done)
    return done.cleared


def _values(rows: Any) -> Any:
    return rows.values_list("pk", "record", "state", "new_date").iterator(chunk_size=5000)


def _clear(items: list[int], now: datetime, done: Followed) -> None:
    by_case: dict[int, list[int]] = defaultdict(list)
    for start in range(0, len(items), CHUNK):
        part = items[start : start + CHUNK]
        for pk, number in Item.objects.filter(pk__in=part).values_list("pk", "case_id"):
            by_case[number].append(pk)
    for number, ended in by_case.items():
        with transaction.atomic():
            case = actions.locked(number)
            live = Item.objects.filter(pk__in=ended, state__in=Item.LIVE)
            cleared = live.update(state=Item.State.CLEARED, ended_at=now)
            if cleared and case.is_open:
                actions.shrink(case, cleared, now)
            done.cleared += cleared


def _send(demand: Demand, rows: list[dict[str, Any]], now: datetime, done: Followed) -> None:
    today = clock.local(now).date()
    routes = kinds.in_force(KIND).routes
    by_unit: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_unit[routing.unit_for(routes, row["unit"], row, today)].append(row)
    calendar = WorkingCalendar.load()
    day = calendar.add_working_days(today, 0)
    for unit, own in by_unit.items():
        for start in range(0, len(own), CHUNK):
            part = own[start : start + CHUNK]
            try:
                _stand(demand, unit, day, part, now, done)
            except IntegrityError:  # another has sent some of these in this moment; the next look finds the rest
                continue


def _stand(demand: Demand, unit: str, day: date, rows: list[dict[str, Any]], now: datetime, done: Followed) -> None:
    """Let records stand in the slip of a unit and day; where that one is closed already, in one of the next day."""
    items = [_standing(demand, row) for row in rows]
    with transaction.atomic():
        calendar = WorkingCalendar.load()
        for _turn in range(7):
            key = f"{KIND}:{demand.reason}:{unit}:{day.isoformat()}"
            known = Case.objects.select_for_update().filter(key=key).first()
            if known is None or known.is_open:
                break
            day = calendar.add_working_days(day, 1)
        if known is not None and known.is_open:
            actions.grow(known, items, now)
            done.grown += 1
        else:
            actions.create(
                KIND,
                unit=unit,
                title=f"{demand.title.vi}: {labels.name(unit)}",
                person=None,
                reason=demand.reason,
                key=key,
                subject=("unit", unit),
                items=items,
                day=day,
                due_at=demand.term.from_(now, calendar) if demand.term else None,
                severity=demand.severity,
                facts={"law": demand.law, "text": asdict(demand.text), "title": asdict(demand.title)},
                simulated=any(row.get("simulated") for row in rows),
                now=now,
            )
            done.sent += 1
        done.stood += len(items)


def _standing(demand: Demand, row: Mapping[str, Any]) -> Standing:
    own = ("record", "since", "due_at")
    facts = {name: _json(value) for name, value in row.items() if name not in own and value is not None}
    return Standing(demand.item, row["record"], row["since"], row.get("due_at"), facts)


def _json(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.stamp(value)
    return value.isoformat() if isinstance(value, date) else value
