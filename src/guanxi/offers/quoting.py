"""What a basket comes to for a customer now: his facts, the offers that hold, the codes he states."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from guanxi.firm import queries as firm_queries
from guanxi.ledger.models import Customer
from guanxi.offers import pricing, queries, rules
from guanxi.offers.articles import as_catalogued
from guanxi.offers.codes import as_stated
from guanxi.offers.models import Grant
from guanxi.offers.pricing import Quote, Refusal
from guanxi.offers.reasons import because
from guanxi.offers.redeeming import as_promised, promise_of
from guanxi.offers.rules import Basket


def quote_for(customer: Customer, basket: Basket, *, now: datetime, codes: Sequence[str] = ()) -> Quote:
    """A code counts as its offer stood when it was handed out; one that does not hold is refused under its own text."""
    on = firm_queries.the_firm().day_of(now)
    facts = queries.facts_for_quote(customer, on=on)
    held, refused = _held(customer, codes, on=on)
    offers = [each for each in queries.active_offers() if each.name not in {offer.name for offer in held}]
    articles = {line.product_code for line in basket.lines}
    found = pricing.quote(
        as_catalogued(basket, on=on), [*held, *offers], facts, queries.price_breaks(articles, basket.currency),
        codes=[each.name for each in held],
    )  # fmt: skip
    return replace(found, refused=(*found.refused, *refused))


def _held(customer: Customer, codes: Sequence[str], *, on: date) -> tuple[list[rules.Offer], list[Refusal]]:
    stated = [as_stated(code) for code in codes]
    rows = Grant.objects.filter(code__in=stated).select_related("offer", "version")
    grants = {each.code: each for each in rows}
    held, refused = [], []
    for code in filter(None, dict.fromkeys(stated)):
        grant = grants.get(code)
        if grant is None:
            refused.append(Refusal(code, because("unknown_code")))
            continue
        offer = queries.promised(grant)
        given = queries.given({grant.offer_id: offer}, [], on=on).of(grant.offer_id, customer.pk, "")
        reason = rules.why_not_use(promise_of(grant), customer_id=customer.pk, on=on, offer=offer, given=given)
        if reason:
            refused.append(Refusal(code, reason))
        else:
            held.append(as_promised(offer))
    return held, refused
