"""The firm: one row, and what it does otherwise than Guanxi proposes."""

from __future__ import annotations

import json
from datetime import date, datetime
from functools import cached_property
from zoneinfo import ZoneInfo

from django.db import models

from guanxi.kernel.questions import Question, Rows


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

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def day_of(self, moment: datetime) -> date:
        """The calendar day that clocks at the firm show at an aware moment."""
        return moment.astimezone(self.zone).date()

    @cached_property
    def culture(self) -> tuple[tuple[str, str, str], ...]:
        """(country, field, value as JSON) of what the firm has set, as culture.profiles.profile_of takes them."""
        return tuple((country, field, json.dumps(value)) for country, field, value in _overrides())


class CultureOverride(models.Model):
    """A value of a country's culture profile that the firm has set; culture.overrides has read it before.

    `field` is the dotted name in the profile, e.g. `working_hours` or `closing.de`.
    """

    country = models.CharField(max_length=2, help_text="ISO 3166-1 alpha-2.")
    field = models.CharField(max_length=120)
    value = models.JSONField()
    changed_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["country", "field"], name="one_override_per_field")]

    def __str__(self) -> str:
        return f"{self.country} {self.field}"


@Question
def _overrides() -> Rows:
    return CultureOverride.objects.order_by("country", "field").values_list("country", "field", "value")


class HouseRule(models.Model):
    """Wording the firm does not want in its letters, beside the rules that ship (content.checks).

    `phrases` are plain words, one a line. `language` is empty for every language. With `needs_figure` a phrase is
    fine in a sentence that has a figure.
    """

    language = models.CharField(max_length=16, blank=True)
    phrases = models.TextField()
    reason = models.CharField(max_length=300)
    needs_figure = models.BooleanField(default=False)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reason


class Benchmark(models.Model):
    """A figure from outside that a report is held against (F-13): a share in percent, and who says so."""

    report = models.CharField(max_length=8, help_text="Id of the claimed outcome, such as F-13.")
    figure = models.CharField(max_length=24, help_text="Which row of the report: opened, clicked, ordered.")
    percent = models.DecimalField(max_digits=5, decimal_places=2)
    source = models.CharField(max_length=300)
    entered_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["report", "figure"], name="one_benchmark_per_figure")]

    def __str__(self) -> str:
        return f"{self.report} {self.figure}"
