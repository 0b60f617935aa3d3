"""The codes of a customer and of an order, as their pages show them."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from guanxi.console import offer_words
from guanxi.firm import queries as firm_queries
from guanxi.kernel import clock
from guanxi.kernel.titles import in_language
from guanxi.ledger.models import Customer, Order
from guanxi.offers import queries as offers_queries
from guanxi.offers.models import Grant, Redemption
from guanxi.offers.reasons import Reason
from guanxi.staff.models import User
from guanxi.staff.roles import Right

SHOWN = 10


def codes_card(customer: Customer, member: User) -> dict[str, Any]:
    """What the customer page shows: `offer_codes` with their state, `given_offers` that may be handed out."""
    today = firm_queries.the_firm().day_of(clock.utc_now())
    rows = offers_queries.with_uses(Grant.objects.filter(customer=customer)).select_related("offer", "contact")
    may_give = member.may(Right.SEND)
    return {
        "offer_codes": [
            (each, state, offer_words.STATE_NAMES[state])
            for each in rows.order_by("-pk")[:SHOWN]
            for state in [offers_queries.state_of(each, on=today)]
        ],
        "may_give": may_give,
        "given_offers": [
            (record.name, in_language(read.title, get_language() or "en"))
            for record, read in offers_queries.kept_offers()
            if record.is_active
        ] if may_give else [],
    }  # fmt: skip


def order_codes_card(order: Order) -> dict[str, Any]:
    """The codes that came with an order."""
    rows = Redemption.objects.filter(order=order).select_related("grant__offer").order_by("pk")
    return {"code_uses": [told(each) for each in rows]}


def told(redemption: Redemption) -> tuple[Redemption, str, str]:
    """A use with the reason of its refusal, and who told of it."""
    refused = redemption.state == offers_queries.REFUSED
    reason = offer_words.reason_words(Reason(redemption.reason, redemption.detail)) if refused else ""
    return redemption, reason, str(offer_words.TOLD_BY_NAMES.get(redemption.told_by, redemption.told_by))


def origin_card(origin_kind: str, origin: str) -> dict[str, Any]:
    """What the codes of a journey or a campaign have cost; None when it hands out none."""
    return {"code_cost": offers_queries.cost_of_origin(origin_kind, origin)}
