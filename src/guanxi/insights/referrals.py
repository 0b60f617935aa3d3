"""Revenue that came by introductions (D-30, CN-34)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Sum

from guanxi.insights.customer_list import binding_orders
from guanxi.ledger.models import Referral


@dataclass(frozen=True, slots=True)
class Referred:
    """What one introduced customer has bought since, net, in the reporting currency."""

    referrer_id: int
    customer_id: int
    name: str
    revenue: Decimal


def referred_revenue(*, referrers: Iterable[int] | None = None) -> list[Referred]:
    """Every introduced customer (of these referrers, or of all) with his orders from the day of the introduction on."""
    rows = Referral.objects.select_related("referred").order_by("referrer_id", "referred_id")
    if referrers is not None:
        rows = rows.filter(referrer__in=list(referrers))
    sums = dict(
        binding_orders()
        .filter(customer__referred_by__in=rows.values("pk"))
        .filter(placed_at__date__gte=F("customer__referred_by__introduced_on"))
        .values_list("customer_id")
        .annotate(sum=Sum("amount_reporting"))
        .order_by()
    )
    return [
        Referred(each.referrer_id, each.referred_id, each.referred.name, sums.get(each.referred_id) or Decimal(0))
        for each in rows
    ]
