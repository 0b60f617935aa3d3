"""Changes to offers and price breaks."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

from django.db import transaction

from guanxi.offers import documents
from guanxi.offers.models import FloorMargin, Offer, PriceBreak


class BadPriceBreaks(Exception):
    """The price breaks of an article must have rising quantities and falling prices above zero."""


# What a journey hands out that is live in a new workspace.
SWITCHED_ON = frozenset({"existing-customer-coupon"})


def install_library(*, now: datetime) -> None:
    """Add the shipped offers that are not there yet, switched off but for SWITCHED_ON; a firm's own wording stays."""
    known = set(Offer.objects.values_list("name", flat=True))
    Offer.objects.bulk_create(
        [
            Offer(name=name, document=documents.library_text(name), is_active=name in SWITCHED_ON, updated_at=now)
            for name in documents.library_names()
            if name not in known
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def save_offer(*, text: str, now: datetime) -> Offer:
    """Create or replace the offer of that name; a changed text is a new version. Raises OfferError."""
    read = documents.read_offer(text)
    offer = Offer.objects.select_for_update().filter(name=read.name).first()
    if offer is None:
        return Offer.objects.create(name=read.name, document=text, updated_at=now)
    if offer.document != text:
        offer.document, offer.version, offer.updated_at = text, offer.version + 1, now
        offer.save(update_fields=["document", "version", "updated_at"])
    return offer


def switch_offer(*, offer: Offer, is_active: bool, now: datetime) -> None:
    Offer.objects.filter(pk=offer.pk).update(is_active=is_active, updated_at=now)


@transaction.atomic
def set_price_breaks(
    *, product_code: str, currency: str, steps: Iterable[tuple[Decimal, Decimal]], now: datetime
) -> None:
    """Replace the article's steps (quantity, unit price) in `currency`. Raises BadPriceBreaks."""
    ordered = sorted(steps)
    for (quantity, price), (next_quantity, next_price) in pairwise(ordered):
        if next_quantity == quantity:
            raise BadPriceBreaks(f"{product_code}: the quantity {quantity:f} stands twice; keep one of them.")
        if next_price >= price:
            raise BadPriceBreaks(f"{product_code}: from {next_quantity:f} pieces the price must be below {price:f}.")
    if any(quantity <= 0 or price <= 0 for quantity, price in ordered):
        raise BadPriceBreaks(f"{product_code}: quantities and prices must be above zero.")
    PriceBreak.objects.filter(product_code=product_code, currency=currency).delete()
    PriceBreak.objects.bulk_create(
        PriceBreak(
            product_code=product_code, currency=currency, from_quantity=quantity, unit_price=price, updated_at=now
        )
        for quantity, price in ordered
    )


def set_floor_margin(*, percent: Decimal | None, now: datetime, product_code: str = "", category: str = "") -> None:
    """The least margin of the price that offers leave of an article, a category or all; None takes the row away."""
    if percent is None:
        FloorMargin.objects.filter(product_code=product_code, category=category).delete()
    else:
        FloorMargin.objects.update_or_create(
            product_code=product_code, category=category, defaults={"percent": percent, "updated_at": now}
        )
