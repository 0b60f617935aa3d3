"""Which customers get no costly treatment any more: those marked dormant (M-14). Pure but for one query."""

from __future__ import annotations

from collections.abc import Collection

from guanxi.tiering.models import Standing

# Tiers of any scheme whose customers sleep: reduced effort, no gifts, no visits, no catalogues by post.
COSTS_LITTLE = ("dormant", "lapsed", "lost", "low_cost")


def without_costly_treatment(customer_ids: Collection[int]) -> set[int]:
    """Those of `customer_ids` who sleep by the default scheme, or were marked so by the screen of class C (M-08)."""
    asleep = Standing.objects.filter(customer__in=customer_ids, tier__in=COSTS_LITTLE)
    own = asleep.filter(scheme__is_default=True) | asleep.filter(rule__startswith="M-08")
    return set(own.values_list("customer_id", flat=True))


def costly_treatment(customer_id: int) -> bool:
    """Whether gifts, visits and other costly treatment are in order for this customer."""
    return not without_costly_treatment([customer_id])
