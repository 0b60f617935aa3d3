"""The codes that a rehearsal would have handed out, and what they could have cost; nothing is written."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any

from guanxi.journeys.giving import with_coupon
from guanxi.journeys.models import Enrolment
from guanxi.journeys.steps.base import OfferWish
from guanxi.offers import queries as offers_queries
from guanxi.offers import words
from guanxi.offers.rules import HUNDRED, Offer


class Vouchers:
    """Asks whether the offer is switched on and for this kind of customer; limits and budgets of the past are gone."""

    def __init__(self) -> None:
        self.offers = {record.name: (record.is_active, offer) for record, offer in offers_queries.kept_offers()}
        self.held: dict[int, tuple[Offer, date]] = {}
        self.names: dict[int, set[str]] = defaultdict(set)

    def give(self, enrolment: Enrolment, wish: OfferWish, on: date) -> str:
        """Why there is no code; empty when it is handed out."""
        is_active, offer = self.offers.get(wish.offer_name, (False, None))
        if offer is None:
            return "offer_no_offer"
        if not is_active:
            return "offer_switched_off"
        if offer.terms.kinds and enrolment.customer.kind not in offer.terms.kinds:
            return "offer_kind"
        self.held[enrolment.pk] = (offer, on)
        self.names[enrolment.contact.pk].add(offer.name)
        return ""

    def state(self, contact_id: int, name: str) -> str:
        """What a condition hears: nobody of the past has used a code that was never handed out."""
        return offers_queries.OPEN if name in self.names.get(contact_id, ()) else "none"

    def values(self, enrolment: Enrolment) -> dict[str, Any]:
        """What a letter would say of it."""
        if enrolment.pk not in self.held:
            return {}
        offer, on = self.held[enrolment.pk]
        return with_coupon(words.sample_values(offer, on=on))

    def cost(self, enrolment: Enrolment, mean_order: Decimal) -> Decimal:
        """What it would cost if it were used for an order like the ones before; an amount or a gift as it is stated."""
        if enrolment.pk not in self.held:
            return Decimal(0)
        offer, _ = self.held[enrolment.pk]
        if offer.gift:
            return offer.gift.cost.amount
        return offer.amount_off.amount if offer.amount_off else mean_order * offer.percent_off / HUNDRED
