"""Sending: what is due is bundled, claimed, looked at once more, handed over, and noted, each in a step of its own.

A message is claimed and then marked as handed to the network, in two short transactions. Who dies before the mark has
sent nothing, and another begins anew; who dies after it may have sent: the message goes once more, under the same
identity, and if nobody knows then, it stays as sent with an unknown answer. No step is in a transaction with another.
"""

import atexit
import secrets
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Q, QuerySet

from toancanh.access import scope as scopes
from toancanh.access.scope import Scope
from toancanh.alerts.notices import bundling, channels, outcomes, parcels, sight, telling
from toancanh.alerts.notices.models import Address, Channel, Delivery, Message, Notice, Reason, Wishes
from toancanh.alerts.notices.outcomes import Ended, Outcome
from toancanh.base import clock
from toancanh.sources import vault

log = structlog.get_logger()
LEASE = timedelta(seconds=60)  # how long somebody may hold a message before he is taken for dead
WIDTH = 4  # messages that a channel sends at once
LONGEST = 2.0  # seconds of a run: what is slow goes on beside the next
_PAUSE = 0.05
_FAREWELL = 3.0  # seconds that a process which ends leaves to what is being sent
_ENDED = {
    Ended.SENT: (Message.State.SENT, Delivery.State.SENT),
    Ended.UNKNOWN: (Message.State.UNKNOWN, Delivery.State.UNKNOWN),
    Ended.NEVER: (Message.State.DEAD, Delivery.State.DEAD),
}
_threads: dict[int, list[threading.Thread]] = defaultdict(list)


def due(now: datetime | None = None) -> bool:
    """Whether there is anything to do."""
    now = now or clock.now()
    return _due_deliveries(now).exists() or _due_messages(now).exists() or _lost(now).exists()


def run(now: datetime | None = None) -> int:
    """Send what is due, each channel by itself; how many messages were begun. Ends after two seconds at the latest."""
    until, begun = time.monotonic() + LONGEST, 0
    while True:
        moment = now or clock.now()
        recover(moment)
        bundle(moment)
        waiting = _due_messages(moment).values_list("address__channel", flat=True).distinct()
        for channel in Channel.objects.filter(pk__in=list(waiting)):
            begun += _start(channel, now)
        if not _alive() or time.monotonic() > until:
            return begun
        time.sleep(_PAUSE)


def bundle(now: datetime) -> int:
    """Put what is due for each address together into one message; how many were made."""
    addresses = set(_due_deliveries(now).values_list("address", flat=True))
    return sum(_bundle(address, now) for address in Address.objects.filter(pk__in=addresses))


def recover(now: datetime) -> int:
    """Take back the messages of whoever died with them; how many."""
    return sum(_take_back(message.pk, now) for message in _lost(now))


def send_next(channel: Channel, now: datetime | None = None) -> bool:
    """Claim and send one message of a channel; false where none is due."""
    moment = now or clock.now()
    message = _claim(channel, moment)
    if message is None:
        return False
    notices = _prepare(message, moment)
    if notices:
        _note(message, _tried(message, channel, notices), now or clock.now())
    return True


def settle(notices: Iterable[int]) -> None:
    """Bring the states of notices up to what became of their deliveries; in the transaction that changed those."""
    # Held first: two that end deliveries of one notice at once would each see the other's as still open.
    held = Notice.objects.select_for_update().filter(pk__in=set(notices)).order_by("pk")
    for notice in held.prefetch_related("deliveries__message"):
        state, reason = _state(list(notice.deliveries.all()), notice)
        if (state, reason) != (notice.state, notice.reason):
            Notice.objects.filter(pk=notice.pk).update(state=state, reason=reason)


def _due_deliveries(now: datetime) -> QuerySet[Delivery]:
    # One of the future was put down before the clock was set back.
    past = Q(due_at__lte=now) | Q(at__gt=now + bundling.LONGEST)
    return Delivery.objects.filter(past, state=Delivery.State.WAITING, address__channel__on=True)


def _due_messages(now: datetime) -> QuerySet[Message]:
    past = Q(next_at__lte=now) | Q(next_at__gt=now + 2 * bundling.LONGEST_PAUSE)
    states = (Message.State.READY, Message.State.FAILED)
    return Message.objects.filter(past, state__in=states, address__channel__on=True)


def _lost(now: datetime) -> QuerySet[Message]:
    held = Q(claimed_at__lte=now - LEASE) | Q(claimed_at__gt=now + LEASE)
    return Message.objects.filter(held, state=Message.State.SENDING)


def _bundle(address: Address, now: datetime) -> int:
    with transaction.atomic():
        quiet = telling.quiet_of(address.person_id)
        waiting = list(address.deliveries.select_for_update().filter(state=Delivery.State.WAITING))
        going = bundling.going(waiting, quiet, now)
        held = [each.pk for each in waiting if each not in going and each.due_at <= now]
        if quiet and held:
            Delivery.objects.filter(pk__in=held).update(due_at=quiet.end(now))
        if not going:
            return 0
        # What still waits for another try goes along, unless it may have arrived: that keeps its identity.
        states = (Message.State.READY, Message.State.FAILED)
        older = list(address.messages.select_for_update().filter(state__in=states, unknowns=0))
        joined = list(Delivery.objects.filter(message__in=older, state=Delivery.State.BUNDLED))
        message = Message.objects.create(
            address=address,
            identity=f"msg_{secrets.token_hex(16)}",
            state=Message.State.READY,
            severity=max(each.severity for each in [*going, *joined]),
            created_at=now,
            next_at=now,
        )
        chosen = [each.pk for each in [*going, *joined]]
        Delivery.objects.filter(pk__in=chosen, begun_at=None).update(begun_at=now)
        Delivery.objects.filter(pk__in=chosen).update(message=message, state=Delivery.State.BUNDLED)
        Message.objects.filter(pk__in=[each.pk for each in older]).update(state=Message.State.EMPTY, ended_at=now)
        settle(each.notice_id for each in joined)
    return 1


def _claim(channel: Channel, now: datetime) -> Message | None:
    with transaction.atomic():
        busy = Message.objects.filter(address__channel=channel, state=Message.State.SENDING).values("address")
        found = _due_messages(now).filter(address__channel=channel).exclude(address__in=busy)
        chosen = found.select_for_update(of=("self",), skip_locked=True).order_by("-severity", "next_at", "pk").first()
        if chosen is None:
            return None
        chosen.state, chosen.claim, chosen.claimed_at = Message.State.SENDING, secrets.token_hex(8), now
        chosen.handed_at = None
        chosen.save(update_fields=["state", "claim", "claimed_at", "handed_at"])
    return chosen


def _prepare(message: Message, now: datetime) -> list[Notice]:
    """The notices that may still be told, once the message is marked as handed over; none where it came to nothing."""
    with transaction.atomic():
        address = Address.objects.select_related("person").get(pk=message.address_id)
        held = list(message.deliveries.filter(state=Delivery.State.BUNDLED).select_related("notice"))
        quiet = telling.quiet_of(address.person_id)
        hushed = quiet if quiet and quiet.covers(now) else None
        scope = scopes.of_user(address.person)
        going: list[Delivery] = []
        back: list[int] = []
        for each in held:
            reason = _hidden(address, each.notice, scope)
            if reason:
                Delivery.objects.filter(pk=each.pk).update(state=Delivery.State.SUPPRESSED, reason=reason)
            elif hushed and each.severity < bundling.URGENT:
                back.append(each.pk)
            else:
                going.append(each)
        if hushed and back:
            late = {"state": Delivery.State.WAITING, "message": None, "due_at": hushed.end(now)}
            Delivery.objects.filter(pk__in=back).update(**late)
        mine = Message.objects.filter(pk=message.pk, claim=message.claim, state=Message.State.SENDING)
        if going:
            message.tries += 1
            if not mine.update(handed_at=now, tries=message.tries):
                return []
        else:
            mine.update(state=Message.State.EMPTY, ended_at=now)
        settle(each.notice_id for each in held)
    return [each.notice for each in going]


def _hidden(address: Address, notice: Notice, scope: Scope) -> Reason | None:
    if address.removed_at is not None or not address.on:
        return Reason.ADDRESS
    return sight.hidden(address.person, notice.about_kind, notice.about_id, notice.unit, scope)


def _tried(message: Message, channel: Channel, notices: Sequence[Notice]) -> Outcome:
    """What became of one try; whatever breaks on the way is an outcome, too."""
    try:
        wishes = Wishes.objects.filter(person=message.address.person_id).first()
        parcel = parcels.made(message.identity, notices, wishes.language if wishes else "vi")
        return channels.of(channel.kind).send(vault.opened(channel.secrets), message.address.address, parcel)
    except Exception as error:
        log.exception("notices.channel", channel=channel.name)
        return Outcome(Ended.AGAIN, "notices.broken", {"reason": outcomes.short(error)})


def _note(message: Message, outcome: Outcome, now: datetime) -> None:
    """Keep what became of a try, unless the message was given to somebody else meanwhile."""
    with transaction.atomic():
        mine = Message.objects.select_for_update().filter(pk=message.pk, claim=message.claim)
        current = mine.filter(state=Message.State.SENDING).first()
        if current is None:
            return
        current.problem, current.params = outcome.problem, outcome.params
        _ended(current, outcome.ended, now)
        if outcome.gone:
            Address.objects.filter(pk=message.address_id).update(on=False)


def _ended(message: Message, ended: Ended, now: datetime) -> None:
    """Move a message on after a try that ended so."""
    held = list(message.deliveries.filter(state=Delivery.State.BUNDLED))
    unclear = ended == Ended.UNKNOWN
    message.unknowns += int(unclear)
    if ended in (Ended.SENT, Ended.NEVER) or (unclear and message.unknowns > 1):
        message.state, state = _ENDED[ended]
        message.ended_at = now
        Delivery.objects.filter(pk__in=[each.pk for each in held]).update(state=state)
    else:
        _again(message, held, now)
    message.claim = ""
    message.save()
    settle(each.notice_id for each in held)


def _again(message: Message, held: Sequence[Delivery], now: datetime) -> None:
    """Try again after a while; what has been tried for a day is given up."""
    old = [each.pk for each in held if each.begun_at and now - each.begun_at >= bundling.GIVE_UP]
    if message.tries >= bundling.MOST:
        old = [each.pk for each in held]
    # What may have arrived is not dead, whatever the tries after it came to.
    state = Delivery.State.UNKNOWN if message.unknowns else Delivery.State.DEAD
    Delivery.objects.filter(pk__in=old).update(state=state)
    if len(old) == len(held):
        message.state, message.ended_at = Message.State(state), now
    else:
        message.state = Message.State.FAILED
        message.next_at = now + bundling.pause(message.tries, message.identity)


def _take_back(pk: int, now: datetime) -> int:
    with transaction.atomic():
        message = _lost(now).select_for_update().filter(pk=pk).first()
        if message is None:
            return 0
        log.warning("notices.taken_back", message=pk, handed=message.handed_at is not None)
        if message.handed_at is None:
            message.state, message.claim, message.next_at = Message.State.READY, "", now
            message.save()
        else:
            message.problem, message.params = "notices.unknown", {"reason": "–"}
            _ended(message, Ended.UNKNOWN, now)
    return 1


def _state(deliveries: Sequence[Delivery], notice: Notice) -> tuple[str, str]:
    """What is to be said of a notice, of all that became of it: what is still open first, then what went wrong."""
    states = {each.state for each in deliveries}
    if states & {Delivery.State.WAITING, Delivery.State.BUNDLED}:
        failed = any(each.message and each.message.state == Message.State.FAILED for each in deliveries)
        return (Notice.State.FAILED if failed else Notice.State.WAITING), ""
    for state in (Delivery.State.DEAD, Delivery.State.UNKNOWN, Delivery.State.SENT):
        if state in states:
            return Notice.State(state), ""
    if Delivery.State.SUPPRESSED in states:
        reasons = {each.reason for each in deliveries} - {Reason.ADDRESS}
        return (Notice.State.SUPPRESSED, reasons.pop()) if reasons else (Notice.State.INSIDE, "")
    return notice.state, notice.reason


def _start(channel: Channel, now: datetime | None) -> int:
    """Let a channel send in as many threads as it may; how many were started."""
    living = [each for each in _threads[channel.pk] if each.is_alive()]
    waiting = _due_messages(now or clock.now()).filter(address__channel=channel)[:WIDTH].count()
    fresh = [
        threading.Thread(target=_work, args=(channel, now), name=f"notices {channel.name}", daemon=True)
        for _turn in range(min(WIDTH - len(living), waiting))
    ]
    for each in fresh:
        each.start()
    _threads[channel.pk] = living + fresh
    return len(fresh)


def _work(channel: Channel, now: datetime | None) -> None:
    """Send what is due of a channel, one after the other."""
    until = time.monotonic() + LONGEST
    try:
        while send_next(channel, now) and time.monotonic() < until:
            pass
    except Exception:
        log.exception("notices.sending", channel=channel.name)  # what it held is taken back
    finally:
        connection.close()


def _alive() -> bool:
    return any(each.is_alive() for some in _threads.values() for each in some)


@atexit.register
def _rest() -> None:
    """Leave what is being sent a moment to end: what is cut off may have to be sent twice."""
    until = time.monotonic() + _FAREWELL
    for thread in [each for some in _threads.values() for each in some]:
        thread.join(max(0.0, until - time.monotonic()))
