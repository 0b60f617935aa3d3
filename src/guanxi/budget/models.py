"""Budgets, expenses, placements."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from guanxi.ledger.models import Customer

KINDS = ("advertising", "promotion", "care")


class Budget(models.Model):
    """What may be spent on a tier of a scheme in a year: a share of the whole, a cap, or both (T-65)."""

    scheme = models.CharField(max_length=60)
    tier = models.CharField(max_length=40)
    year = models.PositiveIntegerField()
    share_percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    cap = models.DecimalField(max_digits=18, decimal_places=2, null=True, blank=True)
    currency = models.CharField(max_length=3)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scheme", "tier", "year"], name="one_budget_per_tier_and_year")]


class Expense(models.Model):
    """Money spent on a customer, or on a tier as a whole; `kind` is advertising, promotion or care (R-02)."""

    customer = models.ForeignKey(Customer, on_delete=models.SET_NULL, null=True, blank=True, related_name="expenses")
    scheme = models.CharField(max_length=60)
    tier = models.CharField(max_length=40)
    kind = models.CharField(max_length=12)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    spent_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)
    over_cap_reason = models.CharField(max_length=300, blank=True)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["scheme", "tier", "spent_on"], name="expense_by_tier")]


class Placement(models.Model):
    """A rented list or another paid placement: what it cost and what it brought; its recipients are not ours (D-22)."""

    name = models.CharField(max_length=200)
    provider = models.CharField(max_length=200, blank=True)
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    cost = models.DecimalField(max_digits=18, decimal_places=2)
    currency = models.CharField(max_length=3)
    recipients = models.PositiveIntegerField(default=0)
    clicks = models.PositiveIntegerField(default=0)
    sign_ups = models.PositiveIntegerField(default=0)
    orders = models.PositiveIntegerField(default=0)
    revenue = models.DecimalField(max_digits=18, decimal_places=2, default=0)
    created_at = models.DateTimeField()
