"""Runs of the measures and of the models, each with a Parquet frame (docs/decisions); alerts about rhythms."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from guanxi.ledger.models import Customer


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


class PredictionRun(models.Model):
    """One look ahead over all customers as of a moment.

    `path` is relative to the data folder; one row per customer who has ordered, columns of scoring.forecasts.COLUMNS.
    `bgnbd` and `gammagamma` are the fits with their standard errors; `expected_orders` and `expected_value` are the
    sums over all customers for the next `horizon_days` days.
    """

    as_of = models.DateTimeField()
    horizon_days = models.PositiveIntegerField()
    currency = models.CharField(max_length=3)
    bgnbd = models.JSONField(default=dict)
    gammagamma = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    customers = models.PositiveIntegerField(default=0)
    expected_orders = models.FloatField(default=0)
    expected_value = models.DecimalField(max_digits=20, decimal_places=4, default=0)
    path = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64, help_text="Of the frames it was computed from.")
    newest_event_id = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-as_of", "-id"], name="prediction_run_newest")]


class RhythmAlert(models.Model):
    """A customer fell out of his own rhythm: `slowed` (too late) or `shrunk` (smaller orders), once per episode.

    `stake` is what a year of the lost rhythm is worth; `recovered_amount` what he has ordered between the alert and
    his recovery (R-11). Both in `currency`. `figures` hold what the alert was raised on.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="rhythm_alerts")
    kind = models.CharField(max_length=8)
    found_at = models.DateTimeField()
    figures = models.JSONField(default=dict)
    stake = models.DecimalField(max_digits=18, decimal_places=4)
    currency = models.CharField(max_length=3)
    recovered_at = models.DateTimeField(null=True, blank=True)
    recovered_amount = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind"], condition=Q(recovered_at__isnull=True), name="one_open_alert_per_kind"
            )
        ]
        indexes = [
            # The at-risk list.
            models.Index(fields=["-stake"], condition=Q(recovered_at__isnull=True), name="open_alert_by_stake"),
        ]
