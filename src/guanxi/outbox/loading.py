"""Messages with their readers, from one query for a whole batch.

An instance holds the columns that gates, letters and records ask for; any other is fetched when it is read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

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
COLUMNS = (
    *(name if name != "values" else "told" for name in OF_MESSAGE),
    *(f"contact__{name}" for name in OF_CONTACT),
    *(f"contact__customer__{name}" for name in OF_CUSTOMER),
)
AT_TEMPLATE, AT_VALUES = OF_MESSAGE.index("template_id"), OF_MESSAGE.index("values")
TO_CONTACT, TO_CUSTOMER = len(OF_MESSAGE), len(OF_MESSAGE) + len(OF_CONTACT)


def with_readers(messages: QuerySet[Message]) -> Rows:
    """What `loaded` needs to know of these messages, as a question asks for it."""
    return messages.annotate(told=Cast("values", TextField())).values_list(*COLUMNS)


def loaded(rows: Sequence[Sequence[Any]]) -> list[Message]:
    """The messages of rows `with_readers`, each with contact, customer and template.

    Messages that tell the same hold the same `values`, which nobody changes.
    """
    templates = {each.pk: each for each in _templates({row[AT_TEMPLATE] for row in rows})}
    return [_message(row, templates) for row in rows]


@Question
def _by_number(numbers: Any) -> Rows:
    return with_readers(Message.objects.filter(among("id", numbers)).order_by("due_at", "id"))


def numbered(numbers: Collection[int]) -> list[Message]:
    """The messages with these numbers, the first due first."""
    return loaded(_by_number(numbers))


@Question
def _claimed(numbers: Any, token: Any) -> Rows:
    rows = Message.objects.filter(among("id", numbers), state=CLAIMED, claimed_by=token)
    return with_readers(rows.order_by("due_at", "id"))


def claimed(numbers: Collection[int], token: str) -> list[Message]:
    """Those with these numbers that are still claimed under this name, the first due first."""
    return loaded(_claimed(numbers, token))


@Search
def _templates(numbers: Any) -> QuerySet[Template]:
    return Template.objects.filter(among("id", numbers))


def _message(row: Sequence[Any], templates: Mapping[int, Template]) -> Message:
    customer = made(Customer, OF_CUSTOMER, row[TO_CUSTOMER:])
    contact = made(Contact, OF_CONTACT, row[TO_CONTACT:TO_CUSTOMER], customer=customer)
    own = list(row[:TO_CONTACT])
    own[AT_VALUES] = values = _parsed(own[AT_VALUES])
    if elsewhere.GROUP in values:
        elsewhere.readdress(contact, values)
    return made(Message, OF_MESSAGE, own, contact=contact, template=templates[row[AT_TEMPLATE]])


@lru_cache(maxsize=256)
def _parsed(text: str) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(text)
    return values
