"""Questions to the catalogue."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from guanxi.catalogue.models import MarginReference


def margin_references() -> list[tuple[str, Decimal, date]]:
    """Category (empty: all others), average margin in percent of the sales price, and the day it is from (CN-14)."""
    return list(MarginReference.objects.order_by("category", "as_of_on").values_list("category", "percent", "as_of_on"))
