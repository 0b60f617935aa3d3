"""Which customers get no costly treatment any more: those who sleep in a scheme that is in force (M-14)."""

from __future__ import annotations

from collections.abc import Collection

from guanxi.tiering.models import Standing
from guanxi.tiering.sleeping import SLEEPING


def without_costly_treatment(customer_ids: Collection[int] | None = None) -> set[int]:
    """Those of `customer_ids`, else of all, who sleep, be it by the screen of class C (M-08)."""
    asleep = Standing.objects.filter(scheme__is_active=True, tier__in=SLEEPING)
    if customer_ids is not None:
        asleep = asleep.filter(customer__in=customer_ids)
    return set(asleep.values_list("customer_id", flat=True))


def costly_treatment(customer_id: int) -> bool:
    """Whether gifts, visits and other costly treatment are in order for this customer."""
    return not without_costly_treatment([customer_id])
