"""Slips as formal documents: what stands in a warning slip, in the layout of Decree 30/2020/NĐ-CP."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.utils.translation import override

from toancanh.base import clock
from toancanh.base.words import Bilingual
from toancanh.cases import workflow
from toancanh.cases.models import Case, Item
from toancanh.reports import letterheads
from toancanh.reports.formal import Column, FormalDocument, Paragraph, Table
from toancanh.units import labels
from toancanh.units.calendar import WorkingCalendar
from toancanh.warehouse import types
from toancanh.warehouse.types import Kind

# Facts of a record that stand in the table, where its type has such fields.
_SHOWN = ("procedure", "received_at")


def document(case: Case) -> FormalDocument:
    """The slip as it is sent: the same slip gives the same document. It is Vietnamese whoever reads it."""
    with override("vi"):
        flow = workflow.of_frozen(case.workflow_id)
        letterhead = letterheads.in_force()
        items = list(case.items.all())
        reason = Bilingual.of(case.facts["title"]).vi if case.facts.get("title") else case.title
        made = clock.local(case.created_at)
        laws = filter(None, (law.strip() for law in str(case.facts.get("law") or "").split(";")))
        body: list[Paragraph | Table] = [Paragraph(f"Căn cứ {law}", "ground") for law in laws]
        body.append(Paragraph(_found(reason, made, len(items), simulated=case.simulated)))
        if case.facts.get("text") and Bilingual.of(case.facts["text"]):
            body.append(Paragraph(Bilingual.of(case.facts["text"]).vi))
        body.append(_table(items, made, {each.code: each.title.vi for each in flow.answers}))
        body.append(
            Paragraph(
                f"Đề nghị đơn vị xử lý và trả lời phiếu này trên hệ thống trước {_time(case.due_at)}. "
                "Phiếu tự đóng khi không còn mục nào, hoặc khi Trung tâm chấp nhận giải trình."
            )
        )
        return FormalDocument(
            letterhead=letterhead,
            number=case.number or case.pk,
            symbol=tuple(flow.numbered.split("-")) if flow.numbered else ("PCB",),
            day=made.date(),
            kind=flow.title.vi,
            subject=f"Về việc {reason[:1].lower()}{reason[1:]}",
            addressees=(labels.name(case.unit),),
            body=tuple(body),
        )


def _found(reason: str, made: datetime, count: int, *, simulated: bool) -> str:
    marked = " (dữ liệu mô phỏng)" if simulated else ""
    told = reason[:1].lower() + reason[1:]
    return f"Đến {_time(made)}, hệ thống ghi nhận {count} mục thuộc trách nhiệm của đơn vị: {told}{marked}."


def _table(items: Iterable[Item], made: datetime, answers: Mapping[str, str]) -> Table:
    items = list(items)
    kind = next((item.kind for item in items), "")
    record = next((each for each in types.all_types() if each.name == kind), None)
    fields = [record.field(name) for name in _SHOWN if any(name in item.facts for item in items)] if record else []
    titles = [str(field.title) for field in fields]
    name = str(record.field(record.subject[0]).title) if record else "Nội dung"
    columns = (
        Column("STT", 10, "center"),
        Column(name, 36),
        *(Column(title, 44 if field.kind is Kind.TEXT else 22) for title, field in zip(titles, fields, strict=True)),
        Column("Hạn", 22, "center"),
        Column("Quá hạn (ngày làm việc)", 18, "right"),
        Column("Trả lời", 34),
    )
    calendar = WorkingCalendar.load()
    rows = []
    for place, item in enumerate(items, 1):
        told = [_cell(field.kind, item.facts.get(field.name), field.say) for field in fields]
        due = f"{clock.local(item.due_at):%d/%m/%Y}" if item.due_at else ""
        late = calendar.hours_between(item.due_at, made) / 8 if item.due_at else 0.0
        what = item.record if record else str(item.facts.get("text") or "")
        rows.append(
            (
                str(place),
                what,
                *told,
                due,
                f"{late:.1f}".replace(".", ",") if late > 0 else "",
                _answered(item, answers),
            )
        )
    return Table(columns, tuple(rows))


def _answered(item: Item, answers: Mapping[str, str]) -> str:
    """What the unit has answered: how, the new date, and what it wrote."""
    if not item.answer:
        return ""
    how = answers.get(item.answer, item.answer)
    when = f" {item.new_date:%d/%m/%Y}" if item.new_date else ""
    return f"{how}{when}: {item.note}" if item.note else f"{how}{when}"


def _cell(kind: Kind, value: object, say: object) -> str:
    if value is None:
        return ""
    if kind is Kind.TIME:
        return f"{clock.local(datetime.fromisoformat(str(value))):%d/%m/%Y}"
    return str(say(value))  # type: ignore[operator]


def _time(moment: datetime) -> str:
    here = clock.local(moment)
    return f"{here:%H} giờ {here:%M} ngày {here:%d} tháng {here:%m} năm {here:%Y}"
