"""Products."""

from __future__ import annotations

from django.db import models


class Product(models.Model):
    """An article we sell; `code` is what order lines carry in `product_code`."""

    code = models.CharField(max_length=120, unique=True)
    name = models.CharField(max_length=300, blank=True)
    category = models.CharField(max_length=120, blank=True)
    unit_price = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    cost = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    is_available = models.BooleanField(default=True)
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)

    def __str__(self) -> str:
        return self.name or self.code
