"""Tables of the sources floor: sources and how they flow, loads and the records a load refused."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Source(models.Model):
    """One system or file drop that data comes from, how it is connected, and what it promised.

    A source without a connector is delivered to by hand. Its promise: to speak every `expected_every` minutes of its
    `hours`, of what happened no more than `fresh_within` minutes before.
    """

    class Contract(models.TextChoices):
        """What becomes of a delivery whose columns or values are not those that were agreed."""

        EVOLVE = "evolve", _("nhận, ghi lại điều mới")
        FREEZE = "freeze", _("từ chối cả lần gửi")
        REJECT_ROW = "reject_row", _("loại dòng")
        REJECT_VALUE = "reject_value", _("bỏ giá trị, giữ dòng")

    class Hours(models.TextChoices):
        """When a source promises to speak."""

        ALWAYS = "always", _("mọi lúc")
        WORKING = "working", _("giờ làm việc")
        WORKING_DAYS = "working_days", _("ngày làm việc, cả ngày")

    name = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    record_type = models.CharField(max_length=60)
    owner = models.CharField(max_length=60, blank=True)
    mapping = models.CharField(max_length=120, blank=True)
    expected_every = models.PositiveIntegerField(null=True, help_text="minutes")
    fresh_within = models.PositiveIntegerField(null=True, help_text="minutes")
    hours = models.CharField(max_length=20, choices=Hours, default=Hours.ALWAYS)
    contract = models.CharField(max_length=20, choices=Contract, default=Contract.EVOLVE)
    connector = models.CharField(max_length=20, blank=True)
    every = models.FloatField(default=60.0, help_text="seconds between two looks")
    options = models.JSONField(default=dict)
    secrets = models.TextField(blank=True)  # encrypted (see secrets.py)
    running = models.BooleanField(default=False)
    columns = models.JSONField(default=list)  # those it is known to have
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "sources"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Flow(models.Model):
    """How a connected source fares: how far it was read, when it last answered and spoke, what is wrong with it now."""

    source = models.OneToOneField(Source, on_delete=models.PROTECT, related_name="flow")
    cursor = models.JSONField(default=dict)
    turn = models.PositiveIntegerField(default=0)  # grows when somebody sets the cursor
    tried_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)  # it was reached and made sense, whether or not it had rows
    spoke_at = models.DateTimeField(null=True)  # it told rows
    newest_at = models.DateTimeField(null=True)  # the latest moment that its rows tell of
    failures = models.PositiveIntegerField(default=0)  # in a row
    failing_since = models.DateTimeField(null=True)
    retry_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=80, blank=True)
    problem_params = models.JSONField(default=dict)

    class Meta:
        app_label = "sources"


class Beat(models.Model):
    """One day of a connected source: how often it was asked, and in vain; what it told; how long it was silent."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="beats")
    day = models.DateField()
    looks = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    read = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    silent = models.PositiveIntegerField(default=0, help_text="minutes beyond its promise")

    class Meta:
        app_label = "sources"
        ordering = ["day"]
        constraints = [models.UniqueConstraint(fields=["source", "day"], name="one_beat_per_day")]


class Receipt(models.Model):
    """A message that a source pushed and that was taken, so that the same one sent again is not taken twice."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="receipts")
    message = models.CharField(max_length=120)
    at = models.DateTimeField(db_index=True)
    answer = models.JSONField(default=dict)

    class Meta:
        app_label = "sources"
        constraints = [models.UniqueConstraint(fields=["source", "message"], name="one_receipt_per_message")]


class Load(models.Model):
    """One delivery from one source: the file, the frozen mapping, how far it came and what became of its rows.

    What flows in small pieces belongs to a load without a file, which is open for a day at most.
    """

    class State(models.TextChoices):
        OPEN = "open"
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        WITHDRAWN = "withdrawn"

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="loads")
    filename = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    mapping = models.CharField(max_length=120, blank=True)
    mapping_text = models.TextField(blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    by = models.CharField(max_length=120)
    within = models.CharField(max_length=80, blank=True)  # the unit of whoever delivered it; empty for all
    simulated = models.BooleanField(default=False)
    # The load whose rows this one brings back after another, which had the same rows, was withdrawn.
    restores = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="restored_by")
    known_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)
    chunks = models.PositiveIntegerField(default=0)  # finished ones, from the first: where a killed load goes on
    read = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    rejected = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    notes = models.JSONField(default=list)  # [[code, params], ...]: worth knowing, no reason to refuse
    problem = models.CharField(max_length=80, blank=True)
    problem_params = models.JSONField(default=dict)

    class Meta:
        app_label = "sources"
        ordering = ["id"]
        indexes = [models.Index(fields=["source", "state", "id"]), models.Index(fields=["source", "sha256"])]

    def __str__(self) -> str:
        return f"{self.source_id}/{self.pk} {self.filename}"

    @property
    def counts(self) -> dict[str, int]:
        """What became of the rows; read is always the sum of the other three."""
        return {
            "read": self.read,
            "accepted": self.accepted,
            "rejected": self.rejected,
            "duplicates": self.duplicates,
        }


class Reject(models.Model):
    """One row that was refused: where it stands in the file, why, and the row itself as it was delivered."""

    class State(models.TextChoices):
        OPEN = "open"
        MENDED = "mended"
        SUPERSEDED = "superseded"

    load = models.ForeignKey(Load, on_delete=models.PROTECT, related_name="rejects")
    chunk = models.PositiveIntegerField(default=0)
    row = models.BigIntegerField()
    column = models.CharField(max_length=200, blank=True)
    value = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=80)
    params = models.JSONField(default=dict)
    raw = models.JSONField(default=list)  # [[column, text], ...]: PostgreSQL forgets the order of an object's keys
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    # The latest load of a corrected download that told this row again.
    mended_by = models.ForeignKey(Load, null=True, on_delete=models.PROTECT, related_name="mended")

    class Meta:
        app_label = "sources"
        ordering = ["load", "row"]
        constraints = [models.UniqueConstraint(fields=["load", "row"], name="one_reject_per_row")]

    def __str__(self) -> str:
        return f"{self.load_id}:{self.row} {self.code}"
