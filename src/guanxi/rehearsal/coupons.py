"""The codes a rehearsal would have handed out, by the offers' own rules, and what each could have cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from guanxi.journeys.models import Enrolment
from guanxi.journeys.steps.base import OfferWish
from guanxi.offers import documents, words
from guanxi.offers import queries as offers_queries
from guanxi.offers.rules import CodeTerms, Facts, Given, Offer, why_not_grant
from guanxi.rehearsal.past import Past, mean_order

CENT = Decimal("0.01")


class Coupons:
    """Offers count as switched on, as the journeys of the play do; what they cost so far in the world is left aside."""

    def __init__(self, past: Past) -> None:
        self.past = past
        self.offers = {name: documents.read_offer(documents.library_text(name)) for name in documents.library_names()}
        self.offers |= {record.name: offer for record, offer in offers_queries.kept_offers()}
        self.values: dict[int, dict[str, Any]] = {}
        self.codes: Counter[str] = Counter()
        self.codes_of: Counter[tuple[str, int]] = Counter()
        self.held: set[tuple[int, str]] = set()  # contact and offer
        self.costs: dict[int, Decimal] = {}  # by enrolment, of the code handed out last

    def give(self, enrolment: Enrolment, wish: OfferWish, now: datetime) -> tuple[str, Decimal]:
        """Why there is no code, else nothing; and what its use for an order like the ones before would cost."""
        offer = self.offers.get(wish.offer_name)
        if offer is None:
            return "offer_no_offer", Decimal(0)
        customer_id = enrolment.customer_id
        given = Given(codes=self.codes[offer.name], customer_codes=self.codes_of[offer.name, customer_id])
        if reason := why_not_grant(offer, self._facts(enrolment, now), given):
            return f"offer_{reason.code}", Decimal(0)
        self.codes[offer.name] += 1
        self.codes_of[offer.name, customer_id] += 1
        self.held.add((enrolment.contact.pk, offer.name))
        terms = offer.code or CodeTerms()
        if wish.valid_for:
            terms = replace(terms, days=max(wish.valid_for.days, 1), until="")
        told = words.letter_values(
            offer, code=f"{terms.prefix}-{'X' * 10}", valid_until=terms.valid_until(self.past.day_of(now)),
            uses=terms.uses,
        )  # fmt: skip
        self.values[enrolment.pk] = words.with_coupon(told)
        self.costs[enrolment.pk] = self._cost(offer, customer_id, now)
        return "", self.costs[enrolment.pk]

    def state(self, contact_id: int, name: str) -> str:
        """What a condition hears: nobody of the past has used a code that was never handed out."""
        return offers_queries.OPEN if (contact_id, name) in self.held else "none"

    def _facts(self, enrolment: Enrolment, now: datetime) -> Facts:
        customer, contact, on = enrolment.customer, enrolment.contact, self.past.day_of(now)
        dates = [day for day in (customer.founded_on, contact.birthday) if day]
        return Facts(
            on,
            len(self.past.orders_between(customer.pk, None, now)) + 1,
            {scheme: self.past.tier_of(customer.pk, scheme, now) for scheme in self.past.standings},
            customer.kind,
            any(day.month == on.month for day in dates),
        )

    def _cost(self, offer: Offer, customer_id: int, now: datetime) -> Decimal:
        cost = mean_order(self.past.orders_between(customer_id, None, now)) * offer.percent_off / 100
        if offer.amount_off and offer.amount_off.currency == self.past.firm.reporting_currency:
            cost += offer.amount_off.amount
        return cost.quantize(CENT)
