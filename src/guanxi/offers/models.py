"""Offers and the price breaks of articles."""

from __future__ import annotations

from django.db import models


class Offer(models.Model):
    """`document` is the YAML text of the offer, frozen per `version`."""

    name = models.CharField(max_length=60, unique=True)
    document = models.TextField()
    version = models.PositiveIntegerField(default=1)
    is_active = models.BooleanField(default=False, help_text="An offer gives money away: nothing holds unasked.")
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class PriceBreak(models.Model):
    """From `from_quantity` pieces on, one costs `unit_price` (T-59, X-23)."""

    product_code = models.CharField(max_length=120)
    from_quantity = models.DecimalField(max_digits=16, decimal_places=4)
    unit_price = models.DecimalField(max_digits=18, decimal_places=6)
    currency = models.CharField(max_length=3)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["product_code", "currency", "from_quantity"], name="one_price_break_per_quantity"
            )
        ]
