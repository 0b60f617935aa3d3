"""The firm: one row."""

from __future__ import annotations

from django.db import models


class Firm(models.Model):
    """The company that uses this installation; always the row with id 1.

    `reporting_currency` is what every amount is converted to (CN-41). Without `postal_address` no marketing mail
    leaves (RL-14). `set_up_at` is empty until the first visitor has finished the set-up pages.
    """

    name = models.CharField(max_length=200, blank=True)
    postal_address = models.TextField(blank=True, help_text="Several lines, as it stands at the foot of each mail.")
    website = models.URLField(blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2.")
    time_zone = models.CharField(max_length=64, default="Asia/Shanghai", help_text="IANA name.")
    language = models.CharField(max_length=16, default="zh-hans", help_text="Language of the console by default.")
    reporting_currency = models.CharField(max_length=3, default="USD", help_text="ISO 4217.")
    is_demo = models.BooleanField(default=False)
    set_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="firm_is_one_row")]

    def __str__(self) -> str:
        return self.name or "—"
