"""Which days have been run, and which workers are alive."""

from __future__ import annotations

from django.db import models


class DayRun(models.Model):
    """One order of the day, finished; running it again for the same moment returns `result` and does nothing."""

    at = models.DateTimeField(unique=True)
    result = models.JSONField(default=dict)
    finished_at = models.DateTimeField()


class Heartbeat(models.Model):
    """The latest sign of life of a worker."""

    worker = models.CharField(max_length=80, unique=True)
    at = models.DateTimeField()
