"""Tables of the cases floor: cases, what stands in them, what was said and laid to them, and who watches."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from toancanh.access.models import User
from toancanh.base.models import Frozen


class Case(models.Model):
    """Work that one unit must do by a date. What was done with it is in the audit log, under ("case", its number).

    It goes by the frozen workflow that it began with, whatever is published after. `next_at` is the moment of its next
    step; every open case has one. `revision` counts its changes: who acts on an older one is told first.
    """

    class Outcome(models.TextChoices):
        CLEARED = "cleared", _("đã xử lý xong")
        ACCEPTED = "accepted", _("chấp nhận giải trình")
        DUPLICATE = "duplicate", _("trùng vụ việc khác")
        WITHDRAWN = "withdrawn", _("huỷ bỏ")

    kind = models.CharField(max_length=40)
    reason = models.CharField(max_length=120, blank=True)  # within the kind: the rule that a slip is sent by
    key = models.CharField(max_length=255, null=True, unique=True)  # the same cause makes no second case
    number = models.PositiveIntegerField(null=True)  # of the year, without gaps, for kinds that are numbered
    year = models.PositiveSmallIntegerField(null=True)
    title = models.CharField(max_length=300)
    unit = models.CharField(max_length=80)
    state = models.CharField(max_length=30)
    is_open = models.BooleanField(default=True)
    outcome = models.CharField(max_length=20, choices=Outcome, blank=True)
    severity = models.PositiveSmallIntegerField(default=3)
    subject_kind = models.CharField(max_length=40, blank=True)
    subject_id = models.CharField(max_length=120, blank=True)
    day = models.DateField()  # the working day it belongs to
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    late = models.BooleanField(default=False)  # answered, or closed unanswered, after its deadline
    extended = models.CharField(max_length=10, blank=True)  # "", asked, granted or refused
    step = models.PositiveSmallIntegerField(default=0)  # how far the escalation chain has gone
    next_at = models.DateTimeField(null=True)
    revision = models.PositiveIntegerField(default=0)
    count = models.PositiveIntegerField(default=0)  # items
    left = models.PositiveIntegerField(default=0)  # items that wait for an answer
    facts = models.JSONField(default=dict)
    words = models.TextField(blank=True)  # what it is found by, without accents
    simulated = models.BooleanField(default=False)
    workflow = models.ForeignKey(Frozen, on_delete=models.PROTECT, related_name="+", db_index=False)
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children", db_index=False)

    class Meta:
        app_label = "cases"
        constraints = [
            models.UniqueConstraint(fields=["kind", "year", "number"], name="case_numbered_once"),
            models.CheckConstraint(
                condition=models.Q(is_open=False) | models.Q(next_at__isnull=False), name="open_case_has_next_step"
            ),
        ]
        indexes = [
            # As the list is ordered; open ones are counted in an index of their own.
            models.Index(fields=["unit", "-is_open", "due_at"], name="case_of_unit"),
            models.Index(fields=["-is_open", "due_at"], name="case_by_deadline"),
            models.Index(fields=["due_at", "answered_at"], condition=models.Q(is_open=True), name="case_open"),
            models.Index(fields=["unit", "closed_at"], condition=models.Q(is_open=False), name="case_closed_of_unit"),
            models.Index(fields=["closed_at"], condition=models.Q(is_open=False), name="case_closed"),
            # Of few: told apart from the others, it is used whatever the planner makes of those.
            models.Index(fields=["parent"], condition=models.Q(parent__isnull=False), name="case_of_parent"),
            models.Index(fields=["kind", "created_at"], name="case_by_kind"),
            models.Index(fields=["next_at"], condition=models.Q(is_open=True), name="case_next_step"),
        ]


class Item(models.Model):
    """One record, or alert, that stands in a case. It is live until it is over, in one case of a reason at a time.

    What a closed case leaves behind is held: nothing is sent of it again until it is over, or its new date has passed.
    """

    class State(models.TextChoices):
        OPEN = "open", _("chờ trả lời")
        ANSWERED = "answered", _("đã trả lời")
        HELD = "held", _("không báo lại")
        CLEARED = "cleared", _("đã hết")
        EXPIRED = "expired", _("quá ngày hẹn lại")

    LIVE = (State.OPEN, State.ANSWERED, State.HELD)

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="items")
    reason = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    record = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    since = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    facts = models.JSONField(default=dict)
    answer = models.CharField(max_length=40, blank=True)
    note = models.CharField(max_length=1000, blank=True)
    new_date = models.DateField(null=True)
    answered_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "cases"
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["reason", "record"],
                condition=models.Q(state__in=["open", "answered", "held"]),
                name="record_live_in_one_case",
            )
        ]
        indexes = [models.Index(fields=["record"], name="item_by_record")]


class Comment(models.Model):
    """What somebody wrote to a case."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="comments")
    at = models.DateTimeField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()

    class Meta:
        app_label = "cases"
        ordering = ["id"]


class Attachment(models.Model):
    """A file laid to a case; its content is kept once, by its hash."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="attachments")
    at = models.DateTimeField()
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    media = models.CharField(max_length=100)
    act = models.CharField(max_length=40, blank=True)  # the action it came with

    class Meta:
        app_label = "cases"
        ordering = ["id"]


class Link(models.Model):
    """Another case that this one has to do with."""

    class Kind(models.TextChoices):
        RELATED = "related", _("liên quan")
        DUPLICATE = "duplicate", _("trùng")

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links")
    other = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="linked_from")
    kind = models.CharField(max_length=10, choices=Kind)

    class Meta:
        app_label = "cases"
        constraints = [models.UniqueConstraint(fields=["case", "other"], name="cases_linked_once")]


class Watcher(models.Model):
    """Somebody who wants to know what becomes of a case."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="watchers")
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        app_label = "cases"
        constraints = [models.UniqueConstraint(fields=["case", "person"], name="case_watched_once")]


class SavedFilter(models.Model):
    """A list of cases that somebody comes back to: its query, under a name."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=1000)

    class Meta:
        app_label = "cases"
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["person", "name"], name="filter_named_once")]


class Book(models.Model):
    """The numbers that one kind of case has given out in one year."""

    kind = models.CharField(max_length=40)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        app_label = "cases"
        constraints = [models.UniqueConstraint(fields=["kind", "year"], name="one_book_a_year")]
