"""Hands out the codes that offer steps wish for, and finds them again for the letters after them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from guanxi.journeys.models import Enrolment
from guanxi.journeys.steps.base import OfferWish, Outcome
from guanxi.offers import granting
from guanxi.offers import queries as offers_queries
from guanxi.offers.reasons import Reason


def grant_offers(wishes: Sequence[tuple[Enrolment, str, OfferWish]], *, now: datetime) -> dict[str, Reason]:
    """Give each reader (with the key of his step) his code; by key, why there is none."""
    if not wishes:
        return {}
    made = granting.grant_many(
        wishes=[
            granting.Wish(
                key=key, offer=wish.offer_name, contact=enrolment.contact, origin_kind=granting.JOURNEY,
                origin=enrolment.journey.key, origin_id=str(enrolment.pk), valid_for=wish.valid_for,
            )
            for enrolment, key, wish in wishes
        ],
        now=now,
    )  # fmt: skip
    return {key: found for key, found in made.items() if isinstance(found, Reason)}


def as_refused(outcome: Outcome, reason: Reason) -> Outcome:
    """The step as it is written down when there was no code."""
    return outcome._replace(verdict="skipped", reason=f"offer_{reason.code}", wish=None)


def offers_of(enrolment_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """By enrolment what its letters may say of the code handed out last: `offer.…`, and `coupon.…` of a percentage."""
    wanted = set(enrolment_ids)
    grants = offers_queries.latest_of_origins(granting.JOURNEY, wanted) if wanted else {}
    return {key: offers_queries.values_of(grant) for key, grant in grants.items()}
