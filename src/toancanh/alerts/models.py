"""Tables of the alerts floor: what is wrong now or was, and the life of each alert."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Alert(models.Model):
    """Something that a rule found wrong about a subject. Same rule and subject: the same alert, until it is cleared.

    Firing or cleared is one axis; whether somebody took it on will be another.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("chờ xác nhận")
        FIRING = "firing", _("đang báo")
        CLEARED = "cleared", _("đã hết")

    rule = models.CharField(max_length=120)
    subject_kind = models.CharField(max_length=40)
    subject_id = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State)
    severity = models.PositiveSmallIntegerField()
    owner = models.CharField(max_length=80, blank=True)  # the unit that must act; empty for the province
    since = models.DateTimeField()  # when what is wrong was first seen
    fired_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField()
    value = models.FloatField(null=True)
    limit = models.FloatField(null=True)
    missing = models.BooleanField(default=False)  # there is no data to tell whether it is still so
    facts = models.JSONField(default=dict)

    class Meta:
        app_label = "alerts"
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "subject_kind", "subject_id"],
                condition=~models.Q(state="cleared"),
                name="one_open_alert_per_rule_and_subject",
            )
        ]
        indexes = [models.Index(fields=["state", "-severity", "-since"])]


class AlertChange(models.Model):
    """One step in the life of an alert; append-only."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=Alert.State)
    value = models.FloatField(null=True)
    missing = models.BooleanField(default=False)

    class Meta:
        app_label = "alerts"
        ordering = ["id"]


# Django looks for tables here.
from toancanh.alerts.notices.models import Address, Channel, Delivery, Message, Notice, Wishes  # noqa: E402, F401
