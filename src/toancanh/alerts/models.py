"""Tables of the alerts floor: what is wrong now or was, the life of each alert, what holds it back, who is on watch."""

from datetime import datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Silence(models.Model):
    """A while in which alerts of a rule, about a subject or of a unit and all below it, are held back.

    A planned one is a maintenance window; a weekly one comes again every seven days until `until`. Each one ends.
    """

    class Kind(models.TextChoices):
        SILENCE = "silence", _("tạm im")
        WINDOW = "window", _("bảo trì có kế hoạch")

    kind = models.CharField(max_length=10, choices=Kind)
    rule = models.CharField(max_length=120, blank=True)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=120, blank=True)
    unit = models.CharField(max_length=80, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()  # of a weekly one the end of its first time
    weekly = models.BooleanField(default=False)
    until = models.DateTimeField()  # nothing is held back from then on
    reason = models.CharField(max_length=300)
    by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # by somebody, before its time
    ended_by = models.CharField(max_length=80, blank=True)

    class Meta:
        app_label = "alerts"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")) & models.Q(until__gte=models.F("ends_at")),
                name="a_silence_ends",
            )
        ]


class Alert(models.Model):
    """Something that a rule found wrong about a subject. Same rule and subject: the same alert, until it is cleared.

    Firing or cleared is one axis; acknowledged or not is the other.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("chờ xác nhận")
        FIRING = "firing", _("đang báo")
        CLEARED = "cleared", _("đã hết")

    rule = models.CharField(max_length=120)
    version = models.PositiveIntegerField(default=0)  # of the rule, when the alert began
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State)
    severity = models.PositiveSmallIntegerField()
    escalated = models.PositiveSmallIntegerField(default=0)  # the severity that somebody gave it
    group = models.CharField(max_length=160, blank=True)
    owner = models.CharField(max_length=80, blank=True)  # the unit that must act; empty for the province
    since = models.DateTimeField()  # when what is wrong was first seen
    fired_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField()
    value = models.FloatField(null=True)
    limit = models.FloatField(null=True)
    missing = models.BooleanField(default=False)  # there is no data to tell whether it is still so
    facts = models.JSONField(default=dict)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=300, blank=True)  # of whoever acknowledged or escalated it last
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    inhibited_by = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="inhibits")
    silence = models.ForeignKey(Silence, null=True, on_delete=models.PROTECT, related_name="alerts")
    flapping = models.BooleanField(default=False)
    calm_since = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # when those on watch were told that it fires
    turns = models.JSONField(default=list)  # moments of the latest changes between firing and cleared

    class Meta:
        app_label = "alerts"
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_kind", "subject_id"],
                condition=~models.Q(state="cleared"),
                name="one_open_alert_per_rule_and_subject",
            )
        ]
        indexes = [
            models.Index(fields=["state", "-severity", "-since"]),
            models.Index(fields=["rule", "subject_kind", "subject_id", "-cleared_at"]),
            models.Index(fields=["state", "-cleared_at"]),
        ]

    @property
    def subject(self) -> tuple[str, str]:
        """What it is about."""
        return (self.subject_kind, self.subject_id)

    @property
    def acknowledged(self) -> bool:
        """Whether somebody took it on."""
        return self.acknowledged_at is not None

    @property
    def held(self) -> bool:
        """Whether it is kept out of the queue's count, and nobody need be told of it."""
        return self.inhibited_by_id is not None or self.silence_id is not None or self.parent_id is not None


class AlertChange(models.Model):
    """One step in the life of an alert, and what people did with it; append-only."""

    class Act(models.TextChoices):
        BEGUN = "begun", _("mới thấy")
        FIRED = "fired", _("bắt đầu báo")
        CLEARED = "cleared", _("hết")
        WORSE = "worse", _("nặng hơn")
        FLAPPING = "flapping", _("chập chờn, được giữ")
        CALM = "calm", _("hết chập chờn")
        INHIBITED = "inhibited", _("bị cảnh báo rộng hơn giữ lại")
        RELEASED = "released", _("không còn bị giữ lại")
        SILENCED = "silenced", _("tạm im")
        HEARD = "heard", _("hết tạm im")
        ACKNOWLEDGED = "acknowledged", _("đã tiếp nhận")
        UNACKNOWLEDGED = "unacknowledged", _("bỏ tiếp nhận")
        MERGED = "merged", _("gộp")
        PARTED = "parted", _("tách khỏi cảnh báo gộp")
        ESCALATED = "escalated", _("nâng mức")

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    act = models.CharField(max_length=20, choices=Act)
    state = models.CharField(max_length=10, choices=Alert.State)
    severity = models.PositiveSmallIntegerField(default=0)
    value = models.FloatField(null=True)
    missing = models.BooleanField(default=False)
    by = models.CharField(max_length=80, blank=True)
    note = models.CharField(max_length=300, blank=True)
    other = models.BigIntegerField(null=True)  # the alert or the silence that it is about

    class Meta:
        app_label = "alerts"
        ordering = ["id"]

    @classmethod
    def of(cls, alert: Alert, act: str, at: datetime, **more: Any) -> "AlertChange":
        """A step of an alert as it stands now."""
        told = {"state": alert.state, "severity": alert.severity, "value": alert.value, "missing": alert.missing}
        return cls(alert=alert, at=at, act=act, **told | more)


class Handover(models.Model):
    """What whoever leaves the watch tells whoever takes it over, with what was open then."""

    at = models.DateTimeField()
    by = models.CharField(max_length=80)
    unit = models.CharField(max_length=80, blank=True)  # the unit whose watch it is; empty for the whole centre
    note = models.TextField()
    open = models.JSONField(default=list)  # [{alert, severity, what, owner, acknowledged_by}, …]
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.CharField(max_length=80, blank=True)

    class Meta:
        app_label = "alerts"
        ordering = ["-id"]


class RuleState(models.Model):
    """How the reading of a rule fares: when it was last read, how long it took, why it cannot be read."""

    rule = models.CharField(max_length=120, unique=True)
    read_at = models.DateTimeField(null=True)
    took = models.FloatField(default=0.0)  # seconds
    readings = models.PositiveIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)
    problem = models.CharField(max_length=80, blank=True)
    problem_params = models.JSONField(default=dict)

    class Meta:
        app_label = "alerts"


# Django looks for tables here.
from toancanh.alerts.notices.models import Address, Channel, Delivery, Message, Notice, Wishes  # noqa: E402, F401
