"""The offer of a campaign: each reader gets his own code of it, which his letter names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from guanxi.campaigns.models import Campaign
from guanxi.firm import queries as firm_queries
from guanxi.ledger.models import Contact
from guanxi.offers import documents, granting, words
from guanxi.offers import queries as offers_queries
from guanxi.offers.models import Grant, Offer

NAMED_BY = "offer.name"  # the value of a campaign that names its offer
FILLED = "offer."


def offer_of(campaign: Campaign) -> str:
    return str(campaign.values.get(NAMED_BY) or "")


def codes_for(campaign: Campaign, contacts: Sequence[Contact], *, now: datetime) -> dict[int, dict[str, Any]]:
    """By contact what his letter says of his code; whom the offer refuses gets none, and his letter is left out."""
    name = offer_of(campaign)
    if not name:
        return {}
    wishes = {
        each.pk: granting.Wish(
            key=f"campaign:{campaign.pk}:{each.pk}", offer=name, contact=each, origin_kind=granting.CAMPAIGN,
            origin=str(campaign.pk), origin_id=str(campaign.pk),
        )
        for each in contacts
    }  # fmt: skip
    made = granting.grant_many(wishes=list(wishes.values()), now=now)
    found = {contact_id: made[wish.key] for contact_id, wish in wishes.items()}
    return {pk: offers_queries.values_of(each) for pk, each in found.items() if isinstance(each, Grant)}


def sample_values(campaign: Campaign, *, now: datetime) -> dict[str, Any]:
    """What a letter would say, for the checks before it leaves; nothing when the offer cannot be handed out."""
    record = Offer.objects.filter(name=offer_of(campaign), is_active=True).first()
    if record is None:
        return {}
    on = firm_queries.the_firm().day_of(now)
    return words.with_coupon(words.sample_values(documents.read_offer(record.document), on=on))


def filled_names(campaign: Campaign, *, now: datetime) -> set[str]:
    """The placeholders that the campaign's offer fills."""
    return {f"{group}.{name}" for group, values in sample_values(campaign, now=now).items() for name in values}
