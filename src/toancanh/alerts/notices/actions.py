"""The only writer of channels, addresses and wishes; what people do with their notices."""

import secrets
from datetime import time, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Sum
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext_lazy as _

from toancanh.access import scope as scopes
from toancanh.access.models import User
from toancanh.access.scope import Scope
from toancanh.alerts.notices import channels, parcels, sending, sight, telling
from toancanh.alerts.notices.bundling import due_at
from toancanh.alerts.notices.models import Address, Channel, Delivery, Message, Notice, Wishes
from toancanh.alerts.notices.outcomes import Ended
from toancanh.base import audit, clock
from toancanh.base.problems import Problem, Words, register
from toancanh.base.text import nfc
from toancanh.sources import vault

_CODE_LASTS = timedelta(minutes=30)
_CODE_TRIES = 5
_TRIALS, _TRIALS_IN = 5, timedelta(hours=1)  # as many may be asked for in so long
_MOST = 10  # addresses of a person

audit.register(
    {
        "channel.saved": _("{actor} lưu kênh gửi thông báo {object} ({kind})."),
        "channel.switched_on": _("{actor} bật kênh gửi thông báo {object}."),
        "channel.switched_off": _("{actor} tắt kênh gửi thông báo {object}."),
        "address.added": _("{actor} thêm địa chỉ nhận thông báo ở kênh {channel}."),
        "address.verified": _("{actor} xác nhận địa chỉ nhận thông báo ở kênh {channel}."),
        "address.changed": _("{actor} đổi cách nhận thông báo ở kênh {channel}."),
        "address.removed": _("{actor} gỡ địa chỉ nhận thông báo ở kênh {channel}."),
        "wishes.changed": _("{actor} đổi ngôn ngữ và giờ yên lặng của thông báo."),
        "notice.sent_again": _("{actor} cho gửi lại thông báo {object}."),
    }
)
register(
    {
        "notices.channel": Words(_("Không có kênh gửi tên `{name}`."), _("Xem các kênh ở trang Tin đã gửi."), 404),
        "notices.kind": Words(_("Không có loại kênh `{kind}`."), _("Chọn một trong: {kinds}."), 422),
        "notices.name": Words(
            _("Tên kênh `{name}` không hợp lệ."),
            _("Dùng chữ thường không dấu, chữ số và dấu gạch nối, ví dụ thu-dien-tu."),
            422,
        ),
        "notices.unknown_address": Words(
            _("Không có địa chỉ nhận này."), _("Tải lại trang rồi chọn lại địa chỉ của bạn."), 404
        ),
        "notices.same_address": Words(_("Bạn đã thêm địa chỉ này."), _("Sửa địa chỉ đang có trong danh sách."), 409),
        "notices.many_addresses": Words(
            _("Mỗi người dùng tối đa {most} địa chỉ."), _("Gỡ địa chỉ không dùng rồi thêm lại."), 409
        ),
        "notices.many_codes": Words(_("Bạn đã yêu cầu quá nhiều mã xác nhận."), _("Chờ một giờ rồi thử lại."), 429),
        "notices.code": Words(
            _("Mã xác nhận không đúng hoặc đã hết hạn."), _("Kiểm tra tin mới nhất, hoặc yêu cầu mã khác."), 422
        ),
        "notices.severity": Words(_("Mức cảnh báo phải từ 1 đến 5."), _("Chọn lại mức."), 422),
        "notices.quiet": Words(
            _("Giờ yên lặng cần cả giờ bắt đầu và giờ kết thúc, khác nhau."),
            _("Điền đủ hai giờ dạng 22:00, hoặc để trống cả hai."),
            422,
        ),
        "notices.language": Words(_("Ngôn ngữ phải là vi hoặc en."), _("Chọn lại ngôn ngữ."), 422),
        "notices.state": Words(_("Không có trạng thái `{state}`."), _("Dùng một trong: {states}."), 422),
        "notices.none": Words(
            _("Không có thông báo này, hoặc nó nằm ngoài phạm vi của bạn."), _("Kiểm tra lại số thông báo."), 404
        ),
        "notices.not_again": Words(
            _("Thông báo này không có gì để gửi lại."),
            _("Chỉ gửi lại được thông báo không gửi được, đang thử lại hoặc không rõ kết quả."),
            409,
        ),
    }
)


def channel(name: str) -> Channel:
    """The channel of that name. Raises notices.channel."""
    found = Channel.objects.filter(name=name).first()
    if found is None:
        raise Problem("notices.channel", name=name)
    return found


def save_channel(name: str, *, kind: str, title: str, url: str = "", secret: str = "", actor: audit.Ref) -> Channel:
    """Add or change a channel; an empty url or secret keeps the one that is stored. It stays on or off as it was.

    Raises notices.name, notices.kind, notices.url.
    """
    if not name or name == "new" or len(name) > 60 or not all(c.isascii() and (c.isalnum() or c == "-") for c in name):
        raise Problem("notices.name", name=name)
    if kind not in Channel.Kind.values:
        raise Problem("notices.kind", kind=kind, kinds=", ".join(Channel.Kind.values))
    known = Channel.objects.filter(name=name).first()
    stored = vault.opened(known.secrets) if known and known.kind == kind else {}
    told = {"url": url.strip() or stored.get("url", ""), "secret": secret.strip() or stored.get("secret", "")}
    channels.of(kind).settings(told["url"], told["secret"])
    fresh = {"kind": kind, "title": nfc(title) or name, "secrets": vault.locked(told)}
    with transaction.atomic():
        found, _made = Channel.objects.update_or_create(
            name=name, defaults=fresh, create_defaults=fresh | {"created_at": clock.now()}
        )
        audit.record("channel.saved", actor=actor, target=("channel", name), kind=kind)
    return found


def switch_channel(name: str, on: bool, *, actor: audit.Ref) -> Channel:
    """Let a channel send, or hold back what is to go through it. Raises notices.channel."""
    found = channel(name)
    if found.on != on:
        found.on = on
        with transaction.atomic():
            found.save(update_fields=["on"])
            act = "channel.switched_on" if on else "channel.switched_off"
            audit.record(act, actor=actor, target=("channel", name))
    return found


def try_channel(name: str, address: str) -> None:
    """Send a trial message to an address, now. Raises what became of it where it did not arrive."""
    found = channel(name)
    told = address if found.kind == Channel.Kind.PUSH else address.strip()
    _try(found, channels.of(found.kind).address(told), "vi", "")


def add_address(person: User, name: str, text: str, *, title: str = "", severity_from: int = 1) -> Address:
    """Put down where a person wants to be told. A code is sent there; what a browser subscribed needs none.

    Raises notices.channel, notices.address, notices.same_address, notices.many_addresses, notices.many_codes,
    notices.severity, and what became of the code where it did not arrive: the address is kept then.
    """
    found = channel(name)
    if not found.on:
        raise Problem("notices.channel", name=name)
    text = channels.of(found.kind).address(text.strip())
    _severity(severity_from)
    own = Address.objects.filter(person=person, removed_at=None)
    if own.count() >= _MOST:
        raise Problem("notices.many_addresses", most=_MOST)
    proven = found.kind == Channel.Kind.PUSH
    if not proven:
        _enough(person)
    now = clock.now()
    try:
        with transaction.atomic():
            address = Address.objects.create(
                person=person,
                channel=found,
                address=text,
                title=nfc(title)[:120],
                severity_from=severity_from,
                created_at=now,
                verified_at=now if proven else None,
            )
            audit.record("address.added", actor=_ref(person), target=("user", person.username), channel=name)
    except IntegrityError:
        raise Problem("notices.same_address") from None
    if not proven:
        send_code(person, address.pk)
    return address


def send_code(person: User, number: int) -> None:
    """Send a fresh code to an address. Raises notices.unknown_address, notices.many_codes, and what became of it."""
    address = _own(person, number)
    _count(address)
    code = f"{secrets.randbelow(10**6):06}"
    address.code, address.code_at, address.code_tries = _digest(address, code), clock.now(), 0
    address.save(update_fields=["code", "code_at", "code_tries"])
    _try(address.channel, address.address, language_of(person), code)


def confirm(person: User, number: int, code: str) -> Address:
    """Take an address as a person's who tells the code that was sent there. Raises notices.code."""
    with transaction.atomic():
        address = _own(person, number, lock=True)
        fresh = address.code_at is not None and abs(clock.now() - address.code_at) <= _CODE_LASTS
        usable = bool(address.code) and fresh and address.code_tries < _CODE_TRIES
        right = usable and constant_time_compare(address.code, _digest(address, code.strip()))
        if right:
            address.verified_at, address.code = clock.now(), ""
            address.save(update_fields=["verified_at", "code"])
            told = {"channel": address.channel.name}
            audit.record("address.verified", actor=_ref(person), target=("user", person.username), **told)
        else:
            Address.objects.filter(pk=address.pk).update(code_tries=address.code_tries + 1)
    if not right:
        raise Problem("notices.code")
    return address


def change_address(person: User, number: int, *, severity_from: int, on: bool) -> Address:
    """From which severity an address is told, and whether at all. Raises notices.unknown_address, notices.severity."""
    _severity(severity_from)
    address = _own(person, number)
    address.severity_from, address.on = severity_from, on
    with transaction.atomic():
        address.save(update_fields=["severity_from", "on"])
        told = {"channel": address.channel.name}
        audit.record("address.changed", actor=_ref(person), target=("user", person.username), **told)
    return address


def remove_address(person: User, number: int) -> None:
    """Tell a person nothing there any more; what became of earlier messages stays known."""
    address = _own(person, number)
    address.removed_at = clock.now()
    with transaction.atomic():
        address.save(update_fields=["removed_at"])
        told = {"channel": address.channel.name}
        audit.record("address.removed", actor=_ref(person), target=("user", person.username), **told)


def try_address(person: User, number: int) -> None:
    """Send a trial message to an address of one's own, now. Raises what became of it where it did not arrive."""
    address = _own(person, number)
    if address.verified_at is None:
        raise Problem("notices.unknown_address")
    _count(address)
    _try(address.channel, address.address, language_of(person), "")


def wish(person: User, *, language: str, quiet_from: time | None, quiet_until: time | None) -> Wishes:
    """The language of a person's messages and his quiet hours. Raises notices.language, notices.quiet."""
    if language not in ("vi", "en"):
        raise Problem("notices.language")
    if (quiet_from is None) != (quiet_until is None) or (quiet_from is not None and quiet_from == quiet_until):
        raise Problem("notices.quiet")
    told = {"language": language, "quiet_from": quiet_from, "quiet_until": quiet_until}
    with transaction.atomic():
        wishes, _made = Wishes.objects.update_or_create(person=person, defaults=told)
        quiet = telling.quiet_of(person.pk)
        for each in Delivery.objects.filter(address__person=person, state=Delivery.State.WAITING):
            Delivery.objects.filter(pk=each.pk).update(due_at=due_at(each.at, each.severity, quiet))
        audit.record("wishes.changed", actor=_ref(person), target=("user", person.username))
    return wishes


def wishes_of(person: User) -> Wishes:
    """How a person wants to be told; in Vietnamese and at any hour where he has said nothing."""
    return Wishes.objects.filter(person=person).first() or Wishes(person=person)


def language_of(person: User) -> str:
    """The language in which a person is told."""
    return wishes_of(person).language


def read(person: User, number: int | None = None) -> int:
    """Note that a person has read a notice, or all of them; how many."""
    unread = Notice.objects.filter(person=person, read_at=None)
    return (unread if number is None else unread.filter(pk=number)).update(read_at=clock.now())


def send_again(number: int, *, actor: audit.Ref, scope: Scope = scopes.EVERYTHING) -> Notice:
    """Send what did not arrive, or may not have, once more; at once, with a day of tries before it.

    Raises notices.none, notices.not_again.
    """
    wrong = (Delivery.State.DEAD, Delivery.State.UNKNOWN)
    with transaction.atomic():
        notice = Notice.objects.filter(pk=number).first()
        if notice is None or not sight.covers(scope, notice.unit):
            raise Problem("notices.none")
        now = clock.now()
        ended = notice.deliveries.filter(state__in=wrong)
        trying = Message.objects.filter(deliveries__notice=notice, state=Message.State.FAILED)
        begun = ended.update(state=Delivery.State.WAITING, message=None, begun_at=None, due_at=now)
        begun += Message.objects.filter(pk__in=list(trying.values_list("pk", flat=True))).update(next_at=now)
        if not begun:
            raise Problem("notices.not_again")
        audit.record("notice.sent_again", actor=actor, target=("notice", str(number)))
        sending.settle([number])
        notice.refresh_from_db()
    return notice


def _own(person: User, number: int, *, lock: bool = False) -> Address:
    found = Address.objects.select_related("channel", "person").filter(pk=number, person=person, removed_at=None)
    address = (found.select_for_update(of=("self",)) if lock else found).first()
    if address is None:
        raise Problem("notices.unknown_address")
    return address


def _enough(person: User) -> None:
    """Refuse to write to strangers at will. Raises notices.many_codes."""
    recent = Address.objects.filter(person=person, trials_since__gte=clock.now() - _TRIALS_IN)
    if (recent.aggregate(sum=Sum("trials"))["sum"] or 0) >= _TRIALS:
        raise Problem("notices.many_codes")


def _count(address: Address) -> None:
    """Count a message that is sent to an address on its person's word alone. Raises notices.many_codes."""
    with transaction.atomic():
        _enough(address.person)
        now = clock.now()
        if address.trials_since is None or now - address.trials_since > _TRIALS_IN:
            address.trials, address.trials_since = 0, now
        address.trials += 1
        address.save(update_fields=["trials", "trials_since"])


def _severity(value: int) -> None:
    if not 1 <= value <= 5:
        raise Problem("notices.severity")


def _try(found: Channel, address: str, language: str, code: str) -> None:
    parcel = parcels.trial(f"msg_{secrets.token_hex(16)}", language, code)
    outcome = channels.of(found.kind).send(vault.opened(found.secrets), address, parcel)
    if outcome.ended != Ended.SENT:
        raise Problem(outcome.problem, **outcome.params)


def _digest(address: Address, code: str) -> str:
    return salted_hmac("toancanh.notices.code", f"{address.pk}:{code}", algorithm="sha256").hexdigest()


def _ref(person: User) -> audit.Ref:
    return ("user", person.username)
