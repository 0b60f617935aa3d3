"""The cards of the customer page that look ahead: the outlook, what to offer next, what was refused."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from guanxi.console.foresight_words import alert_words, basis_words, content_words, kind_names, reason_words
from guanxi.firm.queries import the_firm
from guanxi.insights import at_risk
from guanxi.ledger.models import Customer
from guanxi.recommendations import queries as recommendations_queries
from guanxi.scoring import predictions

OFFERS, PIECES = 4, 2


def cards_of(customer: Customer, *, now: datetime) -> dict[str, Any]:
    """The context of both cards: `forecast`, `forecast_basis`, `alerts`, `offers`, `pieces`, `refusals`."""
    found = predictions.outlook_of(customer.pk)
    known = recommendations_queries.known_of(customer, now=now)
    chance = found.chance_of_order_90_days if found else None
    offers = recommendations_queries.for_customer(customer, now=now, place="mail", limit=OFFERS, known=known)
    pieces = recommendations_queries.content_for_customer(
        customer, now=now, limit=PIECES, known=known, chance_of_order=chance
    )
    kinds = kind_names()
    return {
        "forecast": found,
        "forecast_basis": basis_words(found.cycle_basis) if found else "",
        "forecast_late_days": late_days(found, now) if found else 0,
        "alerts": [alert_words(each.kind, each.figures) for each in at_risk.at_risk_of(customer.pk)],
        "offers": [(each, reason_words(each.kind, each.because)) for each in offers],
        "pieces": [(each, kinds.get(each.kind, _("Content")), content_words(each.because)) for each in pieces],
        "refusals": list(recommendations_queries.refusals_of(customer)),
    }


def late_days(found: predictions.CustomerOutlook, now: datetime) -> int:
    """How long ago, in days of the firm, the span of the next order has ended."""
    return max((the_firm().day_of(now) - found.next_order_to).days, 0) if found.next_order_to else 0
