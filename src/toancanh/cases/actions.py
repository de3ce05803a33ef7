"""Actions: the one writer of cases. What is done with a case is done here, within one transaction, and audited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from toancanh.access.models import User
from toancanh.base import audit, clock, events, news, rows, versions
from toancanh.base import words as words_of
from toancanh.base.problems import Checks, Problem, Words
from toancanh.base.problems import register as register_problems
from toancanh.base.text import nfc, whole
from toancanh.base.words import Bilingual
from toancanh.cases import access, escalation, kinds, numbering, search, telling, workflow
from toancanh.cases.acting import Acting
from toancanh.cases.models import Attachment, Case, Comment, Item, Link, SavedFilter, Watcher
from toancanh.cases.workflow import Entry, Party, Transition, Workflow
from toancanh.units import labels, revision
from toancanh.units.calendar import WorkingCalendar
from toancanh.units.tree import Tree

CHANGED = "cases.changed"  # news, with the units whose cases changed
LONGEST = 4000  # characters of a text that somebody writes

audit.register(
    {
        "case.created": _("{actor} lập vụ việc, giao {unit_name}, hạn {due}."),
        "case.attached": _("{actor} đính kèm {names}."),
        "case.commented": _("{actor} viết: {text}"),
        "case.watched": _("{actor} theo dõi vụ việc."),
        "case.unwatched": _("{actor} thôi theo dõi vụ việc."),
        "case.linked": _("{actor} nối với vụ việc {other} ({how})."),
        "case.stepped": _("{actor} đôn đốc {party}: {text}"),
        "case.grew": _("{actor} thêm {count} mục."),
        "case.shrank": _("{actor} ghi nhận {count} mục đã hết."),
    }
)
register_problems(
    {
        "case.action": Words(
            _("Không có thao tác `{action}` với loại vụ việc này."), _("Dùng một trong: {actions}."), 404
        ),
        "case.not_yours": Words(
            _("Việc “{title}” do {who} thực hiện."), _("Chuyển cho người có thẩm quyền, hoặc để lại ý kiến."), 403
        ),
        "case.state": Words(
            _("Vụ việc đang ở trạng thái “{state}”, không thể {title}."),
            _("Tải lại trang để xem việc có thể làm."),
            409,
        ),
        "case.times": Words(
            _("Việc “{title}” chỉ được thực hiện {times} lần trong một vụ việc."),
            _("Chọn cách khác, hoặc trao đổi với trung tâm điều hành."),
            409,
        ),
        "case.changed": Words(
            _("Vụ việc đã thay đổi từ khi bạn mở: {what}"), _("Xem thay đổi rồi quyết định lại."), 409
        ),
        "case.not_asked": Words(
            _("Đơn vị không có đề nghị gia hạn nào đang chờ."), _("Tải lại trang để xem trạng thái mới nhất."), 409
        ),
        "case.entry": Words(_("{title}: {reason}"), _("Sửa mục này rồi gửi lại."), 422),
        "case.unit": Words(_("Không có đơn vị `{unit}` vào hôm nay."), _("Chọn đơn vị trong danh sách."), 422),
        "case.link": Words(_("Không nối được với vụ việc {other}."), _("Chọn một vụ việc khác mà bạn xem được."), 422),
        "case.over": Words(_("Vụ việc {case} đã đóng."), _("Chọn một vụ việc còn mở."), 409),
        "case.by_hand": Words(
            _("Loại vụ việc “{title}” không lập bằng tay."), _("Hệ thống tự lập khi có cảnh báo."), 422
        ),
    }
)


@dataclass(frozen=True)
class Standing:
    """A record that stands in a case from its beginning."""

    kind: str
    record: str
    since: datetime
    due_at: datetime | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


@revision.held()
def create(
    kind: str,
    *,
    unit: str,
    title: str,
    person: User | None,
    reason: str = "",
    key: str | None = None,
    subject: tuple[str, str] = ("", ""),
    items: Sequence[Standing] = (),
    day: date | None = None,
    due_at: datetime | None = None,
    severity: int = 3,
    facts: Mapping[str, Any] | None = None,
    simulated: bool = False,
    parent: Case | None = None,
    now: datetime | None = None,
) -> Case:
    """Begin a case at a unit, by the workflow in force. With a `key` that a case has already, that case.

    A part of another, its `parent`, closes with that one. Raises case.kind, case.unit, case.entry, case.over.
    """
    now = now or clock.now()
    title = nfc(whole(title))[:300]
    if not title:
        raise Problem("case.entry", title=_("Tiêu đề"), reason=_("còn thiếu"))
    found = kinds.in_force(kind)
    calendar = WorkingCalendar.load()
    today = clock.local(now).date()
    tree = Tree.at(today)
    unit = tree.answering(unit)
    if unit not in tree:
        raise Problem("case.unit", unit=unit)
    due = due_at or found.due.from_(now, calendar)
    with transaction.atomic():
        for (known,) in rows.ask("SELECT id FROM cases_case WHERE key = %s", [key]) if key is not None else ():
            return Case.objects.get(pk=known)
        if parent is not None and not locked(parent.pk).is_open:
            raise Problem("case.over", case=parent.pk)
        case = Case(
            kind=kind,
            reason=reason,
            key=key,
            title=title,
            unit=unit,
            state=found.start,
            severity=severity,
            subject_kind=subject[0],
            subject_id=subject[1],
            day=day or calendar.add_working_days(today, 0),
            created_at=now,
            due_at=due,
            count=len(items),
            left=len(items),
            facts=dict(facts or {}),
            simulated=simulated or (parent is not None and parent.simulated),
            workflow_id=versions.freeze(found.written),
            parent=parent,
        )
        case.step = escalation.first_step(found, due, now)
        case.next_at = escalation.next_moment(case, found, now)
        if found.numbered:
            case.year = today.year
            case.number = numbering.next_number(kind, today.year)
        case.words = words(case, found)
        rows.insert([case])
        _stand(case, items)
        actor = ("user", person.username) if person else audit.SYSTEM
        _record(case, "case.created", actor, unit=unit, unit_name=labels.name(unit), due=_moment(due))
        text = found.texts.get("new") or Bilingual("Việc mới cần xử lý.", "New work to be done.")
        telling.tell(access.people(Party.UNIT, unit), case, filled(text, case, {}), but=person)
        _changed(case)
    return case


@revision.held()
def act(
    pk: int,
    action: str,
    *,
    person: User | None,
    fields: Mapping[str, Any] | None = None,
    attachments: Sequence[Attachment] = (),
    seen: int | None = None,
    now: datetime | None = None,
) -> Case:
    """Do something with a case. The caller has seen to it that the person may see it.

    `seen` is the revision that he saw. Raises case.action, case.not_yours, case.changed, case.state, case.times,
    case.entry, and what the kind's own handlers raise.
    """
    now = now or clock.now()
    with transaction.atomic():
        case = locked(pk)
        flow = workflow.of_frozen(case.workflow_id)
        transition = flow.transition(action)
        if transition is None:
            raise Problem("case.action", action=action, actions=", ".join(each.action for each in flow.transitions))
        parties = access.parties(person, case)
        if not parties & set(transition.who):
            who = ", ".join(str(PARTIES[each]) for each in transition.who)
            raise Problem("case.not_yours", title=str(transition.title), who=who)
        _unchanged(case, seen)
        _allowed(case, flow, transition)
        acting = Acting(case, flow, transition, person, parties, entries(transition, fields or {}), attachments, now)
        handler = kinds.get(case.kind).handlers.get(action)
        target = (handler(acting) if handler else None) or transition.target or case.state
        move(acting, target)
        for attachment in attachments:
            attachment.case, attachment.act = case, action
            attachment.save(force_insert=True)
        told = {name: _plain(value) for name, value in acting.fields.items() if value not in ("", None)}
        _record(case, f"{case.kind}.{action}", acting.actor, **{**told, **acting.detail}, files=len(attachments))
        text = flow.texts.get(action)
        if text is not None:
            telling.tell(_concerned(case, flow, person), case, filled(text, case, acting.fields), but=person)
        _changed(case, acting.units)
    return case


def locked(pk: int) -> Case:
    """A case that nobody else changes until the transaction is over. Raises Case.DoesNotExist."""
    sql = "SELECT * FROM cases_case WHERE id = %s" + (
        " FOR UPDATE" if connection.features.has_select_for_update else ""
    )
    for case in Case.objects.raw(sql, [pk]):
        return case
    raise Case.DoesNotExist


def move(acting: Acting, target: str) -> None:
    """Bring a case into a state, with what follows from that: whose turn it is, by when, and whether it is over."""
    case, flow, now = acting.case, acting.workflow, acting.now
    was = case.state
    case.state, case.revision = target, case.revision + 1
    case.is_open = flow.is_open(target)
    if case.is_open:
        case.next_at = escalation.next_moment(case, flow, now)
    else:
        case.outcome = acting.transition.outcome or case.outcome
        case.closed_at, case.next_at = now, None
        case.late = case.late or (case.answered_at is None and now > case.due_at)
        Item.objects.filter(case=case, state__in=(Item.State.OPEN, Item.State.ANSWERED)).update(state=Item.State.HELD)
        case.left = 0
        _close_children(case, acting)
    if was != target:
        acting.detail.setdefault("to", str(flow.state(target).title))
    rows.update([case], acting.changed)


@revision.held()
def comment(case: Case, person: User, text: str) -> Comment:
    """Write something to a case. Raises case.entry."""
    text = _text(text, _("Ý kiến"))
    with transaction.atomic():
        made = Comment.objects.create(case=case, at=clock.now(), author=person, text=text)
        _touch(case)
        _record(case, "case.commented", ("user", person.username), text=text)
        flow = workflow.of_frozen(case.workflow_id)
        says = Bilingual(f"{person.name}: {text[:300]}", f"{person.name}: {text[:300]}")
        telling.tell(_concerned(case, flow, person), case, says, but=person)
        _changed(case)
    return made


def attach(case: Case, person: User, attachments: Sequence[Attachment]) -> None:
    """Lay files to a case without doing anything else with it."""
    with transaction.atomic():
        for attachment in attachments:
            attachment.case = case
            attachment.save(force_insert=True)
        _touch(case)
        names = ", ".join(attachment.name for attachment in attachments)
        _record(case, "case.attached", ("user", person.username), names=names)
        _changed(case)


def watch(case: Case, person: User, on: bool = True) -> None:
    """Let somebody hear of a case, or no more."""
    with transaction.atomic():
        if on:
            _watcher, made = Watcher.objects.get_or_create(case=case, person=person)
            changed = made
        else:
            changed = bool(Watcher.objects.filter(case=case, person=person).delete()[0])
        if changed:
            _record(case, "case.watched" if on else "case.unwatched", ("user", person.username))


def link(case: Case, other: Case, person: User) -> Link:
    """Say that two cases have to do with each other. Raises case.link for a case and itself."""
    if case.pk == other.pk:
        raise Problem("case.link", other=other.pk)
    with transaction.atomic():
        made, new = Link.objects.get_or_create(case=case, other=other, defaults={"kind": Link.Kind.RELATED})
        if new:
            _touch(case)
            how = str(Link.Kind(made.kind).label)
            _record(case, "case.linked", ("user", person.username), other=other.pk, how=how)
            _changed(case)
    return made


def keep_filter(person: User, name: str, query: str) -> SavedFilter:
    """Keep a list of cases under a name; the same name is overwritten. Raises case.entry."""
    name = _text(name, _("Tên bộ lọc"))[:80]
    kept, _new = SavedFilter.objects.update_or_create(person=person, name=name, defaults={"query": query[:1000]})
    return kept


def forget_filter(person: User, pk: int) -> None:
    """Forget a list of cases of one's own."""
    SavedFilter.objects.filter(person=person, pk=pk).delete()


@revision.held()
def grow(case: Case, items: Sequence[Standing], now: datetime) -> None:
    """Let more records stand in an open case, within the caller's transaction."""
    _stand(case, items)
    case.count += len(items)
    case.left += len(items)
    flow = workflow.of_frozen(case.workflow_id)
    if flow.state(case.state).turn is not Party.UNIT:  # what was answered has something new in it
        case.state = flow.start if case.opened_at is None else _target(flow, "open")
        case.answered_at = None
    if case.due_at <= now:  # nobody can answer in time what he is asked after it
        case.due_at = flow.due.from_(now, WorkingCalendar.load())
        case.step = escalation.first_step(flow, case.due_at, now)
    case.revision += 1
    case.next_at = escalation.next_moment(case, flow, now)
    case.save()
    _record(case, "case.grew", audit.SYSTEM, count=len(items))
    text = flow.texts.get("grew")
    if text is not None:
        telling.tell(access.people(Party.UNIT, case.unit), case, text)
    _changed(case)


@revision.held()
def shrink(case: Case, cleared: int, now: datetime) -> None:
    """Note that items of an open case are over, within the caller's transaction; with none left it closes."""
    _record(case, "case.shrank", audit.SYSTEM, count=cleared)
    flow = workflow.of_frozen(case.workflow_id)
    transition = flow.transition("clear")
    assert transition is not None  # noqa: S101 - every kind whose cases have items declares it
    acting = Acting(case, flow, transition, None, frozenset({Party.SYSTEM}), {}, (), now)
    live = Item.objects.filter(case=case, state__in=(Item.State.OPEN, Item.State.ANSWERED))
    case.left = live.filter(state=Item.State.OPEN).count()
    if live.exists():
        case.revision += 1
        if not case.left and flow.state(case.state).turn is Party.UNIT:  # all that is left has its answer
            case.state, case.answered_at = _target(flow, "answer"), case.answered_at or now
            case.late = case.late or now > case.due_at
            case.next_at = escalation.next_moment(case, flow, now)
        case.save()
        _changed(case)
        return
    move(acting, transition.target)
    _record(case, f"{case.kind}.clear", audit.SYSTEM, count=case.count)
    text = flow.texts.get("clear")
    if text is not None:
        telling.tell(access.watchers(case), case, text)
    _changed(case)


@revision.held()
def step(case: Case, now: datetime) -> None:
    """Take the next step of a case's escalation chain, within the caller's transaction."""
    flow = workflow.of_frozen(case.workflow_id)
    due = escalation.step_of(case, flow)
    case.severity = max(case.severity, due.severity)
    case.step = min(case.step + 1, len(flow.chain))
    case.revision += 1
    case.next_at = escalation.next_moment(case, flow, now)
    case.save(update_fields=["severity", "step", "revision", "next_at"])
    text = filled(due.text, case, {})
    _record(case, "case.stepped", audit.SYSTEM, party=str(PARTIES[due.to]), text=text.vi)
    telling.tell(access.people(due.to, case.unit), case, text)
    _changed(case)


def tell(people: Iterable[User], acting: Acting, text: Bilingual) -> None:
    """Tell people of an act beyond those who hear of it anyway."""
    telling.tell(people, acting.case, filled(text, acting.case, acting.fields), but=acting.person)


def entries(transition: Transition, given: Mapping[str, Any]) -> dict[str, Any]:
    """The entries of an action as they are kept. Raises case.entry, all mistakes at once."""
    checks, found = Checks(), {}
    for entry in transition.entries:
        found[entry.name] = checks.make("", _entry, entry, given.get(entry.name))
    checks.end()
    return found


def possible(case: Case, flow: Workflow, parties: Iterable[Party]) -> list[Transition]:
    """What may be done with a case now on behalf of these parties."""
    mine = set(parties)
    return [
        each
        for each in flow.transitions
        if case.state in each.sources
        and mine & set(each.who)
        and (not each.times or _done(case, each.action) < each.times)
        and (not each.asked or case.extended == "asked")
    ]


def filled(text: Bilingual, case: Case, fields: Mapping[str, Any]) -> Bilingual:
    """A message text with the case's own words in it."""
    told = {"title": case.title, "unit": labels.name(case.unit), "due": _moment(case.due_at), "left": case.left}
    told |= {name: value for name, value in fields.items() if isinstance(value, str)}
    return Bilingual(words_of.filled(text.vi, told), words_of.filled(text.en, told))


def words(case: Case, flow: Workflow) -> str:
    """What a case is found by: its number, title, unit and kind, without accents."""
    number = f"{case.number}/{flow.numbered} {case.number}" if case.number else ""
    told = " ".join((number, case.title, labels.name(case.unit), case.unit, flow.title.vi))
    return f"{search.plain(told)} {search.token(case.unit)}"


PARTIES = {
    Party.UNIT: _("cán bộ đơn vị"),
    Party.HEAD: _("lãnh đạo đơn vị"),
    Party.OFFICE: _("trung tâm điều hành"),
    Party.LEADER: _("lãnh đạo tỉnh"),
    Party.SYSTEM: _("hệ thống"),
}


def _stand(case: Case, items: Sequence[Standing]) -> None:
    made = [
        Item(
            case=case,
            reason=case.reason,
            kind=each.kind,
            record=each.record,
            since=each.since,
            due_at=each.due_at,
            facts=dict(each.facts),
        )
        for each in items
    ]
    rows.insert(made)


def _unchanged(case: Case, seen: int | None) -> None:
    if seen is None or seen == case.revision:
        return
    later = [entry for entry in audit.entries("case", str(case.pk)) if entry.detail.get("revision", 0) > seen]
    raise Problem("case.changed", what=" ".join(audit.sentence(entry) for entry in later[-5:]))


def _allowed(case: Case, flow: Workflow, transition: Transition) -> None:
    if case.state not in transition.sources:
        title = str(transition.title).casefold()
        raise Problem("case.state", state=str(flow.state(case.state).title), title=title)
    if transition.asked and case.extended != "asked":
        raise Problem("case.not_asked")
    if transition.times and _done(case, transition.action) >= transition.times:
        raise Problem("case.times", title=str(transition.title), times=transition.times)


def _done(case: Case, action: str) -> int:
    return audit.count("case", str(case.pk), f"{case.kind}.{action}")


def _entry(entry: Entry, value: Any) -> Any:
    def refuse(reason: Any) -> Problem:
        return Problem("case.entry", where=entry.name, title=str(entry.title), reason=reason)

    if value is None or value == "" or (isinstance(value, str) and not value.strip()):
        if entry.required:
            raise refuse(_("còn thiếu"))
        return ""
    match entry.shape:
        case "choice":
            if value not in entry.choices:
                raise refuse(str(_("phải là một trong: {choices}")).format(choices=", ".join(entry.choices)))
            return value
        case "date":
            try:
                return value if isinstance(value, date) else clock.parse_day(str(value))
            except ValueError:
                raise refuse(_("không phải là một ngày; viết 30/06/2026 hoặc 2026-06-30")) from None
        case "numbers":
            try:
                return [int(each) for each in (value if isinstance(value, (list, tuple)) else [value])]
            except (TypeError, ValueError):
                raise refuse(_("phải là các số")) from None
        case "number":
            try:
                return int(value)
            except (TypeError, ValueError):
                raise refuse(_("phải là một số")) from None
    return _text(str(value), entry.title, where=entry.name)


def _text(text: str, title: Any, where: str = "") -> str:
    text = whole(text).strip()
    if not text:
        raise Problem("case.entry", where=where, title=str(title), reason=_("còn thiếu"))
    if len(text) > LONGEST:
        reason = str(_("dài quá {most} ký tự")).format(most=LONGEST)
        raise Problem("case.entry", where=where, title=str(title), reason=reason)
    return text


def _close_children(case: Case, acting: Acting) -> None:
    """A parent closes with its children."""
    for (pk,) in rows.ask("SELECT id FROM cases_case WHERE parent_id = %s AND is_open", [case.pk]):
        child = locked(pk)
        flow = workflow.of_frozen(child.workflow_id)
        transition = flow.transition("withdraw")
        if transition is not None:
            so = replace(transition, outcome=case.outcome)
            move(Acting(child, flow, so, acting.person, acting.parties, {}, (), acting.now), transition.target)
            reason = str(_("vụ việc chung đã đóng"))
            _record(child, f"{child.kind}.withdraw", acting.actor, reason=reason, parent=case.pk)
            _changed(child)


def _concerned(case: Case, flow: Workflow, person: User | None) -> list[User]:
    """Those who hear what was done: the other side, whoever's turn it is now, and who watches."""
    by_centre = person is None or access.parties(person, case) & {Party.OFFICE, Party.LEADER}
    sides = {Party.UNIT if by_centre else Party.OFFICE, flow.state(case.state).turn}
    found = {each.pk: each for party in sides if party for each in access.people(party, case.unit)}
    return list((found | {each.pk: each for each in access.watchers(case)}).values())


def _target(flow: Workflow, action: str) -> str:
    transition = flow.transition(action)
    assert transition is not None  # noqa: S101 - every kind whose cases have items declares it
    return transition.target


def _touch(case: Case) -> None:
    case.revision += 1
    rows.update([case], ["revision"])


def _record(case: Case, act: str, actor: audit.Ref, **detail: Any) -> None:
    audit.record(act, actor=actor, target=("case", str(case.pk)), revision=case.revision, **detail)


def _changed(case: Case, others: Iterable[str] = ()) -> None:
    news.tell(CHANGED, case=case.pk, units=sorted({case.unit, *others}))
    events.emit("case.changed", case=case.pk, kind=case.kind, state=case.state)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _moment(moment: datetime) -> str:
    return f"{clock.local(moment):%H:%M %d/%m/%Y}"
