"""Where customers stand, as plain values for whoever writes to them; the reaching slope knows no tier (X-01)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from guanxi.tiering.models import Standing

# Placeholders of a letter that only the schemes can fill.
NAMES = ("customer.tier", "customer.stage", "customer.need")
_BY_SCHEME = {"stage": "stage", "need": "need"}


def standing_values(customer_ids: Collection[int]) -> dict[int, dict[str, str]]:
    """`tier` by the default scheme, `stage` and `need` by the schemes of these names, as far as they are in force."""
    rows = Standing.objects.filter(customer__in=customer_ids, scheme__is_active=True)
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for customer_id, name, is_default, tier in rows.values_list(
        "customer_id", "scheme__name", "scheme__is_default", "tier"
    ):
        if is_default:
            found[customer_id]["tier"] = tier
        if name in _BY_SCHEME:
            found[customer_id][_BY_SCHEME[name]] = tier
    return found


def beside(values: Mapping[str, Any], told: Mapping[str, str] | None) -> dict[str, Any]:
    """The values of an occasion with those of the customer; what the occasion says itself goes first."""
    said = values.get("customer")
    return {**values, "customer": {**(told or {}), **(said if isinstance(said, Mapping) else {})}}
