"""Import runs, rejected rows, saved mappings."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Mapping(models.Model):
    """Which column of a foreign file means what, saved under a name."""

    name = models.CharField(max_length=120, unique=True)
    document = models.JSONField(help_text="{kind, columns: {field: header}, options}.")
    headings = models.JSONField(
        default=list, help_text="The heading line it was saved for; a file that has all of it is taken by this mapping."
    )
    created_at = models.DateTimeField()


class ImportRun(models.Model):
    """One import of one file. `digest` is SHA-256 of the file; `result` is the answer the command prints."""

    file_name = models.CharField(max_length=300)
    stored_path = models.CharField(max_length=500, blank=True, help_text="Relative to the data folder.")
    digest = models.CharField(max_length=64, db_index=True)
    kind = models.CharField(max_length=16)
    format = models.CharField(max_length=40, blank=True, help_text="Which known header was recognised.")
    source = models.CharField(max_length=60)
    mapping = models.JSONField(default=dict)
    options = models.JSONField(default=dict)
    is_dry = models.BooleanField(default=False)
    is_live = models.BooleanField(default=False)
    state = models.CharField(max_length=12, default="pending", help_text="pending, running, done, failed or undone.")
    result = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    task = models.CharField(max_length=8, blank=True, help_text="What a worker shall do: try or run.")
    due_at = models.DateTimeField(null=True, blank=True, db_index=True, help_text="Since when the task waits.")
    attempts = models.PositiveSmallIntegerField(default=0, help_text="How often a worker has begun the task.")


class RejectedRow(models.Model):
    """A row that could not be used, with the reason; it may hold personal data and so expires (house B3.8)."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rejects")
    row = models.PositiveBigIntegerField(help_text="Number in the file, the heading being row 1.")
    field = models.CharField(max_length=120, blank=True)
    reason = models.CharField(max_length=300)
    content = models.JSONField(default=dict)
    table = models.PositiveSmallIntegerField(default=0, help_text="Which of the tables in the run's options it is of.")
    state = models.CharField(max_length=8, default="open", help_text="open, mended or skipped.")
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["run", "row"], name="reject_of_run")]


class BeforeImage(models.Model):
    """What a row was before an import changed it, so that the import can be taken back whole.

    `before` and `after` hold the changed fields only; a value that is no longer as in `after` was changed since and
    stays. It may hold personal data and so expires; an import cannot be taken back whole after that.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="images")
    kind = models.CharField(
        max_length=12, help_text="customer, contact, order, lines, invoice, payment, product, rate."
    )
    row_id = models.BigIntegerField()
    before = models.JSONField()
    after = models.JSONField()
    expires_at = models.DateTimeField(db_index=True)
