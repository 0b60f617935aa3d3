"""What has been done already (days, requests of machines), and which workers are alive."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from guanxi.staff.models import ApiToken


class DayRun(models.Model):
    """One order of the day, finished; running it again for the same moment returns `result` and does nothing."""

    at = models.DateTimeField(unique=True)
    result = models.JSONField(default=dict)
    finished_at = models.DateTimeField()


class Heartbeat(models.Model):
    """The latest sign of life of a worker."""

    worker = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()
    has_ended = models.BooleanField(default=False, help_text="It said so itself; else it runs, or was killed.")


class Soundness(models.Model):
    """One look at SQLite's file; `faults` are the first of its own sentences, and none where it is whole (RD-16)."""

    at = models.DateTimeField(db_index=True)
    is_thorough = models.BooleanField()
    faults = models.JSONField(default=list)


class KeptAnswer(models.Model):
    """What one key was answered to one `Idempotency-Key`; `status` is empty while the first request is under way.

    The content may name persons, so the row is gone after a day.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body.")
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    content = models.TextField(blank=True)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="one_answer_per_idempotency_key"),
            models.CheckConstraint(condition=~Q(key=""), name="idempotency_key_is_given"),
        ]


class Export(models.Model):
    """A copy of everything that somebody asked for; a worker writes it, and it is gone after some days.

    `stored_path` is relative to the data folder. The file holds personal data, so it expires (house B3.8).
    """

    form = models.CharField(max_length=8, help_text="csv, xlsx or parquet.")
    state = models.CharField(max_length=8, default="waiting", help_text="waiting, running, done or failed.")
    with_audit = models.BooleanField(default=False)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True, db_index=True, help_text="When a worker may take it (again).")
    attempts = models.PositiveSmallIntegerField(default=0)
    stored_path = models.CharField(max_length=200, blank=True)
    rows = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0, help_text="In bytes.")
    error = models.CharField(max_length=300, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()


class RehearsalRun(models.Model):
    """A rehearsal somebody asked for in the console: what he wished, and the figures; nothing else comes of it.

    `wishes` hold from, to, journeys, assume and text (a version to try); `result` the answer, `published` the one of
    the versions as they are, where one was tried. The figures name staff, so they expire.
    """

    state = models.CharField(max_length=8, default="running", help_text="running, done or failed.")
    wishes = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    published = models.JSONField(default=dict)
    error = models.CharField(max_length=500, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(db_index=True)
