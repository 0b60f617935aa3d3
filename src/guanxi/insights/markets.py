"""In which countries the firm's buyers are."""

from __future__ import annotations

from django.db.models import Count

from guanxi.ledger.models import Order


def customers_by_market() -> list[tuple[str, int]]:
    """Countries with orders, and how many customers have ordered there; the most first."""
    rows = Order.objects.filter(kind="order").exclude(customer__country="").values_list("customer__country")
    return [(code, count) for code, count in rows.annotate(n=Count("customer", distinct=True)).order_by("-n")]
