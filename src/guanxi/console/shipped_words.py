"""Titles of the journeys and letters that come with the product, in the reader's language; a firm's own stay as
they are."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

TITLES = frozenset({
    gettext_noop("Order news from confirmation to shipment"),
    gettext_noop("Wake a dormant customer"),
    gettext_noop("Order confirmed: link to production progress"),
    gettext_noop("Production news"),
    gettext_noop("Shipped: customs papers and local contact"),
    gettext_noop("Wake-up with a coupon for existing customers"),
    gettext_noop("Coupon ends soon"),
    gettext_noop("Question about the reason"),
    gettext_noop("Please confirm your address"),
    gettext_noop("Confirmation of the address: the one reminder"),
    gettext_noop("Thank you for registering, with a coupon"),
    gettext_noop("Yearly data-use confirmation"),
    gettext_noop("Data-use confirmation: first reminder"),
    gettext_noop("Data-use confirmation: last reminder"),
    gettext_noop("Eid al-Fitr: greeting"),
    gettext_noop("After Eid: offer"),
    gettext_noop("Christmas gift list"),
    gettext_noop("A mail from one person to another"),
    gettext_noop("Your mail preferences were changed"),
})  # fmt: skip


def title_words(title: str) -> str:
    return _(title) if title in TITLES else title
