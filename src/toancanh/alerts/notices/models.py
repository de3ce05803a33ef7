"""Tables of notices: what people are told, where they want to be told, and what became of each message."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.Model):
    """A way out of the centre that an administrator set up: a mail server, a bot, a receiver of webhooks."""

    class Kind(models.TextChoices):
        MAIL = "mail", _("Thư điện tử")
        TELEGRAM = "telegram", _("Telegram")
        PUSH = "push", _("Thông báo trên trình duyệt")
        WEBHOOK = "webhook", _("Webhook có ký")
        ZALO = "zalo", _("Zalo OA")

    name = models.CharField(max_length=60, unique=True)
    title = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind)
    secrets = models.TextField(blank=True)  # encrypted (see sources.vault): the address with its passwords, a key
    on = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    class Meta:
        app_label = "alerts"


class Address(models.Model):
    """Where a person wants to be told through a channel; used once he has shown that it is his."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="addresses")
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="addresses")
    address = models.TextField()  # a mail address, a chat, an id; of a browser its subscription as JSON
    title = models.CharField(max_length=120, blank=True)  # what a person calls it
    severity_from = models.PositiveSmallIntegerField(default=1)
    on = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    verified_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    code = models.CharField(max_length=64, blank=True)  # digest of the one sent to it
    code_at = models.DateTimeField(null=True)
    code_tries = models.PositiveSmallIntegerField(default=0)
    trials = models.PositiveSmallIntegerField(default=0)  # messages sent there on his word alone, within an hour
    trials_since = models.DateTimeField(null=True)

    class Meta:
        app_label = "alerts"
        constraints = [
            models.UniqueConstraint(
                fields=["person", "channel", "address"],
                condition=models.Q(removed_at=None),
                name="one_address_per_person_and_channel",
            )
        ]


class Wishes(models.Model):
    """How a person wants to be told, whatever the channel."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="wishes")
    language = models.CharField(max_length=5, default="vi")
    quiet_from = models.TimeField(null=True)  # on a Vietnamese clock; both or neither
    quiet_until = models.TimeField(null=True)

    class Meta:
        app_label = "alerts"


class Reason(models.TextChoices):
    """Why somebody was not told."""

    SCOPE = "scope", _("ngoài phạm vi đơn vị của người nhận")
    RIGHT = "right", _("vai trò của người nhận không được xem loại nội dung này")
    PERSON = "person", _("tài khoản của người nhận đã khoá")
    ADDRESS = "address", _("người nhận đã gỡ hoặc tắt địa chỉ này")


class Notice(models.Model):
    """One thing that one person is told, once: `key` says what it is."""

    class State(models.TextChoices):
        WAITING = "waiting", _("chờ gửi")
        FAILED = "failed", _("chưa gửi được, đang thử lại")
        SENT = "sent", _("đã gửi")
        UNKNOWN = "unknown", _("đã gửi, không rõ nơi nhận đã nhận chưa")
        DEAD = "dead", _("không gửi được")
        SUPPRESSED = "suppressed", _("không gửi: người nhận không được xem")
        INSIDE = "inside", _("chỉ xem trong hệ thống")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notices")
    key = models.CharField(max_length=200)
    thread = models.CharField(max_length=200)
    subject = models.JSONField()  # {"vi", "en"}
    text = models.JSONField()
    link = models.CharField(max_length=500, blank=True)
    severity = models.PositiveSmallIntegerField()
    about_kind = models.CharField(max_length=40)
    about_id = models.CharField(max_length=120)
    unit = models.CharField(max_length=80, blank=True)  # whose record it is; empty for the province
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    read_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "alerts"
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="one_notice_per_person_and_key")]
        indexes = [
            models.Index(fields=["person", "-at"]),
            models.Index(fields=["person", "thread", "at"]),
            models.Index(fields=["state", "-at"]),
        ]


class Message(models.Model):
    """What goes to one address at once. It keeps its identity however often it is tried, so a double can be dropped."""

    class State(models.TextChoices):
        READY = "ready", _("chờ gửi")
        SENDING = "sending", _("đang gửi")
        FAILED = "failed", _("chưa gửi được, đang thử lại")
        SENT = "sent", _("đã gửi")
        UNKNOWN = "unknown", _("đã gửi, không rõ nơi nhận đã nhận chưa")
        DEAD = "dead", _("không gửi được")
        EMPTY = "empty", _("không còn gì để gửi")

    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="messages")
    identity = models.CharField(max_length=40, unique=True)
    state = models.CharField(max_length=10, choices=State)
    severity = models.PositiveSmallIntegerField()
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    tries = models.PositiveIntegerField(default=0)
    unknowns = models.PositiveSmallIntegerField(default=0)  # tries of which nobody knows what became
    claim = models.CharField(max_length=40, blank=True)  # of whoever sends it now
    claimed_at = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)  # when it was handed to the network
    ended_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=60, blank=True)
    params = models.JSONField(default=dict)

    class Meta:
        app_label = "alerts"
        indexes = [models.Index(fields=["state", "next_at"]), models.Index(fields=["address", "state"])]


class Delivery(models.Model):
    """One notice on its way to one address."""

    class State(models.TextChoices):
        WAITING = "waiting", _("chờ gửi")
        BUNDLED = "bundled", _("trong một tin chờ gửi")
        SENT = "sent", _("đã gửi")
        UNKNOWN = "unknown", _("đã gửi, không rõ nơi nhận đã nhận chưa")
        DEAD = "dead", _("không gửi được")
        SUPPRESSED = "suppressed", _("không gửi")

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="deliveries")
    address = models.ForeignKey(Address, on_delete=models.CASCADE, related_name="deliveries")
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State)
    reason = models.CharField(max_length=10, choices=Reason, blank=True)
    severity = models.PositiveSmallIntegerField()
    at = models.DateTimeField()
    due_at = models.DateTimeField()  # when it is to go at the latest
    begun_at = models.DateTimeField(null=True)  # when it was first to be sent

    class Meta:
        app_label = "alerts"
        constraints = [
            models.UniqueConstraint(fields=["notice", "address"], name="one_delivery_per_notice_and_address")
        ]
        indexes = [models.Index(fields=["state", "due_at"]), models.Index(fields=["address", "state"])]
