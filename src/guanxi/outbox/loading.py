"""Messages with their readers, from one query for a whole batch.

An instance holds the columns that gates, letters and records ask for; any other is fetched when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from guanxi.content.models import Template
from guanxi.kernel.fetching import among
from guanxi.kernel.instances import made
from guanxi.kernel.questions import Question, Rows, Search
from guanxi.ledger.models import Contact, Customer
from guanxi.outbox import elsewhere
from guanxi.outbox.models import Message
from guanxi.outbox.states import CLAIMED

OF_MESSAGE = (
    "id", "contact_id", "customer_id", "template_id", "sender_id", "kind", "domain", "origin_kind", "origin_id",
    "chosen_by_profile", "values", "state", "due_at", "expires_at", "claimed_by", "epoch", "attempts", "rfc_message_id",
    "provider_id", "handed_at", "accepted_at", "last_reply", "priority",
)  # fmt: skip
OF_CONTACT = (
    "id", "customer_id", "given_name", "family_name", "full_name", "honorific", "position", "gender", "email",
    "email_key", "phone", "language", "country", "city", "time_zone", "keeps_ramadan_hold", "updated_at",
)  # fmt: skip
OF_CUSTOMER = ("id", "name", "kind", "country", "region", "city", "trade", "owner_id", "updated_at")


class Held(NamedTuple):
    """The columns that a message, its contact and his customer hold."""

    of_message: tuple[str, ...] = OF_MESSAGE
    of_contact: tuple[str, ...] = OF_CONTACT
    of_customer: tuple[str, ...] = OF_CUSTOMER

    @property
    def columns(self) -> tuple[str, ...]:
        """As a query names them."""
        own = tuple(name if name != "values" else "told" for name in self.of_message)
        of_reader = (*self.of_contact, *(f"customer__{name}" for name in self.of_customer))
        return *own, *(f"contact__{name}" for name in of_reader)


EVERYTHING = Held()
TO_BE_WRITTEN = Held(
    (
        "id", "contact_id", "customer_id", "template_id", "sender_id", "kind", "origin_kind", "origin_id", "values",
        "rfc_message_id",
    ),
    (
        "id", "customer_id", "given_name", "family_name", "full_name", "honorific", "position", "gender", "email",
        "language", "country",
    ),
    ("id", "name", "country", "trade", "owner_id"),
)  # fmt: skip


def with_readers(messages: QuerySet[Message], held: Held = EVERYTHING) -> Rows:
    """What `loaded` needs to know of these messages, as a question asks for it."""
    return messages.annotate(told=Cast("values", TextField())).values_list(*held.columns)


def loaded(rows: Sequence[Sequence[Any]], held: Held = EVERYTHING) -> list[Message]:
    """The messages of rows `with_readers`, each with contact, customer and template.

    Messages that tell the same hold the same `values`, which nobody changes.
    """
    at = held.of_message.index("template_id")
    templates = {each.pk: each for each in _templates({row[at] for row in rows})}
    return [_message(row, templates[row[at]], held) for row in rows]


@Question
def _by_number(numbers: Any) -> Rows:
    return with_readers(Message.objects.filter(among("id", numbers)).order_by("due_at", "id"))


def numbered(numbers: Collection[int]) -> list[Message]:
    """The messages with these numbers, the first due first."""
    return loaded(_by_number(numbers))


@Question
def _claimed(numbers: Any, token: Any) -> Rows:
    rows = Message.objects.filter(among("id", numbers), state=CLAIMED, claimed_by=token)
    return with_readers(rows.order_by("due_at", "id"), TO_BE_WRITTEN)


def claimed(numbers: Collection[int], token: str) -> list[Message]:
    """Those with these numbers that are still claimed under this name, the first due first, for who writes them."""
    return loaded(_claimed(numbers, token), TO_BE_WRITTEN)


@Search
def _templates(numbers: Any) -> QuerySet[Template]:
    return Template.objects.filter(among("id", numbers))


def _message(row: Sequence[Any], template: Template, held: Held) -> Message:
    to_contact = len(held.of_message)
    to_customer = to_contact + len(held.of_contact)
    customer = made(Customer, held.of_customer, row[to_customer:])
    contact = made(Contact, held.of_contact, row[to_contact:to_customer], customer=customer)
    message = made(Message, held.of_message, row[:to_contact], contact=contact, template=template)
    message.values = _parsed(row[held.of_message.index("values")])
    if elsewhere.GROUP in message.values:
        elsewhere.readdress(contact, message.values)
    return message


@lru_cache(maxsize=256)
def _parsed(text: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(text)
    return values
