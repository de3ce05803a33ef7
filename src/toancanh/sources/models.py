"""Tables of the sources floor: sources, loads and the records a load refused."""

from django.db import models


class Source(models.Model):
    """One system or file drop that data comes from, and how often it promised to speak."""

    name = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=200)
    record_type = models.CharField(max_length=60)
    owner = models.CharField(max_length=60, blank=True)
    mapping = models.CharField(max_length=120, blank=True)
    expected_every = models.PositiveIntegerField(null=True, help_text="minutes")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "sources"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Load(models.Model):
    """One delivery from one source: the file, the frozen mapping, how far it came and what became of its rows."""

    class State(models.TextChoices):
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
