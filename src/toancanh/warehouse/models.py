"""Tables of the warehouse floor: what was sealed for the warehouse, and which derived partitions to refresh."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Batch(models.Model):
    """Rows that enter the warehouse together, exactly once, under the next number of their source.

    `load` and `chunk` say which part of which delivery they are. Rows that came through the `outbox` have no chunk,
    and a load only if they are part of one; those of an hour are told of together, as batches `first` to `number`.
    """

    class State(models.TextChoices):
        SEALED = "sealed", _("chờ ghi")
        DONE = "done", _("đã ghi")
        LOST = "lost", _("mất do hỏng tệp")

    source = models.CharField(max_length=80)
    number = models.BigIntegerField()
    first = models.BigIntegerField()
    record_type = models.CharField(max_length=60)
    load = models.CharField(max_length=120, default="", blank=True)
    chunk = models.IntegerField(default=0)
    outbox = models.BooleanField(default=False)
    known_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State, default=State.SEALED)
    withdrawn = models.BooleanField(default=False)
    rows = models.IntegerField(default=0)
    accepted = models.IntegerField(default=0)
    duplicates = models.IntegerField(default=0)
    months = models.JSONField(default=list)

    class Meta:
        app_label = "warehouse"
        ordering = ["source", "number"]
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="warehouse_batch_number"),
            # A part that was withdrawn or lost may be loaded again.
            models.UniqueConstraint(
                fields=["load", "chunk"],
                condition=models.Q(outbox=False, withdrawn=False) & ~models.Q(state="lost"),
                name="warehouse_batch_chunk",
            ),
        ]
        indexes = [
            models.Index(fields=["record_type", "known_at"]),
            models.Index(fields=["source", "state", "number"]),
            models.Index(fields=["load"]),
        ]


class Dirty(models.Model):
    """A month of a record type whose derived tables are behind; one row per change, deleted once worked off.

    Where no more than one batch of small arrivals is missing it is named.
    """

    record_type = models.CharField(max_length=60)
    month = models.CharField(max_length=7)
    source = models.CharField(max_length=80, blank=True, default="")
    batch = models.BigIntegerField(default=0)

    class Meta:
        app_label = "warehouse"
        indexes = [models.Index(fields=["record_type", "month"])]
