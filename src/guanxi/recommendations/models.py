"""What can be recommended beside articles, what was refused, and the runs that found out what goes together."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from guanxi.ledger.models import Customer


class ContentPiece(models.Model):
    """A guide, case, document, article or video with the readers it is made for; empty lists fit everybody.

    `regions` are names of recommendations.regions, `trades` words of a line of business, `categories` those of the
    catalogue. `language` is BCP 47; empty when it needs none.
    """

    key = models.SlugField(max_length=80, unique=True)
    kind = models.CharField(max_length=12, help_text="A name of recommendations.content.KINDS.")
    title = models.CharField(max_length=300)
    summary = models.TextField(blank=True)
    url = models.URLField(max_length=500)
    language = models.CharField(max_length=16, blank=True)
    countries = models.JSONField(default=list, blank=True)
    regions = models.JSONField(default=list, blank=True)
    trades = models.JSONField(default=list, blank=True)
    categories = models.JSONField(default=list, blank=True)
    is_published = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.title


class Refusal(models.Model):
    """A customer is not interested in an article (`kind` product, `key` its code) or a content piece (content)."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="refusals")
    kind = models.CharField(max_length=8)
    key = models.CharField(max_length=120)
    reason = models.CharField(max_length=300, blank=True)
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+",
        help_text="The member of staff who wrote it down; empty when it came by the API.",
    )  # fmt: skip
    refused_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "kind", "key"], name="refused_once")]


class AffinityRun(models.Model):
    """One count of what goes together; `path` is relative to the data folder (recommendations.store)."""

    as_of = models.DateTimeField()
    customers = models.PositiveIntegerField(default=0)
    articles = models.PositiveIntegerField(default=0)
    purchases = models.PositiveIntegerField(default=0, help_text="Distinct pairs of customer and article.")
    path = models.CharField(max_length=300)
    fingerprint = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-as_of", "-id"], name="affinity_run_newest")]
