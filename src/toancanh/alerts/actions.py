"""What people do with alerts: with `life` the only writer of them. Each act is guarded, kept and audited."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from toancanh.access.models import User
from toancanh.access.scope import Scope
from toancanh.alerts import access, holding, life, listing, rules
from toancanh.alerts.models import Alert, AlertChange, Handover, Silence
from toancanh.base import audit, clock, rows
from toancanh.base.problems import Problem, Words, register
from toancanh.units import labels

Act = AlertChange.Act
MOST = 200  # alerts that one act may be about
LONGEST = timedelta(days=30)  # of a silence
_YEAR = timedelta(days=366)  # of a maintenance window that comes again
_SHOWN = 2000
_AT_ONCE = 50  # alerts that one transaction marks

audit.register(
    {
        "alert.acknowledged": _("{actor} tiếp nhận cảnh báo {object}: {note}"),
        "alert.unacknowledged": _("{actor} bỏ tiếp nhận cảnh báo {object}."),
        "alert.escalated": _("{actor} nâng cảnh báo {object} lên mức {severity}: {note}"),
        "alert.merged": _("{actor} gộp cảnh báo {object} vào cảnh báo {parent}."),
        "alert.parted": _("{actor} tách cảnh báo {object} khỏi cảnh báo {parent}."),
        "silence.made": _("{actor} cho tạm im {what} đến {until}: {reason}"),
        "silence.ended": _("{actor} kết thúc sớm tạm im {what}."),
        "watch.handed": _("{actor} bàn giao ca trực với {open} cảnh báo đang mở."),
        "watch.taken": _("{actor} nhận ca trực do {by} bàn giao."),
    }
)
register(
    {
        "alert.cleared": Words(
            _("Cảnh báo {alert} đã hết, không còn gì để xử lý."), _("Tải lại trang để xem danh sách mới nhất."), 409
        ),
        "alert.none": Words(_("Chưa chọn cảnh báo nào."), _("Chọn ít nhất một cảnh báo rồi thực hiện."), 422),
        "alert.many": Words(_("Một lần chỉ xử lý được {most} cảnh báo."), _("Chọn ít hơn, hoặc tạm im cả luật."), 422),
        "alert.merge": Words(_("Cần chọn ít nhất hai cảnh báo để gộp."), _("Chọn thêm cảnh báo rồi gộp."), 422),
        "alert.severity": Words(
            _("Mức mới phải cao hơn mức hiện tại và không quá 5."), _("Chọn một mức từ {lowest} đến 5."), 422
        ),
        "silence.reason": Words(_("Chưa ghi lý do."), _("Ghi một câu: vì sao, đến khi nào."), 422),
        "silence.end": Words(
            _("Tạm im phải kết thúc, muộn nhất sau {days} ngày."),
            _("Chọn thời điểm kết thúc gần hơn, sau lúc này."),
            422,
        ),
        "silence.what": Words(_("Chưa nói tạm im cái gì."), _("Chọn một luật, một đối tượng hoặc một đơn vị."), 422),
        "silence.unit": Words(
            _("Chỉ tạm im được trong phạm vi đơn vị của bạn."), _("Chọn một đơn vị trong phạm vi của bạn."), 403
        ),
        "silence.unknown": Words(
            _("Không có lần tạm im này, hoặc nó đã kết thúc."), _("Tải lại trang để xem danh sách mới nhất."), 404
        ),
        "watch.note": Words(_("Chưa ghi nội dung bàn giao."), _("Ghi điều ca sau cần biết rồi bàn giao."), 422),
        "watch.own": Words(
            _("Người bàn giao không tự nhận ca của mình."), _("Người trực ca sau đăng nhập và nhận."), 409
        ),
        "watch.unknown": Words(_("Không có bản bàn giao nào chờ nhận."), _("Tải lại trang."), 404),
    }
)


def acknowledge(pks: Iterable[int], *, user: User, scope: Scope, note: str = "") -> list[Alert]:
    """Take alerts on, with all that was merged into them; those that are taken on already stay as they are.

    Raises access.forbidden, access.outside, alert.cleared, alert.none, alert.many.
    """
    actor, now, note = access.writer(user), clock.now(), note.strip()[:300]
    with transaction.atomic():
        chosen = _chosen(pks, user, scope)
        changed = [alert for alert in _whole(chosen) if not alert.acknowledged]
        for alert in changed:
            alert.acknowledged_at, alert.acknowledged_by, alert.note = now, actor[1], note or alert.note
            audit.record("alert.acknowledged", actor=actor, target=_ref(alert), note=note)
        _keep(changed, Act.ACKNOWLEDGED, now, actor[1], note, ["acknowledged_at", "acknowledged_by", "note"])
    return chosen


def take_on(handled: Mapping[int, str]) -> int:
    """Mark alerts that are being handled by what was sent of them, each with a note that says by what.

    Those that somebody has taken on stay his. Returns how many were marked.
    """
    now, marked = clock.now(), 0
    numbers = sorted(handled)
    for start in range(0, len(numbers), _AT_ONCE):
        part = numbers[start : start + _AT_ONCE]
        with transaction.atomic():
            found = Alert.objects.select_for_update().filter(
                pk__in=part, acknowledged_at=None, state=Alert.State.FIRING
            )
            for alert in found:
                alert.acknowledged_at, alert.acknowledged_by = now, audit.SYSTEM[1]
                alert.note = handled[alert.pk][:300]
                audit.record("alert.acknowledged", actor=audit.SYSTEM, target=_ref(alert), note=alert.note)
            changed = ["acknowledged_at", "acknowledged_by", "note"]
            _keep(list(found), Act.ACKNOWLEDGED, now, audit.SYSTEM[1], "", changed)
            marked += len(found)
    return marked


def unacknowledge(pks: Iterable[int], *, user: User, scope: Scope) -> list[Alert]:
    """Give alerts back, with all that was merged into them. Raises as `acknowledge`."""
    actor, now = access.writer(user), clock.now()
    with transaction.atomic():
        chosen = _chosen(pks, user, scope)
        changed = [alert for alert in _whole(chosen) if alert.acknowledged]
        for alert in changed:
            alert.acknowledged_at, alert.acknowledged_by = None, ""
            audit.record("alert.unacknowledged", actor=actor, target=_ref(alert))
        _keep(changed, Act.UNACKNOWLEDGED, now, actor[1], "", ["acknowledged_at", "acknowledged_by"])
    return chosen


def escalate(
    pks: Iterable[int], *, user: User, scope: Scope, severity: int | None = None, note: str = ""
) -> list[Alert]:
    """Make alerts more severe, each by one where no severity is told; one that is as severe already stays.

    Raises alert.severity, and as `acknowledge`.
    """
    actor, now, note = access.writer(user), clock.now(), note.strip()[:300]
    if severity is not None and not 1 <= severity <= 5:
        raise Problem("alert.severity", lowest=1)
    with transaction.atomic():
        chosen = _chosen(pks, user, scope)
        changed = []
        for alert in chosen:
            wanted = alert.severity + 1 if severity is None else severity
            if severity is not None and wanted == alert.severity:
                continue
            if wanted > 5 or wanted < alert.severity:
                raise Problem("alert.severity", lowest=min(alert.severity + 1, 5))
            alert.severity = alert.escalated = wanted
            alert.note = note or alert.note
            changed.append(alert)
            audit.record("alert.escalated", actor=actor, target=_ref(alert), severity=wanted, note=note)
        _keep(changed, Act.ESCALATED, now, actor[1], note, ["severity", "escalated", "note"])
    return chosen


def merge(pks: Iterable[int], *, user: User, scope: Scope, into: int | None = None) -> Alert:
    """Put alerts under one of them, the most severe and oldest unless told; its acknowledgement covers them.

    Raises alert.merge, and as `acknowledge`.
    """
    actor, now = access.writer(user), clock.now()
    wanted = [*pks, *([into] if into is not None else [])]
    with transaction.atomic():
        chosen = _chosen(wanted, user, scope)
        if len(chosen) < 2:
            raise Problem("alert.merge")
        head = next((each for each in chosen if each.pk == into), None) or min(
            chosen, key=lambda each: (-each.severity, each.since, each.pk)
        )
        freed = head.parent_id is not None
        under = [each for each in _whole(chosen) if each.pk != head.pk and each.parent_id != head.pk]
        for alert in under:
            alert.parent = head
            audit.record("alert.merged", actor=actor, target=_ref(alert), parent=head.pk)
        if freed:
            head.parent = None
            head.save(update_fields=["parent"])
        _keep(under, Act.MERGED, now, actor[1], "", ["parent"], other=head.pk)
        if head.acknowledged:
            covered = [each for each in under if not each.acknowledged]
            for alert in covered:
                alert.acknowledged_at, alert.acknowledged_by = head.acknowledged_at, head.acknowledged_by
            fields = ["acknowledged_at", "acknowledged_by"]
            _keep(covered, Act.ACKNOWLEDGED, now, head.acknowledged_by, "", fields, other=head.pk)
    return head


def part(pks: Iterable[int], *, user: User, scope: Scope) -> list[Alert]:
    """Have merged alerts stand for themselves again. Raises as `acknowledge`."""
    actor, now = access.writer(user), clock.now()
    with transaction.atomic():
        chosen = _chosen(pks, user, scope)
        for alert in chosen:
            if alert.parent_id is not None:
                audit.record("alert.parted", actor=actor, target=_ref(alert), parent=alert.parent_id)
                parent, alert.parent = alert.parent_id, None
                _keep([alert], Act.PARTED, now, actor[1], "", ["parent"], other=parent)
    return chosen


def silence(pks: Iterable[int], *, user: User, scope: Scope, until: datetime, reason: str) -> list[Silence]:
    """Hold alerts back until a moment; one that is held back as long already stays as it is.

    Raises silence.reason, silence.end, and as `acknowledge`.
    """
    actor, now = access.writer(user), clock.now()
    reason = _reason(reason)
    if not now < until <= now + LONGEST:
        raise Problem("silence.end", days=LONGEST.days)
    with transaction.atomic():
        chosen = _chosen(pks, user, scope)
        made = [_silenced(alert, until, reason, actor, now) for alert in chosen]
    holding.bring_up(now)
    return made


def _silenced(alert: Alert, until: datetime, reason: str, actor: audit.Ref, now: datetime) -> Silence:
    same = Silence.objects.filter(
        rule=alert.rule, subject_kind=alert.subject_kind, subject_id=alert.subject_id, weekly=False, ended_at=None
    )
    if standing := same.filter(starts_at__lte=now, until__gte=until).first():
        return standing
    return _made(
        Silence(
            kind=Silence.Kind.SILENCE,
            rule=alert.rule,
            subject_kind=alert.subject_kind,
            subject_id=alert.subject_id,
            unit=alert.owner,
            starts_at=now,
            ends_at=until,
            until=until,
        ),
        reason,
        actor,
        now,
    )


def plan(
    *,
    user: User,
    scope: Scope,
    starts: datetime,
    ends: datetime,
    reason: str,
    rule: str = "",
    source: str = "",
    unit: str = "",
    weekly: bool = False,
    until: datetime | None = None,
) -> Silence:
    """Plan a while, once or every week until a day, in which alerts of a rule, a source or a unit are held back.

    Raises access.forbidden, silence.what, silence.unit, silence.reason, silence.end, rule.unknown.
    """
    actor, now = access.writer(user), clock.now()
    reason = _reason(reason)
    if not (rule or source or unit):
        raise Problem("silence.what")
    if rule and rules.get(rule) is None:
        raise Problem("rule.unknown", rule=rule)
    today = clock.today()
    if not scope.everything and not (unit and scope.covers(unit, today)):
        raise Problem("silence.unit")
    last = until if weekly and until is not None else ends
    longest = _YEAR if weekly else LONGEST
    lasts = timedelta() < ends - starts <= (timedelta(days=7) if weekly else LONGEST)
    if not lasts or not now < last <= max(now, starts) + longest or last < ends or (weekly and until is None):
        raise Problem("silence.end", days=longest.days)
    kind = Silence.Kind.WINDOW if weekly or starts > now else Silence.Kind.SILENCE
    found = Silence(kind=kind, rule=rule, unit=unit, starts_at=starts, ends_at=ends, weekly=weekly, until=last)
    found.subject_kind, found.subject_id = ("source", source) if source else ("", "")
    with transaction.atomic():
        made = _made(found, reason, actor, now)
    holding.bring_up(now)
    return made


def end_silence(pk: int, *, user: User, scope: Scope) -> Silence:
    """End a silence before its time. Raises access.forbidden, silence.unknown."""
    actor, now = access.writer(user), clock.now()
    with transaction.atomic():
        found = access.silences(user, scope).select_for_update().filter(pk=pk, ended_at=None, until__gt=now).first()
        if found is None:
            raise Problem("silence.unknown")
        found.ended_at, found.ended_by = now, actor[1]
        found.save(update_fields=["ended_at", "ended_by"])
        audit.record("silence.ended", actor=actor, target=("silence", str(pk)), what=meant(found))
    holding.bring_up(now)
    return found


def hand_over(note: str, *, user: User, scope: Scope) -> Handover:
    """Hand the watch over with a written note and what is open now. Raises access.forbidden, watch.note."""
    actor, now = access.writer(user), clock.now()
    if not note.strip():
        raise Problem("watch.note")
    known = rules.known()
    found = [listing.told(alert, known) for alert in listing.queue(access.visible(user, scope))[:_SHOWN]]
    left = [
        {
            "alert": told.alert.pk,
            "severity": told.alert.severity,
            "what": told.what,
            "owner": told.owner,
            "url": told.url,
            "acknowledged_by": told.alert.acknowledged_by,
        }
        for told in found
    ]
    with transaction.atomic():
        made = Handover.objects.create(at=now, by=actor[1], unit=user.unit, note=note.strip(), open=left)
        audit.record("watch.handed", actor=actor, target=("handover", str(made.pk)), open=len(left))
    return made


def take_over(pk: int, *, user: User) -> Handover:
    """Take the watch over that another handed on. Raises access.forbidden, watch.unknown, watch.own."""
    actor = access.writer(user)
    with transaction.atomic():
        found = access.handovers(user).select_for_update().filter(pk=pk, confirmed_at=None).first()
        if found is None:
            raise Problem("watch.unknown")
        if found.by == actor[1]:
            raise Problem("watch.own")
        found.confirmed_at, found.confirmed_by = clock.now(), actor[1]
        found.save(update_fields=["confirmed_at", "confirmed_by"])
        audit.record("watch.taken", actor=actor, target=("handover", str(pk)), by=found.by)
    return found


def meant(silence: Silence) -> str:
    """What a silence holds back, in words."""
    rule = rules.get(silence.rule) if silence.rule else None
    parts = [str(rule.title) if rule else silence.rule]
    if silence.subject_kind == "unit":
        parts.append(labels.name(silence.subject_id))
    elif silence.subject_kind:
        parts.append(silence.subject_id)
    elif silence.unit:
        parts.append(_now("{unit} và cấp dưới").format(unit=labels.name(silence.unit)))
    return " · ".join(filter(None, parts))


def _made(silence: Silence, reason: str, actor: audit.Ref, now: datetime) -> Silence:
    silence.reason, silence.by, silence.made_at = reason, actor[1], now
    silence.save()
    until = f"{clock.local(silence.until):%H:%M %d/%m/%Y}"
    target = ("silence", str(silence.pk))
    audit.record("silence.made", actor=actor, target=target, what=meant(silence), until=until, reason=reason)
    return silence


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Problem("silence.reason")
    return reason.strip()[:300]


def _chosen(pks: Iterable[int], user: User, scope: Scope) -> list[Alert]:
    """The alerts that an act is about, locked, all of them firing."""
    wanted = list(dict.fromkeys(pks))
    if not wanted:
        raise Problem("alert.none")
    if len(wanted) > MOST:
        raise Problem("alert.many", most=MOST)
    seen = access.alerts(wanted, user, scope)
    found = {each.pk: each for each in Alert.objects.select_for_update().filter(pk__in=[each.pk for each in seen])}
    for pk in wanted:
        if found[pk].state != Alert.State.FIRING:
            raise Problem("alert.cleared", alert=pk)
    return [found[pk] for pk in wanted]


def _whole(chosen: Sequence[Alert]) -> list[Alert]:
    """Alerts with all that was merged into them."""
    own = {alert.pk for alert in chosen}
    children = Alert.objects.select_for_update().filter(parent__in=own, state=Alert.State.FIRING).exclude(pk__in=own)
    return [*chosen, *children.order_by("pk")]


def _keep(
    alerts: Sequence[Alert],
    act: str,
    now: datetime,
    by: str,
    note: str,
    fields: Sequence[str],
    other: int | None = None,
) -> None:
    if not alerts:
        return
    rows.update(alerts, fields)
    AlertChange.objects.bulk_create([AlertChange.of(each, act, now, by=by, note=note, other=other) for each in alerts])
    life.tell(alerts)


def _ref(alert: Alert) -> audit.Ref:
    return ("alert", str(alert.pk))
