"""Tables of the units floor: dated units, what became of them, and the working calendar."""

from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _


class Unit(models.Model):
    """A body of government or a territory, from a first to a last day; an empty first day is open.

    Identity is scheme, code and dates: code 66 is one province until 30/6/2025 and another after. `parent` is the
    parent at the first day; on any later day it is the unit that then bears the parent's code.
    """

    class Kind(models.TextChoices):
        PROVINCE = "province", _("tỉnh, thành phố")
        DISTRICT = "district", _("huyện, quận, thị xã")
        COMMUNE = "commune", _("xã, phường, đặc khu")
        HAMLET = "hamlet", _("thôn, tổ dân phố")
        DEPARTMENT = "department", _("sở, ban, ngành")
        AGENCY = "agency", _("cơ quan")
        FACILITY = "facility", _("cơ sở")
        OTHER = "other", _("khác")

    scheme = models.CharField(max_length=20)
    code = models.CharField(max_length=60)
    name = models.CharField(max_length=200)
    name_en = models.CharField(max_length=200, blank=True)
    other_names = models.JSONField(default=list, blank=True)
    kind = models.CharField(max_length=20, choices=Kind.choices)
    subkind = models.CharField(max_length=40, blank=True)
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="children")
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    latitude = models.FloatField(null=True, blank=True)
    longitude = models.FloatField(null=True, blank=True)
    area = models.FloatField(null=True, blank=True)
    population = models.BigIntegerField(null=True, blank=True)
    name_key = models.CharField(max_length=200)
    search_key = models.CharField(max_length=400)

    class Meta:
        app_label = "units"
        ordering = ["scheme", "code", "valid_from"]
        constraints = [
            models.UniqueConstraint(fields=["scheme", "code", "valid_from"], name="units_identity"),
            models.UniqueConstraint(
                fields=["scheme", "code"], condition=models.Q(valid_from=None), name="units_identity_open"
            ),
        ]
        indexes = [models.Index(fields=["name_key"])]

    def __str__(self) -> str:
        return self.name

    @property
    def ref(self) -> str:
        """Scheme and code in one word: `gso:66`."""
        return f"{self.scheme}:{self.code}"

    def valid_on(self, day: date) -> bool:
        """True when the unit exists on that day."""
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


class UnitChange(models.Model):
    """What became of a unit: these shares of its area and its people went into another, on a day, by a law.

    The shares of one unit add up to 1. Shares nobody has published are equal and marked as estimated.
    """

    before = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="changes_after")
    after = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="changes_before")
    on = models.DateField()
    area_share = models.FloatField(default=1.0)
    people_share = models.FloatField(default=1.0)
    estimated = models.BooleanField(default=False)
    whole = models.BooleanField(default=True)
    law = models.CharField(max_length=200, blank=True)

    class Meta:
        app_label = "units"
        ordering = ["on", "id"]
        constraints = [models.UniqueConstraint(fields=["before", "after"], name="units_change_once")]


class CalendarDay(models.Model):
    """A day that is off or worked by decision, whatever the general calendar says of it."""

    class Kind(models.TextChoices):
        OFF = "off", _("ngày nghỉ")
        WORK = "work", _("ngày làm việc")

    day = models.DateField(unique=True)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    note = models.CharField(max_length=200, blank=True)
    law = models.CharField(max_length=200, blank=True)
    verified = models.BooleanField(default=True)

    class Meta:
        app_label = "units"
        ordering = ["day"]


class WorkingHours(models.Model):
    """One stretch of work on a weekday (Monday is 0), from a first day on; the newest first day rules."""

    valid_from = models.DateField()
    weekday = models.PositiveSmallIntegerField()
    start = models.TimeField()
    end = models.TimeField()

    class Meta:
        app_label = "units"
        ordering = ["valid_from", "weekday", "start"]
        constraints = [models.CheckConstraint(condition=models.Q(start__lt=models.F("end")), name="units_hours_order")]


class Revision(models.Model):
    """One row whose token changes with every change of units or calendar; caches are kept under it."""

    token = models.CharField(max_length=32)

    class Meta:
        app_label = "units"
