"""Which offers hold, and the price breaks of articles."""

from __future__ import annotations

from collections.abc import Collection

from guanxi.offers import documents, rules
from guanxi.offers.models import Offer, PriceBreak


def kept_offers() -> list[tuple[Offer, rules.Offer]]:
    """Every offer with what its document says, the active ones first."""
    return [(each, documents.read_offer(each.document)) for each in Offer.objects.order_by("-is_active", "name")]


def active_offers() -> list[rules.Offer]:
    """The offers that hold now."""
    return [read for record, read in kept_offers() if record.is_active]


def price_breaks(product_codes: Collection[str], currency: str) -> list[rules.PriceBreak]:
    """The steps of these articles in `currency`, by article and quantity."""
    found = PriceBreak.objects.filter(product_code__in=list(product_codes), currency=currency)
    return [
        rules.PriceBreak(each.product_code, each.from_quantity, each.unit_price)
        for each in found.order_by("product_code", "from_quantity")
    ]
