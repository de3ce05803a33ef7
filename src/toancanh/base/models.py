"""Tables of the base floor: the audit log and the outbox."""

from django.db import models


class AuditEntry(models.Model):
    """One act, by whom, on what; append-only, each entry's hash covers the one before it."""

    at = models.DateTimeField()
    act = models.CharField(max_length=80)
    actor_kind = models.CharField(max_length=20)
    actor_id = models.CharField(max_length=80)
    object_kind = models.CharField(max_length=40)
    object_id = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        app_label = "base"
        ordering = ["id"]
        indexes = [models.Index(fields=["object_kind", "object_id"])]


class OutboxRow(models.Model):
    """A small arrival on its way to the warehouse; rows of one batch number are sealed together."""

    source = models.CharField(max_length=80)
    record_type = models.CharField(max_length=60)
    payload = models.JSONField()
    arrived_at = models.DateTimeField()
    batch = models.BigIntegerField(null=True)

    class Meta:
        app_label = "base"
        indexes = [models.Index(fields=["source", "batch", "id"])]
