"""Runs of the measures. The scores themselves are a Parquet frame per run (docs/decisions)."""

from __future__ import annotations

from django.db import models


class ScoreRun(models.Model):
    """One computation of RFM over all customers as of a moment.

    `path` is relative to the data folder; one row per customer, columns of scoring.measures.SCORES. `policy` is the
    frozen document of thresholds and window that was used.
    """

    as_of = models.DateTimeField()
    window_days = models.PositiveIntegerField(null=True, blank=True, help_text="Empty: the whole lifetime.")
    currency = models.CharField(max_length=3)
    policy = models.JSONField(default=dict)
    customers = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    spend = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    path = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64, help_text="Of the frame it was computed from.")
    newest_event_id = models.BigIntegerField(
        default=0, help_text="The newest event of the ledger when the frame was made: what came later has a higher id."
    )
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-as_of", "-id"], name="score_run_newest")]
