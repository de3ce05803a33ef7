"""Tables of the base floor: audit log, outbox, news, schedule, and what people write as data."""

from django.db import models
from django.utils.translation import gettext_lazy as _


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


class OutboxEntry(models.Model):
    """Rows of one source that arrived together, on their way to the warehouse; one batch number seals several entries.

    `load` is the delivery they belong to, empty where there is none.
    """

    source = models.CharField(max_length=80)
    record_type = models.CharField(max_length=60)
    load = models.CharField(max_length=120, default="", blank=True)
    rows = models.IntegerField(default=1)
    payload = models.JSONField()
    arrived_at = models.DateTimeField()
    batch = models.BigIntegerField(null=True)

    class Meta:
        app_label = "base"
        indexes = [models.Index(fields=["source", "batch", "id"])]


class News(models.Model):
    """Something that open pages and other processes want to know: an event that outlives the process it came from."""

    at = models.DateTimeField(db_index=True)
    name = models.CharField(max_length=60)
    facts = models.JSONField(default=dict)

    class Meta:
        app_label = "base"


class Heartbeat(models.Model):
    """The last sign of life of a process of this installation."""

    process = models.CharField(max_length=40, unique=True)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    at = models.DateTimeField()
    memory = models.BigIntegerField(default=0)  # bytes

    class Meta:
        app_label = "base"


class Schedule(models.Model):
    """A job that is due again and again."""

    job = models.CharField(max_length=80, unique=True)
    every = models.FloatField(help_text="seconds")
    due_at = models.DateTimeField()

    class Meta:
        app_label = "base"


class Version(models.Model):
    """One version of something that people write as data: a draft, one at a time, or published for ever."""

    class State(models.TextChoices):
        DRAFT = "draft", _("bản nháp")
        PUBLISHED = "published", _("đã ban hành")

    kind = models.CharField(max_length=40)
    code = models.CharField(max_length=120)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State)
    definition = models.JSONField()
    note = models.CharField(max_length=500, blank=True)
    made_by = models.CharField(max_length=80)
    made_at = models.DateTimeField()
    published_by = models.CharField(max_length=80, blank=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "base"
        constraints = [
            models.UniqueConstraint(fields=["kind", "code", "number"], name="base_version_once"),
            models.UniqueConstraint(
                fields=["kind", "code"], condition=models.Q(state="draft"), name="base_version_one_draft"
            ),
        ]


class Frozen(models.Model):
    """A definition as it was when something began that must end by it; kept once, by its digest."""

    digest = models.CharField(max_length=64, unique=True)
    definition = models.JSONField()

    class Meta:
        app_label = "base"


class Done(models.Model):
    """What was answered to a caller under a key of his, so that asking again does nothing again."""

    caller = models.CharField(max_length=120)
    key = models.CharField(max_length=120)
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(db_index=True)
    answer = models.JSONField(default=dict)

    class Meta:
        app_label = "base"
        constraints = [models.UniqueConstraint(fields=["caller", "key"], name="base_done_once")]
