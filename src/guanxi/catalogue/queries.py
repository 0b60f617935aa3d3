"""Questions to the catalogue."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db.models import QuerySet

from guanxi.catalogue.models import MarginReference, Product


def margin_references() -> list[tuple[str, Decimal, date]]:
    """Category (empty: all others), average margin in percent of the sales price, and the day it is from (CN-14)."""
    return list(MarginReference.objects.order_by("category", "as_of_on").values_list("category", "percent", "as_of_on"))


def launching_since(day: date) -> QuerySet[Product]:
    """The articles that go on sale on that day or later, by day, edition and code."""
    return Product.objects.filter(launches_on__gte=day).order_by("launches_on", "edition", "code")
