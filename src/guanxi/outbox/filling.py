"""What a letter may ask for beside its occasion: the reader's firm, who looks after it, what may interest it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from guanxi.content import render as content_render
from guanxi.content.models import Letter
from guanxi.culture import greeting
from guanxi.culture.profiles import Profile
from guanxi.culture.reader import Reader
from guanxi.ledger.models import Contact, Customer
from guanxi.outbox.letterbook import country_of
from guanxi.outbox.models import Message
from guanxi.recommendations import queries as recommendations_queries

# As many as the largest grid of a letter shows.
MOST_PRODUCTS = 6


def of_reader(message: Message, language: str, profile: Profile) -> dict[str, dict[str, Any]]:
    """Plain values about the reader, greeted in `language`; the customer's tier comes with the occasion."""
    contact, told = message.contact, message.values.get("customer")
    customer, reader = contact.customer, reader_of(contact)
    return {
        "reader": {
            "country": reader.country, "gender": reader.gender, "locale": profile.locale,
            "greeting": greeting.greeting_for(reader, language, profile),
            "closing": greeting.closing_for(reader, language, profile),
        },
        "customer": {**(told if isinstance(told, Mapping) else {}), "name": customer.name, "trade": customer.trade},
    }  # fmt: skip


def reader_of(contact: Contact) -> Reader:
    return Reader(
        given_name=contact.given_name,
        family_name=contact.family_name,
        full_name=contact.full_name,
        honorific=contact.honorific,
        position=contact.position,
        gender=contact.gender,
        country=country_of(contact),
    )


def of_manager(customer: Customer, letter: Letter) -> dict[str, dict[str, str]]:
    """Who looks after the customer, where the letter names him; nothing for a customer without."""
    owner = customer.owner if _asks_for(letter, "manager") else None
    if owner is None or not owner.is_active:
        return {}
    return {"manager": {"name": owner.name or owner.email, "email": owner.email, "phone": owner.phone}}


def _asks_for(letter: Letter, group: str) -> bool:
    return group in _groups_in(content_render.used_names(letter))


@lru_cache(maxsize=1024)
def _groups_in(names: frozenset[str]) -> frozenset[str]:
    return frozenset(name.partition(".")[0] for name in names)


def with_recommended(message: Message, letter: Letter, *, now: datetime) -> dict[str, Any]:
    """The message's values with the articles recommended at this moment, where the letter shows some.

    They are kept with the message, so that the page behind "view in browser" shows what the mail showed.
    """
    values: dict[str, Any] = message.values
    if "recommended" in values or not _asks_for(letter, "recommended"):
        return values
    found = recommendations_queries.products_for_letter(
        message.contact.customer, now=now, limit=MOST_PRODUCTS, language=letter.language
    )
    return values | {"recommended": {"products": found}}
