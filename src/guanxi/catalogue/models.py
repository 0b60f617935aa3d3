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
    launches_on = models.DateField(
        null=True, blank=True, help_text="Day on which it goes on sale; some may have it first."
    )
    edition = models.CharField(max_length=12, blank=True, help_text="season or limited, where that matters (J-14).")
    batch = models.BigIntegerField(null=True, blank=True, db_index=True)

    def __str__(self) -> str:
        return self.name or self.code


class MarginReference(models.Model):
    """The trade's average margin of a category, entered by a person with its source (T-19, CN-14).

    `percent` is of the sales price; an empty category stands for all that have none of their own.
    """

    category = models.CharField(max_length=120, blank=True)
    percent = models.DecimalField(max_digits=6, decimal_places=2)
    source = models.CharField(max_length=200)
    as_of_on = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category", "as_of_on"], name="one_margin_reference_per_day")]
