"""Titles of the journeys and letters that come with the product, in the reader's language; a firm's own stay as
they are."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from guanxi.journeys.graph import read_graph
from guanxi.journeys.ready import library_texts

TITLES = frozenset({
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
    return _(title) if title in TITLES else of_language(_journeys().get(title, {"en": title}))


def of_language(sentences: Mapping[str, str]) -> str:
    """The sentence in the reader's language, else the English one."""
    language = (get_language() or "en").lower()
    mine = (words for name, words in sentences.items() if name.lower() == language)
    return next(mine, sentences.get("en", ""))


@cache
def _journeys() -> dict[str, Mapping[str, str]]:
    """The titles of the ready journeys, which carry their own translations, by the English one."""
    shelves = [read_graph(text).shelf for text in library_texts()]
    return {shelf.titles["en"]: shelf.titles for shelf in shelves}
