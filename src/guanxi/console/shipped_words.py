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
})  # fmt: skip


def title_words(title: str) -> str:
    return _(title) if title in TITLES else title
